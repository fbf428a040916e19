//! Lists and finds sessions.

use opensync_core::filter::{Cursor, Is, Order, Selection, SortKey, Status};
use opensync_core::search::Term;
use opensync_core::session::{FacetValue, Facets, Totals};
use opensync_core::{MicroDollars, Relation, Session, SessionId, UserId};

use crate::sql::{Sql, Value, count_to_int, int_to_count};
use crate::{Result, Store, write};

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
    s.project_path, s.project_name, s.git_branch, s.client_version, s.prompt_tokens, s.completion_tokens, \
    s.total_tokens, s.cache_read_tokens, s.cache_write_tokens, s.reasoning_tokens, s.cost, s.cost_partial, \
    s.message_count, s.duration_ms, s.is_public, s.public_slug, s.summary, \
    (select p.id from session p where p.row_key = s.parent_key) as parent_id, s.relation, \
    (select count(*) from session c where c.parent_key = s.row_key and c.relation = 'sub-agent' \
    and c.hidden = false) as sub_agents, s.file, s.eval_ready, s.eval_status, s.eval_notes, s.tags, \
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
        let column = sort_column(sort, order);
        let mut sql = Sql::new(format!("select {COLUMNS} from session s where "));
        push_selection(&mut sql, user, selection, sub_agents);
        if let Some(cursor) = cursor {
            push_after(&mut sql, column, sort, order, cursor);
        }
        let direction = order.as_str();
        if sort == SortKey::Date {
            sql.push(&format!(" order by s.created_at {direction}, s.row_key {direction} limit "));
        } else {
            sql.push(&format!(" order by {column} {direction}, s.created_at desc, s.row_key desc limit "));
        }
        sql.push_value(Value::int(i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX)));
        let mut rows: Vec<SessionRow> = self.pool.rows(sql).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| cursor_of(row, sort));
        Ok(SessionPage { sessions: self.with_families(rows).await?, next })
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
        let mut own = Sql::new(format!("select {COLUMNS} from session s where s.user_id = $1 and s.id = $2"));
        own = own.text(user.as_str()).text(id.as_str());
        let Some(row) = self.pool.row::<SessionRow>(own).await? else { return Ok(Vec::new()) };
        let cursor = cursor_of(&row, sort);
        let mut inside = Sql::new("select count(*) from session s where ");
        push_selection(&mut inside, user, selection, SubAgents::Folded);
        inside.push(" and s.row_key = ");
        inside.push_value(Value::int(row.row_key));
        let inside = self.pool.count(inside).await? > 0;

        let column = sort_column(sort, order);
        let mut sql = Sql::new(format!("select {COLUMNS} from session s where "));
        push_selection(&mut sql, user, selection, SubAgents::Folded);
        push_before(&mut sql, column, sort, order, cursor);
        let back = order.flipped().as_str();
        if sort == SortKey::Date {
            sql.push(&format!(" order by s.created_at {back}, s.row_key {back} limit "));
        } else {
            sql.push(&format!(" order by {column} {back}, s.created_at asc, s.row_key asc limit "));
        }
        sql.push_value(Value::int(i64::try_from(before).unwrap_or(i64::MAX)));
        let mut sessions: Vec<Session> = self.pool.rows::<SessionRow>(sql).await?.into_iter().map(Into::into).collect();
        sessions.reverse();
        if inside {
            sessions.push(row.into());
        }
        let rest = self.list(user, selection, (sort, order), Some(cursor), after, SubAgents::Folded).await?;
        sessions.extend(rest.sessions);
        Ok(sessions)
    }

    /// Those of `ids` that a list of `selection` shows, in no order.
    pub async fn sessions_among(
        &self,
        user: &UserId,
        selection: &Selection,
        ids: &[SessionId],
    ) -> Result<Vec<Session>> {
        let mut found = Vec::new();
        for some in ids.chunks(500) {
            let mut sql = Sql::new(format!("select {COLUMNS} from session s where "));
            push_selection(&mut sql, user, selection, SubAgents::Folded);
            sql.push(" and s.id in ");
            sql.push_list(some.iter().map(|id| Value::text(id.as_str())));
            found.extend(self.pool.rows::<SessionRow>(sql).await?.into_iter().map(Session::from));
        }
        Ok(found)
    }

    /// All sessions a list of `selection` shows, newest first.
    pub async fn session_ids(&self, user: &UserId, selection: &Selection) -> Result<Vec<SessionId>> {
        let mut sql = Sql::new("select s.id from session s where ");
        push_selection(&mut sql, user, selection, SubAgents::Folded);
        sql.push(" order by s.created_at desc, s.row_key desc");
        let rows: Vec<(String,)> = self.pool.rows(sql).await?;
        Ok(rows.into_iter().map(|(id,)| SessionId::from_stored(id)).collect())
    }

    /// Counts and sums over everything `selection` matches.
    pub async fn session_totals(&self, user: &UserId, selection: &Selection) -> Result<Totals> {
        let mut sql = Sql::new(
            "select count(*) as n, cast(sum(case when s.folded then 1 else 0 end) as bigint) as folded, \
             cast(sum(s.total_tokens) as bigint) as tokens, cast(sum(s.cost) as bigint) as cost, \
             cast(sum(case when s.cost_partial then 1 else 0 end) as bigint) as partial from session s where ",
        );
        push_selection(&mut sql, user, selection, SubAgents::Listed);
        let (n, folded, tokens, cost, partial): (i64, Option<i64>, Option<i64>, Option<i64>, Option<i64>) =
            self.pool.row(sql).await?.unwrap_or_default();
        let folded = folded.unwrap_or(0);
        Ok(Totals {
            sessions: int_to_count(n - folded),
            sub_agents: int_to_count(folded),
            tokens: tokens.map(int_to_count),
            cost: cost.map(MicroDollars),
            cost_partial: partial.unwrap_or(0) > 0,
        })
    }

    /// What there is to filter by, over all listed sessions.
    pub async fn session_facets(&self, user: &UserId) -> Result<Facets> {
        let values = async |column: &str| -> Result<Vec<FacetValue>> {
            let sql = Sql::new(format!(
                "select {column} as value, count(*) as n from session where user_id = $1 and folded = false \
                 and {column} is not null group by {column} order by n desc, {column} {}",
                self.pool.by_bytes()
            ))
            .text(user.as_str());
            let rows: Vec<(String, i64)> = self.pool.rows(sql).await?;
            Ok(rows.into_iter().map(|(value, n)| FacetValue { value, count: int_to_count(n) }).collect())
        };
        Ok(Facets {
            sources: values("source").await?,
            projects: values("project_name").await?,
            models: values("model").await?,
        })
    }

    /// One session; `None` when there is none of that id, or it is another user's.
    pub async fn session(&self, user: &UserId, id: &SessionId) -> Result<Option<Session>> {
        let sql = Sql::new(format!("select {COLUMNS} from session s where s.user_id = $1 and s.id = $2"));
        let row: Option<SessionRow> = self.pool.row(sql.text(user.as_str()).text(id.as_str())).await?;
        Ok(self.with_families(row.into_iter().collect()).await?.pop())
    }

    /// The session a tool calls `external_id`: the newest when several sources use that id.
    pub async fn session_by_external_id(&self, user: &UserId, external_id: &str) -> Result<Option<Session>> {
        let sql = Sql::new(format!(
            "select {COLUMNS} from session s where s.user_id = $1 and s.external_id = $2 \
             order by s.created_at desc, s.row_key desc limit 1"
        ));
        let row: Option<SessionRow> = self.pool.row(sql.text(user.as_str()).text(external_id)).await?;
        Ok(row.map(Into::into))
    }

    /// Sub-agent sessions a session started, oldest first.
    pub async fn sub_agents(&self, user: &UserId, parent: &SessionId) -> Result<Vec<Session>> {
        let sql = Sql::new(format!(
            "select {COLUMNS} from session s join session parent on parent.row_key = s.parent_key \
             where parent.user_id = $1 and parent.id = $2 and s.relation = 'sub-agent' and s.hidden = false \
             order by s.created_at, s.row_key"
        ));
        let rows: Vec<SessionRow> = self.pool.rows(sql.text(user.as_str()).text(parent.as_str())).await?;
        self.with_families(rows).await
    }

    /// Gives a session a title no import will replace.
    pub async fn rename(&self, user: &UserId, id: &SessionId, title: &str) -> Result<bool> {
        let sql =
            Sql::new("update session set title = $1, title_words = $2, title_rank = $3 where user_id = $4 and id = $5");
        let sql =
            sql.text(title).text(write::title_words(title)).int(write::EDITED).text(user.as_str()).text(id.as_str());
        Ok(self.pool.execute(sql).await? > 0)
    }
}

