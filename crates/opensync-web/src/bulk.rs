//! Work on many sessions at once: chunk by chunk, each announced to open pages when it is done, so that
//! nothing waits for long and what fails leaves the rest alone.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use opensync_core::label::LabelChange;
use opensync_core::{SessionId, UserId};
use tokio::sync::watch;

use crate::AppState;

/// Sessions changed before others get their turn.
const CHUNK: usize = 200;
/// So many finished jobs can be asked about.
const KEPT: usize = 40;
/// Reasons are kept for so many sessions; more of them say nothing new.
const MOST_REASONS: usize = 10_000;

/// What is done to each session.
#[derive(Debug, Clone)]
pub enum Action {
    /// It goes away for good.
    Delete,
    /// It is hidden, and goes away for good at that moment.
    DeleteLater(i64),
    /// Its labels change.
    Label(LabelChange),
}

/// How far the work is.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// Sessions that are as they should be now.
    pub done: u64,
    /// Sessions that could not be changed.
    pub failed: u64,
    /// Which ones, and why.
    pub reasons: Vec<(SessionId, String)>,
    /// Nothing is left to do.
    pub finished: bool,
}

/// One order to change many sessions.
#[derive(Debug)]
pub struct Job {
    /// Its name in addresses.
    pub id: String,
    /// Whose sessions they are.
    pub user: UserId,
    /// What happens to each.
    pub action: Action,
    /// How many there are.
    pub total: u64,
    /// The query of the list they were chosen in.
    pub list: String,
    progress: watch::Sender<Progress>,
}

/// The jobs of a server. Cheap to clone; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Bulk {
    jobs: Arc<Mutex<Jobs>>,
}

#[derive(Debug, Default)]
struct Jobs {
    started: u64,
    kept: VecDeque<Arc<Job>>,
}

impl Job {
    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// Waits until it is finished, no longer than `most`.
    pub async fn finished(&self, most: Duration) {
        let mut progress = self.progress.subscribe();
        let finished = progress.wait_for(|progress| progress.finished);
        // Either way the answer says how far it is.
        let _ = tokio::time::timeout(most, finished).await;
    }
}

impl Bulk {
    /// Starts to change `ids`.
    pub fn start(
        &self,
        state: &AppState,
        user: &UserId,
        ids: Vec<SessionId>,
        action: Action,
        list: String,
    ) -> Arc<Job> {
        let total = ids.len() as u64;
        let mut jobs = self.jobs();
        jobs.started += 1;
        // The name of a job of an earlier process names none of this one.
        let moment = UNIX_EPOCH.elapsed().map_or(0, |age| age.as_millis());
        let id = format!("{moment:x}-{}", jobs.started);
        let progress = watch::Sender::new(Progress::default());
        let job = Arc::new(Job { id, user: user.clone(), action, total, list, progress });
        jobs.kept.push_back(job.clone());
        while jobs.kept.len() > KEPT && jobs.kept.front().is_some_and(|job| job.progress.borrow().finished) {
            jobs.kept.pop_front();
        }
        drop(jobs);
        let (state, running) = (state.clone(), job.clone());
        tokio::spawn(async move {
            let each = |progress: &Progress| drop(running.progress.send_replace(progress.clone()));
            run(&state, &running.user, &ids, &running.action, each).await;
        });
        job
    }

    /// A job of this user.
    pub fn find(&self, user: &UserId, id: &str) -> Option<Arc<Job>> {
        self.jobs().kept.iter().find(|job| job.id == id && job.user == *user).cloned()
    }

    fn jobs(&self) -> std::sync::MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Changes `ids`, and says after each chunk how far it is.
pub async fn run(
    state: &AppState,
    user: &UserId,
    ids: &[SessionId],
    action: &Action,
    each: impl Fn(&Progress),
) -> Progress {
    let mut progress = Progress::default();
    for some in ids.chunks(CHUNK) {
        match step(state, user, some, action).await {
            Ok((done, failed)) => {
                progress.done += done;
                progress.fail(failed);
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "some sessions could not be changed");
                let why = "The archive could not be written; the log of the program says why";
                progress.fail(some.iter().map(|id| (id.clone(), why.to_owned())).collect());
            }
        }
        each(&progress);
    }
    progress.finished = true;
    each(&progress);
    progress
}

impl Progress {
    fn fail(&mut self, failed: Vec<(SessionId, String)>) {
        self.failed += failed.len() as u64;
        let room = MOST_REASONS.saturating_sub(self.reasons.len());
        self.reasons.extend(failed.into_iter().take(room));
    }
}

/// How many sessions were changed, and which ones were not, and why.
async fn step(
    state: &AppState,
    user: &UserId,
    ids: &[SessionId],
    action: &Action,
) -> opensync_store::Result<(u64, Vec<(SessionId, String)>)> {
    let gone = |ids: Vec<SessionId>| ids.into_iter().map(|id| (id, "There is no such session".to_owned()));
    match action {
        Action::Delete => {
            let chosen = state.store.chosen(user, ids).await?;
            let deleted = state.store.delete_sessions(user, &chosen.found).await?;
            state.importer.changes().announce(chosen.found);
            Ok((deleted, gone(chosen.missing).collect()))
        }
        Action::DeleteLater(due) => {
            let chosen = state.store.chosen(user, ids).await?;
            let hidden = state.store.delete_later(user, &chosen.found, *due).await?;
            state.doomed.tell();
            state.importer.changes().announce(chosen.found);
            Ok((hidden, gone(chosen.missing).collect()))
        }
        Action::Label(change) => {
            let outcome = state.store.label_sessions(user, ids, change).await?;
            let done = (outcome.changed.len() + outcome.same.len()) as u64;
            state.importer.changes().announce(outcome.changed);
            let refused = outcome.refused.into_iter().map(|(id, error)| (id, sentence(&error.to_string())));
            Ok((done, gone(outcome.missing).chain(refused).collect()))
        }
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
