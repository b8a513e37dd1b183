//! The store as the roster sees it, on SQLite and on PostgreSQL: every test runs on both.

/// Makes two tests of one: `sqlite` and `postgres`.
macro_rules! on_both {
    ($($name:ident,)+) => {
        mod sqlite {
            $(#[test] fn $name() { super::$name(&$crate::store::Base::sqlite()); })+
        }
        mod postgres {
            $(#[test] fn $name() { super::$name(&$crate::store::Base::postgres()); })+
        }
    };
}

mod audit;
mod checkpoints;
mod entries;
mod events;
mod opening;
mod people;

use alta::domain::account::Secret;
use alta::domain::contract::{ContractDraft, ContractField, ContractId};
use alta::domain::entry::{Ddi, Details, Domain, Draft, Username};
use alta::store::{LoadedForEngine, SealKey, Store};
use tempfile::TempDir;

use crate::support::Database;

/// All that the engine is told at a start.
fn all_of(store: &Store) -> LoadedForEngine {
    let (mut loading, mut all) = (store.for_engine().unwrap(), LoadedForEngine::default());
    while let Some(batch) = loading.next_batch().unwrap() {
        let batch = batch.open();
        all.entries.extend(batch.entries);
        all.corrupt.extend(batch.corrupt);
    }
    all
}

/// A fresh database of either kind.
struct Base {
    folder: TempDir,
    database: Option<Database>,
    url: String,
}

impl Base {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = folder.path().join("alta.db").display().to_string();
        Self { folder, database: None, url }
    }

    fn postgres() -> Self {
        let database = Database::new();
        let url = database.url.clone();
        Self { folder: tempfile::tempdir().expect("a folder"), database: Some(database), url }
    }

    fn key(&self) -> SealKey {
        SealKey::load_or_create(&self.folder.path().join("alta.key"), true).expect("a key")
    }

    fn open(&self) -> Store {
        Store::open(&self.url, self.key()).expect("a store")
    }

    /// Runs a statement behind the store's back.
    fn sql(&self, statement: &str) {
        use diesel::connection::SimpleConnection;
        use diesel::prelude::*;
        match &self.database {
            Some(database) => drop(database.sql(statement)),
            None => SqliteConnection::establish(&self.url)
                .expect("the database")
                .batch_execute(&format!("PRAGMA busy_timeout = 5000; {statement}"))
                .expect("the statement runs"),
        }
    }
}

/// A draft that nothing else is like, unless it has the same number.
fn draft(n: i64) -> Draft {
    let details = Details::new(
        Username::parse(&format!("u{n}")).expect("a name"),
        Domain::parse("sip.example").expect("a host"),
        Ddi::parse(&format!("34{n:06}")).expect("a number"),
    );
    Draft { details, password: Some(Secret::new(format!("password {n}"))) }
}

fn contract(store: &Store, name: &str) -> ContractId {
    store.insert_contract(&contract_draft(name, "")).expect("stored")
}

/// A contract with the usual terms.
fn contract_draft(name: &str, description: &str) -> ContractDraft {
    let said = [(ContractField::Name, name), (ContractField::Description, description)];
    ContractDraft::parse(|field| said.iter().find(|(f, _)| *f == field).map_or("", |(_, text)| *text))
        .expect("a contract")
}