/// SQLite takes no longer conditions and patterns than some; no title is as long.
const MOST_WORDS: usize = 64;
const LONGEST_WORD: usize = 1_000;
/// A session is live for so long after its last message.
const LIVE_MS: i64 = 120_000;

fn sort_column(sort: SortKey, order: Order) -> &'static str {
    match (sort, order) {
        // Titles alone are searched, and all that match fit alike.
        (SortKey::Date | SortKey::Relevance, _) => "s.created_at",
        (SortKey::Messages, _) => "s.message_count",
        (SortKey::Tokens, Order::Desc) => "coalesce(s.total_tokens, -1)",
        (SortKey::Cost, Order::Desc) => "coalesce(s.cost, -1)",
        (SortKey::Tokens, Order::Asc) => "coalesce(s.total_tokens, 9223372036854775807)",
        (SortKey::Cost, Order::Asc) => "coalesce(s.cost, 9223372036854775807)",
    }
}

fn cursor_of(row: &SessionRow, sort: SortKey) -> Cursor {
    let value = match sort {
        SortKey::Date | SortKey::Relevance => Some(row.created_at),
        SortKey::Messages => Some(row.message_count),
        SortKey::Tokens => row.total_tokens,
        SortKey::Cost => row.cost,
    };
    Cursor { value, created_at: row.created_at, key: row.row_key }
}

