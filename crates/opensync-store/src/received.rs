//! Takes in what sync plugins send. Their calls are added to what is known of each session, which is kept
//! ([`known`]), and the sessions they concern are made anew from it and written like those of an
//! import: what differs alone. A session an importer wrote stays as it is.

use std::collections::HashMap;

use opensync_core::import::ImportedSession;
use opensync_core::price::{Cost, Prices};
use opensync_core::received::{Known, MessageCall, Piece, SessionCall, assemble};
use opensync_core::{SessionId, UserId};

use crate::pool::Tx;
use crate::sql::{Sql, Value, int_to_count};
use crate::{FileRead, Result, Store, write};

mod cache;
mod known;
mod messages;
mod names;

pub(crate) use cache::Cache;
use known::Entry;
use messages::Messages;
use names::{Named, Names};

/// What a plugin says.
#[derive(Debug, Clone)]
pub enum Call {
    /// About a session.
    Session(SessionCall),
    /// About a message.
    Message(MessageCall),
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// What it is about is new.
    Inserted,
    /// It says something new.
    Updated,
    /// All of it is known, or the session was deleted.
    Skipped,
}

/// What became of calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Received {
    /// For each call, in the same order: the session it belongs to.
    pub taken: Vec<(SessionId, Taken)>,
    /// The sessions that are new or differ.
    pub ids: Vec<SessionId>,
}

/// What the plugin of a tool sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastReceived {
    /// The source's id.
    pub source: String,
    /// When it last said something new, Unix milliseconds.
    pub at: i64,
    /// Sessions it spoke of.
    pub sessions: u64,
}

impl Store {
    /// What plugins sent, by source in the order of their ids.
    pub async fn last_received(&self, user: &UserId) -> Result<Vec<LastReceived>> {
        let sql = Sql::new(format!(
            "select source, max(changed_at), count(*) from received_session where user_id = $1 \
             group by source order by source {}",
            self.pool.by_bytes()
        ));
        let rows: Vec<(String, i64, i64)> = self.pool.rows(sql.text(user.as_str())).await?;
        let row = |(source, at, sessions)| LastReceived { source, at, sessions: int_to_count(sessions) };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Takes calls of one user, all in one transaction. Calls that were taken before change nothing.
    pub async fn receive(&self, user: &UserId, calls: Vec<Call>, prices: &Prices) -> Result<Received> {
        let mut tx = self.pool.begin().await?;
        let (revision,) = tx.row::<(i64,)>(Sql::new("select number from revision")).await?.unwrap_or_default();
        let mut batch = Batch {
            user,
            cache: &self.received,
            now: crate::now_ms(),
            names: Names::load(&mut tx, user, &calls).await?,
            messages: HashMap::new(),
            received: Received::default(),
        };
        for call in calls {
            batch.call(&mut tx, call).await?;
        }
        let mut files = Vec::new();
        for entry in batch.names.changed() {
            entry.changed_at = batch.now;
            entry.revision = revision;
            entry.save(&mut tx).await?;
        }
        for entry in batch.names.entries.iter().filter(|entry| entry.revision == revision) {
            let messages = match batch.messages.remove(&entry.key) {
                Some(messages) => messages,
                None => Messages::load(&mut tx, &self.received, entry).await?,
            };
            let messages = messages.save(&mut tx, entry.key).await?;
            if !batch.names.is_imported(entry) {
                files.push(made(entry, messages.pieces(), prices));
            }
            batch.messages.insert(entry.key, messages);
        }
        if !files.is_empty() {
            let written = write::write(&mut tx, user, files, write::From::Plugins).await?;
            batch.received.ids.extend(written.ids);
        }
        tx.commit().await?;
        let Batch { names, mut messages, received, .. } = batch;
        for entry in names.entries {
            if let Some(messages) = messages.remove(&entry.key) {
                self.received.put(entry.key, entry.revision, messages);
            }
        }
        Ok(received)
    }

    /// The ids tools gave to the sessions of a user, each once: of one source, or of all.
    pub async fn external_ids(&self, user: &UserId, source: Option<&str>) -> Result<Vec<String>> {
        let mut sql = Sql::new("select distinct external_id from session where user_id = $1 and deleting_at is null")
            .text(user.as_str());
        if let Some(source) = source {
            sql.push(" and source = ");
            sql.push_value(Value::text(source));
        }
        Ok(self.pool.rows::<(String,)>(sql).await?.into_iter().map(|(id,)| id).collect())
    }
}

/// Deletes what was received of sessions.
pub(crate) async fn remove(tx: &mut Tx, session_keys: &[i64]) -> Result<()> {
    let mut sql = Sql::new(
        "select r.row_key from session s join received_session r on r.user_id = s.user_id and r.source = s.source \
         and r.external_id = s.external_id where s.row_key in ",
    );
    sql.push_list(session_keys.iter().map(|key| Value::int(*key)));
    let keys: Vec<(i64,)> = tx.rows(sql).await?;
    for some in keys.chunks(500) {
        for sql in
            ["delete from received_message where received_key in ", "delete from received_session where row_key in "]
        {
            let mut sql = Sql::new(sql);
            sql.push_list(some.iter().map(|(key,)| Value::int(*key)));
            tx.execute(sql).await?;
        }
    }
    Ok(())
}

/// What is known while calls are taken.
struct Batch<'a> {
    user: &'a UserId,
    cache: &'a Cache,
    now: i64,
    names: Names,
    /// By entry, as far as they were needed.
    messages: HashMap<i64, Messages>,
    received: Received,
}

