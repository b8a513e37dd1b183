//! How far a job is, and at the end what did not work.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::roster::Progress;
use crate::web::page::{Page, html};
use crate::web::problem::Problem;
use crate::web::who::Acting;
use crate::web::wording;

/// Faults that are shown one by one.
const SHOWN: usize = 100;

struct FaultRow {
    id: i64,
    text: String,
}

#[derive(Template)]
#[template(path = "jobs/show.html")]
struct Show {
    page: Page,
    heading: String,
    id: u64,
    state: String,
    running: bool,
    done: usize,
    total: usize,
    counted: String,
    failed: Option<String>,
    faults: Vec<FaultRow>,
    by: String,
}

/// # Errors
/// [`Problem::NotFound`].
pub(crate) async fn show(page: Page, roster: Acting, id: web::Path<u64>) -> Result<HttpResponse, Problem> {
    let job = roster.job(*id).ok_or(Problem::NotFound)?;
    let heading = page.t(wording::job(job.action));
    let shown = |n: usize| page.n(n);
    let (done, total) = (shown(job.done), shown(job.total));
    let faults = job.faults.iter().take(SHOWN);
    html(&Show {
        state: page.t(wording::progress(job.progress)),
        running: job.progress == Progress::Running,
        counted: page.t2("job-counted", ("done", &done), ("total", &total)),
        failed: (job.failed > 0).then(|| page.tn("job-failed", job.failed)),
        faults: faults.map(|(id, fault)| FaultRow { id: id.0, text: page.t(wording::job_fault(*fault)) }).collect(),
        by: page.t1("job-by", "name", &job.by),
        done: job.done,
        total: job.total,
        id: job.id,
        page: page.titled(heading.clone()),
        heading,
    })
}
