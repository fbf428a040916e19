//! Keeps and finds sessions.
//!
//! One text of SQL runs on both engines: `sql::Sql` holds text and values, `pool::Pool` runs it
//! on SQLite or PostgreSQL. Nothing here knows files of agents, HTTP or pages. Rows become core
//! types before they leave.
//!
//! Sessions are looked up by several ids with `user_id || '' = $1 and id in (...)`: with a bare
//! `user_id` SQLite takes the index that begins with it, and reads all sessions of the user.
//!
//! To add a column: twin migrations in `migrations/`, the row type in the module of its noun, a
//! contract test in `tests/it/`, which runs on both engines. Start reading at [`Store`], then
//! `session.rs`.

mod accept;
mod case;
mod catalog;
mod chat;
mod chosen;
mod compact;
mod delete;
mod error;
mod evals;
mod import;
mod key;
mod label;
mod ledger;
mod message;
mod others;
mod outline;
mod pool;
mod push;
mod received;
mod restore;
mod saved_view;
mod search;
mod session;
mod share;
mod sql;
mod stats;
mod strip;
mod tombstone;
mod undo;
mod whole;
mod write;

pub use accept::{Accepted, Pushed};
pub use case::{CaseCount, CaseLabels};
pub use chosen::Chosen;
pub use compact::Compacted;
pub use error::Error;
pub use evals::EvalRow;
pub use import::{Fingerprint, KnownFile, StoredProblem};
pub use key::{ApiKey, ListedKey, NAME_CHARS, NewKey, Scope, key_name};
pub use label::Labelled;
pub use ledger::{LedgerPage, LedgerRow, LedgerSums};
pub use message::{Around, Window};
pub use others::{Others, Revision};
pub use outline::Outline;
pub use push::{Candidate, Sent};
pub use received::{Call, LastReceived, Received, Taken};
pub use restore::{Kept, Restored};
pub use saved_view::{BadName, Saved, SavedView, ViewName};
pub use search::{Hit, Slices, slices};
pub use session::SessionPage;
pub use share::{CopyWindow, Publication, Share, Shared};
pub use stats::{ModelStats, Stats};
pub use strip::Run;
pub use tombstone::{Tombstone, TombstonePage};
pub use undo::Pending;
pub use write::{FileRead, Written};

use std::path::Path;
use std::sync::Arc;

use opensync_core::UserId;
use pool::Pool;
use sql::Sql;

/// Result of store methods.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The archive. Cheap to clone; all clones share the connections.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    catalogs: Arc<catalog::Catalogs>,
    outlines: Arc<outline::Outlines>,
    received: Arc<received::Cache>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.engine())
    }
}

impl Store {
    /// Opens the archive in a file, creating and migrating it as needed. Its folder must exist.
    pub async fn open_file(path: &Path) -> Result<Self> {
        Self::ready(Pool::open_file(path).await?).await
    }

    /// Opens the archive on a PostgreSQL server, such as `postgres://user:password@host/name`,
    /// creating and migrating its tables as needed.
    pub async fn open_server(url: &str) -> Result<Self> {
        Self::ready(Pool::open_server(url).await?).await
    }

    async fn ready(pool: Pool) -> Result<Self> {
        let store = Self { pool, catalogs: Arc::default(), outlines: Arc::default(), received: Arc::default() };
        store.pool.migrate().await?;
        let indexed = store.index_missing().await?;
        if indexed > 0 {
            tracing::info!(sessions = indexed, "sessions of an older archive can be searched now");
        }
        let local = UserId::local();
        let now = now_ms();
        store
            .pool
            .execute(
                Sql::new(
                    r#"insert into "user" (id, name, created_at) values ($1, $2, $3) on conflict (id) do nothing"#,
                )
                .text(local.as_str())
                .text("You")
                .int(now),
            )
            .await?;
        Ok(store)
    }

    /// `sqlite` or `postgres`.
    pub fn engine(&self) -> &'static str {
        self.pool.engine()
    }

    /// Bytes the archive takes on disk.
    pub async fn size_bytes(&self) -> Result<u64> {
        let sql = match self.engine() {
            "sqlite" => "select page_count * page_size as n from pragma_page_count(), pragma_page_size()",
            _ => {
                "select cast(sum(pg_total_relation_size(c.oid)) as bigint) as n from pg_class c \
                  join pg_namespace n on n.oid = c.relnamespace where n.nspname = current_schema() and c.relkind = 'r'"
            }
        };
        self.pool.count(Sql::new(sql)).await
    }

    /// Waits for running statements and closes the files.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn now_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |age| i64::try_from(age.as_millis()).unwrap_or(i64::MAX))
}
