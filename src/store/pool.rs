//! Connections: opened, migrated and checked before anything else starts; few readers, and one writer on SQLite.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool, PooledConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::schema::{sequences, vault};
use super::seal::SealKey;
use crate::domain::audit::Actor;
use crate::domain::entry::EntryError;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
/// How long a statement waits for another program's lock, in milliseconds.
const BUSY: u32 = 5_000;
/// Rows of one statement to PostgreSQL, where many are written: one by one, most of the time would go in waiting for the
/// server.
pub(super) const TOGETHER: usize = 1_000;

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub(super) enum AnyConnection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// The database, cheap to clone.
#[derive(Clone)]
pub struct Store {
    readers: Pool<ConnectionManager<AnyConnection>>,
    writers: Pool<ConnectionManager<AnyConnection>>,
    pub(super) key: SealKey,
    pub(super) is_postgres: bool,
    /// Who changes things, and when, for the audit.
    pub(super) actor: Arc<Actor>,
    pub(super) now: i64,
}

/// Why the database cannot be used. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the database cannot be opened: {0}")]
    Unreachable(String),
    /// A later version of Alta has worked on it.
    #[error("the database has the schema of a newer version of Alta ({found})")]
    NewerSchema { found: String },
    /// Its passwords were sealed with another key.
    #[error("the key does not fit this database")]
    WrongKey,
    #[error("the database cannot be brought up to date: {0}")]
    Migration(String),
}

/// What there is, found out without changing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// No database yet, or an empty one.
    Fresh,
    /// One that this version can use; whether passwords may be sealed in it.
    Usable { sealed: bool },
}

/// Whether a database URL names PostgreSQL; anything else is a path for SQLite, with or without `sqlite://`.
fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

fn sqlite_path(url: &str) -> &str {
    url.strip_prefix("sqlite://").unwrap_or(url)
}

#[derive(Debug)]
struct Prepare;

impl CustomizeConnection<AnyConnection, diesel::r2d2::Error> for Prepare {
    fn on_acquire(&self, connection: &mut AnyConnection) -> Result<(), diesel::r2d2::Error> {
        prepare(connection).map_err(diesel::r2d2::Error::QueryError)
    }
}

fn prepare(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        // busy_timeout first: the pragmas behind it may have to wait for a lock themselves.
        AnyConnection::Sqlite(c) => c.batch_execute(&format!(
            "PRAGMA busy_timeout = {BUSY}; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
        )),
        AnyConnection::Postgres(c) => c.batch_execute("SET client_min_messages = warning"),
    }
}

/// A connection for a look only. It waits for locks, too: a running Alta may be writing just then.
fn look(target: &str) -> Result<AnyConnection, String> {
    let mut connection = AnyConnection::establish(target).map_err(|error| error.to_string())?;
    prepare(&mut connection).map_err(|error| error.to_string())?;
    Ok(connection)
}

