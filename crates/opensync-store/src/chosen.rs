//! Sessions somebody chose by id: how much they are, and what hangs on them.

use std::collections::HashSet;

use opensync_core::{MicroDollars, SessionId, UserId};

use crate::sql::{Sql, Value, int_to_count};
use crate::{Result, Store};

/// Statements take so many ids at once.
const CHUNK: usize = 500;

/// Sums over sessions that were chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chosen {
    /// Those there are, in the order they were chosen, each once.
    pub found: Vec<SessionId>,
    /// Those there are not, or another user's.
    pub missing: Vec<SessionId>,
    /// User and assistant messages.
    pub messages: u64,
    /// Their own tokens; null when none are known.
    pub tokens: Option<u64>,
    /// Their own cost; null when none is known.
    pub cost: Option<MicroDollars>,
    /// Some responses have no known price.
    pub cost_partial: bool,
    /// How many have a public link.
    pub public: u64,
}

#[derive(sqlx::FromRow)]
struct ChosenRow {
    id: String,
    message_count: i64,
    total_tokens: Option<i64>,
    cost: Option<i64>,
    cost_partial: bool,
    is_public: bool,
}

impl Store {
    /// Which of `ids` there are, and their sums.
    pub async fn chosen(&self, user: &UserId, ids: &[SessionId]) -> Result<Chosen> {
        let mut chosen = Chosen::default();
        for some in distinct(ids).chunks(CHUNK) {
            let mut sql = Sql::new(
                "select id, message_count, total_tokens, cost, cost_partial, is_public from session \
                 where user_id || '' = $1 and deleting_at is null and id in ",
            )
            .text(user.as_str());
            sql.push_list(some.iter().map(|id| Value::text(id.as_str())));
            let mut there = HashSet::new();
            for row in self.pool.rows::<ChosenRow>(sql).await? {
                chosen.messages += int_to_count(row.message_count);
                if let Some(tokens) = row.total_tokens.map(int_to_count) {
                    chosen.tokens = Some(chosen.tokens.unwrap_or(0).saturating_add(tokens));
                }
                if let Some(cost) = row.cost {
                    let sum = chosen.cost.map_or(0, |cost| cost.0).saturating_add(cost);
                    chosen.cost = Some(MicroDollars(sum));
                }
                chosen.cost_partial |= row.cost_partial;
                chosen.public += u64::from(row.is_public);
                there.insert(row.id);
            }
            for id in some {
                let place = if there.contains(id.as_str()) { &mut chosen.found } else { &mut chosen.missing };
                place.push((*id).clone());
            }
        }
        Ok(chosen)
    }

    /// All sub-agents below `ids`, those of sub-agents and hidden ones included, each once; none of
    /// `ids` itself. In no order.
    pub async fn sub_agents_below(&self, user: &UserId, ids: &[SessionId]) -> Result<Vec<SessionId>> {
        let ids = distinct(ids);
        let mut seen: HashSet<SessionId> = ids.iter().map(|id| (*id).clone()).collect();
        let mut below = Vec::new();
        for some in ids.chunks(CHUNK) {
            // `union` keeps each once: sessions that name each other as parents make no endless loop.
            let mut sql = Sql::new(
                "with recursive below (row_key) as (\
                 select c.row_key from session c join session p on p.row_key = c.parent_key \
                 where c.relation = 'sub-agent' and c.deleting_at is null and p.user_id || '' = $1 and p.id in ",
            )
            .text(user.as_str());
            sql.push_list(some.iter().map(|id| Value::text(id.as_str())));
            sql.push(
                " union select c.row_key from below b join session c on c.parent_key = b.row_key \
                 where c.relation = 'sub-agent' and c.deleting_at is null) \
                 select s.id from below b join session s on s.row_key = b.row_key",
            );
            let rows: Vec<(String,)> = self.pool.rows(sql).await?;
            for id in rows.into_iter().map(|(id,)| SessionId::from_stored(id)) {
                if seen.insert(id.clone()) {
                    below.push(id);
                }
            }
        }
        Ok(below)
    }
}

/// Each once, in their order.
pub(crate) fn distinct(ids: &[SessionId]) -> Vec<&SessionId> {
    let mut seen = HashSet::new();
    ids.iter().filter(|id| seen.insert(id.as_str())).collect()
}
