//! Reads what changed.

use std::sync::Arc;

use opensync_core::UserId;
use opensync_core::filter::Status;

use super::{Catalog, Entry};
use crate::sql::Sql;
use crate::{Result, Store};

#[derive(sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column")]
struct EntryRow {
    row_key: i64,
    created_at: i64,
    updated_at: i64,
    total_tokens: Option<i64>,
    cost: Option<i64>,
    cost_partial: bool,
    message_count: i64,
    source: String,
    project_name: Option<String>,
    model: Option<String>,
    provider: Option<String>,
    git_branch: Option<String>,
    machine: Option<String>,
    tags: Option<String>,
    eval_status: Option<String>,
    eval_ready: bool,
    folded: bool,
    hidden: bool,
    is_public: bool,
    relation: Option<String>,
    is_deleting: bool,
}

impl Store {
    /// The catalog of a user as the database is now.
    pub(crate) async fn catalog(&self, user: &UserId) -> Result<Arc<Catalog>> {
        let slot = {
            let mut users = self.catalogs.users.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            users.entry(user.clone()).or_default().clone()
        };
        let mut slot = slot.lock().await;
        // Read before the sessions: what is written in between is read once more the next time.
        let now: Option<(i64, i64)> = self.pool.row(Sql::new("select number, removed from revision")).await?;
        let (number, removed) = now.unwrap_or_default();
        if number != slot.number {
            let mut catalog = slot.copy();
            catalog.read(self, user).await?;
            if removed != slot.removed {
                catalog.drop_removed(self, user).await?;
            }
            (catalog.number, catalog.removed) = (number, removed);
            *slot = Arc::new(catalog);
        }
        Ok(slot.clone())
    }
}

impl Catalog {
    fn copy(&self) -> Self {
        Self {
            number: self.number,
            removed: self.removed,
            entries: self.entries.clone(),
            names: self.names.clone(),
            ..Self::default()
        }
    }

    /// Takes in the sessions that were written since.
    async fn read(&mut self, store: &Store, user: &UserId) -> Result<()> {
        let sql = Sql::new(
            "select row_key, created_at, updated_at, total_tokens, cost, cost_partial, message_count, source, \
             project_name, model, provider, git_branch, machine, tags, eval_status, eval_ready, folded, hidden, is_public, \
             relation, deleting_at is not null as is_deleting from session where user_id = $1 and revision > $2 order by row_key",
        );
        let rows: Vec<EntryRow> = store.pool.rows(sql.text(user.as_str()).int(self.number)).await?;
        let mut new = Vec::new();
        for row in rows {
            if row.is_deleting {
                self.entries.retain(|entry| entry.key != row.row_key);
                continue;
            }
            let entry = self.entry(row);
            match self.entries.binary_search_by_key(&entry.key, |entry| entry.key) {
                Ok(at) => self.entries[at] = entry,
                Err(_) => new.push(entry),
            }
        }
        if !new.is_empty() {
            self.entries.extend(new);
            self.entries.sort_by_key(|entry| entry.key);
        }
        Ok(())
    }

    async fn drop_removed(&mut self, store: &Store, user: &UserId) -> Result<()> {
        let list = if store.pool.is_sqlite() { "group_concat(row_key)" } else { "string_agg(row_key::text, ',')" };
        let sql = Sql::new(format!("select {list} from session where user_id = $1")).text(user.as_str());
        let found: Option<(Option<String>,)> = store.pool.row(sql).await?;
        let list = found.and_then(|(list,)| list).unwrap_or_default();
        let mut keys: Vec<i64> = list.split(',').filter_map(|key| key.parse().ok()).collect();
        keys.sort_unstable();
        self.entries.retain(|entry| keys.binary_search(&entry.key).is_ok());
        Ok(())
    }

    fn entry(&mut self, row: EntryRow) -> Entry {
        let tags: Vec<String> = row.tags.and_then(|tags| serde_json::from_str(&tags).ok()).unwrap_or_default();
        let names = &mut self.names;
        Entry {
            key: row.row_key,
            created_at: row.created_at,
            updated_at: row.updated_at,
            tokens: row.total_tokens,
            cost: row.cost,
            messages: row.message_count,
            source: names.number(Some(&row.source)),
            project: names.number(row.project_name.as_deref()),
            model: names.number(row.model.as_deref()),
            provider: names.number(row.provider.as_deref()),
            branch: names.number(row.git_branch.as_deref()),
            machine: names.number(row.machine.as_deref()),
            tags: tags.iter().map(|tag| names.number(Some(tag))).collect(),
            status: row.eval_status.and_then(|status| Status::parse(&status)).unwrap_or(Status::None),
            cost_partial: row.cost_partial,
            folded: row.folded,
            hidden: row.hidden,
            public: row.is_public,
            sub_agent: row.relation.as_deref() == Some("sub-agent"),
            eval_ready: row.eval_ready,
        }
    }
}