impl Store {
    /// Opens the database, brings its schema up to date, and checks that the key fits.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(url: &str, key: SealKey) -> Result<Self, OpenError> {
        Self::probe(url)?;
        let postgres = is_postgres(url);
        let target = if postgres { url } else { sqlite_path(url) };
        if !postgres {
            create_private(Path::new(target)).map_err(|error| OpenError::Unreachable(error.to_string()))?;
        }
        let mut first = AnyConnection::establish(target)
            .map_err(|error| OpenError::Unreachable(blanked(url, &error.to_string())))?;
        prepare(&mut first).map_err(|error| OpenError::Unreachable(error.to_string()))?;
        if let AnyConnection::Sqlite(c) = &mut first {
            // Once, before there is a second connection: switching needs the file for itself.
            c.batch_execute("PRAGMA journal_mode = WAL").map_err(|error| OpenError::Unreachable(error.to_string()))?;
        }
        migrate(&mut first, postgres)?;
        let store = Self {
            readers: pool(target, 4)?,
            writers: pool(target, if postgres { 4 } else { 1 })?,
            key,
            is_postgres: postgres,
            actor: Arc::new(Actor::program()),
            now: 0,
        };
        store.check_key()?;
        Ok(store)
    }

    /// Looks at a database without changing it.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn probe(url: &str) -> Result<Probe, OpenError> {
        let postgres = is_postgres(url);
        let target = if postgres {
            url.to_owned()
        } else {
            let path = Path::new(sqlite_path(url));
            if !path.exists() || path.metadata().is_ok_and(|m| m.len() == 0) {
                return Ok(Probe::Fresh);
            }
            // A WAL database needs its side files even to be read: those are there, or are made and taken away again.
            path.display().to_string()
        };
        let unreachable = |error: String| OpenError::Unreachable(blanked(url, &error));
        let mut connection = look(&target).map_err(unreachable)?;
        let name = "__diesel_schema_migrations";
        let sql = if postgres {
            format!(
                "SELECT count(*) AS n FROM information_schema.tables WHERE table_name = '{name}' AND table_schema = current_schema()"
            )
        } else {
            format!("SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' AND name = '{name}'")
        };
        let tables: Count =
            diesel::sql_query(sql).get_result(&mut connection).map_err(|error| unreachable(error.to_string()))?;
        if tables.n == 0 {
            return Ok(Probe::Fresh);
        }
        let applied = connection.applied_migrations().map_err(|error| unreachable(error.to_string()))?;
        let known = migrations(postgres)?;
        if let Some(found) = applied.iter().map(ToString::to_string).find(|version| !known.contains(version)) {
            return Err(OpenError::NewerSchema { found });
        }
        let sealed: i64 = vault::table.count().get_result(&mut connection).unwrap_or(0);
        Ok(Probe::Usable { sealed: sealed > 0 })
    }

    /// Whether the key fits a database that was probed as sealed, without changing anything.
    ///
    /// # Errors
    /// [`OpenError::WrongKey`], or that the database is away.
    pub fn check_key_of(url: &str, key: &SealKey) -> Result<(), OpenError> {
        let target = if is_postgres(url) { url } else { sqlite_path(url) };
        let unreachable = |error: String| OpenError::Unreachable(blanked(url, &error));
        let mut connection = look(target).map_err(unreachable)?;
        let canary: Option<Vec<u8>> = vault::table
            .select(vault::canary)
            .first(&mut connection)
            .optional()
            .map_err(|error| unreachable(error.to_string()))?;
        if canary.is_none_or(|canary| key.knows(&canary)) { Ok(()) } else { Err(OpenError::WrongKey) }
    }

    fn check_key(&self) -> Result<(), OpenError> {
        let unreachable = |error: diesel::result::Error| OpenError::Unreachable(error.to_string());
        let canary: Option<Vec<u8>> =
            self.write(|c| vault::table.select(vault::canary).first(c).optional()).map_err(unreachable)?;
        match canary {
            Some(canary) if self.key.knows(&canary) => Ok(()),
            Some(_) => Err(OpenError::WrongKey),
            None => {
                let canary = self.key.canary().ok_or_else(|| OpenError::Unreachable("no random numbers".into()))?;
                let insert = |c: &mut AnyConnection| {
                    diesel::insert_into(vault::table).values((vault::id.eq(1), vault::canary.eq(&canary))).execute(c)
                };
                self.write(insert).map(|_| ()).map_err(unreachable)
            }
        }
    }

    /// Reads with a connection of the readers'.
    pub(super) fn read<T>(&self, read: impl FnOnce(&mut AnyConnection) -> QueryResult<T>) -> QueryResult<T> {
        read(&mut *take(&self.readers)?)
    }

    /// Writes in one transaction, which takes the write lock at once: a lock that is upgraded later can fail without
    /// waiting.
    pub(super) fn write<T, E: From<diesel::result::Error>>(
        &self,
        write: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = take(&self.writers)?;
        connection.batch_execute(if self.is_postgres { "BEGIN" } else { "BEGIN IMMEDIATE" })?;
        let result = write(&mut connection);
        let end = connection.batch_execute(if result.is_ok() { "COMMIT" } else { "ROLLBACK" });
        let value = result?;
        end?;
        Ok(value)
    }

    /// Waits until what was written is on the disk. SQLite leaves that to the next time that it tidies up; a power failure
    /// would take it back.
    pub(super) fn settle(&self) -> QueryResult<()> {
        if self.is_postgres {
            return Ok(());
        }
        take(&self.writers)?.batch_execute("PRAGMA wal_checkpoint(FULL)")
    }

    /// A key for another purpose, made from the sealing key.
    pub fn derived_key(&self, purpose: &[u8]) -> [u8; 64] {
        self.key.derived(purpose)
    }

    /// The same store, for what `actor` does at `now`.
    #[must_use]
    pub fn acting(&self, actor: Arc<Actor>, now: i64) -> Self {
        Self { actor, now, ..self.clone() }
    }

    /// Which database it is, and how many bytes it takes up.
    pub fn size(&self) -> (bool, Option<i64>) {
        let sql = if self.is_postgres {
            "SELECT pg_database_size(current_database()) AS n"
        } else {
            "SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()"
        };
        let size = self.read(|c| diesel::sql_query(sql).get_result::<Count>(c)).ok();
        (self.is_postgres, size.map(|count| count.n))
    }

    /// Whether the database answers.
    pub fn answers(&self) -> bool {
        self.read(|c| diesel::sql_query("SELECT 1").execute(c)).is_ok()
    }
}

