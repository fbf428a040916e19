//! A session as a whole, small enough to be drawn on one line.

use opensync_core::{SessionId, UserId};

use crate::sql::{Sql, count_to_int, int_to_count};
use crate::{Result, Store};

impl Store {
    /// The messages of user and model in at most `most` runs of neighbours, in
    /// order; empty when there is no such session.
    pub async fn strip(&self, user: &UserId, session: &SessionId, most: u64) -> Result<Vec<Run>> {
        let Some(key) = self.row_key(user, session).await? else { return Ok(Vec::new()) };
        let counted = "from message where session_key = $1 and off_path = false and role in ('user', 'assistant')";
        let most = count_to_int(most.max(1));
        // Whether there are more messages than runs is known after as many of them.
        let sql = Sql::new(format!(
            "select (select count(*) from (select 1 {counted} limit $2) as counted), coalesce(min(seq), 0), \
             coalesce(max(seq), 0) from message where session_key = $1"
        ));
        let size: Option<(i64, i64, i64)> = self.pool.row(sql.int(key).int(most + 1)).await?;
        let Some((count, first, last)) = size.filter(|size| size.0 > 0) else { return Ok(Vec::new()) };
        let width = if count <= most { 1 } else { (last - first) / most + 1 };
        let sql = Sql::new(format!(
            "select min(seq), max(seq), count(*), cast(sum(coalesce(completion_tokens, 0)) as bigint), \
             sum(case when role = 'user' then 1 else 0 end), \
             sum(case when role = 'assistant' and text <> '' then 1 else 0 end) \
             {counted} group by (seq - $2) / $3 order by 1"
        ));
        let rows: Vec<(i64, i64, i64, i64, i64, i64)> = self.pool.rows(sql.int(key).int(first).int(width)).await?;
        let run = |(first, last, messages, tokens, prompts, said): (i64, i64, i64, i64, i64, i64)| Run {
            first: int_to_count(first),
            last: int_to_count(last),
            messages: int_to_count(messages),
            tokens: int_to_count(tokens),
            prompts: int_to_count(prompts),
            said: int_to_count(said),
        };
        Ok(rows.into_iter().map(run).collect())
    }
}

/// Neighbouring messages of user and model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Place of the first.
    pub first: u64,
    /// Place of the last.
    pub last: u64,
    /// How many there are.
    pub messages: u64,
    /// Their completion tokens, as far as they are known.
    pub tokens: u64,
    /// How many are prompts.
    pub prompts: u64,
    /// How many are answers with text.
    pub said: u64,
}
