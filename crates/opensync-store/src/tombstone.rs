//! Notes of deleted sessions, which keep imports from bringing them back, until they may.

use opensync_core::UserId;

use crate::sql::{Sql, Value};
use crate::{Result, Store};

/// A session that was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The source's id.
    pub source: String,
    /// The source's own id of the session.
    pub external_id: String,
    /// When it was deleted, Unix milliseconds.
    pub deleted_at: i64,
}

/// Some of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TombstonePage {
    /// The latest first.
    pub tombstones: Vec<Tombstone>,
    /// How many there are in all.
    pub total: u64,
}

impl Store {
    /// Deleted sessions after the first `skip`, at most `limit`, the latest first.
    pub async fn tombstones(&self, user: &UserId, skip: u64, limit: u64) -> Result<TombstonePage> {
        let bytes = self.pool.by_bytes();
        let sql = Sql::new(format!(
            "select source, external_id, deleted_at from tombstone where user_id = $1 \
             order by deleted_at desc, source {bytes}, external_id {bytes} limit $2 offset $3"
        ));
        let rows: Vec<(String, String, i64)> = self.pool.rows(sql.text(user.as_str()).count(limit).count(skip)).await?;
        let total = Sql::new("select count(*) from tombstone where user_id = $1").text(user.as_str());
        let tombstones =
            rows.into_iter().map(|(source, external_id, deleted_at)| Tombstone { source, external_id, deleted_at });
        Ok(TombstonePage { tombstones: tombstones.collect(), total: self.pool.count(total).await? })
    }

    /// Lets a deleted session come back: the next import reads its file again, whatever it looks like.
    /// False when none of that name was deleted.
    pub async fn allow_again(&self, user: &UserId, source: &str, external_id: &str) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        let sql =
            Sql::new("delete from tombstone where user_id = $1 and source = $2 and external_id = $3 returning file");
        let sql = sql.text(user.as_str()).text(source).text(external_id);
        let Some((file,)) = tx.row::<(Option<String>,)>(sql).await? else { return Ok(false) };
        // Of a session deleted by an older version no file is known: all of its source is read again.
        let mut sql =
            Sql::new("delete from import where user_id = $1 and source = $2").text(user.as_str()).text(source);
        if let Some(file) = file {
            sql.push(" and path = ");
            sql.push_value(Value::text(file));
        }
        tx.execute(sql).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Lets all deleted sessions come back; answers how many.
    pub async fn allow_all_again(&self, user: &UserId) -> Result<u64> {
        let mut tx = self.pool.begin().await?;
        let sql = Sql::new(
            "delete from import where user_id = $1 and exists (select 1 from tombstone t where t.user_id = import.user_id \
             and t.source = import.source and (t.file is null or t.file = import.path))",
        );
        tx.execute(sql.text(user.as_str())).await?;
        let count = tx.execute(Sql::new("delete from tombstone where user_id = $1").text(user.as_str())).await?;
        tx.commit().await?;
        Ok(count)
    }
}
