//! Imports a file that an export wrote as JSON, one session after another.
//!
//! A thread reads the file, a task writes what it hands over in group commits; a few commits wait
//! between the two, so memory holds some megabytes and the largest session. What was committed stays
//! when the file turns out to be damaged, and importing it again repeats nothing.

use std::collections::HashMap;
use std::io::Read;

use opensync_core::export::{Incoming, ReadError, read_json};
use opensync_core::{SessionId, UserId};
use opensync_store::{Kept, Store};
use tokio::sync::mpsc;

use crate::changes::Changes;
use crate::import::weight;

/// A commit takes at most so many bytes of sessions, ...
const COMMIT_BYTES: u64 = 8 << 20;
/// ... and so many of them.
const COMMIT_SESSIONS: usize = 200;

/// What became of the sessions of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Sessions that are new.
    pub imported: u64,
    /// Sessions the archive had in an older state.
    pub updated: u64,
    /// Sessions the archive had as they are.
    pub unchanged: u64,
    /// Names of sessions that were left alone, because the archive has them in a newer state.
    pub older: Vec<String>,
    /// Names of sessions that were left out, because they were deleted here.
    pub deleted: Vec<String>,
    /// Sessions that were there before and got the title or the labels of the file.
    pub labelled: u64,
}

/// Why a file was not imported to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] ReadError),
    /// The archive cannot be written.
    #[error("the archive cannot be written")]
    Store(#[from] opensync_store::Error),
}

impl Outcome {
    /// Sessions of the file so far.
    pub fn sessions(&self) -> u64 {
        self.imported + self.updated + self.unchanged + (self.older.len() + self.deleted.len()) as u64
    }
}

/// Imports a file and says after each commit how far it is. The outcome is what was committed, also
/// when an error ended it.
pub async fn restore(
    store: &Store,
    user: &UserId,
    changes: &Changes,
    file: impl Read + Send + 'static,
    mut each: impl FnMut(&Outcome),
) -> (Outcome, Result<(), Error>) {
    let (sender, mut receiver) = mpsc::channel::<Vec<Incoming>>(1);
    let reader = tokio::task::spawn_blocking(move || read(file, &sender, || ()));
    let mut outcome = Outcome::default();
    while let Some(batch) = receiver.recv().await {
        if let Err(error) = write(store, user, changes, batch, &mut outcome).await {
            return (outcome, Err(error.into()));
        }
        each(&outcome);
    }
    let result = match reader.await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.into()),
        // It panicked or was cancelled: nothing more of the file will come.
        Err(_) => Err(ReadError::Stopped.into()),
    };
    (outcome, result)
}

/// Reads the file, and tells of each session. Those before a damaged one are handed over.
pub(crate) fn read(
    file: impl Read,
    sender: &mpsc::Sender<Vec<Incoming>>,
    mut each: impl FnMut(),
) -> Result<u64, ReadError> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    let result = read_json(file, &mut |incoming| {
        each();
        bytes += weight(&incoming.session);
        batch.push(incoming);
        if bytes < COMMIT_BYTES && batch.len() < COMMIT_SESSIONS {
            return true;
        }
        bytes = 0;
        sender.blocking_send(std::mem::take(&mut batch)).is_ok()
    });
    if !batch.is_empty() {
        // Nobody listens when the archive could not be written, which is the error then.
        let _ = sender.blocking_send(batch);
    }
    result
}

async fn write(
    store: &Store,
    user: &UserId,
    changes: &Changes,
    batch: Vec<Incoming>,
    outcome: &mut Outcome,
) -> opensync_store::Result<()> {
    let mut names = HashMap::new();
    let mut sessions = Vec::new();
    for incoming in batch {
        let Incoming { source, file, machine, session, costs, edited_title, labels, marks: _ } = incoming;
        let id = SessionId::derive(user, &source, &session.external_id);
        let title = edited_title.as_deref().or(session.title.as_ref().map(|(title, _)| title.as_str()));
        names.insert(id, title.unwrap_or(&session.external_id).to_owned());
        sessions.push(Kept { source, file, machine, session, costs, edited_title, labels });
    }
    let restored = store.restore(user, sessions).await?;
    let written = restored.written;
    outcome.imported += written.imported.values().sum::<u64>();
    outcome.updated += written.updated.values().sum::<u64>();
    outcome.unchanged += written.unchanged.values().sum::<u64>() + restored.same.len() as u64;
    outcome.older.extend(restored.older.iter().filter_map(|id| names.get(id).cloned()));
    outcome.deleted.extend(restored.deleted.iter().filter_map(|id| names.get(id).cloned()));
    let labelled: Vec<SessionId> = restored.labelled.into_iter().filter(|id| !written.ids.contains(id)).collect();
    outcome.labelled += labelled.len() as u64;
    changes.announce(written.ids.into_iter().chain(labelled));
    Ok(())
}
