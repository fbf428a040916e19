//! Sessions with the sub-agents below them.

use std::collections::HashMap;

use opensync_core::session::Family;
use opensync_core::{MicroDollars, Session};

use super::SessionRow;
use crate::sql::{Sql, Value, int_to_count};
use crate::{Result, Store};

#[derive(sqlx::FromRow)]
struct FamilyRow {
    root: i64,
    agents: i64,
    hidden: i64,
    tokens: Option<i64>,
    unknown: i64,
    cost: Option<i64>,
    partial: i64,
}

impl Store {
    /// Sessions of rows, each with what its sub-agents add.
    pub(super) async fn with_families(&self, rows: Vec<SessionRow>) -> Result<Vec<Session>> {
        let keys: Vec<i64> = rows.iter().map(|row| row.row_key).collect();
        let mut families = HashMap::new();
        for some in keys.chunks(500) {
            // `union` keeps each once: sessions that name each other as parents make no endless loop.
            let mut sql = Sql::new(
                "with recursive family (root, row_key) as (\
                 select parent_key, row_key from session where relation = 'sub-agent' and deleting_at is null and parent_key in ",
            );
            sql.push_list(some.iter().map(|key| Value::int(*key)));
            sql.push(
                " union select f.root, c.row_key from family f join session c on c.parent_key = f.row_key \
                 where c.relation = 'sub-agent' and c.deleting_at is null and c.row_key <> f.root) \
                 select f.root, sum(case when s.hidden then 0 else 1 end) as agents, \
                 sum(case when s.hidden then 1 else 0 end) as hidden, cast(sum(s.total_tokens) as bigint) as tokens, \
                 sum(case when s.total_tokens is null then 1 else 0 end) as unknown, \
                 cast(sum(s.cost) as bigint) as cost, sum(case when s.cost_partial then 1 else 0 end) as partial \
                 from family f join session s on s.row_key = f.row_key group by f.root",
            );
            for row in self.pool.rows::<FamilyRow>(sql).await? {
                families.insert(row.root, row);
            }
        }
        let with_family = |row: SessionRow| {
            let family = families.remove(&row.row_key);
            let mut session = Session::from(row);
            session.family = family.map(|below| family_of(&session, &below));
            session
        };
        Ok(rows.into_iter().map(with_family).collect())
    }
}

fn family_of(own: &Session, below: &FamilyRow) -> Family {
    let tokens = below.tokens.map(int_to_count);
    let sum = |one: Option<u64>, two: Option<u64>| match (one, two) {
        (Some(one), Some(two)) => Some(one.saturating_add(two)),
        (one, two) => one.or(two),
    };
    let cost = match (own.cost, below.cost) {
        (Some(own), Some(below)) => Some(MicroDollars(own.0.saturating_add(below))),
        (own, below) => own.or(below.map(MicroDollars)),
    };
    Family {
        agents: int_to_count(below.agents),
        hidden: int_to_count(below.hidden),
        total_tokens: sum(own.total_tokens, tokens),
        tokens_partial: own.total_tokens.is_none() || below.unknown > 0,
        cost,
        cost_partial: own.cost_partial || below.partial > 0,
    }
}
