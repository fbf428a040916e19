//! Gives back the room of what was deleted, and with it the last traces: until then its bytes stand in
//! free pages, and its words in parts of the index that nobody asks.

use crate::sql::Sql;
use crate::{Error, Result, Store};

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// Bytes before.
    pub before: u64,
    /// Bytes after.
    pub after: u64,
}

impl Store {
    /// Writes the archive anew without what was deleted. Needs the archive for itself: while another
    /// process writes or holds it, it is [`Error::Busy`], and nothing is lost.
    pub async fn compact(&self) -> Result<Compacted> {
        let before = self.size_bytes().await?;
        let compacted = self.pool.compact().await;
        compacted.map_err(|error| if is_busy(&error) { Error::Busy } else { error })?;
        Ok(Compacted { before, after: self.size_bytes().await? })
    }
}

/// Statements that write an SQLite file anew. A segment of the index keeps words of rows that are gone
/// until it is merged with others.
pub(crate) const SQLITE: [&str; 5] = [
    "insert into search_text (search_text) values ('optimize')",
    "insert into search_tools (search_tools) values ('optimize')",
    // A copy of the archive in memory would be too large.
    "pragma temp_store = file",
    "vacuum",
    "pragma temp_store = memory",
];

/// The tables of an archive on a server, quoted.
pub(crate) fn tables() -> Sql {
    Sql::new(
        "select quote_ident(tablename) from pg_tables where schemaname = current_schema() \
         and tablename not like '\\_%' order by tablename",
    )
}

fn is_busy(error: &Error) -> bool {
    let Error::Database(error) = error else { return matches!(error, Error::Busy) };
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default();
    // SQLITE_BUSY and SQLITE_LOCKED with what follows them, and lock_not_available of PostgreSQL.
    code == "55P03" || code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6) && code < 1_000)
}
