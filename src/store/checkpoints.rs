//! What a restart needs of each entry's binding, written behind in batches.

use diesel::prelude::*;

use super::pool::{AnyConnection, Store, unavailable};
use super::schema::checkpoints;
use crate::domain::entry::{EntryError, EntryId};
use crate::domain::status::{Checkpoint, CheckpointBinding};
use crate::entropy;

/// CSeq numbers that a start takes in advance; as many as the engine reserves.
const RESERVE: i64 = crate::domain::status::CSEQ_RESERVE as i64;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = checkpoints, treat_none_as_null = true)]
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

impl From<&Checkpoint> for Row {
    fn from(checkpoint: &Checkpoint) -> Self {
        let binding = checkpoint.binding.as_ref();
        Self {
            call_id: checkpoint.call_id.to_string(),
            cseq_reserved: checkpoint.cseq_reserved.into(),
            raised_expire: checkpoint.raised_expire.and_then(|n| i32::try_from(n).ok()),
            contact: binding.map(|b| b.contact.to_string()),
            granted: binding.and_then(|b| i32::try_from(b.granted).ok()),
            bound_until: binding.map(|b| b.until),
        }
    }
}

/// Stores the first checkpoint of a new entry: its Call-ID for life, and a reserve that nothing has used yet. `None`
/// when the operating system gives no random numbers.
pub(super) fn first(c: &mut AnyConnection, id: EntryId) -> QueryResult<Option<Checkpoint>> {
    let Ok(random) = entropy::bytes::<16>() else { return Ok(None) };
    let call_id = random.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let fresh = Checkpoint { call_id: call_id.into(), cseq_reserved: 0, raised_expire: None, binding: None };
    let row = Row { cseq_reserved: RESERVE, ..Row::from(&fresh) };
    diesel::insert_into(checkpoints::table).values((checkpoints::entry_id.eq(id.0), row)).execute(c)?;
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

impl Store {
    /// Stores checkpoints in one transaction; those of entries that are gone are passed over.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn save_checkpoints(&self, batch: &[(EntryId, Checkpoint)]) -> Result<(), EntryError> {
        let save = |c: &mut AnyConnection| -> QueryResult<()> {
            for (id, checkpoint) in batch {
                diesel::update(checkpoints::table.find(id.0)).set(Row::from(checkpoint)).execute(c)?;
            }
            Ok(())
        };
        self.write(save).map_err(|error| unavailable(&error))
    }
}
