//! Takes in what another archive pushes, one session after another.
//!
//! The body is the format of `opensync export --format json`. A thread reads it, a task writes what it
//! hands over in group commits, so memory holds some megabytes and the largest session.

use std::collections::HashSet;
use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use opensync_core::export::{Incoming, ReadError};
use opensync_core::{SessionId, UserId};
use opensync_store::{Accepted, Kept, Pushed, Store};
use tokio::sync::mpsc;

use crate::changes::Changes;
use crate::restore;

/// A request takes at most so many bytes, as they are sent.
pub const MOST_BYTES: usize = 32 << 20;
/// One session of it takes at most so many bytes of JSON.
const MOST_SESSION_BYTES: u64 = 256 << 20;
/// ... and all of them together at most so many.
const MOST_PLAIN_BYTES: u64 = 1 << 30;

/// How the bytes of a request are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// zstd.
    Zstd,
}

/// What became of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its id here.
    pub id: SessionId,
    /// The source's id.
    pub source: String,
    /// The source's own id of it.
    pub external_id: String,
    /// What became of it.
    pub accepted: Accepted,
}

/// Why a body was not taken in to its end. What came before is in the archive.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error(transparent)]
    Body(#[from] ReadError),
    /// It or a session in it is too large.
    #[error("it unpacks to more than {} MB, or one session of it to more than {}; send fewer messages at once", MOST_PLAIN_BYTES >> 20, MOST_SESSION_BYTES >> 20)]
    TooLarge,
    /// The archive cannot be written.
    #[error("the archive cannot be written")]
    Store(#[from] opensync_store::Error),
}

/// Takes in all sessions of a body; answers what became of each, in their order.
pub async fn accept(
    store: &Store,
    user: &UserId,
    changes: &Changes,
    body: impl Read + Send + 'static,
    packing: Packing,
) -> Result<Vec<Taken>, Error> {
    let (sender, mut receiver) = mpsc::channel::<Vec<Incoming>>(1);
    let limit = Limit::default();
    let (left, is_over) = (limit.left.clone(), limit.is_over.clone());
    let reader = tokio::task::spawn_blocking(move || {
        let plain: Box<dyn Read> = match packing {
            Packing::Plain => Box::new(body),
            Packing::Zstd => match zstd::stream::read::Decoder::new(body) {
                Ok(decoder) => Box::new(decoder),
                Err(error) => return Err(ReadError::Foreign(error.to_string())),
            },
        };
        let bounded = BufReader::with_capacity(1 << 16, Bounded { plain, total: MOST_PLAIN_BYTES, limit });
        restore::read(bounded, &sender, || left.store(MOST_SESSION_BYTES, Ordering::Relaxed))
    });
    let mut taken = Vec::new();
    while let Some(batch) = receiver.recv().await {
        for some in apart(batch) {
            taken.extend(write(store, user, changes, some).await?);
        }
    }
    match reader.await {
        Ok(Ok(_)) => Ok(taken),
        Ok(Err(_)) if is_over.load(Ordering::Relaxed) => Err(Error::TooLarge),
        Ok(Err(error)) => Err(error.into()),
        // It panicked or was cancelled: nothing more of the body will come.
        Err(_) => Err(ReadError::Stopped.into()),
    }
}

/// In each list no session is twice: the pieces of one are written one after the other.
fn apart(batch: Vec<Incoming>) -> Vec<Vec<Incoming>> {
    let mut lists = vec![Vec::new()];
    let mut names = HashSet::new();
    for incoming in batch {
        if !names.insert((incoming.source.clone(), incoming.session.external_id.clone())) {
            names.clear();
            names.insert((incoming.source.clone(), incoming.session.external_id.clone()));
            lists.push(Vec::new());
        }
        if let Some(last) = lists.last_mut() {
            last.push(incoming);
        }
    }
    lists
}

async fn write(
    store: &Store,
    user: &UserId,
    changes: &Changes,
    batch: Vec<Incoming>,
) -> opensync_store::Result<Vec<Taken>> {
    let mut names = Vec::with_capacity(batch.len());
    let mut sessions = Vec::with_capacity(batch.len());
    for incoming in batch {
        let Incoming { source, file, machine, session, costs, edited_title, labels, marks } = incoming;
        names.push((source.clone(), session.external_id.clone()));
        let kept = Kept { source, file, machine, session, costs, edited_title, labels };
        sessions.push(Pushed { kept, marks });
    }
    let accepted = store.accept(user, sessions).await?;
    let is_changed = |accepted: Accepted| matches!(accepted, Accepted::Imported | Accepted::Updated);
    changes.announce(accepted.iter().filter(|(_, accepted)| is_changed(*accepted)).map(|(id, _)| id.clone()));
    let taken = |((source, external_id), (id, accepted))| Taken { id, source, external_id, accepted };
    Ok(names.into_iter().zip(accepted).map(taken).collect())
}

/// Bytes that may still be read until the next session was read.
struct Limit {
    left: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
}

impl Default for Limit {
    fn default() -> Self {
        Self { left: Arc::new(AtomicU64::new(MOST_SESSION_BYTES)), is_over: Arc::default() }
    }
}

/// A little may be packed from very much.
struct Bounded<R> {
    plain: R,
    /// Bytes that may still be read of all sessions.
    total: u64,
    limit: Limit,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.plain.read(buffer)?;
        let left = self.limit.left.load(Ordering::Relaxed).checked_sub(count as u64);
        let (Some(left), Some(total)) = (left, self.total.checked_sub(count as u64)) else {
            self.limit.is_over.store(true, Ordering::Relaxed);
            return Err(io::Error::other("too large"));
        };
        self.limit.left.store(left, Ordering::Relaxed);
        self.total = total;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_unpacks_to_too_much_is_not_read_to_its_end() {
        for (session, total) in [(1_000, u64::MAX), (MOST_SESSION_BYTES, 1_000)] {
            let limit = Limit::default();
            limit.left.store(session, Ordering::Relaxed);
            let is_over = limit.is_over.clone();
            let mut bounded = Bounded { plain: io::repeat(b' '), total, limit };
            assert!(io::copy(&mut bounded, &mut io::sink()).is_err());
            assert!(is_over.load(Ordering::Relaxed));
        }
    }

    #[test]
    fn no_session_is_written_twice_at_once() {
        let incoming = |name: &str| {
            let json = format!(
                r#"{{"format":"opensync-sessions","version":1,"sessions":[{{"externalId":"{name}","source":"s","title":"","createdAt":1,"updatedAt":1}}]}}"#
            );
            let mut found = Vec::new();
            opensync_core::export::read_json(json.as_bytes(), &mut |incoming| {
                found.push(incoming);
                true
            })
            .unwrap();
            found.remove(0)
        };
        let lists = apart(["a", "b", "a", "a", "c"].map(incoming).into());
        let names: Vec<Vec<String>> =
            lists.into_iter().map(|list| list.into_iter().map(|one| one.session.external_id).collect()).collect();
        assert_eq!(names, [vec!["a", "b"], vec!["a"], vec!["a", "c"]]);
    }
}
