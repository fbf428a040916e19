//! Remembers the messages of sessions that are being received: each message that comes makes its session
//! anew, and reading and taking apart thousands for one would take most of the time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::messages::Messages;

/// About so many bytes are remembered.
const ROOM: usize = 48 << 20;

/// Messages by session, each with the revision they are of.
#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    sessions: HashMap<i64, Remembered>,
    bytes: usize,
    uses: u64,
}

#[derive(Debug)]
struct Remembered {
    revision: i64,
    messages: Messages,
    bytes: usize,
    used: u64,
}

impl Cache {
    /// Takes the messages of a session out, when they are of this revision.
    pub(super) fn take(&self, key: i64, revision: i64) -> Option<Messages> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let remembered = inner.sessions.remove(&key)?;
        inner.bytes -= remembered.bytes;
        (remembered.revision == revision).then_some(remembered.messages)
    }

    /// Remembers the messages of a session, and forgets those that were not asked for the longest.
    pub(super) fn put(&self, key: i64, revision: i64, messages: Messages) {
        let bytes = messages.weight();
        if bytes > ROOM {
            return;
        }
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.uses += 1;
        let remembered = Remembered { revision, messages, bytes, used: inner.uses };
        let before = inner.sessions.insert(key, remembered);
        inner.bytes = inner.bytes + bytes - before.map_or(0, |before| before.bytes);
        while inner.bytes > ROOM {
            let oldest = inner.sessions.iter().min_by_key(|(_, remembered)| remembered.used).map(|(key, _)| *key);
            let Some(gone) = oldest.and_then(|key| inner.sessions.remove(&key)) else { break };
            inner.bytes -= gone.bytes;
        }
    }
}
