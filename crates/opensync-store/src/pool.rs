//! Connections to one of the two engines, and the only code that is written per engine.

use std::collections::{HashSet, VecDeque};
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, FromRow, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::sql::{Sql, prepared};
use crate::{Error, Result};

/// A row type both engines can fill.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Row for T {}

/// Connections. Clones share them.
#[derive(Clone)]
pub struct Pool {
    connections: Connections,
    ours: Arc<OurNumbers>,
}

#[derive(Clone)]
enum Connections {
    /// One writer, several readers: in WAL mode readers never wait for the writer.
    Sqlite { read: SqlitePool, write: SqlitePool },
    /// PostgreSQL does the same by itself.
    Postgres(PgPool),
}

/// Numbers of the last transactions this process committed, so that it knows those of others.
#[derive(Default)]
pub struct OurNumbers(Mutex<VecDeque<i64>>);

/// So many are remembered; who looks for others' transactions less often takes some of ours for theirs.
const REMEMBERED: usize = 20_000;

impl OurNumbers {
    fn add(&self, number: i64) {
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if numbers.len() == REMEMBERED {
            numbers.pop_front();
        }
        numbers.push_back(number);
    }

    fn remove(&self, number: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|ours| *ours != number);
    }

    /// Those behind `after`, up to `until`.
    pub fn between(&self, after: i64, until: i64) -> HashSet<i64> {
        let numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        numbers.iter().rev().copied().take_while(|ours| *ours > after).filter(|ours| *ours <= until).collect()
    }
}

/// A transaction that writes.
pub struct Tx {
    engine: Engine,
    number: i64,
    ours: Arc<OurNumbers>,
    /// Rows its statements changed so far.
    pub changed: u64,
}

enum Engine {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

const BUSY: Duration = Duration::from_secs(30);

impl Pool {
    fn new(connections: Connections) -> Self {
        Self { connections, ours: Arc::default() }
    }

    /// Which of the archive's transactions were this process's.
    pub fn ours(&self) -> &OurNumbers {
        &self.ours
    }

    pub async fn open_server(url: &str) -> Result<Self> {
        let open = |error: sqlx::Error| Error::Open(error.to_string());
        if !url.starts_with("postgres:") && !url.starts_with("postgresql:") {
            return Err(Error::Open("the address of a database server starts with postgres:".to_owned()));
        }
        let options = PgConnectOptions::from_str(url).map_err(open)?.disable_statement_logging();
        // A pool tries again for a long while and then says only that; one connection says what is wrong.
        let first = options.connect().await.map_err(open)?;
        first.close().await.map_err(open)?;
        let pool = PgPoolOptions::new().max_connections(12).acquire_timeout(Duration::from_secs(10));
        Ok(Self::new(Connections::Postgres(pool.connect_with(options).await.map_err(open)?)))
    }

    pub async fn open_file(path: &Path) -> Result<Self> {
        let open = |error: sqlx::Error| Error::Open(error.to_string());
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY)
            .foreign_keys(true)
            .pragma("temp_store", "memory")
            .pragma("journal_size_limit", "67108864")
            .disable_statement_logging();
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(BUSY * 4)
            .connect_with(options.clone().pragma("cache_size", "-24000"))
            .await
            .map_err(open)?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(BUSY)
            .connect_lazy_with(options.pragma("cache_size", "-4000").pragma("query_only", "true"));
        Ok(Self::new(Connections::Sqlite { read, write }))
    }

