//! A test: each step, and what would happen.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::domain::trial::{Step, Verdict};
use crate::roster::{Roster, Trial};
use crate::web::entries::exchanges::{Rung, ladder};
use crate::web::page::{Page, html};
use crate::web::problem::Problem;
use crate::web::who::Acting;
use crate::web::wording::{self, Said};

/// For how long a page waits for the next step, or for the end, before it is shown as it stands.
const PATIENCE: Duration = Duration::from_secs(5);

struct StepView {
    /// Milliseconds since the first.
    after: String,
    group: &'static str,
    text: String,
    detail: String,
}

#[derive(Template)]
#[template(path = "trials/show.html")]
struct Show {
    page: Page,
    heading: String,
    id: u64,
    entry: Option<i64>,
    running: bool,
    steps: Vec<StepView>,
    verdict: Option<Said>,
    ladder: Vec<Rung>,
}

/// What the page waits for.
#[derive(Deserialize)]
pub(crate) struct Wait {
    /// More than so many steps.
    after: Option<usize>,
    /// `end`.
    #[serde(default)]
    until: String,
}

/// # Errors
/// [`Problem::NotFound`], of somebody else's, too.
pub(crate) async fn show(
    page: Page,
    roster: Acting,
    id: web::Path<u64>,
    wait: web::Query<Wait>,
) -> Result<HttpResponse, Problem> {
    let trial = if wait.until == "end" {
        over(&page, &roster, *id).await
    } else {
        roster.trial(page.user_name(), *id, wait.after, PATIENCE).await
    };
    let trial = trial.ok_or(Problem::NotFound)?;
    let heading = page.t1("trial-title", "name", &trial.name);
    let verdict = trial.steps.iter().find_map(|(_, step)| match step {
        Step::Found(verdict) => Some(verdict),
        Step::Looking { .. } | Step::Sent { .. } | Step::Heard { .. } | Step::Lost { .. } | Step::Undone(_) => None,
    });
    html(&Show {
        id: trial.id,
        entry: trial.entry.map(|id| id.0),
        running: trial.running,
        steps: steps(&page, &trial),
        verdict: verdict.map(|verdict: &Verdict| wording::verdict(page.locale, verdict)),
        ladder: ladder(&page, &trial.exchanges),
        page: page.titled(heading.clone()),
        heading,
    })
}

/// The test once it is over, or as it stands when that takes too long.
async fn over(page: &Page, roster: &Roster, id: u64) -> Option<Trial> {
    let trial = roster.trial(page.user_name(), id, None, PATIENCE).await?;
    let end = async {
        let mut trial = trial.clone();
        while trial.running {
            trial = roster.trial(page.user_name(), id, Some(trial.steps.len()), PATIENCE).await?;
        }
        Some(trial)
    };
    match tokio::time::timeout(PATIENCE, end).await {
        Ok(over) => over,
        Err(_) => roster.trial(page.user_name(), id, None, PATIENCE).await,
    }
}

fn steps(page: &Page, trial: &Trial) -> Vec<StepView> {
    let first = trial.steps.first().map_or(0, |(at, _)| *at);
    let view = |(at, step): &(i64, Step)| {
        let (group, text, detail) = wording::step(page.locale, step);
        StepView { after: page.t1("trial-after", "time", &page.ms(at - first)), group, text, detail }
    };
    trial.steps.iter().map(view).collect()
}
