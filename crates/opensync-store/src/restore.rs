//! Takes in sessions that another archive, or this one, wrote to a file.

use std::collections::{HashMap, HashSet};

use opensync_core::import::ImportedSession;
use opensync_core::label::Labels;
use opensync_core::price::Cost;
use opensync_core::{SessionId, UserId};

use crate::pool::Tx;
use crate::sql::{Sql, Value};
use crate::{FileRead, Result, Store, Written, search, write};

/// A session with all that is kept of it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The source's id.
    pub source: String,
    /// The file it was read from, wherever that was.
    pub file: Option<String>,
    /// The machine it was recorded on, when that is known.
    pub machine: Option<String>,
    /// The session, with one cost per response.
    pub session: ImportedSession,
    /// What each of its responses costs.
    pub costs: Vec<Cost>,
    /// The title somebody gave it.
    pub edited_title: Option<String>,
    /// Its labels.
    pub labels: Labels,
}

/// What became of such sessions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restored {
    /// What was written.
    pub written: Written,
    /// Sessions that are as they were: the archive has them with the same last moment.
    pub same: Vec<SessionId>,
    /// Sessions that were left alone: what the archive has of them is newer.
    pub older: Vec<SessionId>,
    /// Sessions left out because the user deleted them.
    pub deleted: Vec<SessionId>,
    /// Sessions that got a title or labels, as far as the archive had none of their own.
    pub labelled: Vec<SessionId>,
}

impl Store {
    /// Writes sessions that are new, or newer than what the archive has; all in one transaction.
    pub async fn restore(&self, user: &UserId, sessions: Vec<Kept>) -> Result<Restored> {
        let mut tx = self.pool.begin().await?;
        let mut restored = Restored::default();
        let ids: Vec<SessionId> =
            sessions.iter().map(|kept| SessionId::derive(user, &kept.source, &kept.session.external_id)).collect();
        let known = moments(&mut tx, user, &ids).await?;
        let (mut files, mut extras) = (Vec::new(), Vec::new());
        for (id, kept) in ids.iter().zip(sessions) {
            extras.push((id.clone(), kept.edited_title, kept.labels));
            let last = kept.session.updated_at.or(kept.session.created_at).unwrap_or(0);
            match known.get(id) {
                Some(Known::Exact(known)) if *known > last => restored.older.push(id.clone()),
                Some(Known::Exact(known)) if *known == last => restored.same.push(id.clone()),
                _ => files.push(FileRead {
                    path: kept.file.unwrap_or_default(),
                    machine: kept.machine,
                    ..FileRead::without_file(kept.source, kept.session, kept.costs)
                }),
            }
        }
        if !files.is_empty() {
            restored.written = write::write(&mut tx, user, files, write::From::Elsewhere).await?;
        }
        let written: HashSet<&SessionId> = restored.written.ids.iter().collect();
        let mut named = HashSet::new();
        for id in &ids {
            if !known.contains_key(id) && !written.contains(id) && named.insert(id) {
                restored.deleted.push(id.clone());
            }
        }
        for (id, title, labels) in extras {
            let renamed = match title {
                Some(title) => rename(&mut tx, user, &id, &title).await?,
                None => false,
            };
            if label(&mut tx, user, &id, labels).await? || renamed {
                restored.labelled.push(id);
            }
        }
        tx.commit().await?;
        Ok(restored)
    }
}

/// What the archive has of a session.
enum Known {
    /// All of it up to a moment.
    Exact(i64),
    /// What plugins told: a file knows better.
    Received,
}

/// The last moments of those sessions there are.
async fn moments(tx: &mut Tx, user: &UserId, ids: &[SessionId]) -> Result<HashMap<SessionId, Known>> {
    let mut known = HashMap::new();
    for some in ids.chunks(500) {
        let mut sql = Sql::new("select id, updated_at, received from session where user_id || '' = $1 and id in ");
        sql = sql.text(user.as_str());
        sql.push_list(some.iter().map(|id| Value::text(id.as_str())));
        for (id, at, received) in tx.rows::<(String, i64, bool)>(sql).await? {
            known.insert(SessionId::from_stored(id), if received { Known::Received } else { Known::Exact(at) });
        }
    }
    Ok(known)
}

/// Gives a session a title, unless it has one that was given here.
pub(crate) async fn rename(tx: &mut Tx, user: &UserId, id: &SessionId, title: &str) -> Result<bool> {
    let sql = Sql::new(
        "update session set title = $1, title_rank = $2, revision = (select number from revision) \
         where user_id = $3 and id = $4 and title_rank <> $2 returning row_key, title",
    );
    let sql = sql.text(title).int(write::EDITED).text(user.as_str()).text(id.as_str());
    let Some((key, title)) = tx.row::<(i64, String)>(sql).await? else { return Ok(false) };
    let known = search::known(tx, &[key]).await?;
    let mut index = search::Pending::default();
    index.titles(key, search::titles(&title, None), known.get(&key));
    index.write(tx).await?;
    Ok(true)
}

/// Gives a session its labels, unless it has some.
pub(crate) async fn label(tx: &mut Tx, user: &UserId, id: &SessionId, labels: Labels) -> Result<bool> {
    if labels == Labels::default() {
        return Ok(false);
    }
    let tags = (!labels.tags.is_empty()).then(|| serde_json::Value::from(labels.tags).to_string());
    let sql = Sql::new(
        "update session set eval_ready = $1, eval_status = $2, eval_notes = $3, tags = $4, expected_output = $5, \
         reviewed_at = $6, revision = (select number from revision) where user_id = $7 and id = $8 \
         and eval_ready = false and eval_status is null and eval_notes is null and tags is null \
         and expected_output is null and reviewed_at is null",
    );
    let sql = sql
        .bool(labels.ready)
        .opt_text(labels.status.map(opensync_core::filter::Status::as_str))
        .opt_text(labels.notes)
        .opt_text(tags)
        .opt_text(labels.expected_output)
        .opt_int(labels.reviewed_at);
    Ok(tx.execute(sql.text(user.as_str()).text(id.as_str())).await? > 0)
}
