//! Takes in what was read from files: rows, ledger and fingerprints in one transaction, so that a
//! kill at any moment loses nothing committed and repeats nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use opensync_core::import::{ImportedSession, Problem};
use opensync_core::price::Cost;
use opensync_core::{SessionId, UserId, text};

use crate::pool::Tx;
use crate::sql::{Sql, Value, count_to_int};
use crate::{Fingerprint, Result, Slices, Store, ledger, search};

mod change;
mod head;
mod rows;

use change::{Change, Old};
use head::Head;
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
    /// The machine its sessions were recorded on, when that is known.
    pub machine: Option<String>,
    /// Its sessions, each with one cost per response.
    pub sessions: Vec<(ImportedSession, Vec<Cost>)>,
    /// What the index will hold of each session, in the same order, for those whose slices were made
    /// already ([`crate::slices`]). The others' are made while they are written.
    pub slices: Vec<Option<Slices>>,
    /// How many more sessions it has, which are as they were and not read again.
    pub unchanged: u64,
    /// What could not be used.
    pub problems: Vec<Problem>,
}

impl FileRead {
    /// What was told of one session, and by no file of this machine.
    pub(crate) fn without_file(source: String, session: ImportedSession, costs: Vec<Cost>) -> Self {
        Self {
            source,
            path: String::new(),
            fingerprint: Fingerprint::default(),
            machine: None,
            sessions: vec![(session, costs)],
            slices: Vec::new(),
            unchanged: 0,
            problems: Vec::new(),
        }
    }
}

/// What a write did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// Sessions that are new, by source.
    pub imported: HashMap<String, u64>,
    /// Sessions that were there before, by source.
    pub updated: HashMap<String, u64>,
    /// Sessions that are as they were, by source: nothing of them was written.
    pub unchanged: HashMap<String, u64>,
    /// Sessions left out because the user deleted them, by source.
    pub deleted: HashMap<String, u64>,
    /// The sessions that are new or differ.
    pub ids: Vec<SessionId>,
    /// Rows changed, in all tables.
    pub rows: u64,
}

impl Store {
    /// Writes files read by importers. Of a session that exists, what differs is written; its edited
    /// title, its public link and its labels stay. Deleted sessions stay deleted.
    pub async fn write(&self, user: &UserId, files: Vec<FileRead>) -> Result<Written> {
        let mut tx = self.pool.begin().await?;
        let written = write(&mut tx, user, files, From::Here).await?;
        tx.commit().await?;
        Ok(written)
    }
}

/// Where sessions come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// From files on this machine: their fingerprints are kept.
    Here,
    /// From files of another archive.
    Elsewhere,
    /// From calls of plugins: an import replaces them.
    Plugins,
}

pub(crate) async fn write(tx: &mut Tx, user: &UserId, files: Vec<FileRead>, from: From) -> Result<Written> {
    let mut batch = Batch::default();
    let known = known_sessions(tx, user, &files).await?;
    let keys: Vec<i64> = known.values().copied().collect();
    let olds = change::load(tx, &keys).await?;
    let indexed = search::known(tx, &keys).await?;
    let dead = tombstones(tx, user, &files).await?;
    let now = crate::now_ms();
    for file in files {
        if from == From::Here {
            batch.rows.file(user, &file, now);
        }
        if file.unchanged > 0 {
            *batch.written.unchanged.entry(file.source.clone()).or_default() += file.unchanged;
        }
        let mtime = file.fingerprint.mtime_ns / 1_000_000;
        let slices = file.slices.into_iter().chain(std::iter::repeat_with(|| None));
        for ((session, costs), slices) in file.sessions.into_iter().zip(slices) {
            let name = stored_name(&file.source, &session.external_id);
            if dead.contains(&name) {
                *batch.written.deleted.entry(name.0).or_default() += 1;
                continue;
            }
            let head = Head::new(user, &name, (&file.path, file.machine.as_deref()), &session, mtime, from);
            let old = known.get(&name).map(|key| (*key, olds.get(key).unwrap_or(&NOTHING)));
            let index = Index { slices, known: old.and_then(|(key, _)| indexed.get(&key)) };
            batch.session(tx, head, session, costs, old, index, now).await?;
        }
    }
    let Batch { mut rows, mut written, changes, unsettled, mut freed, index } = batch;
    let lost: Vec<i64> = unsettled.iter().filter(|key| olds.contains_key(key)).copied().collect();
    let relatives = ledger::relatives(tx, &lost).await?;
    for (key, change) in &changes {
        freed.extend(remove_rows(tx, *key, change).await?);
    }
    rows.price_keys(tx).await?;
    rows.insert(tx).await?;
    remove_unused_bodies(tx, freed).await?;
    let mut unsettled: Vec<i64> = unsettled.into_iter().collect();
    let settled: BTreeSet<i64> = changes.keys().copied().filter(|key| !unsettled.contains(key)).collect();
    let new_keys: Vec<String> = settled.iter().flat_map(|key| changes[key].new_keys.iter().cloned()).collect();
    let sharing = ledger::sharing(tx, &settled, &new_keys).await?;
    for some in settled.into_iter().collect::<Vec<_>>().chunks(500) {
        ledger::refresh_totals(tx, some).await?;
    }
    let link = !unsettled.is_empty();
    unsettled.extend(sharing);
    ledger::settle(tx, user, &unsettled, &relatives).await?;
    if link {
        link_parents(tx, user).await?;
    }
    // Last: see there.
    index.write(tx).await?;
    written.rows = tx.changed;
    Ok(written)
}

