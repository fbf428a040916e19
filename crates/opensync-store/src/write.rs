//! Takes in what was read from files: rows, ledger and fingerprints in one transaction, so that a
//! kill at any moment loses nothing committed and repeats nothing.

use std::collections::{HashMap, HashSet};

use opensync_core::import::{ImportedSession, Problem, TitleRank};
use opensync_core::price::Cost;
use opensync_core::{SessionId, UserId, text};

use crate::pool::Tx;
use crate::sql::{Sql, Value, count_to_int};
use crate::{Fingerprint, Result, Store, ledger};

mod rows;

use rows::Rows;

/// Rank of a title the user typed here: no import replaces it.
pub(crate) const EDITED: i64 = 9;

/// Everything one file gave.
#[derive(Debug)]
pub struct FileRead {
    /// The source's id.
    pub source: String,
    /// The file.
    pub path: String,
    /// What it looked like when it was read.
    pub fingerprint: Fingerprint,
    /// Its sessions, each with one cost per response.
    pub sessions: Vec<(ImportedSession, Vec<Cost>)>,
    /// What could not be used.
    pub problems: Vec<Problem>,
}

/// What a write did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// Sessions that are new, by source.
    pub imported: HashMap<String, u64>,
    /// Sessions that were there before, by source.
    pub updated: HashMap<String, u64>,
    /// Sessions left out because the user deleted them, by source.
    pub deleted: HashMap<String, u64>,
    /// All sessions written.
    pub ids: Vec<SessionId>,
}

impl Store {
    /// Writes files read by importers. A session that exists is replaced; its edited title, its
    /// public link and its labels stay. Deleted sessions stay deleted.
    pub async fn write(&self, user: &UserId, files: Vec<FileRead>) -> Result<Written> {
        let mut written = Written::default();
        let mut tx = self.pool.begin().await?;
        let known = known_sessions(&mut tx, user, &files).await?;
        let dead = tombstones(&mut tx, user, &files).await?;
        let mut rows = Rows::default();
        let mut keys = Vec::new();
        let mut replaced = Vec::new();
        let mut forgotten = Vec::new();
        let now = crate::now_ms();
        for file in files {
            rows.file(user, &file, now);
            let mtime = file.fingerprint.mtime_ns / 1_000_000;
            for (session, costs) in file.sessions {
                let name = stored_name(&file.source, &session.external_id);
                if dead.contains(&name) {
                    *written.deleted.entry(name.0).or_default() += 1;
                    continue;
                }
                let id = SessionId::derive(user, &name.0, &name.1);
                let key = upsert_session(&mut tx, user, &id, (&name.0, &file.path), &session, mtime, now).await?;
                if keys.contains(&key) {
                    // The same session twice in one batch: the later file wins.
                    forgotten.extend(rows.forget(key));
                } else {
                    keys.push(key);
                    written.ids.push(id);
                    let there = known.contains_key(&name);
                    if there {
                        replaced.push(key);
                    }
                    let count = if there { &mut written.updated } else { &mut written.imported };
                    *count.entry(name.0).or_default() += 1;
                }
                rows.session(key, session, costs);
            }
        }
        let relatives = ledger::relatives(&mut tx, &replaced).await?;
        let mut freed = remove_content(&mut tx, &replaced).await?;
        freed.extend(forgotten);
        rows.price_keys(&mut tx).await?;
        rows.insert(&mut tx).await?;
        remove_unused_bodies(&mut tx, freed).await?;
        ledger::settle(&mut tx, user, &keys, &relatives).await?;
        link_parents(&mut tx, user, &keys).await?;
        tx.commit().await?;
        Ok(written)
    }
}

type Name = (String, String);

/// Two names as the database gives them back.
fn stored_name(source: &str, name: &str) -> Name {
    (text::clean(source).into_owned(), text::clean(name).into_owned())
}

fn names(files: &[FileRead]) -> HashMap<String, Vec<String>> {
    let mut names: HashMap<String, Vec<String>> = HashMap::new();
    for file in files {
        for (session, _) in &file.sessions {
            let (source, name) = stored_name(&file.source, &session.external_id);
            names.entry(source).or_default().push(name);
        }
    }
    names
}

