//! Reads a session with everything the archive keeps of it, for a file that loses nothing.

use opensync_core::export::Whole;
use opensync_core::import::{Discarded, ImportedSession, Parent, Response, TitleRank};
use opensync_core::price::{Cost, CostStatus, PriceRef};
use opensync_core::{MicroDollars, Relation, SessionId, StoredMessage, Usage, UserId};

use crate::sql::{Sql, int_to_count};
use crate::{Result, Store, write};

#[derive(sqlx::FromRow)]
struct HeadRow {
    row_key: i64,
    external_id: String,
    title: String,
    title_rank: i64,
    summary: Option<String>,
    project_path: Option<String>,
    git_branch: Option<String>,
    provider_hint: Option<String>,
    model_hint: Option<String>,
    client_version: Option<String>,
    created_at: i64,
    updated_at: i64,
    born_at: i64,
    duration_ms: Option<i64>,
    hidden: bool,
    archived: bool,
    sidechain: bool,
    parent_external_id: Option<String>,
    parent_call_id: Option<String>,
    relation: Option<String>,
    found_parent: Option<String>,
}

#[derive(sqlx::FromRow)]
struct ResponseRow {
    key: String,
    state: String,
    why: Option<String>,
    message_id: Option<String>,
    model: Option<String>,
    provider: Option<String>,
    at: Option<i64>,
    fresh: i64,
    cache_read: i64,
    cache_write_5m: i64,
    cache_write_1h: i64,
    output: i64,
    reasoning: i64,
    cost: Option<i64>,
    cost_status: String,
    price_name: Option<String>,
    price_origin: Option<String>,
    incomplete: bool,
    line: i64,
    records: i64,
}

impl Store {
    /// All sessions of a user, hidden ones and sub-agents included: newest first, in an order that
    /// depends on nothing but the sessions.
    pub async fn all_session_ids(&self, user: &UserId) -> Result<Vec<SessionId>> {
        let bytes = self.pool.by_bytes();
        let sql =
            Sql::new(format!("select id from session where user_id = $1 order by created_at desc, id {bytes} desc"));
        let rows: Vec<(String,)> = self.pool.rows(sql.text(user.as_str())).await?;
        Ok(rows.into_iter().map(|(id,)| SessionId::from_stored(id)).collect())
    }

    /// What the archive keeps of a session besides what it shows, but for its messages; `None` when
    /// there is no such session.
    pub async fn whole(&self, user: &UserId, id: &SessionId) -> Result<Option<Whole>> {
        let sql = Sql::new(
            "select s.row_key, s.external_id, s.title, s.title_rank, s.summary, s.project_path, s.git_branch, \
             s.provider_hint, s.model_hint, s.client_version, s.created_at, s.updated_at, s.born_at, s.duration_ms, \
             s.hidden, s.archived, s.sidechain, s.parent_external_id, s.parent_call_id, s.relation, \
             (select p.external_id from session p where p.row_key = s.parent_key) as found_parent \
             from session s where s.user_id = $1 and s.id = $2",
        );
        let Some(head) = self.pool.row::<HeadRow>(sql.text(user.as_str()).text(id.as_str())).await? else {
            return Ok(None);
        };
        let sql = Sql::new(
            "select r.key, r.state, r.why, r.message_id, r.model, r.provider, r.at, r.fresh, r.cache_read, \
             r.cache_write_5m, r.cache_write_1h, r.output, r.reasoning, r.cost, r.cost_status, \
             p.name as price_name, p.origin as price_origin, r.incomplete, r.line, r.records \
             from response r left join price p on p.row_key = r.price_key where r.session_key = $1 \
             order by r.ordinal",
        );
        let rows: Vec<ResponseRow> = self.pool.rows(sql.int(head.row_key)).await?;
        Ok(Some(whole(head, rows)))
    }

    /// At most `limit` messages of a session behind a place, those off the active branch included.
    pub async fn every_message(
        &self,
        user: &UserId,
        id: &SessionId,
        after: Option<u64>,
        limit: u64,
    ) -> Result<Vec<StoredMessage>> {
        let Some(key) = self.row_key(user, id).await? else { return Ok(Vec::new()) };
        let from = after.map_or(0, |seq| i64::try_from(seq).unwrap_or(i64::MAX).saturating_add(1));
        let sql = Sql::new(
            "select max(seq) from (select seq from message where session_key = $1 and seq >= $2 \
             order by seq limit $3) as piece",
        );
        let last: Option<(Option<i64>,)> = self.pool.row(sql.int(key).int(from).count(limit)).await?;
        match last.and_then(|(last,)| last) {
            Some(last) => self.messages_between(key, from, last).await,
            None => Ok(Vec::new()),
        }
    }
}

fn whole(head: HeadRow, rows: Vec<ResponseRow>) -> Whole {
    let rank = match head.title_rank {
        0 => Some(TitleRank::Placeholder),
        1 => Some(TitleRank::Prompt),
        2 => Some(TitleRank::Generated),
        3 => Some(TitleRank::Named),
        _ => None,
    };
    let is_found = head.parent_external_id.is_none() && head.found_parent.is_some();
    let parent = head.parent_external_id.or(head.found_parent);
    let relation = head.relation.as_deref().and_then(Relation::parse);
    let mut imported = ImportedSession {
        external_id: head.external_id,
        parent: parent.zip(relation).map(|(external_id, relation)| Parent {
            external_id,
            relation,
            call_id: head.parent_call_id,
        }),
        title: rank.map(|rank| (head.title, rank)),
        summary: head.summary,
        project_path: head.project_path,
        git_branch: head.git_branch,
        provider: head.provider_hint,
        model: head.model_hint,
        client_version: head.client_version,
        created_at: Some(head.created_at),
        updated_at: Some(head.updated_at),
        born_at: Some(head.born_at),
        duration_ms: head.duration_ms.map(int_to_count),
        hidden: head.hidden,
        archived: head.archived,
        sidechain: head.sidechain,
        ..ImportedSession::default()
    };
    let (mut costs, mut copies) = (Vec::new(), Vec::new());
    for row in rows {
        let usage = Usage {
            fresh: int_to_count(row.fresh),
            cache_read: int_to_count(row.cache_read),
            cache_write_5m: int_to_count(row.cache_write_5m),
            cache_write_1h: int_to_count(row.cache_write_1h),
            output: int_to_count(row.output),
            reasoning: int_to_count(row.reasoning),
        };
        let line = int_to_count(row.line);
        if row.state == "discarded" {
            imported.discarded.push(Discarded { line, why: row.why.unwrap_or_default().into(), usage });
            continue;
        }
        if row.state == "copy" {
            copies.push(imported.responses.len());
        }
        let price = row.price_name.zip(row.price_origin);
        costs.push(Cost {
            amount: row.cost.map(MicroDollars),
            status: CostStatus::parse(&row.cost_status).unwrap_or(CostStatus::Unpriced),
            computed: None,
            price: price.map(|(key, origin)| PriceRef { key: key.into(), origin: origin.into() }),
        });
        imported.responses.push(Response {
            key: row.key,
            message_id: row.message_id,
            model: row.model,
            provider: row.provider,
            at: row.at,
            usage,
            stored_cost: None,
            incomplete: row.incomplete,
            line,
            records: u32::try_from(row.records).unwrap_or(u32::MAX),
        });
    }
    Whole { imported, costs, copies, is_edited: head.title_rank == write::EDITED, is_found }
}
