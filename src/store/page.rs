//! A page of the list, by keyset: the page after a value is found by an index, however far down the list it is.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::entries::Row;
use super::pool::{AnyConnection, Count, Store, unavailable};
use crate::domain::contract::ContractId;
use crate::domain::entry::{Entry, EntryError, EntryId};

/// What the list is sorted by; ties by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SortColumn {
    Id,
    #[default]
    Ddi,
    Username,
    Domain,
    Contract,
}

impl SortColumn {
    fn sql(self) -> &'static str {
        match self {
            Self::Id => "e.id",
            Self::Ddi => "e.ddi",
            Self::Username => "e.username",
            Self::Domain => "e.domain",
            Self::Contract => "COALESCE(c.name, '')",
        }
    }
}

/// Where a page begins: the sorted value and the number of the entry beside it. Its text is opaque.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    value: String,
    id: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(format!("{}:{}", self.id, self.value)))
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ())?;
        let text = String::from_utf8(bytes).map_err(|_| ())?;
        let (id, value) = text.split_once(':').ok_or(())?;
        // A NUL would be refused by the database as an error rather than found nowhere.
        if value.contains('\0') {
            return Err(());
        }
        Ok(Self { value: value.to_owned(), id: id.parse().map_err(|_| ())? })
    }
}

/// Which end of the list, or which side of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum From {
    #[default]
    Start,
    After(Cursor),
    Before(Cursor),
}

/// What is asked of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryQuery {
    /// Part of username, domain, DDI, user or contract, without case.
    pub search: String,
    pub contract: Option<ContractId>,
    pub sort: SortColumn,
    pub descending: bool,
    pub from: From,
    pub limit: u32,
}

/// A page of it.
#[derive(Clone, Debug, Default)]
pub struct EntryPage {
    pub entries: Vec<Entry>,
    /// Rows that cannot be read; the others are not spoiled by them.
    pub corrupt: Vec<EntryId>,
    /// How many the whole list has.
    pub total: i64,
    pub next: Option<Cursor>,
    pub previous: Option<Cursor>,
}

#[derive(QueryableByName)]
struct Sorted {
    #[diesel(embed)]
    stored: Row,
    #[diesel(sql_type = Text)]
    sorted_by: String,
}

/// A statement with its bound texts, before a database is known: `{}` stands for each.
struct Statement {
    sql: String,
    texts: Vec<String>,
    last: Option<i64>,
}

macro_rules! run {
    ($statement:expr, $connection:expr, $backend:ty, $mark:expr) => {{
        let statement = $statement;
        let mut sql = String::new();
        for (index, piece) in statement.sql.split("{}").enumerate() {
            if index > 0 {
                sql.push_str(&$mark(index));
            }
            sql.push_str(piece);
        }
        let mut query = diesel::sql_query(sql).into_boxed::<$backend>();
        for text in &statement.texts {
            query = query.bind::<Text, _>(text);
        }
        if let Some(number) = statement.last {
            query = query.bind::<BigInt, _>(number);
        }
        query.load($connection)
    }};
}

impl Statement {
    fn load<T>(&self, connection: &mut AnyConnection) -> QueryResult<Vec<T>>
    where
        T: QueryableByName<diesel::sqlite::Sqlite> + QueryableByName<diesel::pg::Pg> + 'static,
    {
        match connection {
            AnyConnection::Sqlite(c) => run!(self, c, diesel::sqlite::Sqlite, |_| "?".to_owned()),
            AnyConnection::Postgres(c) => run!(self, c, diesel::pg::Pg, |n| format!("${n}")),
        }
    }
}

impl Store {
    /// A page of the list.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn page(&self, query: &EntryQuery) -> Result<EntryPage, EntryError> {
        let filter = filter(query, self.is_postgres);
        let count =
            Statement { sql: format!("SELECT count(*) AS n {}", filter.sql), texts: filter.texts.clone(), last: None };
        let rows = rows(query, filter);
        let load =
            |c: &mut AnyConnection| -> QueryResult<(Vec<Sorted>, Vec<Count>)> { Ok((rows.load(c)?, count.load(c)?)) };
        let (rows, count) = self.read(load).map_err(|error| unavailable(&error))?;
        Ok(page(query, rows, count.first().map_or(0, |count| count.n)))
    }
}

fn filter(query: &EntryQuery, postgres: bool) -> Statement {
    let mut sql = String::from("FROM entries e LEFT JOIN contracts c ON c.id = e.contract_id WHERE 1 = 1");
    let mut texts = Vec::new();
    if let Some(contract) = query.contract {
        sql.push_str(&format!(" AND e.contract_id = {}", contract.0));
    }
    if !query.search.is_empty() {
        let like = if postgres { "ILIKE" } else { "LIKE" };
        let escaped = query.search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_").replace('\0', "");
        let columns = ["e.username", "e.domain", "e.ddi", "e.auth_user", "c.name"];
        let any: Vec<String> = columns.iter().map(|column| format!("{column} {like} {{}} ESCAPE '\\'")).collect();
        texts.extend(columns.iter().map(|_| format!("%{escaped}%")));
        sql.push_str(&format!(" AND ({})", any.join(" OR ")));
    }
    Statement { sql, texts, last: None }
}

/// One row more than the page holds tells whether there is another page.
fn rows(query: &EntryQuery, filter: Statement) -> Statement {
    let column = query.sort.sql();
    let Statement { sql: from, mut texts, .. } = filter;
    let backwards = matches!(query.from, From::Before(_));
    let down = query.descending != backwards;
    let (order, beyond) = if down { ("DESC", "<") } else { ("ASC", ">") };
    let mut last = None;
    let mut keyset = String::new();
    if let From::After(cursor) | From::Before(cursor) = &query.from {
        last = Some(cursor.id);
        if query.sort == SortColumn::Id {
            keyset = format!(" AND e.id {beyond} {{}}");
        } else {
            texts.push(cursor.value.clone());
            keyset = format!(" AND ({column}, e.id) {beyond} ({{}}, {{}})");
        }
    }
    let sorted_by = if query.sort == SortColumn::Id { "''" } else { column };
    let order_by =
        if query.sort == SortColumn::Id { format!("e.id {order}") } else { format!("{column} {order}, e.id {order}") };
    let sql = format!(
        "SELECT e.id, e.username, e.domain, e.ddi, e.contract_id, e.auth_user, e.register_server_uri, e.realm, e.expire, \
         e.enabled, CAST({sorted_by} AS TEXT) AS sorted_by {from}{keyset} ORDER BY {order_by} LIMIT {}",
        i64::from(query.limit) + 1
    );
    Statement { sql, texts, last }
}

fn page(query: &EntryQuery, mut rows: Vec<Sorted>, total: i64) -> EntryPage {
    let more = rows.len() > query.limit as usize;
    rows.truncate(query.limit as usize);
    let backwards = matches!(query.from, From::Before(_));
    if backwards {
        rows.reverse();
    }
    let cursor = |row: Option<&Sorted>| row.map(|row| Cursor { value: row.sorted_by.clone(), id: row.stored.id });
    let (has_next, has_previous) = match query.from {
        From::Start => (more, false),
        From::After(_) => (more, true),
        From::Before(_) => (true, more),
    };
    let mut page = EntryPage {
        total,
        next: cursor(rows.last()).filter(|_| has_next),
        previous: cursor(rows.first()).filter(|_| has_previous),
        ..EntryPage::default()
    };
    for row in rows {
        match row.stored.entry() {
            Ok(entry) => page.entries.push(entry),
            Err(id) => page.corrupt.push(id),
        }
    }
    page
}
