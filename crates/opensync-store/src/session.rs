//! Lists and finds sessions.

use std::collections::HashMap;

use opensync_core::filter::{Cursor, Order, Selection, SortKey, Status};
use opensync_core::session::{Facets, Totals};
use opensync_core::{MicroDollars, Relation, Session, SessionId, UserId};

use crate::catalog::View;
use crate::sql::{Sql, Value, int_to_count};
use crate::{Result, Store, search, write};

mod family;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SessionPage {
    /// Its sessions, in order.
    pub sessions: Vec<Session>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    row_key: i64,
    id: String,
    external_id: String,
    source: String,
    title: String,
    model: Option<String>,
    model_count: i64,
    provider: Option<String>,
    project_path: Option<String>,
    project_name: Option<String>,
    git_branch: Option<String>,
    client_version: Option<String>,
    machine: Option<String>,
    prompt_tokens: Option<i64>,
    completion_tokens: Option<i64>,
    total_tokens: Option<i64>,
    cache_read_tokens: Option<i64>,
    cache_write_tokens: Option<i64>,
    reasoning_tokens: Option<i64>,
    cost: Option<i64>,
    cost_partial: bool,
    message_count: i64,
    duration_ms: Option<i64>,
    is_public: bool,
    public_slug: Option<String>,
    summary: Option<String>,
    parent_id: Option<String>,
    relation: Option<String>,
    sub_agents: i64,
    file: Option<String>,
    eval_ready: bool,
    eval_status: Option<String>,
    eval_notes: Option<String>,
    tags: Option<String>,
    expected_output: Option<String>,
    reviewed_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

const COLUMNS: &str = "s.row_key, s.id, s.external_id, s.source, s.title, s.model, s.model_count, s.provider, \
    s.project_path, s.project_name, s.git_branch, s.client_version, s.machine, s.prompt_tokens, s.completion_tokens, \
    s.total_tokens, s.cache_read_tokens, s.cache_write_tokens, s.reasoning_tokens, s.cost, s.cost_partial, \
    s.message_count, s.duration_ms, s.is_public, s.public_slug, s.summary, \
    (select p.id from session p where p.row_key = s.parent_key and p.deleting_at is null) as parent_id, s.relation, \
    (select count(*) from session c where c.parent_key = s.row_key and c.relation = 'sub-agent' \
    and c.hidden = false and c.deleting_at is null) as sub_agents, s.file, s.eval_ready, s.eval_status, s.eval_notes, s.tags, \
    s.expected_output, s.reviewed_at, s.created_at, s.updated_at";

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        let count = |value: Option<i64>| value.map(int_to_count);
        Self {
            id: SessionId::from_stored(row.id),
            external_id: row.external_id,
            source: row.source,
            title: row.title,
            model: row.model,
            model_count: int_to_count(row.model_count),
            provider: row.provider,
            project_path: row.project_path,
            project_name: row.project_name,
            git_branch: row.git_branch,
            client_version: row.client_version,
            machine: row.machine,
            prompt_tokens: count(row.prompt_tokens),
            completion_tokens: count(row.completion_tokens),
            total_tokens: count(row.total_tokens),
            cache_read_tokens: count(row.cache_read_tokens),
            cache_write_tokens: count(row.cache_write_tokens),
            reasoning_tokens: count(row.reasoning_tokens),
            cost: row.cost.map(MicroDollars),
            cost_partial: row.cost_partial,
            message_count: int_to_count(row.message_count),
            duration_ms: count(row.duration_ms),
            is_public: row.is_public,
            public_slug: row.public_slug,
            summary: row.summary,
            parent_id: row.parent_id.map(SessionId::from_stored),
            relation: row.relation.as_deref().and_then(Relation::parse),
            sub_agents: int_to_count(row.sub_agents),
            family: None,
            file: row.file,
            eval_ready: row.eval_ready,
            eval_status: row.eval_status.as_deref().and_then(Status::parse),
            eval_notes: row.eval_notes,
            tags: crate::label::tags_of(row.tags.as_deref()),
            expected_output: row.expected_output,
            reviewed_at: row.reviewed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Whether a list shows sub-agents of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SubAgents {
    /// Folded under their parents: pages.
    Folded,
    /// Listed like all others: programs.
    Listed,
}

impl Store {
    /// Sessions in order, at most `limit`, after `cursor`; sub-agents are folded under their parents.
    /// Unknown tokens and costs come last in both directions; ties are broken by newest.
    pub async fn session_list(
        &self,
        user: &UserId,
        selection: &Selection,
        sort: SortKey,
        order: Order,
        cursor: Option<Cursor>,
        limit: u64,
    ) -> Result<SessionPage> {
        self.list(user, selection, (sort, order), cursor, limit, SubAgents::Folded).await
    }

    /// Like [`Store::session_list`], with sub-agents listed like all other sessions.
    pub async fn session_list_all(
        &self,
        user: &UserId,
        selection: &Selection,
        sort: SortKey,
        order: Order,
        cursor: Option<Cursor>,
        limit: u64,
    ) -> Result<SessionPage> {
        self.list(user, selection, (sort, order), cursor, limit, SubAgents::Listed).await
    }

    async fn list(
        &self,
        user: &UserId,
        selection: &Selection,
        (sort, order): (SortKey, Order),
        cursor: Option<Cursor>,
        limit: u64,
        sub_agents: SubAgents,
    ) -> Result<SessionPage> {
        let listed = self.view(user, selection, sub_agents).await?.list(sort, order, cursor, limit);
        Ok(SessionPage { sessions: self.sessions_of(&listed.keys).await?, next: listed.next })
    }

    /// The sessions that fit the words of a selection best, sub-agents included, with how well: above 0 and at
    /// most 1. Equal ones are the newest first; without words all are equal.
    pub async fn best_sessions(&self, user: &UserId, selection: &Selection, limit: u64) -> Result<Vec<(Session, f64)>> {
        let best = self.view(user, selection, SubAgents::Listed).await?.best(limit);
        let keys: Vec<i64> = best.iter().map(|(key, _)| *key).collect();
        let names = self.ids_of(&keys).await?;
        let scores: HashMap<&str, f64> =
            best.iter().filter_map(|(key, score)| Some((names.get(key)?.as_str(), *score))).collect();
        let sessions = self.sessions_of(&keys).await?.into_iter();
        let with_score = |session: Session| {
            let score = *scores.get(session.id.as_str())?;
            Some((session, score))
        };
        Ok(sessions.filter_map(with_score).collect())
    }

    /// Ids by key.
    async fn ids_of(&self, keys: &[i64]) -> Result<HashMap<i64, String>> {
        let mut names = HashMap::new();
        for some in keys.chunks(500) {
            let mut sql = Sql::new("select row_key, id from session where row_key in ");
            sql.push_list(some.iter().map(|key| Value::int(*key)));
            names.extend(self.pool.rows::<(i64, String)>(sql).await?);
        }
        Ok(names)
    }

    async fn view(&self, user: &UserId, selection: &Selection, sub_agents: SubAgents) -> Result<View> {
        View::new(self, self.catalog(user).await?, selection, sub_agents).await
    }

    /// Sessions by their keys, in that order; those that are gone by now are left out.
    async fn sessions_of(&self, keys: &[i64]) -> Result<Vec<Session>> {
        let mut rows: HashMap<i64, SessionRow> = HashMap::new();
        for some in keys.chunks(500) {
            let mut sql = Sql::new(format!("select {COLUMNS} from session s where s.row_key in "));
            sql.push_list(some.iter().map(|key| Value::int(*key)));
            rows.extend(self.pool.rows::<SessionRow>(sql).await?.into_iter().map(|row| (row.row_key, row)));
        }
        self.with_families(keys.iter().filter_map(|key| rows.remove(key)).collect()).await
    }

    /// The sessions around one, in the order of a list: up to `before` in front of it, the session
    /// itself when it is in the list, up to `after` behind it.
    pub async fn session_neighbours(
        &self,
        user: &UserId,
        id: &SessionId,
        selection: &Selection,
        (sort, order): (SortKey, Order),
        before: u64,
        after: u64,
    ) -> Result<Vec<Session>> {
        let Some(key) = self.row_key(user, id).await? else { return Ok(Vec::new()) };
        let view = self.view(user, selection, SubAgents::Folded).await?;
        self.sessions_of(&view.around(key, (sort, order), before, after)).await
    }

    /// Those of `ids` that a list of `selection` shows, in no order.
    pub async fn sessions_among(
        &self,
        user: &UserId,
        selection: &Selection,
        ids: &[SessionId],
    ) -> Result<Vec<Session>> {
        let view = self.view(user, selection, SubAgents::Folded).await?;
        let mut found = Vec::new();
        for some in ids.chunks(500) {
            let mut sql =
                Sql::new("select row_key from session where user_id || '' = $1 and id in ").text(user.as_str());
            sql.push_list(some.iter().map(|id| Value::text(id.as_str())));
            found.extend(self.pool.rows::<(i64,)>(sql).await?.into_iter().map(|(key,)| key));
        }
        found.retain(|key| view.has(*key));
        self.sessions_of(&found).await
    }

    /// All sessions a list of `selection` shows, newest first.
    pub async fn session_ids(&self, user: &UserId, selection: &Selection) -> Result<Vec<SessionId>> {
        let keys = self.view(user, selection, SubAgents::Folded).await?.all(SortKey::Date, Order::Desc);
        let mut names = self.ids_of(&keys).await?;
        Ok(keys.iter().filter_map(|key| names.remove(key)).map(SessionId::from_stored).collect())
    }

    /// Counts and sums over everything `selection` matches.
    pub async fn session_totals(&self, user: &UserId, selection: &Selection) -> Result<Totals> {
        Ok(self.view(user, selection, SubAgents::Folded).await?.totals())
    }

    /// What there is to filter by, over all listed sessions.
    pub async fn session_facets(&self, user: &UserId) -> Result<Facets> {
        Ok(self.catalog(user).await?.facets().clone())
    }

    /// One session; `None` when there is none of that id, or it is another user's.
    pub async fn session(&self, user: &UserId, id: &SessionId) -> Result<Option<Session>> {
        let sql = Sql::new(format!(
            "select {COLUMNS} from session s where s.user_id = $1 and s.id = $2 and s.deleting_at is null"
        ));
        let row: Option<SessionRow> = self.pool.row(sql.text(user.as_str()).text(id.as_str())).await?;
        Ok(self.with_families(row.into_iter().collect()).await?.pop())
    }

    /// The session a tool calls `external_id`: the newest when several sources use that id.
    pub async fn session_by_external_id(&self, user: &UserId, external_id: &str) -> Result<Option<Session>> {
        let sql = Sql::new(format!(
            "select {COLUMNS} from session s where s.user_id = $1 and s.external_id = $2 \
             and s.deleting_at is null order by s.created_at desc, s.row_key desc limit 1"
        ));
        let row: Option<SessionRow> = self.pool.row(sql.text(user.as_str()).text(external_id)).await?;
        Ok(row.map(Into::into))
    }

    /// Sub-agent sessions a session started, oldest first.
    pub async fn sub_agents(&self, user: &UserId, parent: &SessionId) -> Result<Vec<Session>> {
        let sql = Sql::new(format!(
            "select {COLUMNS} from session s join session parent on parent.row_key = s.parent_key \
             where parent.user_id = $1 and parent.id = $2 and s.relation = 'sub-agent' and s.hidden = false \
             and s.deleting_at is null order by s.created_at, s.row_key"
        ));
        let rows: Vec<SessionRow> = self.pool.rows(sql.text(user.as_str()).text(parent.as_str())).await?;
        self.with_families(rows).await
    }

    /// Gives a session a title no import will replace.
    pub async fn rename(&self, user: &UserId, id: &SessionId, title: &str) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        let sql = Sql::new(
            "update session set title = $1, title_rank = $2, revision = (select number from revision) \
             where user_id = $3 and id = $4 and deleting_at is null returning row_key, title",
        );
        let sql = sql.text(title).int(write::EDITED).text(user.as_str()).text(id.as_str());
        let Some((key, title)) = tx.row::<(i64, String)>(sql).await? else { return Ok(false) };
        let known = search::known(&mut tx, &[key]).await?;
        let mut index = search::Pending::default();
        index.titles(key, search::titles(&title, None), known.get(&key));
        index.write(&mut tx).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Gives a session a summary. An import replaces it when its tool has one of its own.
    pub async fn set_summary(&self, user: &UserId, id: &SessionId, summary: &str) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        let sql = Sql::new(
            "update session set summary = $1, revision = (select number from revision) \
             where user_id = $2 and id = $3 returning row_key, title, summary",
        );
        let sql = sql.text(summary).text(user.as_str()).text(id.as_str());
        let Some((key, title, summary)) = tx.row::<(i64, String, String)>(sql).await? else { return Ok(false) };
        let known = search::known(&mut tx, &[key]).await?;
        let mut index = search::Pending::default();
        index.titles(key, search::titles(&title, Some(&summary)), known.get(&key));
        index.write(&mut tx).await?;
        tx.commit().await?;
        Ok(true)
    }
}
