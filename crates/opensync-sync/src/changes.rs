//! Says which sessions changed, to whoever shows them: live pages, and pages that were away.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use opensync_core::SessionId;
use tokio::sync::watch;

/// So many session ids are remembered for listeners that were away; who missed more looks at
/// everything again.
const REMEMBERED: usize = 2_000;

/// What changed in the archive. Cheap to clone; clones share it.
#[derive(Debug, Clone)]
pub struct Changes {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Tells numbers of this process from those of another one.
    epoch: u64,
    /// Without a session it may be any of them.
    remembered: Mutex<VecDeque<(u64, Option<SessionId>)>>,
    /// The number of the last change; `None` once no more will come.
    last: watch::Sender<Option<u64>>,
}

/// A place in the row of changes. It spells `EPOCH-NUMBER`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    epoch: u64,
    number: u64,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.epoch, self.number)
    }
}

impl Mark {
    /// Reads what a mark displays as; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let (epoch, number) = text.split_once('-')?;
        Some(Self { epoch: u64::from_str_radix(epoch, 16).ok()?, number: number.parse().ok()? })
    }
}

/// What changed since a listener last asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// These sessions are new or differ, each once.
    Sessions(Vec<SessionId>),
    /// More than is remembered: look at everything again.
    Everything,
}

/// Waits for changes.
#[derive(Debug)]
pub struct Listener {
    changes: Changes,
    /// `None` when the listener's mark was of another process.
    seen: Option<u64>,
    last: watch::Receiver<Option<u64>>,
}

impl Default for Changes {
    fn default() -> Self {
        let age = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let epoch = age.map_or(0, |age| age.as_micros() as u64);
        let shared = Shared { epoch, remembered: Mutex::default(), last: watch::Sender::new(Some(0)) };
        Self { shared: Arc::new(shared) }
    }
}

impl Changes {
    /// Tells listeners that these sessions are new or differ.
    pub fn announce(&self, sessions: impl IntoIterator<Item = SessionId>) {
        self.remember(sessions.into_iter().map(Some));
    }

    fn remember(&self, news: impl IntoIterator<Item = Option<SessionId>>) {
        let mut remembered = self.remembered();
        let Some(mut number) = *self.shared.last.borrow() else { return };
        let before = number;
        for session in news {
            number += 1;
            remembered.push_back((number, session));
        }
        while remembered.len() > REMEMBERED {
            remembered.pop_front();
        }
        drop(remembered);
        if number > before {
            self.shared.last.send_replace(Some(number));
        }
    }

    /// Tells listeners to look at everything again.
    pub fn announce_everything(&self) {
        self.remember([None]);
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.shared.last.borrow().is_none()
    }

    /// Ends all listeners: no more changes will come.
    pub fn close(&self) {
        self.shared.last.send_replace(None);
    }

    /// The present.
    pub fn now(&self) -> Mark {
        Mark { epoch: self.shared.epoch, number: self.shared.last.borrow().unwrap_or(u64::MAX) }
    }

    /// Listens from a place on; from now without one.
    pub fn listen(&self, from: Option<Mark>) -> Listener {
        let last = self.shared.last.subscribe();
        let seen = match from {
            Some(mark) if mark.epoch == self.shared.epoch => Some(mark.number),
            Some(_) => None,
            None => *last.borrow(),
        };
        Listener { changes: self.clone(), seen, last }
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, VecDeque<(u64, Option<SessionId>)>> {
        self.shared.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn since(&self, seen: Option<u64>) -> News {
        let remembered = self.remembered();
        let whole = |seen: u64| remembered.front().is_none_or(|(first, _)| *first <= seen + 1);
        let Some(seen) = seen.filter(|seen| whole(*seen)) else { return News::Everything };
        let mut sessions: Vec<SessionId> = Vec::new();
        for (_, session) in remembered.iter().filter(|(number, _)| *number > seen) {
            let Some(session) = session else { return News::Everything };
            if !sessions.contains(session) {
                sessions.push(session.clone());
            }
        }
        News::Sessions(sessions)
    }
}

impl Listener {
    /// Waits for the next change, and answers all that happened until then; `None` when no more will
    /// come.
    pub async fn next(&mut self) -> Option<(Mark, News)> {
        loop {
            let last = (*self.last.borrow_and_update())?;
            if self.seen != Some(last) {
                let news = self.changes.since(self.seen);
                self.seen = Some(last);
                return Some((Mark { epoch: self.changes.shared.epoch, number: last }, news));
            }
            self.last.changed().await.ok()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use opensync_core::UserId;

    use super::*;

    fn id(n: usize) -> SessionId {
        SessionId::derive(&UserId::local(), "tool", &n.to_string())
    }

    #[tokio::test]
    async fn a_listener_hears_each_change_once() {
        let changes = Changes::default();
        let mut listener = changes.listen(None);
        changes.announce([id(1), id(2)]);
        changes.announce([id(1)]);
        let (mark, news) = listener.next().await.unwrap();
        assert_eq!(news, News::Sessions(vec![id(1), id(2)]));
        assert_eq!(Mark::parse(&mark.to_string()), Some(mark));
        changes.announce([id(3)]);
        assert_eq!(listener.next().await.unwrap().1, News::Sessions(vec![id(3)]));
        changes.close();
        assert_eq!(listener.next().await, None);
    }

    #[tokio::test]
    async fn a_listener_that_was_away_hears_what_it_missed() {
        let changes = Changes::default();
        let mark = changes.now();
        changes.announce([id(1)]);
        let missed = changes.listen(Some(mark)).next().await.unwrap().1;
        assert_eq!(missed, News::Sessions(vec![id(1)]));
        changes.announce((0..=REMEMBERED).map(id));
        assert_eq!(changes.listen(Some(mark)).next().await.unwrap().1, News::Everything);
        let (mark, mut listener) = (changes.now(), changes.listen(None));
        changes.announce([id(1)]);
        changes.announce_everything();
        changes.announce([id(2)]);
        assert_eq!(listener.next().await.unwrap().1, News::Everything);
        assert_eq!(changes.listen(Some(mark)).next().await.unwrap().1, News::Everything);
        let other = Mark { epoch: 1, number: 1 };
        assert_eq!(changes.listen(Some(other)).next().await.unwrap().1, News::Everything);
    }
}
