//! Removes sessions for good, leaving only the note that they must not come back.

use opensync_core::{SessionId, UserId};

use crate::sql::{Sql, Value};
use crate::{Result, Store, ledger, write};

impl Store {
    /// Deletes sessions with everything that belongs to them; answers how many there were.
    pub async fn delete_sessions(&self, user: &UserId, ids: &[SessionId]) -> Result<u64> {
        let mut deleted = 0;
        for some in ids.chunks(200) {
            let mut tx = self.pool.begin().await?;
            let mut sql = Sql::new("select row_key, source, external_id from session where user_id = $1 and id in ")
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
            let heirs: Vec<(i64,)> = tx
                .rows(list(
                    "select distinct o.session_key from response r join response o on o.key = r.key \
                     and o.session_key <> r.session_key and o.state <> 'discarded' \
                     where r.state = 'owned' and r.session_key in ",
                ))
                .await?;
            tx.execute(list("update session set parent_key = null, folded = hidden where parent_key in ")).await?;
            let freed = write::remove_content(&mut tx, &keys).await?;
            write::remove_unused_bodies(&mut tx, freed).await?;
            tx.execute(list("delete from session where row_key in ")).await?;
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
            let heirs: Vec<i64> = heirs.into_iter().map(|(key,)| key).filter(|key| !keys.contains(key)).collect();
            for some in heirs.chunks(500) {
                // A sole heir owns what it held as a copy.
                let mut sql = Sql::new(
                    "update response set state = 'owned' where state = 'copy' and not exists \
                     (select 1 from response o where o.key = response.key and o.state = 'owned') and session_key in ",
                );
                sql.push_list(some.iter().map(|key| Value::int(*key)));
                tx.execute(sql).await?;
            }
            ledger::settle(&mut tx, &heirs).await?;
            tx.commit().await?;
            deleted += keys.len() as u64;
        }
        Ok(deleted)
    }
}
