//! Opening: fresh, used, newer, with another key; and nothing is changed that cannot be used.

use alta::domain::status::CSEQ_RESERVE;
use alta::store::{KeyError, OpenError, Probe, SealKey, Store};

use diesel::migration::MigrationConnection;
use diesel::prelude::*;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};

use super::{Base, all_of, draft};

on_both! {
    a_database_is_made_once_and_used_ever_after,
    another_key_is_refused_before_anything_is_changed,
    a_newer_schema_is_refused_by_its_name,
    migrations_go_up_and_down_and_up_again,
    an_earlier_version_finds_what_starts_have_reserved_and_leaves_it,
}

fn a_database_is_made_once_and_used_ever_after(base: &Base) {
    assert_eq!(Store::probe(&base.url).unwrap(), Probe::Fresh);
    let store = base.open();
    store.insert(&[draft(1)], 1).unwrap();
    assert!(store.answers());
    assert_eq!(Store::probe(&base.url).unwrap(), Probe::Usable { sealed: true });
    let again = base.open();
    assert_eq!(all_of(&again).entries[0].password.reveal(), "password 1");
    assert_eq!(store.derived_key(b"a"), again.derived_key(b"a"));
    assert_ne!(store.derived_key(b"a"), store.derived_key(b"b"));
}

fn another_key_is_refused_before_anything_is_changed(base: &Base) {
    base.open().insert(&[draft(1)], 1).unwrap();
    let path = base.folder.path().join("other.key");
    assert!(matches!(SealKey::load_or_create(&path, false), Err(KeyError::Missing)));
    let other = SealKey::load_or_create(&path, true).unwrap();
    let checked = Store::check_key_of(&base.url, &other);
    assert!(matches!(checked, Err(OpenError::WrongKey)), "{checked:?}");
    assert!(matches!(Store::open(&base.url, other), Err(OpenError::WrongKey)));
    assert!(Store::check_key_of(&base.url, &base.key()).is_ok());
    assert_eq!(all_of(&base.open()).entries.len(), 1);
}

fn a_newer_schema_is_refused_by_its_name(base: &Base) {
    drop(base.open());
    base.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')");
    let refused = [Store::probe(&base.url).map(|_| ()), Store::open(&base.url, base.key()).map(|_| ())];
    for error in refused.map(Result::unwrap_err) {
        assert!(matches!(&error, OpenError::NewerSchema { found } if found == "29991231000000"), "{error}");
    }
}

fn migrations_go_up_and_down_and_up_again(base: &Base) {
    /// Goes there and back twice, and ends above.
    fn walk<C: MigrationHarness<C::Backend> + MigrationConnection>(connection: &mut C, folder: &str) {
        let path = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        let source = FileBasedMigrations::from_path(path).expect("migrations");
        for _ in 0..2 {
            assert!(!connection.run_pending_migrations(source.clone()).expect("up").is_empty());
            assert!(!connection.revert_all_migrations(source.clone()).expect("down").is_empty());
        }
        connection.run_pending_migrations(source).expect("up again");
    }
    match &base.database {
        Some(database) => walk(&mut PgConnection::establish(&database.url).expect("a connection"), "postgres"),
        None => walk(&mut SqliteConnection::establish(&base.url).expect("a connection"), "sqlite"),
    }
    assert_eq!(base.open().insert(&[draft(1)], 1).expect("stored").len(), 1);
}

fn an_earlier_version_finds_what_starts_have_reserved_and_leaves_it(base: &Base) {
    /// Goes back to before CSeq numbers were reserved for all at once.
    fn go_back<C: MigrationHarness<C::Backend> + MigrationConnection>(connection: &mut C, folder: &str) {
        let path = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        let source = FileBasedMigrations::from_path(path).expect("migrations");
        while !connection.revert_last_migration(source.clone()).expect("down").to_string().starts_with("20261126000000")
        {
        }
    }
    let reserved = |store: &Store| all_of(store).entries[0].checkpoint.cseq_reserved;
    let store = base.open();
    store.insert(&[draft(1)], 1).expect("stored");
    assert_eq!([reserved(&store), reserved(&store)], [CSEQ_RESERVE, 2 * CSEQ_RESERVE]);
    drop(store);
    match &base.database {
        Some(database) => go_back(&mut PgConnection::establish(&database.url).expect("a connection"), "postgres"),
        None => go_back(&mut SqliteConnection::establish(&base.url).expect("a connection"), "sqlite"),
    }
    // As every start of an earlier version did.
    base.sql("UPDATE checkpoints SET cseq_reserved = cseq_reserved + 64");
    assert_eq!(reserved(&base.open()), 4 * CSEQ_RESERVE);
}