#[derive(QueryableByName)]
pub(super) struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub n: i64,
}

fn take(
    pool: &Pool<ConnectionManager<AnyConnection>>,
) -> QueryResult<PooledConnection<ConnectionManager<AnyConnection>>> {
    pool.get().map_err(|error| {
        tracing::warn!(%error, "the database is away");
        diesel::result::Error::BrokenTransactionManager
    })
}

fn pool(target: &str, size: u32) -> Result<Pool<ConnectionManager<AnyConnection>>, OpenError> {
    Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .connection_timeout(Duration::from_secs(5))
        .connection_customizer(Box::new(Prepare))
        .build(ConnectionManager::new(target))
        .map_err(|error| OpenError::Unreachable(blanked(target, &error.to_string())))
}

fn migrations(postgres: bool) -> Result<Vec<String>, OpenError> {
    use diesel::migration::MigrationSource;
    fn versions<D: diesel::backend::Backend>(source: &EmbeddedMigrations) -> Result<Vec<String>, OpenError> {
        let all = MigrationSource::<D>::migrations(source).map_err(|error| OpenError::Migration(error.to_string()))?;
        Ok(all.iter().map(|migration| migration.name().version().to_string()).collect())
    }
    if postgres { versions::<diesel::pg::Pg>(&POSTGRES) } else { versions::<diesel::sqlite::Sqlite>(&SQLITE) }
}

fn migrate(connection: &mut AnyConnection, postgres: bool) -> Result<(), OpenError> {
    let source = if postgres { POSTGRES } else { SQLITE };
    let run = connection.run_pending_migrations(source);
    run.map(|_| ()).map_err(|error| OpenError::Migration(error.to_string()))
}

/// The database holds sealed passwords and hashes: nobody but its owner reads it.
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Takes a database password out of what is about to be said.
fn blanked(url: &str, text: &str) -> String {
    let password =
        url.split_once("://").and_then(|(_, rest)| rest.split_once('@')).and_then(|(user, _)| user.split_once(':'));
    match password {
        Some((_, password)) if !password.is_empty() => text.replace(password, "••••"),
        _ => text.to_owned(),
    }
}

/// What the database said, in the words of those who ask for entries.
pub(super) fn unavailable(error: &diesel::result::Error) -> EntryError {
    if matches!(error, diesel::result::Error::NotFound) {
        return EntryError::NotFound;
    }
    tracing::warn!(%error, "the database did not do what it was asked");
    EntryError::Unavailable
}

/// Takes the next `count` numbers of a sequence; the first of them. They are never given again.
pub(super) fn next_ids(connection: &mut AnyConnection, name: &str, count: i64) -> QueryResult<i64> {
    diesel::update(sequences::table.find(name)).set(sequences::next.eq(sequences::next + count)).execute(connection)?;
    sequences::table.find(name).select(sequences::next).first::<i64>(connection).map(|next| next - count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_go_up_and_down_and_up_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = AnyConnection::establish(folder.path().join("x.db").to_str().unwrap()).unwrap();
        for _ in 0..2 {
            migrate(&mut connection, false).unwrap();
            connection.revert_all_migrations(SQLITE).unwrap();
        }
        migrate(&mut connection, false).unwrap();
    }

    #[test]
    fn both_databases_have_the_same_migrations() {
        assert_eq!(migrations(true).unwrap(), migrations(false).unwrap());
    }

    #[test]
    fn a_database_password_is_never_said() {
        assert_eq!(blanked("postgres://u:p4ss@h/d", "cannot reach u:p4ss"), "cannot reach u:••••");
    }
}
