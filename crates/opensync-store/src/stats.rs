//! Figures over the whole archive.

use opensync_core::{MicroDollars, UserId};

use crate::sql::{Sql, int_to_count};
use crate::{Result, Store};

/// Sums over all sessions of a user, sub-agents included.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stats {
    /// Sessions.
    pub sessions: u64,
    /// User and assistant messages.
    pub messages: u64,
    /// Tokens.
    pub tokens: u64,
    /// Known cost.
    pub cost: MicroDollars,
    /// Working time in milliseconds.
    pub duration_ms: u64,
    /// By model, most tokens first, equal ones by name; the model is `None` for responses that name none.
    pub models: Vec<ModelStats>,
}

/// Sums over the responses of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelStats {
    /// The model.
    pub model: Option<String>,
    /// Tokens.
    pub tokens: u64,
    /// Known cost.
    pub cost: MicroDollars,
    /// Sessions with such responses.
    pub sessions: u64,
}

/// What is no session: what goes, and a test a plugin made. Hidden sessions of files cost something.
const COUNTED: &str = "deleting_at is null and not (hidden and received)";

impl Store {
    /// How many sessions each source has, sub-agents included.
    pub async fn session_totals_by_source(&self, user: &UserId) -> Result<std::collections::HashMap<String, u64>> {
        let sql =
            Sql::new(format!("select source, count(*) from session where user_id = $1 and {COUNTED} group by source"));
        let rows: Vec<(String, i64)> = self.pool.rows(sql.text(user.as_str())).await?;
        Ok(rows.into_iter().map(|(source, n)| (source, int_to_count(n))).collect())
    }

    /// The client versions that wrote each source's sessions last, with how many sessions of each,
    /// most sessions first; `None` for sessions whose version is not known.
    pub async fn client_versions(
        &self,
        user: &UserId,
    ) -> Result<std::collections::HashMap<String, Vec<(Option<String>, u64)>>> {
        let sql = Sql::new(format!(
            "select source, client_version, count(*) as n from session where user_id = $1 and deleting_at is null \
             group by source, client_version order by n desc, client_version {} nulls last",
            self.pool.by_bytes()
        ));
        let rows: Vec<(String, Option<String>, i64)> = self.pool.rows(sql.text(user.as_str())).await?;
        let mut versions = std::collections::HashMap::<_, Vec<_>>::new();
        for (source, version, n) in rows {
            versions.entry(source).or_default().push((version, int_to_count(n)));
        }
        Ok(versions)
    }

    /// Sums over all sessions of a user.
    pub async fn stats(&self, user: &UserId) -> Result<Stats> {
        let sql = Sql::new(format!(
            "select count(*), cast(coalesce(sum(message_count), 0) as bigint), \
             cast(coalesce(sum(total_tokens), 0) as bigint), cast(coalesce(sum(cost), 0) as bigint), \
             cast(coalesce(sum(duration_ms), 0) as bigint) from session where user_id = $1 and {COUNTED}",
        ));
        let (sessions, messages, tokens, cost, duration): (i64, i64, i64, i64, i64) =
            self.pool.row(sql.text(user.as_str())).await?.unwrap_or_default();
        let sql = Sql::new(format!(
            "select r.model, cast(sum(r.fresh + r.cache_read + r.cache_write_5m + r.cache_write_1h + r.output) \
             as bigint) as tokens, cast(coalesce(sum(r.cost), 0) as bigint), count(distinct r.session_key) \
             from response r join session s on s.row_key = r.session_key \
             where s.user_id = $1 and s.deleting_at is null and r.state = 'owned' group by r.model \
             order by tokens desc, r.model {} nulls last",
            self.pool.by_bytes()
        ));
        let rows: Vec<(Option<String>, i64, i64, i64)> = self.pool.rows(sql.text(user.as_str())).await?;
        let models = rows
            .into_iter()
            .map(|(model, tokens, cost, sessions)| ModelStats {
                model,
                tokens: int_to_count(tokens),
                cost: MicroDollars(cost),
                sessions: int_to_count(sessions),
            })
            .collect();
        Ok(Stats {
            sessions: int_to_count(sessions),
            messages: int_to_count(messages),
            tokens: int_to_count(tokens),
            cost: MicroDollars(cost),
            duration_ms: int_to_count(duration),
            models,
        })
    }
}
