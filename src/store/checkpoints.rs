//! What a restart needs of each entry's binding, written behind in batches.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text};

use super::pool::{AnyConnection, Store, TOGETHER, unavailable};
use super::schema::checkpoints;
use crate::domain::entry::{EntryError, EntryId};
use crate::domain::status::{Checkpoint, CheckpointBinding};
use crate::entropy;

type Backend = <AnyConnection as Connection>::Backend;

/// CSeq numbers that a start takes in advance; as many as the engine reserves.
const RESERVE: i64 = crate::domain::status::CSEQ_RESERVE as i64;

#[derive(Queryable, Selectable)]
#[diesel(table_name = checkpoints)]
pub(super) struct Row {
    call_id: String,
    cseq_reserved: i64,
    raised_expire: Option<i32>,
    contact: Option<String>,
    granted: Option<i32>,
    bound_until: Option<i64>,
}

impl From<Row> for Checkpoint {
    fn from(row: Row) -> Self {
        let seconds = |n: i32| u32::try_from(n).ok();
        let binding = match (row.contact, row.granted.and_then(seconds), row.bound_until) {
            (Some(contact), Some(granted), Some(until)) => {
                Some(CheckpointBinding { contact: contact.into(), granted, until })
            }
            _ => None,
        };
        Self {
            call_id: row.call_id.into(),
            cseq_reserved: u32::try_from(row.cseq_reserved).unwrap_or(0),
            raised_expire: row.raised_expire.and_then(seconds),
            binding,
        }
    }
}

/// Stores the first checkpoint of a new entry: its Call-ID for life, and a reserve that nothing has used yet. `None`
/// when the operating system gives no random numbers.
pub(super) fn first(c: &mut AnyConnection, id: EntryId) -> QueryResult<Option<Checkpoint>> {
    let Ok(random) = entropy::bytes::<16>() else { return Ok(None) };
    let call_id = random.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let fresh = Checkpoint { call_id: call_id.into(), cseq_reserved: 0, raised_expire: None, binding: None };
    let row = (
        checkpoints::entry_id.eq(id.0),
        checkpoints::call_id.eq(&*fresh.call_id),
        checkpoints::cseq_reserved.eq(RESERVE),
    );
    diesel::insert_into(checkpoints::table).values(row).execute(c)?;
    Ok(Some(fresh))
}

/// The checkpoint of an entry.
pub(super) fn of(c: &mut AnyConnection, id: EntryId) -> QueryResult<Checkpoint> {
    checkpoints::table.find(id.0).select(Row::as_select()).first(c).map(Checkpoint::from)
}

/// Raises the reserves of the entries after the one number, up to the other.
pub(super) fn raise(c: &mut AnyConnection, after: i64, last: i64) -> QueryResult<()> {
    let raised = checkpoints::cseq_reserved.eq(checkpoints::cseq_reserved + RESERVE);
    let those = checkpoints::table.filter(checkpoints::entry_id.gt(after)).filter(checkpoints::entry_id.le(last));
    diesel::update(those).set(raised).execute(c).map(|_| ())
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
    fn new(id: EntryId, checkpoint: &'a Checkpoint) -> Self {
        let seconds = |n: u32| i32::try_from(n).ok();
        let binding = checkpoint.binding.as_ref();
        Self {
            id: id.0,
            call_id: &checkpoint.call_id,
            cseq_reserved: checkpoint.cseq_reserved.into(),
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
            let mut all = last.into_iter().map(|(id, checkpoint)| Save::new(id, checkpoint));
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
