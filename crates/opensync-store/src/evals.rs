//! What the page of evals counts: all sessions that are ready for evaluations.

use opensync_core::filter::{Is, Order, Selection, SortKey, Status};
use opensync_core::{SessionId, UserId};

use crate::catalog::View;
use crate::session::SubAgents;
use crate::sql::{Sql, Value};
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
}
