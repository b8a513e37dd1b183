//! `/api/v1/contracts`.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::json::Json;
use crate::domain::contract::{Contract, ContractDraft, ContractError, ContractId, Fault, Orphans};
use crate::i18n::{self, Locale};
use crate::web::contracts::form::{ContractForm, refusal};
use crate::web::page::Page;
use crate::web::problem::{FieldProblem, Problem};
use crate::web::who::Acting;
use crate::web::wording;

fn shown(contract: &Contract) -> Value {
    let terms = &contract.terms;
    json!({
        "id": contract.id.0,
        "name": contract.name,
        "description": contract.description,
        "numbering": terms.numbering.code(),
        "contact_address": terms.contact_address.as_ref().map(ToString::to_string),
        "local_address": terms.local_address.map(|address| address.to_string()),
        "outbound_proxy": terms.outbound_proxy.as_ref().map(ToString::to_string),
        "outbound": terms.outbound,
        "pace": terms.pace,
        "registrations": contract.entries,
    })
}

/// # Errors
/// As every call.
pub(crate) async fn list(roster: Acting) -> Result<HttpResponse, Problem> {
    let items: Vec<Value> = roster.contracts().await?.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items, "next": null })))
}

/// # Errors
/// [`Problem::NotFound`] and what every call may say.
pub(crate) async fn show(roster: Acting, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(shown(&roster.contract(ContractId(*id)).await?)))
}

/// # Errors
/// [`Problem::Invalid`] with every fault.
pub(crate) async fn create(page: Page, roster: Acting, body: Json) -> Result<HttpResponse, Problem> {
    let draft = read(page.locale, &body.0)?;
    let id = roster.create_contract(draft).await.map_err(|error| refused(page.locale, error))?;
    let location = format!("/api/v1/contracts/{id}");
    let made = shown(&roster.contract(id).await?);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, location)).json(made))
}

/// The whole object.
///
/// # Errors
/// [`Problem::Invalid`] with every fault, [`Problem::NotFound`].
pub(crate) async fn update(
    page: Page,
    roster: Acting,
    id: web::Path<i64>,
    body: Json,
) -> Result<HttpResponse, Problem> {
    let (id, draft) = (ContractId(*id), read(page.locale, &body.0)?);
    roster.update_contract(id, draft).await.map_err(|error| refused(page.locale, error))?;
    Ok(HttpResponse::Ok().json(shown(&roster.contract(id).await?)))
}

/// What the address says.
#[derive(Deserialize)]
pub(crate) struct Query {
    #[serde(default)]
    registrations: String,
}

/// # Errors
/// [`Problem::NotFound`], and [`Problem::Request`] for an unknown choice.
pub(crate) async fn remove(
    roster: Acting,
    id: web::Path<i64>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let orphans = match query.registrations.as_str() {
        "" | "keep" => Orphans::Keep,
        "delete" => Orphans::Delete,
        _ => return Err(Problem::Request),
    };
    roster.delete_contract(ContractId(*id), orphans).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn read(locale: Locale, value: &Value) -> Result<ContractDraft, Problem> {
    let problem = |field: &str, code: &str, message| FieldProblem {
        index: None,
        field: field.to_owned(),
        code: code.to_owned(),
        message,
    };
    let Value::Object(object) = value else {
        let fault = Fault::NotAChoice;
        return Err(Problem::Invalid(vec![problem("", fault.code(), wording::fault(locale, &fault))]));
    };
    let (form, wrong) = ContractForm::from_json(object);
    let mut problems: Vec<FieldProblem> = wrong
        .iter()
        .map(|(field, code)| {
            let id = if *code == "unknown_field" { "fault-unknown_field" } else { "fault-not_a_choice" };
            problem(field, code, i18n::text(locale, id, &[]))
        })
        .collect();
    let parsed = form.parse();
    if let Err(faults) = &parsed {
        let words = |fault| wording::fault(locale, fault);
        problems.extend(faults.iter().map(|(field, fault)| problem(field.name(), fault.code(), words(fault))));
    }
    match parsed {
        Ok(draft) if problems.is_empty() => Ok(draft),
        Ok(_) | Err(_) => Err(Problem::Invalid(problems)),
    }
}

fn refused(locale: Locale, error: ContractError) -> Problem {
    match refusal(locale, &error) {
        Some((field, code, message)) => Problem::Invalid(vec![FieldProblem {
            index: None,
            field: field.name().to_owned(),
            code: code.to_owned(),
            message,
        }]),
        None => error.into(),
    }
}
