//! Entries: the row's shape is private to this file.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::checkpoints;
use super::contracts::terms_of;
use super::pool::{AnyConnection, Store, next_ids, unavailable};
use super::schema::{contracts, entries};
use crate::domain::account::Secret;
use crate::domain::audit::{Change, Deed};
use crate::domain::contract::ContractId;
use crate::domain::entry::{
    AuthUser, Ddi, Details, Domain, Draft, Entry, EntryError, EntryId, Expire, Fault, Field, Realm, Username,
};
use crate::domain::status::Checkpoint;
use crate::domain::terms::Terms;

/// An entry as it is stored, without its password.
#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = entries)]
pub(super) struct Row {
    pub id: i64,
    pub username: String,
    pub domain: String,
    pub ddi: String,
    pub contract_id: Option<i64>,
    pub auth_user: Option<String>,
    pub register_server_uri: Option<String>,
    pub realm: Option<String>,
    pub expire: i32,
    pub enabled: bool,
}

impl Row {
    /// The entry, when every field still holds to its rules; else its number.
    pub(super) fn entry(self) -> Result<Entry, EntryId> {
        let id = EntryId(self.id);
        self.details().map(|details| Entry { id, details }).ok_or(id)
    }

    fn details(&self) -> Option<Details> {
        let user = self.auth_user.as_deref().map(AuthUser::parse).transpose().ok()?;
        let uri = self.register_server_uri.as_deref().map(str::parse).transpose().ok()?;
        let realm = self.realm.as_deref().map(Realm::parse).transpose().ok()?;
        Some(Details {
            username: Username::parse(&self.username).ok()?,
            domain: Domain::parse(&self.domain).ok()?,
            ddi: Ddi::parse(&self.ddi).ok()?,
            contract: self.contract_id.map(ContractId),
            user,
            register_server_uri: uri,
            realm,
            expire: Expire::new(u32::try_from(self.expire).ok()?).ok()?,
            enabled: self.enabled,
        })
    }
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = entries, treat_none_as_null = true)]
struct Written {
    username: String,
    domain: String,
    ddi: String,
    contract_id: Option<i64>,
    auth_user: Option<String>,
    register_server_uri: Option<String>,
    realm: Option<String>,
    expire: i32,
    enabled: bool,
    updated_at: i64,
}

impl Written {
    fn of(details: &Details, now: i64) -> Self {
        Self {
            username: details.username.to_string(),
            domain: details.domain.to_string(),
            ddi: details.ddi.to_string(),
            contract_id: details.contract.map(|contract| contract.0),
            auth_user: details.user.as_ref().map(ToString::to_string),
            register_server_uri: details.register_server_uri.as_ref().map(ToString::to_string),
            realm: details.realm.as_ref().map(ToString::to_string),
            // 60 to 86400 fits.
            expire: i32::try_from(details.expire.seconds()).unwrap_or(i32::MAX),
            enabled: details.enabled,
            updated_at: now,
        }
    }
}

/// An entry with all that the engine needs of it.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub entry: Entry,
    pub password: Secret,
    pub checkpoint: Checkpoint,
    /// Of its contract.
    pub terms: Arc<Terms>,
}

enum Failed {
    Database(Error),
    /// No random numbers to seal or to name with.
    Entropy,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<Failed> for EntryError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Database(error) => unavailable(&error),
            Failed::Entropy => Self::Unavailable,
        }
    }
}

pub(super) fn is_conflict(error: &Error) -> bool {
    matches!(
        error,
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ForeignKeyViolation, _)
    )
}

impl Store {
    /// Stores new entries, all or none; the unique indexes decide, and whom they name is looked up afterwards.
    ///
    /// # Errors
    /// [`EntryError::Refused`] with every fault found, or [`EntryError::Unavailable`].
    pub fn insert(&self, drafts: &[Draft], now: i64) -> Result<Vec<Loaded>, EntryError> {
        match self.write(|c| self.insert_rows(c, drafts, now)) {
            Ok(loaded) => Ok(loaded),
            Err(Failed::Database(error)) if is_conflict(&error) => Err(self.who_has(None, drafts)),
            Err(failed) => Err(failed.into()),
        }
    }

