//! A session's own row.

use opensync_core::import::{ImportedSession, TitleRank};
use opensync_core::{SessionId, UserId, text};

use super::change::digest;
use super::{From, Name, figure};
use crate::Result;
use crate::pool::Tx;
use crate::sql::{Sql, Value, count_to_int};

/// The row of a session as its source tells it.
pub(super) struct Head {
    pub(super) id: SessionId,
    pub(super) source: String,
    /// Differs when a column does.
    pub(super) digest: i64,
    values: Vec<Value>,
    is_received: bool,
}

/// The row as it is now: key, title, summary.
type Stored = (i64, String, Option<String>);

const INSERT: &str = "insert into session (id, user_id, source, external_id, title, title_rank, \
    model_hint, provider_hint, project_path, project_name, git_branch, client_version, message_count, duration_ms, \
    summary, parent_external_id, parent_call_id, relation, sidechain, hidden, archived, born_at, created_at, \
    updated_at, file, machine, digest, folded, imported_at, received, revision) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
    $23, $24, $25, $26, $27, $20, $28, $29, (select number from revision)) \
    on conflict (user_id, source, external_id) do update set \
    title = case when session.title_rank = 9 then session.title else excluded.title end, \
    title_rank = case when session.title_rank = 9 then session.title_rank else excluded.title_rank end, \
    model_hint = excluded.model_hint, provider_hint = excluded.provider_hint, \
    project_path = excluded.project_path, project_name = excluded.project_name, \
    git_branch = excluded.git_branch, client_version = excluded.client_version, \
    message_count = excluded.message_count, duration_ms = excluded.duration_ms, \
    summary = coalesce(excluded.summary, session.summary), parent_call_id = excluded.parent_call_id, \
    sidechain = excluded.sidechain, hidden = excluded.hidden, archived = excluded.archived, \
    born_at = excluded.born_at, created_at = excluded.created_at, updated_at = excluded.updated_at, \
    file = excluded.file, machine = coalesce(excluded.machine, session.machine), push_mark = null, \
    digest = excluded.digest, imported_at = excluded.imported_at, received = excluded.received, \
    revision = excluded.revision, ";
/// Relations are found out again.
const AFRESH: &str = "parent_external_id = excluded.parent_external_id, parent_key = null, \
    relation = excluded.relation, folded = excluded.folded";
/// Relations stay.
const AS_BEFORE: &str = "folded = (excluded.hidden or \
    (session.parent_key is not null and session.relation = 'sub-agent'))";

impl Head {
    pub(super) fn new(
        user: &UserId,
        name: &Name,
        (file, machine): (&str, Option<&str>),
        session: &ImportedSession,
        mtime: i64,
        from: From,
    ) -> Self {
        let is_received = from == From::Plugins;
        let id = SessionId::derive(user, &name.0, &name.1);
        let created = session.created_at.or(session.updated_at).unwrap_or(mtime);
        let updated = session.updated_at.unwrap_or(created).max(created);
        let project = session.project_path.as_deref().and_then(text::project_name);
        let (title, rank) = match &session.title {
            Some((title, rank)) => (title.clone(), rank_to_int(*rank)),
            None => (project.unwrap_or(&session.external_id).to_owned(), -1),
        };
        // The last call of a plugin is no moment of the conversation.
        let span = || u64::try_from(updated.saturating_sub(created)).ok().filter(|ms| *ms > 0 && !is_received);
        let duration = session.duration_ms.or_else(span);
        let parent = session.parent.as_ref();
        let count = session.messages.iter().filter(|message| message.counted()).count();
        let text = |text: Option<&str>| Value::Text(text.map(str::to_owned));
        let values = vec![
            Value::text(id.as_str()),
            Value::text(user.as_str()),
            Value::text(&name.0),
            Value::text(&session.external_id),
            Value::text(&title),
            Value::int(rank),
            text(session.model.as_deref()),
            text(session.provider.as_deref()),
            text(session.project_path.as_deref()),
            text(project),
            text(session.git_branch.as_deref()),
            text(session.client_version.as_deref()),
            Value::int(count_to_int(count as u64)),
            Value::Int(duration.map(figure)),
            text(session.summary.as_deref()),
            text(parent.map(|parent| parent.external_id.as_str())),
            text(parent.and_then(|parent| parent.call_id.as_deref())),
            text(parent.map(|parent| parent.relation.as_str())),
            Value::Bool(Some(session.sidechain)),
            Value::Bool(Some(session.hidden)),
            Value::Bool(Some(session.archived)),
            Value::int(session.born_at.unwrap_or(created)),
            Value::int(created),
            Value::int(updated),
            // Sessions of another archive may be of no known file.
            text(Some(file).filter(|file| !file.is_empty())),
        ];
        // Only where it is true: digests of imported sessions are older than the column.
        let received = is_received.then_some(Value::Bool(Some(true)));
        let digest = digest(&mut Vec::new(), values.iter().chain(&received));
        // The machine is not in it: a session that is found on another one and is the same stays as it is.
        let mut values = values;
        values.push(text(machine));
        Self { id, source: name.0.clone(), digest, values, is_received }
    }

    /// Inserts or updates the row; answers it. `thorough` when its relations to other sessions
    /// are to be found out again.
    pub(super) async fn write(self, tx: &mut Tx, thorough: bool, now: i64) -> Result<Stored> {
        let relations = if thorough { AFRESH } else { AS_BEFORE };
        let mut sql = Sql::new(format!("{INSERT}{relations} returning row_key, title, summary"));
        for value in self.values {
            sql = sql.value(value);
        }
        let row: Option<Stored> = tx.row(sql.int(self.digest).int(now).bool(self.is_received)).await?;
        tx.changed += 1;
        row.ok_or_else(|| crate::Error::Damaged("an upsert returned no row".to_owned()))
    }
}

fn rank_to_int(rank: TitleRank) -> i64 {
    match rank {
        TitleRank::Placeholder => 0,
        TitleRank::Prompt => 1,
        TitleRank::Generated => 2,
        TitleRank::Named => 3,
    }
}
