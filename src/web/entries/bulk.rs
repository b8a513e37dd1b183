//! Asking once more before something is done to many entries: the page that names what goes.

use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;

use super::query::Query;
use crate::domain::contract::ContractId;
use crate::domain::entry::EntryId;
use crate::roster::{Action, Roster};
use crate::web::csrf::Posted;
use crate::web::page::{Page, html, see};
use crate::web::problem::Problem;
use crate::web::who::Acting;
use crate::web::wording;

/// Entries that are named before the rest is counted.
const NAMED: usize = 10;

/// What is to be done to whom: ticked rows, or all that fit the filter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct BulkForm {
    pub id: Vec<String>,
    /// `all`: not those that are ticked, but all that fit the filter.
    pub scope: String,
    pub action: String,
    /// Where to, for `move`.
    pub contract_to: String,
    pub q: String,
    pub group: String,
    pub state: String,
    pub cause: String,
    pub contract: String,
}

impl BulkForm {
    /// What is to be done; nothing that we know when it is not told.
    fn action(&self) -> Option<Action> {
        Some(match self.action.as_str() {
            "enable" => Action::Enable,
            "disable" => Action::Disable,
            "refresh" => Action::Refresh,
            "unregister" => Action::Unregister,
            "delete" => Action::Delete,
            "move" => Action::Move(match self.contract_to.as_str() {
                "" => None,
                id => Some(ContractId(id.parse().ok()?)),
            }),
            _ => return None,
        })
    }

    fn query(&self) -> Query {
        Query {
            q: self.q.clone(),
            group: self.group.clone(),
            state: self.state.clone(),
            cause: self.cause.clone(),
            contract: self.contract.clone(),
            ..Query::default()
        }
    }

    /// Whom it is to be done to.
    ///
    /// # Errors
    /// As every page.
    async fn entries(&self, roster: &Roster) -> Result<Vec<EntryId>, Problem> {
        if self.scope == "all" {
            return Ok(roster.matching(self.query().filter()).await?);
        }
        self.id.iter().map(|id| id.parse().map(EntryId).map_err(|_| Problem::Request)).collect()
    }
}

#[derive(Template)]
#[template(path = "entries/bulk.html")]
struct Bulk {
    page: Page,
    heading: String,
    /// What it means for the lines.
    text: String,
    names: Vec<String>,
    more: Option<String>,
    danger: bool,
    /// What the button confirms.
    proposal: u64,
    back: String,
}

/// # Errors
/// [`Problem::Request`] when nothing that we know is to be done.
pub(crate) async fn confirm(page: Page, roster: Acting, form: Posted<BulkForm>) -> Result<HttpResponse, Problem> {
    let form = form.0;
    let action = form.action().ok_or(Problem::Request)?;
    let ids = form.entries(&roster).await?;
    let back = form.query().link(&[]);
    if ids.is_empty() {
        return Ok(see(&back));
    }
    let contract = match action {
        Action::Move(Some(id)) => roster.contract(id).await?.name,
        Action::Move(None) => page.t("no-contract"),
        Action::Enable | Action::Disable | Action::Refresh | Action::Unregister | Action::Delete => String::new(),
    };
    let (heading, text) = wording::action(action);
    let names = names(&roster, &ids).await?;
    let more = ids.len().saturating_sub(names.len());
    let heading = page.tn1(heading, ids.len(), "contract", &contract);
    html(&Bulk {
        text: page.t(text),
        more: (more > 0).then(|| page.tn("bulk-more", more)),
        danger: action == Action::Delete,
        proposal: roster.propose_job(page.user_name(), action, ids),
        page: page.titled(heading.clone()),
        heading,
        names,
        back,
    })
}

async fn names(roster: &Roster, ids: &[EntryId]) -> Result<Vec<String>, Problem> {
    let mut names = Vec::new();
    for id in ids.iter().take(NAMED) {
        if let Ok(listed) = roster.find(*id).await {
            names.push(listed.entry.details.name());
        }
    }
    Ok(names)
}
