//! Indexes sessions that the index does not know: those written before there was one.

use opensync_core::import::ImportedSession;

use super::{Pending, titles};
use crate::sql::Sql;
use crate::{Result, Store};

impl Store {
    /// Indexes what is not; answers how many sessions.
    pub(crate) async fn index_missing(&self) -> Result<u64> {
        let mut count = 0;
        loop {
            let missing = Sql::new(
                "select s.row_key, s.title, s.summary from session s where not exists (select 1 from search_slice i \
                 where i.session_key = s.row_key and i.tools = false and i.n = 0) order by s.row_key limit 20",
            );
            let mut tx = self.pool.begin().await?;
            let rows: Vec<(i64, String, Option<String>)> = tx.rows(missing).await?;
            if rows.is_empty() {
                return Ok(count);
            }
            let mut pending = Pending::default();
            for (key, title, summary) in rows {
                let stored = self.messages_between(key, 0, i64::MAX).await?;
                let messages = stored.into_iter().map(|stored| stored.message).collect();
                let session = ImportedSession { messages, ..ImportedSession::default() };
                pending.messages(key, &session, None, None);
                pending.titles(key, titles(&title, summary.as_deref()), None);
                count += 1;
            }
            pending.write(&mut tx).await?;
            tx.commit().await?;
        }
    }
}
