//! Removes sessions for good, leaving only the note that they must not come back.

use std::collections::BTreeSet;

use opensync_core::{SessionId, UserId};

use crate::pool::Tx;
use crate::sql::{Sql, Value};
use crate::{Result, Store, ledger, push, received, search, share, write};

impl Store {
    /// Deletes sessions with everything that belongs to them; answers how many there were.
    pub async fn delete_sessions(&self, user: &UserId, ids: &[SessionId]) -> Result<u64> {
        self.delete_those(user, ids, None).await
    }

    /// The same of those that are still to be deleted, and due.
    pub(crate) async fn delete_due(&self, user: &UserId, ids: &[SessionId], now: i64) -> Result<u64> {
        self.delete_those(user, ids, Some(now)).await
    }

    async fn delete_those(&self, user: &UserId, ids: &[SessionId], due: Option<i64>) -> Result<u64> {
        let mut deleted = 0;
        for some in ids.chunks(200) {
            let mut tx = self.pool.begin().await?;
            // No file gives back what plugins sent.
            let mut sql = Sql::new(
                "select row_key, source, external_id, case when received then '' else file end from session \
                 where user_id || '' = $1 and id in ",
            )
            .text(user.as_str());
            sql.push_list(some.iter().map(|id| Value::text(id.as_str())));
            if let Some(now) = due {
                sql.push(" and deleting_at <= ");
                sql.push_value(Value::int(now));
            }
            let rows: Vec<(i64, String, String, Option<String>)> = tx.rows(sql).await?;
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
            share::remove(&mut tx, &keys).await?;
            received::remove(&mut tx, &keys).await?;
            push::forget(&mut tx, &keys).await?;
            tx.execute(list("delete from session where row_key in ")).await?;
            tx.execute(Sql::new("update revision set removed = number")).await?;
            let files = rows.iter().filter_map(|row| row.3.clone());
            remove_problems(&mut tx, user, files.collect()).await?;
            let now = crate::now_ms();
            let graves = rows.into_iter().map(|(_, source, external_id, file)| {
                let name = [Value::text(user.as_str()), Value::text(source), Value::text(external_id)];
                name.into_iter().chain([Value::int(now), Value::Text(file)]).collect()
            });
            tx.insert_all(
                "insert into tombstone (user_id, source, external_id, deleted_at, file) values",
                " on conflict (user_id, source, external_id) do update set deleted_at = excluded.deleted_at, \
                 file = excluded.file",
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

/// What could not be used of files whose last session went: it can quote what stood there.
async fn remove_problems(tx: &mut Tx, user: &UserId, files: BTreeSet<String>) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new(
        "delete from problem where user_id = $1 and not exists (select 1 from session s \
         where s.user_id = problem.user_id and s.source = problem.source and s.file = problem.path) and path in ",
    )
    .text(user.as_str());
    sql.push_list(files.into_iter().map(Value::text));
    tx.execute(sql).await?;
    Ok(())
}
