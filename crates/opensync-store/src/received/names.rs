//! Which session a call means. Some plugins do not say which tool they are of, or only in some calls.

use std::collections::{BTreeSet, HashMap};

use opensync_core::received::ASSUMED_SOURCE;
use opensync_core::{SessionId, UserId};

use super::Call;
use super::known::{COLUMNS, Entry, EntryRow};
use crate::pool::Tx;
use crate::sql::{Sql, Value};
use crate::{Result, search, share, write};

/// What is known of the ids that calls name.
#[derive(Default)]
pub(super) struct Names {
    /// Sessions plugins told of.
    pub(super) entries: Vec<Entry>,
    /// Former ids of sessions that turned out to be of another source.
    pub(super) moved: Vec<SessionId>,
    named: HashMap<String, Meanings>,
}

/// What one id can mean.
#[derive(Default)]
struct Meanings {
    /// Places in [`Names::entries`].
    entries: Vec<usize>,
    /// The one that changed last first.
    sessions: Vec<SessionRow>,
    /// Sources of deleted ones.
    deleted: Vec<String>,
}

/// A session in the archive.
#[derive(sqlx::FromRow)]
struct SessionRow {
    row_key: i64,
    source: String,
    external_id: String,
    received: bool,
}

/// What a name means: places in [`Names::entries`].
pub(super) enum Named {
    /// A session plugins told of before; true when it is known from now on which tool it is of.
    Known(usize, bool),
    /// One nobody told of yet.
    New(usize),
    /// One of this source that was deleted.
    Deleted(String),
}

impl Names {
    pub(super) async fn load(tx: &mut Tx, user: &UserId, calls: &[Call]) -> Result<Self> {
        let names: BTreeSet<&str> = calls
            .iter()
            .map(|call| match call {
                Call::Session(call) => call.external_id.as_str(),
                Call::Message(call) => call.session.as_str(),
            })
            .collect();
        let names: Vec<&str> = names.into_iter().collect();
        let mut found = Self::default();
        for some in names.chunks(500) {
            let list = |select: &str| {
                let mut sql = Sql::new(format!("select {select} where user_id = $1 and external_id in "));
                sql = sql.text(user.as_str());
                sql.push_list(some.iter().map(|name| Value::text(*name)));
                sql
            };
            for row in tx.rows::<EntryRow>(list(COLUMNS)).await? {
                found.push(row.try_into()?);
            }
            let mut sessions = list("row_key, source, external_id, received from session");
            sessions.push(" order by updated_at desc, row_key");
            for row in tx.rows::<SessionRow>(sessions).await? {
                found.named.entry(row.external_id.clone()).or_default().sessions.push(row);
            }
            for (source, name) in tx.rows::<(String, String)>(list("source, external_id from tombstone")).await? {
                found.named.entry(name).or_default().deleted.push(source);
            }
        }
        Ok(found)
    }

    fn push(&mut self, entry: Entry) -> usize {
        let at = self.entries.len();
        self.named.entry(entry.external_id.clone()).or_default().entries.push(at);
        self.entries.push(entry);
        at
    }

    /// The entries that are to be written.
    pub(super) fn changed(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.entries.iter_mut().filter(|entry| entry.is_changed)
    }

    /// Whether a session of that name was written by an importer.
    pub(super) fn is_imported(&self, entry: &Entry) -> bool {
        let named = self.named.get(&entry.external_id);
        named.is_some_and(|named| named.sessions.iter().any(|row| row.source == entry.source && !row.received))
    }

    /// Finds what a call means, and makes room for what is new.
    pub(super) async fn find(
        &mut self,
        tx: &mut Tx,
        user: &UserId,
        name: &str,
        source: Option<&str>,
        now: i64,
    ) -> Result<Named> {
        let named = self.named.entry(name.to_owned()).or_default();
        let entries = &mut self.entries;
        let (source, is_assumed) = if let Some(source) = source {
            if named.deleted.iter().any(|dead| dead == source) {
                return Ok(Named::Deleted(source.to_owned()));
            }
            let exact = named.entries.iter().find(|at| entries[**at].source == source);
            let assumed = || named.entries.iter().find(|at| entries[**at].is_assumed);
            if let Some(at) = exact.or_else(assumed).copied() {
                let entry = &mut entries[at];
                if entry.source != source {
                    self.moved.extend(move_to(tx, user, entry, &mut named.sessions, source).await?);
                }
                let told = std::mem::take(&mut entry.is_assumed);
                entry.is_changed |= told;
                return Ok(Named::Known(at, told));
            }
            (source.to_owned(), false)
        } else {
            let last = |at: &&usize| (entries[**at].changed_at, entries[**at].revision);
            if let Some(at) = named.entries.iter().max_by_key(last) {
                return Ok(Named::Known(*at, false));
            }
            match (named.sessions.first(), named.deleted.first()) {
                (Some(session), _) => (session.source.clone(), true),
                (None, Some(source)) => return Ok(Named::Deleted(source.clone())),
                (None, None) => (ASSUMED_SOURCE.to_owned(), true),
            }
        };
        let entry = Entry::insert(tx, user, (source, name.to_owned()), is_assumed, now).await?;
        Ok(Named::New(self.push(entry)))
    }
}

/// It turns out which tool a session is of: its row gets another id, and keeps labels and links. Answers the
/// id it had.
async fn move_to(
    tx: &mut Tx,
    user: &UserId,
    entry: &mut Entry,
    sessions: &mut Vec<SessionRow>,
    source: &str,
) -> Result<Option<SessionId>> {
    let before = std::mem::replace(&mut entry.source, source.to_owned());
    entry.is_changed = true;
    let is_taken = sessions.iter().any(|row| row.source == source);
    let Some(at) = sessions.iter().position(|row| row.received && row.source == before) else { return Ok(None) };
    if is_taken {
        remove(tx, sessions.remove(at).row_key).await?;
    } else {
        let row = &mut sessions[at];
        source.clone_into(&mut row.source);
        let sql = Sql::new(
            "update session set source = $1, id = $2, revision = (select number from revision) where row_key = $3",
        );
        let id = SessionId::derive(user, source, &entry.external_id);
        tx.execute(sql.text(source).text(id.as_str()).int(row.row_key)).await?;
    }
    Ok(Some(SessionId::derive(user, &before, &entry.external_id)))
}

/// Removes a session that is in the archive under another name as well. None shares its responses.
async fn remove(tx: &mut Tx, key: i64) -> Result<()> {
    let freed = write::remove_content(tx, &[key]).await?;
    write::remove_unused_bodies(tx, freed).await?;
    search::remove(tx, &[key]).await?;
    share::remove(tx, &[key]).await?;
    tx.execute(Sql::new("delete from session where row_key = $1").int(key)).await?;
    tx.execute(Sql::new("update revision set removed = number")).await?;
    Ok(())
}
