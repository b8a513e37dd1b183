//! What a restart needs of each entry's binding, written behind in batches.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text};

use super::pool::{AnyConnection, Store, TOGETHER, next_ids, unavailable};
use super::schema::{checkpoints, sequences};
use crate::domain::entry::{EntryError, EntryId};
use crate::domain::status::{Checkpoint, CheckpointBinding};
use crate::entropy;

type Backend = <AnyConnection as Connection>::Backend;

/// CSeq numbers that a start takes in advance; as many as the engine reserves.
const RESERVE: i64 = crate::domain::status::CSEQ_RESERVE as i64;
/// The sequence of the numbers that all starts so far have taken in advance, of every entry alike.
const TAKEN: &str = "cseq";

#[derive(Queryable, Selectable)]
#[diesel(table_name = checkpoints)]
pub(super) struct Row {
    call_id: String,
    /// Without what starts have taken: one row tells that for a million entries.
    cseq_reserved: i64,
    raised_expire: Option<i32>,
    contact: Option<String>,
    granted: Option<i32>,
    bound_until: Option<i64>,
}

impl Row {
    /// What it says when starts have `taken` so many numbers.
    pub(super) fn checkpoint(self, taken: i64) -> Checkpoint {
        let seconds = |n: i32| u32::try_from(n).ok();
        let binding = match (self.contact, self.granted.and_then(seconds), self.bound_until) {
            (Some(contact), Some(granted), Some(until)) => {
                Some(CheckpointBinding { contact: contact.into(), granted, until })
            }
            _ => None,
        };
        Checkpoint {
            call_id: self.call_id.into(),
            cseq_reserved: u32::try_from(self.cseq_reserved.saturating_add(taken)).unwrap_or(0),
            raised_expire: self.raised_expire.and_then(seconds),
            binding,
        }
    }
}

/// Raises the reserve of an entry that the engine may not know yet: what it takes up then is not handed out again.
pub(super) fn raise(c: &mut AnyConnection, id: EntryId) -> QueryResult<()> {
    let raised = checkpoints::cseq_reserved.eq(checkpoints::cseq_reserved + RESERVE);
    diesel::update(checkpoints::table.find(id.0)).set(raised).execute(c).map(|_| ())
}

/// CSeq numbers that starts have taken so far.
pub(super) fn taken(c: &mut AnyConnection) -> QueryResult<i64> {
    sequences::table.find(TAKEN).select(sequences::next).first(c)
}

/// A start takes its numbers of every entry; how many starts before it have taken.
pub(super) fn take(c: &mut AnyConnection) -> QueryResult<i64> {
    next_ids(c, TAKEN, RESERVE)
}

/// Stores the first checkpoint of a new entry, when starts have `taken` so many numbers: its Call-ID for life, and a
/// reserve that nothing has used yet. `None` when the operating system gives no random numbers.
pub(super) fn first(c: &mut AnyConnection, id: EntryId, taken: i64) -> QueryResult<Option<Checkpoint>> {
    let Ok(random) = entropy::bytes::<16>() else { return Ok(None) };
    let call_id = random.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let fresh = Checkpoint { call_id: call_id.into(), cseq_reserved: 0, raised_expire: None, binding: None };
    let row = (
        checkpoints::entry_id.eq(id.0),
        checkpoints::call_id.eq(&*fresh.call_id),
        checkpoints::cseq_reserved.eq(RESERVE - taken),
    );
    diesel::insert_into(checkpoints::table).values(row).execute(c)?;
    Ok(Some(fresh))
}

/// The checkpoint of an entry.
pub(super) fn of(c: &mut AnyConnection, id: EntryId) -> QueryResult<Checkpoint> {
    let row: Row = checkpoints::table.find(id.0).select(Row::as_select()).first(c)?;
    Ok(row.checkpoint(taken(c)?))
}

/// Stores a checkpoint, by a statement that is prepared once. diesel prepares every `UPDATE` of its own anew, as their
/// texts may differ, which takes longer than to carry it out; and this is what each refresh writes.
struct Save<'a> {
    id: i64,
    call_id: &'a str,
    cseq_reserved: i64,
    raised_expire: Option<i32>,
    contact: Option<&'a str>,
    granted: Option<i32>,
    bound_until: Option<i64>,
}

