//! `/api/v1/registrations`.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::json::{Json, Registration, StatusJson};
use crate::domain::contract::ContractId;
use crate::domain::entry::{Draft, EntryError, EntryId, Fault, Field};
use crate::domain::status::{Cause, State};
use crate::i18n::{self, Locale};
use crate::roster::{Filter, From, ListQuery, SortBy, Total, Under};
use crate::web::form::{EntryForm, Purpose};
use crate::web::page::Page;
use crate::web::problem::{FieldProblem, Problem};
use crate::web::who::Acting;
use crate::web::wording;

/// Most registrations of one POST, and of one page.
const BATCH_MOST: usize = 10_000;
const LIMIT_MOST: usize = 500;

/// What the address says.
#[derive(Deserialize)]
pub(crate) struct Query {
    limit: Option<usize>,
    #[serde(default)]
    after: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    cause: String,
    #[serde(default)]
    contract_id: String,
    #[serde(default)]
    search: String,
}

impl Query {
    fn filter(&self) -> Result<Filter, Problem> {
        let states: Option<Vec<State>> =
            self.state.split(',').filter(|s| !s.is_empty()).map(State::from_code).collect();
        let cause = Some(self.cause.as_str()).filter(|code| !code.is_empty()).map(Cause::from_code);
        let under = match self.contract_id.as_str() {
            "" => None,
            "none" => Some(Under::Nothing),
            id => Some(Under::Contract(ContractId(id.parse().map_err(|_| Problem::Request)?))),
        };
        Ok(Filter {
            search: self.search.clone(),
            under,
            group: None,
            states: states.ok_or(Problem::Request)?,
            cause: cause.map(|cause| cause.ok_or(Problem::Request)).transpose()?,
        })
    }
}

/// # Errors
/// [`Problem::Request`] for an unknown state, cursor or limit.
pub(crate) async fn list(roster: Acting, query: web::Query<Query>) -> Result<HttpResponse, Problem> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=LIMIT_MOST).contains(&limit) {
        return Err(Problem::Request);
    }
    let from = match query.after.parse() {
        Ok(cursor) => From::After(cursor),
        Err(()) if query.after.is_empty() => From::Start,
        Err(()) => return Err(Problem::Request),
    };
    let page = roster
        .page(ListQuery { filter: query.filter()?, sort: SortBy::Id, from, limit, ..ListQuery::default() })
        .await?;
    let items: Vec<Registration> = page.items.into_iter().map(Registration::from).collect();
    let (total, exact) = match page.total {
        Total::Exactly(n) => (n, true),
        Total::MoreThan(n) => (n, false),
    };
    Ok(HttpResponse::Ok().json(json!({ "items": items, "next": page.next, "total": total, "total_exact": exact })))
}

/// # Errors
/// [`Problem::NotFound`] and what every page may say.
pub(crate) async fn show(roster: Acting, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(Registration::from(roster.find(EntryId(*id)).await?)))
}

/// # Errors
/// [`Problem::NotFound`] and what every page may say.
pub(crate) async fn status(roster: Acting, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(StatusJson::from(roster.find(EntryId(*id)).await?.status)))
}

