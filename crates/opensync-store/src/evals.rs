//! What the page of evals shows beside its rows: counts over all sessions that are ready for
//! evaluations, and how many test cases sessions give.

use std::collections::HashMap;

use opensync_core::filter::{Is, Order, Selection, SortKey, Status};
use opensync_core::{SessionId, UserId};

use crate::catalog::View;
use crate::session::SubAgents;
use crate::sql::{Sql, Value, int_to_count};
use crate::{Result, Store};

/// A session that is ready for evaluations, as far as counts need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvalRow {
    /// Which one.
    pub id: SessionId,
    /// The source's id.
    pub source: String,
    /// The model with most output.
    pub model: Option<String>,
    /// The verdict.
    pub status: Option<Status>,
    /// Tags, sorted.
    pub tags: Vec<String>,
    /// Whether it is said what the answer should have been.
    pub has_expected: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    source: String,
    model: Option<String>,
    eval_status: Option<String>,
    tags: Option<String>,
    has_expected: bool,
}

impl Store {
    /// All sessions that are ready for evaluations, those of sub-agents included.
    pub async fn eval_rows(&self, user: &UserId) -> Result<Vec<EvalRow>> {
        let selection = Selection { is: vec![Is::EvalReady], ..Selection::default() };
        let catalog = self.catalog(user).await?;
        let keys = View::new(self, catalog, &selection, SubAgents::Listed).await?.all(SortKey::Date, Order::Desc);
        let mut found = Vec::with_capacity(keys.len());
        for some in keys.chunks(500) {
            let mut sql = Sql::new(
                "select id, source, model, eval_status, tags, expected_output is not null as has_expected \
                 from session where row_key in ",
            );
            sql.push_list(some.iter().map(|key| Value::int(*key)));
            found.extend(self.pool.rows::<Row>(sql).await?.into_iter().map(|row| EvalRow {
                id: SessionId::from_stored(row.id),
                source: row.source,
                model: row.model,
                status: row.eval_status.as_deref().and_then(Status::parse),
                tags: crate::label::tags_of(row.tags.as_deref()),
                has_expected: row.has_expected,
            }));
        }
        Ok(found)
    }

    /// How many test cases sessions give: prompts that are answered with text before the next one.
    /// Sessions without any are left out.
    pub async fn eval_cases(&self, user: &UserId, ids: &[SessionId]) -> Result<HashMap<SessionId, u64>> {
        let mut cases = HashMap::new();
        for some in ids.chunks(500) {
            let mut sql = Sql::new(
                "select id, sum(case when role = 'user' and next = 'assistant' then 1 else 0 end) from (select s.id, \
                 m.role, lead(m.role) over (partition by m.session_key order by m.seq) as next from session s \
                 join message m on m.session_key = s.row_key where s.user_id || '' = ",
            );
            sql.push_value(Value::text(user.as_str()));
            sql.push(" and s.id in ");
            sql.push_list(some.iter().map(|id| Value::text(id.as_str())));
            sql.push(
                " and m.off_path = false and m.role in ('user', 'assistant') and m.text <> '') as turn group by id",
            );
            let rows: Vec<(String, i64)> = self.pool.rows(sql).await?;
            let rows = rows.into_iter().filter(|(_, count)| *count > 0);
            cases.extend(rows.map(|(id, count)| (SessionId::from_stored(id), int_to_count(count))));
        }
        Ok(cases)
    }
}
