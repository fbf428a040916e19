//! What other processes wrote: a second server on the same database, an import or a push beside the
//! server. Lists see it anyway, because they ask for the number of the last transaction; open pages
//! are told.

use opensync_core::{SessionId, UserId};

use crate::sql::Sql;
use crate::{Result, Store};

/// A place in the row of transactions that wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    number: i64,
    removed: i64,
}

impl Revision {
    /// The number of the last transaction that wrote sessions.
    pub fn number(self) -> i64 {
        self.number
    }
}

/// What was written from a place on, by others than this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Others {
    /// The place to ask from next.
    pub until: Revision,
    /// Sessions that are new or differ.
    pub sessions: Vec<SessionId>,
    /// Sessions were removed; nobody knows which.
    pub removed: bool,
}

impl Store {
    /// The present.
    pub async fn revision(&self) -> Result<Revision> {
        let row: Option<(i64, i64)> = self.pool.row(Sql::new("select number, removed from revision")).await?;
        let (number, removed) = row.unwrap_or_default();
        Ok(Revision { number, removed })
    }

    /// What other processes wrote since then. It costs one row when nobody wrote.
    pub async fn written_by_others(&self, user: &UserId, since: Revision) -> Result<Others> {
        let until = self.revision().await?;
        let mut others = Others { until, sessions: Vec::new(), removed: false };
        if until == since {
            return Ok(others);
        }
        let ours = self.pool.ours().between(since.number, until.number);
        others.removed = until.removed > since.removed && !ours.contains(&until.removed);
        let written = since.number + ours.len() as i64;
        if written < until.number {
            let sql = Sql::new("select id, revision from session where user_id || '' = $1 and revision > $2");
            let rows: Vec<(String, i64)> = self.pool.rows(sql.text(user.as_str()).int(since.number)).await?;
            let theirs = rows.into_iter().filter(|(_, revision)| !ours.contains(revision));
            others.sessions = theirs.map(|(id, _)| SessionId::from_stored(id)).collect();
        }
        Ok(others)
    }
}
