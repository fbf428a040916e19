//! What is known of files: to skip those that did not change, and to say what could not be used.

use std::collections::HashMap;

use opensync_core::UserId;

use crate::sql::{Sql, int_to_count};
use crate::{Result, Store};

/// What a file looks like from outside. A difference means that it must be read again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fingerprint {
    /// Size in bytes.
    pub size: u64,
    /// Last change, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Inode or file id.
    pub file_id: u64,
    /// What the source learned elsewhere.
    pub note: String,
}

/// A file that was read before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    /// What it looked like then.
    pub fingerprint: Fingerprint,
    /// How many sessions it gave.
    pub sessions: u64,
}

/// A problem as the archive keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredProblem {
    /// The source's id.
    pub source: String,
    /// The file.
    pub path: String,
    /// The line, when it is about one.
    pub line: Option<u64>,
    /// One of the names of [`opensync_core::import::ProblemKind`].
    pub kind: String,
    /// What was wrong.
    pub reason: String,
}

impl Store {
    /// The files of a source that were read before, by path.
    pub async fn known_files(&self, user: &UserId, source: &str) -> Result<HashMap<String, KnownFile>> {
        let sql = Sql::new(
            "select path, size, mtime_ns, file_id, note, sessions from import where user_id = $1 and source = $2",
        );
        let rows: Vec<(String, i64, i64, i64, String, i64)> =
            self.pool.rows(sql.text(user.as_str()).text(source)).await?;
        Ok(rows
            .into_iter()
            .map(|(path, size, mtime_ns, file_id, note, sessions)| {
                let fingerprint =
                    Fingerprint { size: int_to_count(size), mtime_ns, file_id: file_id.cast_unsigned(), note };
                (path, KnownFile { fingerprint, sessions: int_to_count(sessions) })
            })
            .collect())
    }

    /// All problems of the last reading of each file, by source and file, at most `limit`.
    pub async fn problems(&self, user: &UserId, limit: u64) -> Result<Vec<StoredProblem>> {
        let bytes = self.pool.by_bytes();
        let sql = Sql::new(format!(
            "select source, path, line, kind, reason from problem where user_id = $1 \
             order by source {bytes}, path {bytes}, ordinal limit $2"
        ));
        let rows: Vec<(String, String, Option<i64>, String, String)> =
            self.pool.rows(sql.text(user.as_str()).count(limit)).await?;
        Ok(rows
            .into_iter()
            .map(|(source, path, line, kind, reason)| {
                let line = line.map(int_to_count);
                StoredProblem { source, path, line, kind, reason }
            })
            .collect())
    }

    /// When a file of each source was read last, Unix milliseconds.
    pub async fn last_imports(&self, user: &UserId) -> Result<HashMap<String, i64>> {
        let sql = Sql::new("select source, max(imported_at) as at from import where user_id = $1 group by source");
        let rows: Vec<(String, i64)> = self.pool.rows(sql.text(user.as_str())).await?;
        Ok(rows.into_iter().collect())
    }

    /// How many problems each source has.
    pub async fn problem_counts(&self, user: &UserId) -> Result<HashMap<String, u64>> {
        let sql = Sql::new("select source, count(*) as n from problem where user_id = $1 group by source");
        let rows: Vec<(String, i64)> = self.pool.rows(sql.text(user.as_str())).await?;
        Ok(rows.into_iter().map(|(source, n)| (source, int_to_count(n))).collect())
    }
}