    pub async fn migrate(&self) -> Result<()> {
        let open = |error: sqlx::migrate::MigrateError| Error::Open(error.to_string());
        match &self.connections {
            Connections::Sqlite { write, .. } => sqlx::migrate!("migrations/sqlite").run(write).await.map_err(open),
            Connections::Postgres(pool) => sqlx::migrate!("migrations/postgres").run(pool).await.map_err(open),
        }
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self.connections, Connections::Sqlite { .. })
    }

    pub fn engine(&self) -> &'static str {
        match &self.connections {
            Connections::Sqlite { .. } => "sqlite",
            Connections::Postgres(_) => "postgres",
        }
    }

    pub async fn close(&self) {
        match &self.connections {
            Connections::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Connections::Postgres(pool) => pool.close().await,
        }
    }

    pub async fn rows<T: Row>(&self, sql: Sql) -> Result<Vec<T>> {
        Ok(match &self.connections {
            Connections::Sqlite { read, .. } => prepared!(sqlx::query_as, sql).fetch_all(read).await?,
            Connections::Postgres(pool) => prepared!(sqlx::query_as, sql).fetch_all(pool).await?,
        })
    }

    pub async fn row<T: Row>(&self, sql: Sql) -> Result<Option<T>> {
        Ok(match &self.connections {
            Connections::Sqlite { read, .. } => prepared!(sqlx::query_as, sql).fetch_optional(read).await?,
            Connections::Postgres(pool) => prepared!(sqlx::query_as, sql).fetch_optional(pool).await?,
        })
    }

    /// The first column of the first row as a count; 0 without a row.
    pub async fn count(&self, sql: Sql) -> Result<u64> {
        let row: Option<(i64,)> = self.row(sql).await?;
        Ok(row.map_or(0, |(count,)| crate::sql::int_to_count(count)))
    }

    /// Runs one statement in a transaction of its own and returns the rows it changed.
    pub async fn execute(&self, sql: Sql) -> Result<u64> {
        Ok(match &self.connections {
            Connections::Sqlite { write, .. } => prepared!(sqlx::query, sql).execute(write).await?.rows_affected(),
            Connections::Postgres(pool) => prepared!(sqlx::query, sql).execute(pool).await?.rows_affected(),
        })
    }

    /// Starts a transaction that writes sessions, when no other one is under way: who owns a response
    /// and which bodies are unused is decided from what others wrote.
    pub async fn begin(&self) -> Result<Tx> {
        let engine = match &self.connections {
            Connections::Sqlite { write, .. } => Engine::Sqlite(write.begin_with("begin immediate").await?),
            Connections::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                let lock = "select pg_advisory_xact_lock(hashtextextended('opensync ' || current_schema(), 0))";
                sqlx::query(lock).execute(&mut *tx).await?;
                Engine::Postgres(tx)
            }
        };
        let mut tx = Tx { engine, number: 0, ours: self.ours.clone(), changed: 0 };
        let number = Sql::new("update revision set number = number + 1 returning number");
        if let Some((number,)) = tx.row::<(i64,)>(number).await? {
            tx.number = number;
        }
        Ok(tx)
    }

    /// Writes everything anew, without what was deleted.
    pub async fn compact(&self) -> Result<()> {
        match &self.connections {
            Connections::Sqlite { write, .. } => {
                let mut one = write.acquire().await?;
                sqlx::query("pragma busy_timeout = 5000").execute(&mut *one).await?;
                for statement in crate::compact::SQLITE {
                    sqlx::query(statement).execute(&mut *one).await?;
                }
                // The file is as it was until all of the journal is in it.
                let journal = "pragma wal_checkpoint(truncate)";
                let (busy, _, _): (i64, i64, i64) = sqlx::query_as(journal).fetch_one(&mut *one).await?;
                sqlx::query("pragma busy_timeout = 30000").execute(&mut *one).await?;
                if busy == 0 { Ok(()) } else { Err(Error::Busy) }
            }
            Connections::Postgres(pool) => {
                let tables: Vec<(String,)> = self.rows(crate::compact::tables()).await?;
                let mut one = pool.acquire().await?;
                sqlx::query("set lock_timeout = 5000").execute(&mut *one).await?;
                for (table,) in tables {
                    let sql = Sql::new(format!("vacuum (full, analyze) {table}"));
                    prepared!(sqlx::query, sql).execute(&mut *one).await?;
                }
                sqlx::query("set lock_timeout = 0").execute(&mut *one).await?;
                Ok(())
            }
        }
    }

    /// What follows a text column in `order by`, for the same order on every server.
    pub fn by_bytes(&self) -> &'static str {
        match &self.connections {
            Connections::Sqlite { .. } => "collate binary",
            Connections::Postgres(_) => r#"collate "C""#,
        }
    }
}

impl Tx {
    pub fn is_sqlite(&self) -> bool {
        matches!(self.engine, Engine::Sqlite(_))
    }

    pub async fn rows<T: Row>(&mut self, sql: Sql) -> Result<Vec<T>> {
        Ok(match &mut self.engine {
            Engine::Sqlite(tx) => prepared!(sqlx::query_as, sql).fetch_all(&mut **tx).await?,
            Engine::Postgres(tx) => prepared!(sqlx::query_as, sql).fetch_all(&mut **tx).await?,
        })
    }

    pub async fn row<T: Row>(&mut self, sql: Sql) -> Result<Option<T>> {
        Ok(match &mut self.engine {
            Engine::Sqlite(tx) => prepared!(sqlx::query_as, sql).fetch_optional(&mut **tx).await?,
            Engine::Postgres(tx) => prepared!(sqlx::query_as, sql).fetch_optional(&mut **tx).await?,
        })
    }

    pub async fn execute(&mut self, sql: Sql) -> Result<u64> {
        let changed = match &mut self.engine {
            Engine::Sqlite(tx) => prepared!(sqlx::query, sql).execute(&mut **tx).await?.rows_affected(),
            Engine::Postgres(tx) => prepared!(sqlx::query, sql).execute(&mut **tx).await?.rows_affected(),
        };
        self.changed += changed;
        Ok(changed)
    }

    /// Inserts rows, many at a time: one statement for a hundred rows costs a sixth of a hundred
    /// statements. `head` is `insert into t (...) values`, `tail` what follows the values.
    pub async fn insert_all(&mut self, head: &str, tail: &str, rows: Vec<Vec<crate::sql::Value>>) -> Result<()> {
        let mut rows = rows.into_iter();
        let mut left = rows.len();
        let nameless = self.is_sqlite();
        while left > 0 {
            // Few sizes, so that prepared statements are found again.
            let size = [100, 10, 1].into_iter().find(|size| *size <= left).unwrap_or(1);
            let columns = rows.as_slice().first().map_or(0, Vec::len);
            let mut sql = Sql::with_room(head, size * columns);
            for (n, row) in rows.by_ref().take(size).enumerate() {
                sql.push(if n > 0 { ", " } else { " " });
                sql.push_row(row, nameless);
            }
            sql.push(tail);
            self.execute(sql).await?;
            left -= size;
        }
        Ok(())
    }

    pub async fn commit(self) -> Result<()> {
        // Before anybody can read what was written.
        self.ours.add(self.number);
        let committed = match self.engine {
            Engine::Sqlite(tx) => tx.commit().await,
            Engine::Postgres(tx) => tx.commit().await,
        };
        if committed.is_err() {
            self.ours.remove(self.number);
        }
        Ok(committed?)
    }
}