static NOTHING: Old = Old::NOTHING;

/// What is gathered of the files of one transaction.
#[derive(Default)]
struct Batch {
    rows: Rows,
    written: Written,
    /// What differs of each session that does.
    changes: BTreeMap<i64, Change>,
    /// Sessions whose relations to others are to be found out.
    unsettled: BTreeSet<i64>,
    /// Hashes of shared bodies that may be unused now.
    freed: Vec<Vec<u8>>,
    index: search::Pending,
}

/// What is made and known of a session's place in the index of words.
struct Index<'a> {
    slices: Option<Slices>,
    known: Option<&'a search::Known>,
}

impl Batch {
    #[expect(clippy::too_many_arguments, reason = "what is read and what is known of one session")]
    async fn session(
        &mut self,
        tx: &mut Tx,
        head: Head,
        session: ImportedSession,
        costs: Vec<Cost>,
        old: Option<(i64, &Old)>,
        index: Index<'_>,
        now: i64,
    ) -> Result<()> {
        let (id, source) = (head.id.clone(), head.source.clone());
        let parent = session.parent.clone();
        let Some((key, old)) = old else {
            let (key, title, summary) = head.write(tx, true, now).await?;
            self.index.messages(key, &session, index.slices, index.known);
            self.index.titles(key, search::titles(&title, summary.as_deref()), index.known);
            let change = self.rows(key, session, costs, &NOTHING);
            self.unsettled.insert(key);
            if self.changes.insert(key, change).is_none() {
                *self.written.imported.entry(source).or_default() += 1;
                self.written.ids.push(id);
            }
            return Ok(());
        };
        let again = self.changes.contains_key(&key);
        self.index.messages(key, &session, index.slices, index.known);
        let change = self.rows(key, session, costs, old);
        if change.is_empty() && head.digest == old.digest && !again {
            *self.written.unchanged.entry(source).or_default() += 1;
            return Ok(());
        }
        let thorough = again || !old.is_settled(parent.as_ref(), &change);
        let (_, title, summary) = head.write(tx, thorough, now).await?;
        self.index.titles(key, search::titles(&title, summary.as_deref()), index.known);
        if thorough {
            self.unsettled.insert(key);
        }
        if self.changes.insert(key, change).is_none() {
            *self.written.updated.entry(source).or_default() += 1;
            self.written.ids.push(id);
        }
        Ok(())
    }

    /// Gathers the rows of a session. The same session twice in one batch: the later file wins.
    fn rows(&mut self, key: i64, session: ImportedSession, costs: Vec<Cost>, old: &Old) -> Change {
        if self.changes.contains_key(&key) {
            self.freed.extend(self.rows.forget(key));
        }
        self.rows.session(key, session, costs, old)
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

/// No figure is larger, so that no sum of them is too large for a bigint: a trillion tokens of one
/// kind in one response, a million dollars, thirty years.
const MOST: u64 = 1_000_000_000_000;

fn figure(count: u64) -> i64 {
    count_to_int(count.min(MOST))
}

/// Removes the rows of a session that are written again or gone; answers the hashes of shared bodies
/// that may be unused now.
async fn remove_rows(tx: &mut Tx, session: i64, change: &Change) -> Result<Vec<Vec<u8>>> {
    let mut freed = Vec::new();
    for some in change.gone_messages.chunks(500) {
        let list = |text: &str| {
            let mut sql = Sql::new(text).int(session);
            sql.push_list(some.iter().map(|seq| Value::int(*seq)));
            sql
        };
        let hashes = list("select distinct hash from part where hash is not null and session_key = $1 and seq in ");
        freed.extend(tx.rows::<(Vec<u8>,)>(hashes).await?.into_iter().map(|(hash,)| hash));
        for table in ["part", "message"] {
            tx.execute(list(&format!("delete from {table} where session_key = $1 and seq in "))).await?;
        }
    }
    for some in change.gone_responses.chunks(500) {
        let mut sql = Sql::new("delete from response where session_key = $1 and ordinal in ").int(session);
        sql.push_list(some.iter().map(|ordinal| Value::int(*ordinal)));
        tx.execute(sql).await?;
    }
    Ok(freed)
}

/// Removes messages, parts and ledger rows of sessions; answers the hashes
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
async fn link_parents(tx: &mut Tx, user: &UserId) -> Result<()> {
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
            "update session set folded = true, revision = (select number from revision) where user_id = $1 \
             and folded = false and parent_key is not null and relation = 'sub-agent'",
        )
        .text(user.as_str()),
    )
    .await?;
    Ok(())
}