impl Batch<'_> {
    async fn call(&mut self, tx: &mut Tx, call: Call) -> Result<()> {
        let (name, source) = match &call {
            Call::Session(call) => (&call.external_id, call.source.as_deref()),
            Call::Message(call) => (&call.session, call.source.as_deref()),
        };
        let (at, is_new, told) = match self.names.find(tx, self.user, name, source, self.now).await? {
            Named::Deleted(source) => {
                let id = SessionId::derive(self.user, &source, name);
                self.received.taken.push((id, Taken::Skipped));
                return Ok(());
            }
            Named::New(at) => (at, true, false),
            Named::Known(at, told) => (at, false, told),
        };
        self.received.ids.append(&mut self.names.moved);
        let entry = &mut self.names.entries[at];
        let id = SessionId::derive(self.user, &entry.source, &entry.external_id);
        let taken = match call {
            Call::Session(call) => {
                let mut facts = entry.facts.clone();
                facts.add(&entry.source, call);
                let differs = facts != entry.facts || told;
                entry.facts = facts;
                entry.is_changed |= differs || is_new;
                match (is_new, differs) {
                    (true, _) => Taken::Inserted,
                    (_, true) => Taken::Updated,
                    _ => Taken::Skipped,
                }
            }
            Call::Message(call) => {
                let mut messages = match self.messages.remove(&entry.key) {
                    Some(messages) => messages,
                    None => Messages::load(tx, self.cache, entry).await?,
                };
                let taken = messages.add(call, self.now)?;
                self.messages.insert(entry.key, messages);
                entry.is_changed |= taken != Taken::Skipped;
                taken
            }
        };
        self.received.taken.push((id, taken));
        Ok(())
    }
}

/// The session that is made of what is known, as if a file told it.
fn made<'a>(entry: &Entry, pieces: impl Iterator<Item = &'a Piece>, prices: &Prices) -> FileRead {
    let known = Known {
        source: &entry.source,
        external_id: &entry.external_id,
        facts: &entry.facts,
        arrived_at: entry.arrived_at,
        changed_at: entry.changed_at,
    };
    let session = assemble(&known, pieces);
    let costs = costs(&session, prices);
    FileRead::without_file(entry.source.clone(), session, costs)
}

fn costs(session: &ImportedSession, prices: &Prices) -> Vec<Cost> {
    let provider = session.provider.as_deref();
    let responses = session.responses.iter();
    responses.map(|paid| prices.cost(paid.model.as_deref(), provider, &paid.usage, paid.stored_cost)).collect()
}
