//! Changes what people say about sessions. No import touches it.

use std::collections::HashSet;

use opensync_core::label::{Edit, LabelChange, LabelError};
use opensync_core::{SessionId, UserId};

use crate::chosen::distinct;
use crate::sql::{Sql, Value};
use crate::{Result, Store};

/// Sessions changed in one transaction, and the most ids of a statement.
const CHUNK: usize = 500;

/// What came of a change of labels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labelled {
    /// Sessions that differ from before, in the order they were named.
    pub changed: Vec<SessionId>,
    /// Sessions that had these labels already.
    pub same: Vec<SessionId>,
    /// There is none of this id, or it is another user's.
    pub missing: Vec<SessionId>,
    /// Sessions that cannot have these labels, and stayed as they were.
    pub refused: Vec<(SessionId, LabelError)>,
}

#[derive(sqlx::FromRow)]
struct LabelRow {
    row_key: i64,
    id: String,
    eval_ready: bool,
    eval_status: Option<String>,
    reviewed_at: Option<i64>,
    tags: Option<String>,
    texts_differ: bool,
}

impl Store {
    /// Changes labels of many sessions at once. A verdict that is set counts as a review.
    pub async fn label_sessions(&self, user: &UserId, ids: &[SessionId], change: &LabelChange) -> Result<Labelled> {
        let mut outcome = Labelled::default();
        for some in distinct(ids).chunks(CHUNK) {
            let mut tx = self.pool.begin().await?;
            let mut sql = Sql::new("select row_key, id, eval_ready, eval_status, reviewed_at, tags, (");
            push_difference(&mut sql, "eval_notes", &change.notes);
            sql.push(" or ");
            push_difference(&mut sql, "expected_output", &change.expected_output);
            sql.push(") as texts_differ from session where deleting_at is null and user_id || '' = ");
            sql.push_value(Value::text(user.as_str()));
            sql.push(" and id in ");
            sql.push_list(some.iter().map(|id| Value::text(id.as_str())));
            let rows: Vec<LabelRow> = tx.rows(sql).await?;

            let (mut keys, mut tagged) = (Vec::new(), Vec::new());
            let (mut changed, mut there) = (HashSet::new(), HashSet::new());
            for row in rows {
                there.insert(row.id.clone());
                let old = tags_of(row.tags.as_deref());
                let tags = match change.tags_of(&old) {
                    Ok(tags) => tags,
                    Err(error) => {
                        outcome.refused.push((SessionId::from_stored(row.id), error));
                        continue;
                    }
                };
                if row.differs(change) {
                    keys.push(row.row_key);
                    changed.insert(row.id.clone());
                }
                if tags != old {
                    tagged.push((row.row_key, tags));
                    changed.insert(row.id);
                }
            }
            if let Some(update) = update(change, &keys) {
                tx.execute(update).await?;
            }
            if !tagged.is_empty() {
                tx.execute(update_tags(tagged)).await?;
            }
            tx.commit().await?;

            for id in some {
                let id = (*id).clone();
                if changed.contains(id.as_str()) {
                    outcome.changed.push(id);
                } else if !there.contains(id.as_str()) {
                    outcome.missing.push(id);
                } else if !outcome.refused.iter().any(|(refused, _)| *refused == id) {
                    outcome.same.push(id);
                }
            }
        }
        Ok(outcome)
    }
}

impl LabelRow {
    /// Whether anything but the tags would be another.
    fn differs(&self, change: &LabelChange) -> bool {
        let ready = change.ready.is_some_and(|ready| ready != self.eval_ready);
        let status = match change.status {
            Edit::Keep => false,
            Edit::Clear => self.eval_status.is_some() || self.reviewed_at.is_some(),
            Edit::Set(status) => self.eval_status.as_deref() != Some(status.as_str()) || self.reviewed_at.is_none(),
        };
        ready || status || self.texts_differ
    }
}

fn push_difference(sql: &mut Sql, column: &str, edit: &Edit<String>) {
    if edit.is_keep() {
        sql.push("1 = 0");
    } else {
        sql.push(&format!("{column} is distinct from "));
        sql.push_value(Value::Text(edit.value().cloned()));
    }
}

/// Sets all but the tags; `None` when nothing is to be set.
fn update(change: &LabelChange, keys: &[i64]) -> Option<Sql> {
    let mut columns = Vec::new();
    if let Some(ready) = change.ready {
        columns.push(("eval_ready", Value::Bool(Some(ready))));
    }
    if !change.status.is_keep() {
        let status = change.status.value().map(|status| status.as_str().to_owned());
        columns.push(("reviewed_at", Value::Int(status.is_some().then(crate::now_ms))));
        columns.push(("eval_status", Value::Text(status)));
    }
    for (column, edit) in [("eval_notes", &change.notes), ("expected_output", &change.expected_output)] {
        if !edit.is_keep() {
            columns.push((column, Value::Text(edit.value().cloned())));
        }
    }
    if columns.is_empty() || keys.is_empty() {
        return None;
    }
    let mut sql = Sql::new("update session set revision = (select number from revision)");
    for (column, value) in columns {
        sql.push(&format!(", {column} = "));
        sql.push_value(value);
    }
    sql.push(" where row_key in ");
    sql.push_list(keys.iter().map(|key| Value::int(*key)));
    Some(sql)
}

/// Sets the tags of sessions, each its own. Both engines name the columns of `values` alike.
fn update_tags(tagged: Vec<(i64, Vec<String>)>) -> Sql {
    let mut sql =
        Sql::new("update session set tags = t.column2, revision = (select number from revision) from (values ");
    for (n, (key, tags)) in tagged.into_iter().enumerate() {
        sql.push(if n > 0 { ", " } else { "" });
        let text = (!tags.is_empty()).then(|| serde_json::Value::from(tags).to_string());
        sql.push_list([Value::int(key), Value::Text(text)]);
    }
    sql.push(") as t where session.row_key = t.column1");
    sql
}

/// Reads the column of tags.
pub(crate) fn tags_of(text: Option<&str>) -> Vec<String> {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}
