//! What happened to entries. Their numbers rise with time, so that the oldest are the first; those of entries that are
//! gone go with time, too.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text};

use super::pool::{AnyConnection, Store, TOGETHER, next_ids, unavailable};
use super::schema::events;
use crate::domain::entry::{EntryError, EntryId};
use crate::domain::event::Event;
use crate::domain::status::{Cause, State};

type Backend = <AnyConnection as Connection>::Backend;
type Row = (i64, i64, String, Option<String>, Option<i32>, Option<String>);

/// An event and its number, unless it is of a version that knew other states.
fn event((id, at, state, cause, code, reason): Row) -> Option<(i64, Event)> {
    let cause = cause.map(|cause| Cause::from_code(&cause).ok_or(())).transpose().ok()?;
    let code = code.and_then(|code| u16::try_from(code).ok());
    Some((id, Event { at, state: State::from_code(&state)?, cause, code, reason }))
}

/// Adds an event, by a statement whose text is written once.
struct Add<'a> {
    id: i64,
    entry_id: i64,
    at: i64,
    state: &'static str,
    cause: Option<&'static str>,
    code: Option<i32>,
    reason: Option<&'a str>,
}

impl QueryId for Add<'_> {
    type QueryId = Add<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<AnyConnection> for Add<'_> {}

impl<'a> Add<'a> {
    fn new(id: i64, (entry, event): &'a (EntryId, Event)) -> Self {
        Self {
            id,
            entry_id: entry.0,
            at: event.at,
            state: event.state.code(),
            cause: event.cause.map(Cause::code),
            code: event.code.map(i32::from),
            reason: event.reason.as_deref(),
        }
    }
}

impl QueryFragment<Backend> for Add<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql("INSERT INTO events (id, entry_id, at, state, cause, code, reason) VALUES (");
        out.push_bind_param::<BigInt, _>(&self.id)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.entry_id)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.at)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&self.state)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Text>, _>(&self.cause)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Integer>, _>(&self.code)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Text>, _>(&self.reason)?;
        out.push_sql(")");
        Ok(())
    }
}

/// Adds events in one round trip.
fn add_together(c: &mut PgConnection, some: &[Add<'_>]) -> QueryResult<()> {
    const ADD: &str = "INSERT INTO events (id, entry_id, at, state, cause, code, reason) \
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)";
    diesel::sql_query(ADD)
        .bind::<Array<BigInt>, _>(some.iter().map(|add| add.id).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(some.iter().map(|add| add.entry_id).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(some.iter().map(|add| add.at).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(some.iter().map(|add| add.state).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(some.iter().map(|add| add.cause).collect::<Vec<_>>())
        .bind::<Array<Nullable<Integer>>, _>(some.iter().map(|add| add.code).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(some.iter().map(|add| add.reason).collect::<Vec<_>>())
        .execute(c)
        .map(|_| ())
}

impl Store {
    /// Adds events, in one transaction.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn add_events(&self, batch: &[(EntryId, Event)]) -> Result<(), EntryError> {
        let add = |c: &mut AnyConnection| -> QueryResult<()> {
            let first = next_ids(c, "events", i64::try_from(batch.len()).unwrap_or(i64::MAX))?;
            let mut all = (first..).zip(batch).map(|(id, one)| Add::new(id, one));
            if let AnyConnection::Postgres(c) = c {
                let all: Vec<Add<'_>> = all.collect();
                return all.chunks(TOGETHER).try_for_each(|some| add_together(c, some));
            }
            all.try_for_each(|add| add.execute(c).map(|_| ()))
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
