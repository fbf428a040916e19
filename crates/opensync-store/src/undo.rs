//! Deletions that can still be taken back. Until one is final its sessions stay in the archive, and
//! nothing shows them: no list, no page, no search, no program, no public link. Imports go on writing
//! to them, so that one that is taken back is as new as its file.

use std::collections::HashMap;

use opensync_core::{SessionId, UserId};

use crate::chosen::distinct;
use crate::sql::{Sql, Value, int_to_count};
use crate::{Result, Store};

/// Sessions that were deleted together and can still be brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// When they are gone for good, Unix milliseconds. It names them as well.
    pub due: i64,
    /// How many.
    pub count: u64,
    /// The title of one of them.
    pub title: String,
}

impl Store {
    /// Hides sessions, to be deleted at `due`; answers how many there were. Those that go already
    /// keep their time.
    pub async fn delete_later(&self, user: &UserId, ids: &[SessionId], due: i64) -> Result<u64> {
        let mut count = 0;
        for some in distinct(ids).chunks(500) {
            let mut tx = self.pool.begin().await?;
            let mut sql = Sql::new(
                "update session set deleting_at = $1, revision = (select number from revision) \
                 where deleting_at is null and user_id || '' = $2 and id in ",
            )
            .int(due)
            .text(user.as_str());
            sql.push_list(some.iter().map(|id| Value::text(id.as_str())));
            count += tx.execute(sql).await?;
            tx.commit().await?;
        }
        Ok(count)
    }

    /// Brings back what would have been deleted at `due`, unless it is gone by now.
    pub async fn undelete(&self, user: &UserId, due: i64) -> Result<Vec<SessionId>> {
        let mut tx = self.pool.begin().await?;
        let sql = Sql::new(
            "update session set deleting_at = null, revision = (select number from revision) \
             where user_id = $1 and deleting_at = $2 returning id",
        );
        let rows: Vec<(String,)> = tx.rows(sql.text(user.as_str()).int(due)).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(|(id,)| SessionId::from_stored(id)).collect())
    }

    /// What can still be brought back, the latest first.
    pub async fn pending_deletions(&self, user: &UserId, now: i64) -> Result<Vec<Pending>> {
        let sql = Sql::new(
            "select deleting_at, count(*), min(title) from session where user_id = $1 and deleting_at > $2 \
             group by deleting_at order by deleting_at desc",
        );
        let rows: Vec<(i64, i64, String)> = self.pool.rows(sql.text(user.as_str()).int(now)).await?;
        Ok(rows.into_iter().map(|(due, count, title)| Pending { due, count: int_to_count(count), title }).collect())
    }

    /// Deletes for good what is due, of all users; answers the sessions.
    pub async fn finish_deletions(&self, now: i64) -> Result<Vec<SessionId>> {
        let sql = Sql::new("select user_id, id from session where deleting_at <= $1").int(now);
        let rows: Vec<(String, String)> = self.pool.rows(sql).await?;
        let mut users: HashMap<String, Vec<SessionId>> = HashMap::new();
        for (user, id) in rows {
            users.entry(user).or_default().push(SessionId::from_stored(id));
        }
        let mut gone = Vec::new();
        for (user, ids) in users {
            self.delete_due(&UserId::from_stored(user), &ids, now).await?;
            gone.extend(ids);
        }
        Ok(gone)
    }

    /// When the next deletion is due, of all users.
    pub async fn next_deletion(&self) -> Result<Option<i64>> {
        let row: Option<(Option<i64>,)> =
            self.pool.row(Sql::new("select min(deleting_at) from session where deleting_at is not null")).await?;
        Ok(row.and_then(|(due,)| due))
    }
}