async fn known_sessions(tx: &mut Tx, user: &UserId, files: &[FileRead]) -> Result<HashMap<Name, i64>> {
    let mut known = HashMap::new();
    for (source, list) in names(files) {
        for some in list.chunks(500) {
            let mut sql = Sql::new(
                "select external_id, row_key from session where user_id = $1 and source = $2 and external_id in ",
            )
            .text(user.as_str())
            .text(&source);
            sql.push_list(some.iter().map(Value::text));
            for (external_id, key) in tx.rows::<(String, i64)>(sql).await? {
                known.insert((source.clone(), external_id), key);
            }
        }
    }
    Ok(known)
}

async fn tombstones(tx: &mut Tx, user: &UserId, files: &[FileRead]) -> Result<HashSet<Name>> {
    let mut dead = HashSet::new();
    for (source, list) in names(files) {
        for some in list.chunks(500) {
            let mut sql =
                Sql::new("select external_id from tombstone where user_id = $1 and source = $2 and external_id in ")
                    .text(user.as_str())
                    .text(&source);
            sql.push_list(some.iter().map(Value::text));
            for (external_id,) in tx.rows::<(String,)>(sql).await? {
                dead.insert((source.clone(), external_id));
            }
        }
    }
    Ok(dead)
}

async fn upsert_session(
    tx: &mut Tx,
    user: &UserId,
    id: &SessionId,
    (source, file): (&str, &str),
    session: &ImportedSession,
    mtime: i64,
    now: i64,
) -> Result<i64> {
    let created = session.created_at.or(session.updated_at).unwrap_or(mtime);
    let updated = session.updated_at.unwrap_or(created).max(created);
    let project = session.project_path.as_deref().and_then(text::project_name);
    let (title, rank) = match &session.title {
        Some((title, rank)) => (title.clone(), rank_to_int(*rank)),
        None => (project.unwrap_or(&session.external_id).to_owned(), -1),
    };
    let duration =
        session.duration_ms.or_else(|| u64::try_from(updated.saturating_sub(created)).ok().filter(|ms| *ms > 0));
    let parent = session.parent.as_ref();
    let count = session.messages.iter().filter(|message| message.counted()).count();
    let sql = Sql::new(
        "insert into session (id, user_id, source, external_id, title, title_rank, title_words, model_hint, \
         provider_hint, project_path, project_name, git_branch, client_version, message_count, duration_ms, summary, \
         parent_external_id, parent_call_id, relation, sidechain, hidden, archived, folded, born_at, created_at, \
         updated_at, imported_at, file) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
         $22, $21, $23, $24, $25, $26, $27) \
         on conflict (user_id, source, external_id) do update set \
         title = case when session.title_rank = 9 then session.title else excluded.title end, \
         title_words = case when session.title_rank = 9 then session.title_words else excluded.title_words end, \
         title_rank = case when session.title_rank = 9 then session.title_rank else excluded.title_rank end, \
         model_hint = excluded.model_hint, provider_hint = excluded.provider_hint, \
         project_path = excluded.project_path, project_name = excluded.project_name, \
         git_branch = excluded.git_branch, client_version = excluded.client_version, \
         message_count = excluded.message_count, duration_ms = excluded.duration_ms, \
         summary = coalesce(excluded.summary, session.summary), \
         parent_external_id = excluded.parent_external_id, parent_call_id = excluded.parent_call_id, \
         parent_key = null, relation = excluded.relation, sidechain = excluded.sidechain, hidden = excluded.hidden, \
         archived = excluded.archived, folded = excluded.folded, born_at = excluded.born_at, \
         created_at = excluded.created_at, updated_at = excluded.updated_at, imported_at = excluded.imported_at, \
         file = excluded.file \
         returning row_key",
    )
    .text(id.as_str())
    .text(user.as_str())
    .text(source)
    .text(&session.external_id)
    .text(&title)
    .int(rank)
    .text(title_words(&title))
    .opt_text(session.model.as_deref())
    .opt_text(session.provider.as_deref())
    .opt_text(session.project_path.as_deref())
    .opt_text(project)
    .opt_text(session.git_branch.as_deref())
    .opt_text(session.client_version.as_deref())
    .count(count as u64)
    .opt_int(duration.map(figure))
    .opt_text(session.summary.as_deref())
    .opt_text(parent.map(|parent| parent.external_id.as_str()))
    .opt_text(parent.and_then(|parent| parent.call_id.as_deref()))
    .opt_text(parent.map(|parent| parent.relation.as_str()))
    .bool(session.sidechain)
    .bool(session.hidden)
    .bool(session.archived)
    .int(session.born_at.unwrap_or(created))
    .int(created)
    .int(updated)
    .int(now)
    .text(file);
    let (key,): (i64,) =
        tx.row(sql).await?.ok_or_else(|| crate::Error::Damaged("an upsert returned no row".to_owned()))?;
    Ok(key)
}

