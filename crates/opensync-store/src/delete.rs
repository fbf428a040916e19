//! Removes sessions for good, leaving only the note that they must not come back.

use opensync_core::{SessionId, UserId};

use crate::sql::{Sql, Value};
use crate::{Result, Store, ledger, search, write};

impl Store {
    /// Deletes sessions with everything that belongs to them; answers how many there were.
    pub async fn delete_sessions(&self, user: &UserId, ids: &[SessionId]) -> Result<u64> {
        let mut deleted = 0;
        for some in ids.chunks(200) {
            let mut tx = self.pool.begin().await?;
            let mut sql =
                Sql::new("select row_key, source, external_id from session where user_id || '' = $1 and id in ")
                    .text(user.as_str());
            sql.push_list(some.iter().map(|id| Value::text(id.as_str())));
            let rows: Vec<(i64, String, String)> = tx.rows(sql).await?;
            let keys: Vec<i64> = rows.iter().map(|row| row.0).collect();
            if keys.is_empty() {
                continue;
            }
            let list = |text: &str| {
                let mut sql = Sql::new(text);
                sql.push_list(keys.iter().map(|key| Value::int(*key)));
                sql
            };
            // Copies of responses that were owned here find a new owner below.
            let heirs = ledger::relatives(&mut tx, &keys).await?;
            tx.execute(list(
                "update session set parent_key = null, folded = hidden, revision = (select number from revision) \
                 where parent_key in ",
            ))
            .await?;
            let freed = write::remove_content(&mut tx, &keys).await?;
            write::remove_unused_bodies(&mut tx, freed).await?;
            search::remove(&mut tx, &keys).await?;
            tx.execute(list("delete from session where row_key in ")).await?;
            tx.execute(Sql::new("update revision set removed = number")).await?;
            let now = crate::now_ms();
            let graves = rows.into_iter().map(|(_, source, external_id)| {
                vec![Value::text(user.as_str()), Value::text(source), Value::text(external_id), Value::int(now)]
            });
            tx.insert_all(
                "insert into tombstone (user_id, source, external_id, deleted_at) values",
                " on conflict (user_id, source, external_id) do update set deleted_at = excluded.deleted_at",
                graves.collect(),
            )
            .await?;
            ledger::settle(&mut tx, user, &[], &heirs).await?;
            tx.commit().await?;
            deleted += keys.len() as u64;
        }
        Ok(deleted)
    }
}
