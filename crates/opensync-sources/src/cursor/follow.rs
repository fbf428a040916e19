//! Follows the editor's databases and chats.
//!
//! Of the main database, which grows to gigabytes, only conversations are read whose records look
//! changed: their own value, and number, rows and lengths of their bubbles. A bubble that is replaced
//! by one of the same length in the same row, with the conversation left as it was, does not show;
//! the client writes both. Whatever is read is compared with what was handed over before.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use opensync_core::import::{ImportedSession, Problem};

use super::{chat, editor};
use crate::tally::Tally;
use crate::{Follow, Origin, Sink, Unreadable};

/// Follows one database.
#[derive(Default)]
pub(super) struct Follower {
    file_id: u64,
    /// Hashes of the sessions that were handed over, by id.
    sessions: HashMap<String, u64>,
    known: Known,
}

impl Follow for Follower {
    fn read(&mut self, origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable> {
        if self.file_id != origin.file_id {
            *self = Self { file_id: origin.file_id, ..Self::default() };
        }
        let mut changed = Changed { known: &self.sessions, handed: HashMap::new(), sink };
        if origin.path.extension().is_some_and(|end| end == "vscdb") {
            editor::read_changed(origin, Some(&mut self.known), &mut changed)?;
        } else {
            chat::read(origin, &mut changed)?;
        }
        let handed = changed.handed;
        self.sessions.extend(handed);
        Ok(())
    }

    fn weight(&self) -> u64 {
        (self.sessions.len() + self.known.0.len()) as u64 * 200
    }
}

/// Passes on sessions that are not as they were.
struct Changed<'a> {
    known: &'a HashMap<String, u64>,
    handed: HashMap<String, u64>,
    sink: &'a mut dyn Sink,
}

impl Sink for Changed<'_> {
    fn session(&mut self, session: ImportedSession) {
        let (id, now) = (session.external_id.clone(), hash(&session));
        // Of two with one id the last one counts: where one is handed over, both are.
        if self.known.get(&id) == Some(&now) && !self.handed.contains_key(&id) {
            return self.sink.unchanged(1);
        }
        self.handed.insert(id, now);
        self.sink.session(session);
    }
    fn problem(&mut self, problem: Problem) {
        self.sink.problem(problem);
    }
    fn advanced(&mut self, bytes: u64) {
        self.sink.advanced(bytes);
    }
    fn unchanged(&mut self, sessions: u64) {
        self.sink.unchanged(sessions);
    }
}

/// What is kept of the conversations of a main database, by id.
#[derive(Default)]
pub(super) struct Known(HashMap<String, Conversation>);

/// What is kept of one.
struct Conversation {
    stamp: u64,
    is_session: bool,
    /// What could not be used of it.
    tally: Tally,
}

/// Which conversations changed, as far as that can be told before they are read.
pub(super) struct Changes<'a> {
    known: Option<&'a mut Known>,
    unchanged: HashSet<String>,
    learnt: Vec<(String, Conversation)>,
    /// Everything is read.
    pub is_whole: bool,
}

impl<'a> Changes<'a> {
    pub(super) fn since(known: Option<&'a mut Known>) -> Self {
        let is_whole = known.as_ref().is_none_or(|known| known.0.is_empty());
        Self { known, unchanged: HashSet::new(), learnt: Vec::new(), is_whole }
    }

    /// Whether anybody wants to know what changed.
    pub(super) fn is_asked(&self) -> bool {
        self.known.is_some()
    }

    /// Whether a conversation with this stamp need not be read; what is known of it is told then.
    pub(super) fn skips(&mut self, id: &str, stamp: u64, tally: &mut Tally, sink: &mut dyn Sink) -> bool {
        let known = self.known.as_ref().and_then(|known| known.0.get(id)).filter(|known| known.stamp == stamp);
        let Some(known) = known else { return false };
        tally.add_all(&known.tally);
        sink.unchanged(known.is_session.into());
        self.unchanged.insert(id.to_owned());
        true
    }

    /// A conversation was read. Without a project it is looked at each time: which folder it was in
    /// may be told later, in another database.
    pub(super) fn learn(&mut self, id: String, stamp: u64, session: Option<&ImportedSession>, tally: Tally) {
        if self.known.is_some() && session.is_none_or(|session| session.project_path.is_some()) {
            self.learnt.push((id, Conversation { stamp, is_session: session.is_some(), tally }));
        }
    }

    /// Keeps what was learnt, when what was read is `sure` to be one state of the database.
    pub(super) fn keep(self, sure: bool) {
        if let Some(known) = self.known {
            known.0.retain(|id, _| sure && self.unchanged.contains(id));
            known.0.extend(self.learnt.into_iter().filter(|_| sure));
        }
    }
}

pub(super) fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