/// A title as the list's text filter sees it: lower-case words, a space before each.
pub(crate) fn title_words(title: &str) -> String {
    let mut words = String::with_capacity(title.len() + 1);
    for word in title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        words.push(' ');
        words.extend(word.chars().flat_map(char::to_lowercase));
    }
    words
}

/// No figure is larger, so that no sum of them is too large for a bigint: a trillion tokens of one
/// kind in one response, a million dollars, thirty years.
const MOST: u64 = 1_000_000_000_000;

fn figure(count: u64) -> i64 {
    count_to_int(count.min(MOST))
}

fn rank_to_int(rank: TitleRank) -> i64 {
    match rank {
        TitleRank::Placeholder => 0,
        TitleRank::Prompt => 1,
        TitleRank::Generated => 2,
        TitleRank::Named => 3,
    }
}

/// Removes messages, parts and ledger rows of sessions that are written again; answers the hashes
/// of shared bodies that may be unused now.
pub(crate) async fn remove_content(tx: &mut Tx, keys: &[i64]) -> Result<Vec<Vec<u8>>> {
    let mut freed = Vec::new();
    for some in keys.chunks(500) {
        let list = |text: &str| {
            let mut sql = Sql::new(text);
            sql.push_list(some.iter().map(|key| Value::int(*key)));
            sql
        };
        let hashes = list("select distinct hash from part where hash is not null and session_key in ");
        freed.extend(tx.rows::<(Vec<u8>,)>(hashes).await?.into_iter().map(|(hash,)| hash));
        for table in ["part", "message", "response"] {
            tx.execute(list(&format!("delete from {table} where session_key in "))).await?;
        }
    }
    Ok(freed)
}

/// Deletes shared bodies among `hashes` that no part names any more.
pub(crate) async fn remove_unused_bodies(tx: &mut Tx, hashes: Vec<Vec<u8>>) -> Result<()> {
    for some in hashes.chunks(500) {
        let mut sql =
            Sql::new("delete from body where not exists (select 1 from part where part.hash = body.hash) and hash in ");
        sql.push_list(some.iter().map(|hash| Value::Bytes(Some(hash.clone()))));
        tx.execute(sql).await?;
    }
    Ok(())
}

/// Connects sessions with the parents that are in the archive by now, and folds sub-agents under
/// them: those just written, and those that waited for one just written.
async fn link_parents(tx: &mut Tx, user: &UserId, keys: &[i64]) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    tx.execute(
        Sql::new(
            "update session set parent_key = (select p.row_key from session p where p.user_id = session.user_id \
             and p.source = session.source and p.external_id = session.parent_external_id \
             and p.row_key <> session.row_key) \
             where user_id = $1 and parent_key is null and parent_external_id is not null",
        )
        .text(user.as_str()),
    )
    .await?;
    tx.execute(
        Sql::new(
            "update session set folded = true where user_id = $1 and folded = false and parent_key is not null \
             and relation = 'sub-agent'",
        )
        .text(user.as_str()),
    )
    .await?;
    Ok(())
}