    fn insert_rows(&self, c: &mut AnyConnection, drafts: &[Draft], now: i64) -> Result<Vec<Loaded>, Failed> {
        let count = i64::try_from(drafts.len()).unwrap_or(i64::MAX);
        let first = next_ids(c, "entries", count)?;
        let mut out = Vec::with_capacity(drafts.len());
        let mut terms: HashMap<Option<ContractId>, Arc<Terms>> = HashMap::new();
        let taken = checkpoints::taken(c)?;
        for (id, draft) in (first..).map(EntryId).zip(drafts) {
            let password = draft.password.clone().unwrap_or_else(|| Secret::new(String::new()));
            let sealed = self.key.seal(id, &password).ok_or(Failed::Entropy)?;
            let whole = (
                entries::id.eq(id.0),
                entries::password.eq(sealed),
                entries::created_at.eq(now),
                Written::of(&draft.details, now),
            );
            diesel::insert_into(entries::table).values(whole).execute(c)?;
            let checkpoint = checkpoints::first(c, id, taken)?.ok_or(Failed::Entropy)?;
            let contract = draft.details.contract;
            let terms = match terms.get(&contract) {
                Some(terms) => Arc::clone(terms),
                None => terms.entry(contract).or_insert(terms_of(c, contract)?).clone(),
            };
            let changes = Change::between(&[], &draft.details.told());
            self.record(c, Deed::EntryAdded, Some(id.0), &draft.details.name(), &changes)?;
            out.push(Loaded { entry: Entry { id, details: draft.details.clone() }, password, checkpoint, terms });
        }
        Ok(out)
    }

    /// Changes an entry; a draft without a password keeps the one that is stored.
    ///
    /// # Errors
    /// As [`Store::insert`], and [`EntryError::NotFound`].
    pub fn update(&self, id: EntryId, draft: &Draft, now: i64) -> Result<Loaded, EntryError> {
        let change = |c: &mut AnyConnection| -> Result<Loaded, Failed> {
            let row = entries::table.find(id.0);
            let before: Option<Row> = row.select(Row::as_select()).first(c).optional()?;
            if diesel::update(row).set(Written::of(&draft.details, now)).execute(c)? == 0 {
                return Err(Error::NotFound.into());
            }
            if let Some(password) = &draft.password {
                let sealed = self.key.seal(id, password).ok_or(Failed::Entropy)?;
                diesel::update(row).set(entries::password.eq(sealed)).execute(c)?;
            }
            let sealed: Vec<u8> = row.select(entries::password).first(c)?;
            let password = self.key.open(id, &sealed).ok_or(Failed::Entropy)?;
            let checkpoint = checkpoints::of(c, id)?;
            checkpoints::raise(c, id)?;
            let terms = terms_of(c, draft.details.contract)?;
            let before = before.and_then(|row| row.details());
            let told = before.map(|details| details.told()).unwrap_or_default();
            let mut changes = Change::between(&told, &draft.details.told());
            changes.extend(draft.password.as_ref().map(|_| Change::secret(Field::Password.name())));
            self.record(c, Deed::EntryChanged, Some(id.0), &draft.details.name(), &changes)?;
            Ok(Loaded { entry: Entry { id, details: draft.details.clone() }, password, checkpoint, terms })
        };
        match self.write(change) {
            Ok(loaded) => Ok(loaded),
            Err(Failed::Database(error)) if is_conflict(&error) => {
                Err(self.who_has(Some(id), std::slice::from_ref(draft)))
            }
            Err(Failed::Entropy) => Err(EntryError::Corrupt(id)),
            Err(failed) => Err(failed.into()),
        }
    }

    /// Deletes an entry.
    ///
    /// # Errors
    /// [`EntryError::NotFound`] or [`EntryError::Unavailable`].
    pub fn delete(&self, id: EntryId) -> Result<(), EntryError> {
        let delete = |c: &mut AnyConnection| -> QueryResult<()> {
            let row: Row = entries::table.find(id.0).select(Row::as_select()).first(c)?;
            let told = row.details().map(|details| details.told()).unwrap_or_default();
            let name = format!("{}@{}", row.username, row.domain);
            self.record(c, Deed::EntryDeleted, Some(id.0), &name, &Change::between(&told, &[]))?;
            diesel::delete(entries::table.find(id.0)).execute(c).map(|_| ())
        };
        self.write(delete).map_err(|error| unavailable(&error))
    }

