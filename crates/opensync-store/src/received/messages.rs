//! The messages plugins told of one session.

use std::collections::HashMap;

use opensync_core::Body;
use opensync_core::received::{MessageCall, MessageFacts, Piece};

use super::known::Entry;
use super::{Cache, Taken};
use crate::pool::Tx;
use crate::sql::{Sql, Value, count_to_int, int_to_count};
use crate::{Error, Result};

/// All messages of a session, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    list: Vec<Stored>,
    by_id: HashMap<String, usize>,
}

#[derive(Debug)]
struct Stored {
    external_id: String,
    arrived_at: i64,
    facts: Body,
    piece: Piece,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Saved,
    Changed,
    New,
}

impl Messages {
    /// Those of a session, remembered or read.
    pub(super) async fn load(tx: &mut Tx, cache: &Cache, entry: &Entry) -> Result<Self> {
        if let Some(messages) = cache.take(entry.key, entry.revision) {
            return Ok(messages);
        }
        let sql = Sql::new(
            "select external_id, facts, size, packed, arrived_at from received_message where received_key = $1 \
             order by row_key",
        );
        let mut messages = Self::default();
        for (external_id, facts, size, packed, arrived_at) in
            tx.rows::<(String, Vec<u8>, i64, bool, i64)>(sql.int(entry.key)).await?
        {
            let facts = Body::from_stored(facts, int_to_count(size), packed);
            let piece = Piece::new(&external_id, arrived_at, &read(&facts)?);
            messages.push(Stored { external_id, arrived_at, facts, piece, state: State::Saved });
        }
        Ok(messages)
    }

    fn push(&mut self, stored: Stored) {
        self.by_id.insert(stored.external_id.clone(), self.list.len());
        self.list.push(stored);
    }

    /// Adds what a call says.
    pub(super) fn add(&mut self, call: MessageCall, now: i64) -> Result<Taken> {
        let known = self.by_id.get(&call.external_id).copied();
        let (external_id, arrived_at) = match known {
            Some(at) => (self.list[at].external_id.clone(), self.list[at].arrived_at),
            None => (call.external_id.clone(), now),
        };
        let mut facts = match known {
            Some(at) => read(&self.list[at].facts)?,
            None => MessageFacts::default(),
        };
        facts.add(call);
        let json = serde_json::to_vec(&facts)
            .map_err(|_| Error::Damaged("what is known of a received message cannot be written".to_owned()))?;
        if let Some(at) = known
            && self.list[at].facts.bytes().is_ok_and(|known| *known == *json)
        {
            return Ok(Taken::Skipped);
        }
        let piece = Piece::new(&external_id, arrived_at, &facts);
        let mut stored = Stored { external_id, arrived_at, facts: Body::new(&json), piece, state: State::New };
        let Some(at) = known else {
            self.push(stored);
            return Ok(Taken::Inserted);
        };
        if self.list[at].state != State::New {
            stored.state = State::Changed;
        }
        self.list[at] = stored;
        Ok(Taken::Updated)
    }

    /// Writes those that are new or changed.
    pub(super) async fn save(mut self, tx: &mut Tx, entry: i64) -> Result<Self> {
        let mut rows = Vec::new();
        for stored in self.list.iter_mut().filter(|stored| stored.state != State::Saved) {
            let (bytes, packed) = stored.facts.stored();
            let (bytes, size) = (Value::Bytes(Some(bytes.to_vec())), count_to_int(stored.facts.size()));
            if stored.state == State::New {
                rows.push(vec![
                    Value::int(entry),
                    Value::text(&stored.external_id),
                    bytes,
                    Value::int(size),
                    Value::Bool(Some(packed)),
                    Value::int(stored.arrived_at),
                ]);
            } else {
                let sql = Sql::new(
                    "update received_message set facts = $1, size = $2, packed = $3 \
                     where received_key = $4 and external_id = $5",
                );
                let sql = sql.value(bytes).int(size).bool(packed).int(entry).text(&stored.external_id);
                tx.execute(sql).await?;
            }
            stored.state = State::Saved;
        }
        let head = "insert into received_message (received_key, external_id, facts, size, packed, arrived_at) values";
        tx.insert_all(head, "", rows).await?;
        Ok(self)
    }

    pub(super) fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.list.iter().map(|stored| &stored.piece)
    }

    /// About how many bytes of memory they take.
    pub(super) fn weight(&self) -> usize {
        let one = |stored: &Stored| stored.piece.weight() + stored.facts.stored().0.len() + 200;
        self.list.iter().map(one).sum()
    }
}

fn read(facts: &Body) -> Result<MessageFacts> {
    let damaged = || Error::Damaged("what is known of a received message cannot be read".to_owned());
    let bytes = facts.bytes().map_err(|_| damaged())?;
    serde_json::from_slice(&bytes).map_err(|_| damaged())
}
