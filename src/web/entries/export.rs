//! The list as a file: all that fits the filter, streamed.

use std::collections::HashMap;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use futures_util::stream;

use super::query::Query;
use crate::domain::contract::ContractId;
use crate::domain::entry::EntryId;
use crate::i18n;
use crate::roster::Roster;
use crate::web::problem::Problem;
use crate::web::who::Acting;

/// Entries that are read at once.
const BATCH: usize = 1_000;

/// # Errors
/// As every page.
pub(crate) async fn csv(roster: Acting, query: web::Query<Query>) -> Result<HttpResponse, Problem> {
    let ids = roster.matching(query.filter()).await?;
    let contracts: HashMap<ContractId, String> = roster.contract_names().into_iter().collect();
    let batches: Vec<Vec<EntryId>> = ids.chunks(BATCH).map(<[EntryId]>::to_vec).collect();
    let roster = roster.clone();
    let first = Some(Roster::csv_head());
    let lines = stream::unfold((first, batches.into_iter()), move |(head, mut left)| {
        let (roster, contracts) = (roster.clone(), contracts.clone());
        async move {
            if let Some(head) = head {
                return Some((Ok(Bytes::from(head)), (None, left)));
            }
            let lines = roster.csv_lines(left.next()?, &contracts, i18n::iso).await;
            // What has been sent cannot be taken back: a file that breaks off is told from a whole one.
            Some((lines.map(Bytes::from), (None, left)))
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"registrations.csv\""))
        .streaming(lines))
}