impl QueryId for Save<'_> {
    type QueryId = Save<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<AnyConnection> for Save<'_> {}

impl<'a> Save<'a> {
    fn new(id: EntryId, checkpoint: &'a Checkpoint, taken: i64) -> Self {
        let seconds = |n: u32| i32::try_from(n).ok();
        let binding = checkpoint.binding.as_ref();
        Self {
            id: id.0,
            call_id: &checkpoint.call_id,
            cseq_reserved: i64::from(checkpoint.cseq_reserved) - taken,
            raised_expire: checkpoint.raised_expire.and_then(seconds),
            contact: binding.map(|b| &*b.contact),
            granted: binding.and_then(|b| seconds(b.granted)),
            bound_until: binding.map(|b| b.until),
        }
    }
}

impl QueryFragment<Backend> for Save<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql("UPDATE checkpoints SET call_id = ");
        out.push_bind_param::<Text, _>(&self.call_id)?;
        out.push_sql(", cseq_reserved = ");
        out.push_bind_param::<BigInt, _>(&self.cseq_reserved)?;
        out.push_sql(", raised_expire = ");
        out.push_bind_param::<Nullable<Integer>, _>(&self.raised_expire)?;
        out.push_sql(", contact = ");
        out.push_bind_param::<Nullable<Text>, _>(&self.contact)?;
        out.push_sql(", granted = ");
        out.push_bind_param::<Nullable<Integer>, _>(&self.granted)?;
        out.push_sql(", bound_until = ");
        out.push_bind_param::<Nullable<BigInt>, _>(&self.bound_until)?;
        out.push_sql(" WHERE entry_id = ");
        out.push_bind_param::<BigInt, _>(&self.id)
    }
}

/// Stores checkpoints of different entries in one round trip.
fn save_together(c: &mut PgConnection, some: &[Save<'_>]) -> QueryResult<()> {
    const SAVE: &str = "UPDATE checkpoints AS old SET call_id = new.call_id, cseq_reserved = new.cseq_reserved, \
        raised_expire = new.raised_expire, contact = new.contact, granted = new.granted, bound_until = new.bound_until \
        FROM unnest($1, $2, $3, $4, $5, $6, $7) \
        AS new (entry_id, call_id, cseq_reserved, raised_expire, contact, granted, bound_until) \
        WHERE old.entry_id = new.entry_id";
    diesel::sql_query(SAVE)
        .bind::<Array<BigInt>, _>(some.iter().map(|save| save.id).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(some.iter().map(|save| save.call_id).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(some.iter().map(|save| save.cseq_reserved).collect::<Vec<_>>())
        .bind::<Array<Nullable<Integer>>, _>(some.iter().map(|save| save.raised_expire).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(some.iter().map(|save| save.contact).collect::<Vec<_>>())
        .bind::<Array<Nullable<Integer>>, _>(some.iter().map(|save| save.granted).collect::<Vec<_>>())
        .bind::<Array<Nullable<BigInt>>, _>(some.iter().map(|save| save.bound_until).collect::<Vec<_>>())
        .execute(c)
        .map(|_| ())
}

impl Store {
    /// Stores checkpoints in one transaction, of several of one entry the last; those of entries that are gone are passed
    /// over.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn save_checkpoints(&self, batch: &[(EntryId, Checkpoint)]) -> Result<(), EntryError> {
        // In the order of their numbers, neighbours share a page of the database.
        let last: BTreeMap<EntryId, &Checkpoint> = batch.iter().map(|(id, checkpoint)| (*id, checkpoint)).collect();
        let save = |c: &mut AnyConnection| -> QueryResult<()> {
            let taken = taken(c)?;
            let mut all = last.into_iter().map(|(id, checkpoint)| Save::new(id, checkpoint, taken));
            if let AnyConnection::Postgres(c) = c {
                // By its figures, reading the whole table is as good as looking for a thousand rows of it: it is not.
                c.batch_execute("SET LOCAL enable_seqscan = off")?;
                let all: Vec<Save<'_>> = all.collect();
                return all.chunks(TOGETHER).try_for_each(|some| save_together(c, some));
            }
            all.try_for_each(|save| save.execute(c).map(|_| ()))
        };
        self.write(save).map_err(|error| unavailable(&error))
    }
}
