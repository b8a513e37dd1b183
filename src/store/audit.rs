//! The audit: a line for each change, written in the transaction that makes it. The row's shape is private to this file.

use std::net::IpAddr;

use diesel::prelude::*;
use diesel::result::Error;

use super::operators::OperatorError;
use super::pool::{AnyConnection, Store};
use super::schema::audit;
use crate::domain::audit::{Actor, AuditPage, AuditQuery, Change, Deed, Record, Turn, Via};

type Row = (i64, i64, String, String, Option<String>, String, String, Option<i64>, String, String);

/// Most characters of one value; what is longer is cut, so that no line fills the table.
const VALUE_MOST: usize = 300;
/// Lines that one sweep takes at once, so that no other write waits long.
const SWEEP: i64 = 5_000;

fn cut(text: &str) -> String {
    text.chars().take(VALUE_MOST).collect()
}

fn record((id, at, actor, via, address, deed, _, about, name, changes): Row) -> Option<Record> {
    let via = Via::of(&via)?;
    let from = address.and_then(|address| address.parse::<IpAddr>().ok());
    let changes: Vec<(String, Option<String>, Option<String>)> = serde_json::from_str(&changes).ok()?;
    let changes = changes.into_iter().map(|(field, before, after)| Change { field, before, after }).collect();
    Some(Record { id, at, actor: Actor { name: actor, via, from }, deed: Deed::of(&deed)?, about, name, changes })
}

impl Store {
    /// Writes a line, inside the transaction of what it tells of.
    pub(super) fn record(
        &self,
        c: &mut AnyConnection,
        deed: Deed,
        about: Option<i64>,
        name: &str,
        changes: &[Change],
    ) -> QueryResult<()> {
        let told: Vec<(&str, Option<String>, Option<String>)> = changes
            .iter()
            .map(|change| (change.field.as_str(), change.before.as_deref().map(cut), change.after.as_deref().map(cut)))
            .collect();
        let row = (
            audit::at.eq(self.now),
            audit::actor.eq(cut(&self.actor.name)),
            audit::via.eq(self.actor.via.code()),
            audit::address.eq(self.actor.from.map(|from| from.to_string())),
            audit::deed.eq(deed.code()),
            audit::subject.eq(deed.subject().code()),
            audit::subject_id.eq(about),
            audit::name.eq(cut(name)),
            // Lists of texts always become JSON.
            audit::changes.eq(serde_json::to_string(&told).unwrap_or_default()),
        );
        diesel::insert_into(audit::table).values(row).execute(c).map(|_| ())
    }

    /// Writes a line about something that changes nothing stored.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn note(&self, deed: Deed, about: Option<i64>, name: &str, changes: &[Change]) -> Result<(), OperatorError> {
        self.write(|c| self.record(c, deed, about, name, changes)).map_err(|error: Error| error.into())
    }

    /// A page of the audit.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn audit(&self, query: &AuditQuery) -> Result<AuditPage, OperatorError> {
        let limit = i64::try_from(query.limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut select = audit::table.select(audit::all_columns).limit(limit).into_boxed();
        if !query.who.is_empty() {
            select = select.filter(audit::actor.eq(query.who.to_lowercase()).or(audit::actor.eq(&query.who)));
        }
        if let Some(deed) = query.deed {
            select = select.filter(audit::deed.eq(deed.code()));
        }
        if let Some(number) = query.about.strip_prefix('#').and_then(|number| number.parse::<i64>().ok()) {
            select = select.filter(audit::subject.eq("entry")).filter(audit::subject_id.eq(number));
        } else if !query.about.is_empty() {
            let escaped = query.about.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            select = select.filter(audit::name.like(format!("%{escaped}%")).escape('\\'));
        }
        if let Some(from) = query.from {
            select = select.filter(audit::at.ge(from));
        }
        if let Some(until) = query.until {
            select = select.filter(audit::at.lt(until));
        }
        select = match query.turn {
            Turn::Newest => select.order(audit::id.desc()),
            Turn::Older(than) => select.filter(audit::id.lt(than)).order(audit::id.desc()),
            Turn::Newer(than) => select.filter(audit::id.gt(than)).order(audit::id.asc()),
        };
        let mut rows: Vec<Row> = self.read(|c| select.load(c))?;
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let backwards = matches!(query.turn, Turn::Newer(_));
        if backwards {
            rows.reverse();
        }
        let (first, last) = (rows.first().map(|row| row.0), rows.last().map(|row| row.0));
        Ok(AuditPage {
            older: last.filter(|_| more || backwards),
            newer: first.filter(|_| if backwards { more } else { query.turn != Turn::Newest }),
            records: rows.into_iter().filter_map(record).collect(),
        })
    }

    /// Forgets lines from before this time, a few at once; whether there may be more.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn sweep_audit(&self, before: i64) -> Result<bool, OperatorError> {
        let swept = self.write(|c| {
            let old: Vec<i64> =
                audit::table.filter(audit::at.lt(before)).order(audit::at).limit(SWEEP).select(audit::id).load(c)?;
            diesel::delete(audit::table.filter(audit::id.eq_any(old))).execute(c)
        });
        swept.map(|swept| i64::try_from(swept).is_ok_and(|swept| swept == SWEEP)).map_err(|error: Error| error.into())
    }
}
