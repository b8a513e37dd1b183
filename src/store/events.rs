//! What happened to entries. Their numbers rise with time, so that the oldest are the first; those of entries that are
//! gone go with time, too.

use diesel::prelude::*;

use super::pool::{AnyConnection, Store, TOGETHER, next_ids, unavailable};
use super::schema::events;
use crate::domain::entry::{EntryError, EntryId};
use crate::domain::event::Event;
use crate::domain::status::{Cause, State};

type Row = (i64, i64, String, Option<String>, Option<i32>, Option<String>);

/// An event and its number, unless it is of a version that knew other states.
fn event((id, at, state, cause, code, reason): Row) -> Option<(i64, Event)> {
    let cause = cause.map(|cause| Cause::from_code(&cause).ok_or(())).transpose().ok()?;
    let code = code.and_then(|code| u16::try_from(code).ok());
    Some((id, Event { at, state: State::from_code(&state)?, cause, code, reason }))
}

impl Store {
    /// Adds events, in one transaction.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn add_events(&self, batch: &[(EntryId, Event)]) -> Result<(), EntryError> {
        let add = |c: &mut AnyConnection| -> QueryResult<()> {
            let first = next_ids(c, "events", i64::try_from(batch.len()).unwrap_or(i64::MAX))?;
            let rows = (first..).zip(batch).map(|(id, (entry, event))| {
                (
                    events::id.eq(id),
                    events::entry_id.eq(entry.0),
                    events::at.eq(event.at),
                    events::state.eq(event.state.code()),
                    events::cause.eq(event.cause.map(Cause::code)),
                    events::code.eq(event.code.map(i32::from)),
                    events::reason.eq(event.reason.as_deref()),
                )
            });
            match c {
                AnyConnection::Sqlite(c) => {
                    for row in rows {
                        diesel::insert_into(events::table).values(row).execute(c)?;
                    }
                }
                AnyConnection::Postgres(c) => {
                    let rows: Vec<_> = rows.collect();
                    for some in rows.chunks(TOGETHER) {
                        diesel::insert_into(events::table).values(some.to_vec()).execute(c)?;
                    }
                }
            }
            Ok(())
        };
        self.write(add).map_err(|error| unavailable(&error))
    }

    /// The latest events of an entry with a number under `before`, the newest first, with their numbers.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn events(&self, entry: EntryId, before: i64, limit: u32) -> Result<Vec<(i64, Event)>, EntryError> {
        let columns = (events::id, events::at, events::state, events::cause, events::code, events::reason);
        let query = events::table
            .filter(events::entry_id.eq(entry.0).and(events::id.lt(before)))
            .order(events::id.desc())
            .limit(limit.into())
            .select(columns);
        let rows: Vec<Row> = self.read(|c| query.load(c)).map_err(|error| unavailable(&error))?;
        Ok(rows.into_iter().filter_map(event).collect())
    }

    /// Deletes some of the events from before `until`, the oldest first; how many.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn prune_events(&self, until: i64, most: u32) -> Result<usize, EntryError> {
        let prune = |c: &mut AnyConnection| -> QueryResult<usize> {
            let oldest = events::table.order(events::id).limit(most.into()).select((events::id, events::at));
            let oldest: Vec<(i64, i64)> = oldest.load(c)?;
            let last = oldest.into_iter().take_while(|(_, at)| *at < until).last();
            let Some((last, _)) = last else { return Ok(0) };
            diesel::delete(events::table.filter(events::id.le(last))).execute(c)
        };
        self.write(prune).map_err(|error| unavailable(&error))
    }
}