/// The row's place in the order: value of the sort column, then newest first.
fn place(sort: SortKey, order: Order, cursor: Cursor) -> (i64, i64, i64) {
    let unknown = if order == Order::Desc { -1 } else { i64::MAX };
    let value = if sort == SortKey::Date { cursor.created_at } else { cursor.value.unwrap_or(unknown) };
    (value, cursor.created_at, cursor.key)
}

fn push_after(sql: &mut Sql, column: &str, sort: SortKey, order: Order, cursor: Cursor) {
    let beyond = if order == Order::Desc { "<" } else { ">" };
    push_beside(sql, column, sort, place(sort, order, cursor), beyond, "<");
}

fn push_before(sql: &mut Sql, column: &str, sort: SortKey, order: Order, cursor: Cursor) {
    let beyond = if order == Order::Desc { ">" } else { "<" };
    push_beside(sql, column, sort, place(sort, order, cursor), beyond, ">");
}

fn push_beside(sql: &mut Sql, column: &str, sort: SortKey, place: (i64, i64, i64), beyond: &str, tie: &str) {
    let (value, created_at, key) = place;
    if sort == SortKey::Date {
        sql.push(&format!(" and (s.created_at, s.row_key) {beyond} ("));
        sql.push_value(Value::int(created_at));
        sql.push(", ");
        sql.push_value(Value::int(key));
        sql.push(")");
        return;
    }
    sql.push(&format!(" and ({column} {beyond} "));
    sql.push_value(Value::int(value));
    sql.push(&format!(" or ({column} = "));
    sql.push_value(Value::int(value));
    sql.push(&format!(" and (s.created_at, s.row_key) {tie} ("));
    sql.push_value(Value::int(created_at));
    sql.push(", ");
    sql.push_value(Value::int(key));
    sql.push(")))");
}

fn push_selection(sql: &mut Sql, user: &UserId, selection: &Selection, sub_agents: SubAgents) {
    sql.push("s.user_id = ");
    sql.push_value(Value::text(user.as_str()));
    match sub_agents {
        SubAgents::Folded if !selection.is.contains(&Is::SubAgent) => sql.push(" and s.folded = false"),
        SubAgents::Folded | SubAgents::Listed => sql.push(" and s.hidden = false"),
    }
    let lists = [
        ("source", &selection.sources),
        ("project_name", &selection.projects),
        ("model", &selection.models),
        ("provider", &selection.providers),
        ("git_branch", &selection.branches),
    ];
    for (column, values) in lists {
        if !values.is_empty() {
            sql.push(&format!(" and s.{column} in "));
            sql.push_list(values.iter().map(Value::text));
        }
    }
    for (comparison, moment) in [(">=", selection.from), ("<", selection.until)] {
        if let Some(moment) = moment {
            sql.push(&format!(" and s.created_at {comparison} "));
            sql.push_value(Value::int(moment));
        }
    }
    let numbers = [("cost", selection.cost), ("total_tokens", selection.tokens), ("message_count", selection.messages)];
    for (column, bounds) in numbers {
        for (comparison, bound) in [(">=", bounds.least), ("<=", bounds.most)] {
            if let Some(bound) = bound {
                sql.push(&format!(" and s.{column} {comparison} "));
                sql.push_value(Value::int(count_to_int(bound)));
            }
        }
    }
    for is in &selection.is {
        match is {
            Is::Public => sql.push(" and s.is_public = true"),
            Is::SubAgent => sql.push(" and s.relation = 'sub-agent'"),
            Is::Live => {
                sql.push(" and s.updated_at > ");
                sql.push_value(Value::int(crate::now_ms() - LIVE_MS));
            }
            // No session has labels yet.
            Is::EvalReady => sql.push(" and 1 = 0"),
        }
    }
    let labelled = !selection.statuses.is_empty() && !selection.statuses.contains(&Status::None);
    if labelled || !selection.tags.is_empty() {
        sql.push(" and 1 = 0");
    }
    for phrase in selection.excluded.iter().flat_map(Term::phrases).take(MOST_WORDS) {
        let words: String = phrase.tokens.join(" ").chars().take(LONGEST_WORD).collect();
        sql.push(" and s.title_words not like ");
        sql.push_value(Value::text(format!("% {words}%")));
    }
    for word in write::title_words(&selection.text).split_whitespace().take(MOST_WORDS) {
        let word: String = word.chars().take(LONGEST_WORD).collect();
        // Words are letters and digits only, so nothing in them is special to `like`.
        sql.push(" and s.title_words like ");
        sql.push_value(Value::text(format!("% {word}%")));
    }
}