    /// # Errors
    /// [`EntryError::NotFound`], [`EntryError::Corrupt`] or [`EntryError::Unavailable`].
    pub fn find(&self, id: EntryId) -> Result<Entry, EntryError> {
        let row = self
            .read(|c| entries::table.find(id.0).select(Row::as_select()).first(c))
            .map_err(|error| unavailable(&error))?;
        row.entry().map_err(EntryError::Corrupt)
    }

    /// Those of these entries that exist and can be read, by number.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn find_many(&self, ids: &[EntryId]) -> Result<Vec<Entry>, EntryError> {
        let mut out = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(10_000) {
            let numbers: Vec<i64> = chunk.iter().map(|id| id.0).collect();
            let query = entries::table.filter(entries::id.eq_any(numbers)).order(entries::id).select(Row::as_select());
            let rows: Vec<Row> = self.read(|c| query.load(c)).map_err(|error| unavailable(&error))?;
            out.extend(rows.into_iter().filter_map(|row| row.entry().ok()));
        }
        Ok(out)
    }

    /// Whether any entry stands at this domain.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn has_domain(&self, domain: &str) -> Result<bool, EntryError> {
        let count: QueryResult<i64> =
            self.read(|c| entries::table.filter(entries::domain.eq(domain)).count().get_result(c));
        count.map(|n| n > 0).map_err(|error| unavailable(&error))
    }

    /// Which values are taken, and by whom, after an index refused the drafts.
    fn who_has(&self, except: Option<EntryId>, drafts: &[Draft]) -> EntryError {
        let look = |c: &mut AnyConnection| -> QueryResult<Vec<(usize, Field, Fault)>> {
            let mut faults = within(drafts);
            for (index, draft) in drafts.iter().enumerate() {
                faults
                    .extend(taken(c, except, &draft.details)?.into_iter().map(|(field, fault)| (index, field, fault)));
            }
            faults.sort_by_key(|(index, field, _)| (*index, *field));
            Ok(faults)
        };
        match self.read(look) {
            // Whoever had it has let go in the meantime: saving again will do.
            Ok(faults) if faults.is_empty() => EntryError::Unavailable,
            Ok(faults) => EntryError::Refused(faults),
            Err(error) => unavailable(&error),
        }
    }
}

/// Values that stand twice in one batch: the later one is refused, naming the earlier by its place (from 1).
fn within(drafts: &[Draft]) -> Vec<(usize, Field, Fault)> {
    let mut faults = Vec::new();
    let (mut ddis, mut names) = (HashMap::new(), HashMap::new());
    for (index, draft) in drafts.iter().enumerate() {
        let details = &draft.details;
        let mut note = |field, earlier: Option<usize>| {
            if let Some(earlier) = earlier {
                let name = format!("#{} {}", earlier + 1, drafts[earlier].details.name());
                faults.push((index, field, Fault::Taken { by: None, name }));
            }
        };
        note(Field::Ddi, ddis.insert(details.ddi.to_string(), index));
        note(Field::Username, names.insert(details.name(), index));
    }
    faults
}

fn taken(c: &mut AnyConnection, except: Option<EntryId>, details: &Details) -> QueryResult<Vec<(Field, Fault)>> {
    let except = except.map_or(-1, |id| id.0);
    let mut faults = Vec::new();
    let ddi = details.ddi.as_str();
    let (username, domain) = (details.username.as_str(), details.domain.to_string());
    let columns = (entries::id, entries::username, entries::domain);
    let others = entries::table.filter(entries::id.ne(except)).select(columns);
    let by_ddi: Option<(i64, String, String)> = others.filter(entries::ddi.eq(ddi)).first(c).optional()?;
    let by_name: Option<(i64, String, String)> =
        others.filter(entries::username.eq(username)).filter(entries::domain.eq(&domain)).first(c).optional()?;
    for (field, found) in [(Field::Username, by_name), (Field::Ddi, by_ddi)] {
        if let Some((id, username, domain)) = found {
            faults.push((field, Fault::Taken { by: Some(EntryId(id)), name: format!("{username}@{domain}") }));
        }
    }
    if let Some(contract) = details.contract {
        let found: i64 = contracts::table.find(contract.0).count().get_result(c)?;
        if found == 0 {
            faults.push((Field::Contract, Fault::NoSuchContract));
        }
    }
    Ok(faults)
}
