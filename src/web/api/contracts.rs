//! `/api/v1/contracts`.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::json::Json;
use crate::domain::contract::{Contract, ContractDraft, ContractError};
use crate::i18n;
use crate::roster::Roster;
use crate::web::page::Page;
use crate::web::problem::{FieldProblem, Problem};
use crate::web::wording;

fn shown(contract: &Contract) -> Value {
    json!({ "id": contract.id.0, "name": contract.name, "description": contract.description, "registrations": contract.entries })
}

/// # Errors
/// As every call.
pub(crate) async fn list(roster: web::Data<Roster>) -> Result<HttpResponse, Problem> {
    let items: Vec<Value> = roster.contracts().await?.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items, "next": null })))
}

/// # Errors
/// [`Problem::Invalid`] with every fault.
pub(crate) async fn create(page: Page, roster: web::Data<Roster>, body: Json) -> Result<HttpResponse, Problem> {
    let text = |name: &str| body.0.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let draft = ContractDraft::parse(&text("name"), &text("description")).map_err(|faults| {
        let say =
            |(field, fault): (crate::domain::contract::ContractField, crate::domain::entry::Fault)| FieldProblem {
                index: None,
                field: field.name().to_owned(),
                code: fault.code().to_owned(),
                message: wording::fault(page.locale, &fault),
            };
        Problem::Invalid(faults.into_iter().map(say).collect())
    })?;
    match roster.create_contract(draft).await {
        Ok(id) => Ok(HttpResponse::Created().json(shown(&roster.contract(id).await?))),
        Err(ContractError::NameTaken(_)) => {
            let message = i18n::text(page.locale, "fault-contract-name-taken", &[]);
            Err(Problem::Invalid(vec![FieldProblem {
                index: None,
                field: "name".into(),
                code: "taken".into(),
                message,
            }]))
        }
        Err(error) => Err(error.into()),
    }
}