/// One object, or an array: all or none.
///
/// # Errors
/// [`Problem::Invalid`] with every fault.
pub(crate) async fn create(page: Page, roster: Acting, body: Json) -> Result<HttpResponse, Problem> {
    match body.0 {
        Value::Array(values) if values.len() > BATCH_MOST => Err(Problem::TooLarge),
        Value::Array(values) => {
            let mut drafts = Vec::with_capacity(values.len());
            let mut problems = Vec::new();
            for (index, value) in values.iter().enumerate() {
                match read(page.locale, value, Purpose::Create, Some(index)) {
                    Ok(draft) => drafts.push(draft),
                    Err(found) => problems.extend(found),
                }
            }
            if !problems.is_empty() {
                return Err(Problem::Invalid(problems));
            }
            let made = roster.create(drafts).await.map_err(|error| refused(page.locale, error, true))?;
            let items: Vec<Registration> = made.into_iter().map(Registration::from).collect();
            Ok(HttpResponse::Created().json(json!({ "items": items })))
        }
        value @ (Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            let draft = read(page.locale, &value, Purpose::Create, None).map_err(Problem::Invalid)?;
            let made = roster.create(vec![draft]).await.map_err(|error| refused(page.locale, error, false))?;
            let made = made.into_iter().next().ok_or(Problem::Unavailable)?;
            let location = format!("/api/v1/registrations/{}", made.entry.id);
            Ok(HttpResponse::Created().insert_header((header::LOCATION, location)).json(Registration::from(made)))
        }
    }
}

/// The whole object; without a password the stored one stays.
///
/// # Errors
/// [`Problem::Invalid`] with every fault, [`Problem::NotFound`].
pub(crate) async fn update(
    page: Page,
    roster: Acting,
    id: web::Path<i64>,
    body: Json,
) -> Result<HttpResponse, Problem> {
    let draft = read(page.locale, &body.0, Purpose::Update, None).map_err(Problem::Invalid)?;
    let listed = roster.update(EntryId(*id), draft).await.map_err(|error| refused(page.locale, error, false))?;
    Ok(HttpResponse::Ok().json(Registration::from(listed)))
}

/// # Errors
/// [`Problem::NotFound`] and what every page may say.
pub(crate) async fn remove(roster: Acting, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    roster.delete(EntryId(*id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// # Errors
/// [`Problem::NotFound`] and what every page may say.
pub(crate) async fn refresh(roster: Acting, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    roster.refresh(EntryId(*id)).await?;
    Ok(HttpResponse::Accepted().json(StatusJson::from(roster.status(EntryId(*id)))))
}

/// # Errors
/// [`Problem::NotFound`] and what every page may say.
pub(crate) async fn unregister(roster: Acting, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    roster.unregister(EntryId(*id)).await?;
    Ok(HttpResponse::Accepted().json(StatusJson::from(roster.status(EntryId(*id)))))
}

fn read(locale: Locale, value: &Value, purpose: Purpose, index: Option<usize>) -> Result<Draft, Vec<FieldProblem>> {
    let Value::Object(object) = value else {
        return Err(vec![problem(locale, index, "", &Fault::NotAChoice)]);
    };
    let (form, wrong) = EntryForm::from_json(object);
    let mut problems: Vec<FieldProblem> = wrong
        .into_iter()
        .map(|(field, code)| {
            let message = i18n::text(
                locale,
                if code == "unknown_field" { "fault-unknown_field" } else { "fault-not_a_choice" },
                &[],
            );
            FieldProblem { index, field, code: code.to_owned(), message }
        })
        .collect();
    let parsed = form.parse(purpose);
    if let Err(faults) = &parsed {
        problems.extend(faults.iter().map(|(field, fault)| problem(locale, index, field.name(), fault)));
    }
    match parsed {
        Ok(draft) if problems.is_empty() => Ok(draft),
        Ok(_) | Err(_) => Err(problems),
    }
}

fn problem(locale: Locale, index: Option<usize>, field: &str, fault: &Fault) -> FieldProblem {
    FieldProblem {
        index,
        field: field.to_owned(),
        code: fault.code().to_owned(),
        message: wording::fault(locale, fault),
    }
}

fn refused(locale: Locale, error: EntryError, many: bool) -> Problem {
    match error {
        EntryError::Refused(faults) => {
            let say = |(index, field, fault): (usize, Field, Fault)| {
                problem(locale, many.then_some(index), field.name(), &fault)
            };
            Problem::Invalid(faults.into_iter().map(say).collect())
        }
        error @ (EntryError::NotFound | EntryError::Corrupt(_) | EntryError::Unavailable) => error.into(),
    }
}
