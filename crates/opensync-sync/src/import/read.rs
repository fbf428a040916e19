//! Reads one file, and puts prices on what it holds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use opensync_core::import::{ImportedSession, Problem, ProblemKind};
use opensync_core::price::{Cost, Prices};
use opensync_sources::Sink;
use opensync_store::{FileRead, Fingerprint, Slices};

use super::tracker::Tracker;
use super::{Done, Job, WAITING_KIB, fingerprint};
use crate::attribute::attribute;
use crate::followers::Followers;

struct Collected<'a> {
    sessions: Vec<ImportedSession>,
    problems: Vec<Problem>,
    unchanged: u64,
    tracker: &'a Tracker,
    bytes: u64,
}

impl Sink for Collected<'_> {
    fn session(&mut self, session: ImportedSession) {
        self.sessions.push(session);
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn unchanged(&mut self, sessions: u64) {
        self.unchanged += sessions;
    }

    fn advanced(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.tracker.bytes_done.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// What is needed to read files. Cheap to clone.
#[derive(Clone)]
pub(super) struct How {
    pub(super) prices: Arc<Prices>,
    pub(super) tracker: Arc<Tracker>,
    pub(super) followers: Option<Arc<Followers>>,
    /// The name of this machine.
    pub(super) machine: Option<String>,
}

/// Reads a file and prices what it holds. Blocking.
pub(super) fn read(job: &Job, how: &How) -> Done {
    let How { prices, tracker, followers, machine } = how;
    let followers = followers.as_deref();
    let Job { source, origin } = job;
    let mut sink = Collected { sessions: Vec::new(), problems: Vec::new(), unchanged: 0, tracker, bytes: 0 };
    let mut print = fingerprint(origin);
    // An importer that panics is a bug, but not one that may cost the other sessions.
    let mut reader = followers.and_then(|followers| followers.take(*source, origin));
    let followed = reader.is_some();
    let read = catch_unwind(AssertUnwindSafe(|| match &mut reader {
        Some(reader) => reader.read(origin, &mut sink),
        None => source.read(origin, &mut sink),
    }));
    if let (Ok(Ok(())), Some(followers), Some(reader)) = (&read, followers, reader) {
        followers.keep(&origin.path, reader);
    }
    match read {
        Ok(Ok(())) => {}
        Ok(Err(unreadable)) => {
            print = Fingerprint::default();
            sink.problems.push(Problem {
                line: None,
                kind: ProblemKind::Unreadable,
                reason: unreadable.cause.to_string(),
            });
        }
        Err(_) => {
            tracing::error!(source = source.about().id, "an importer failed on a file");
            sink.sessions.clear();
            sink.problems.push(Problem {
                line: None,
                kind: ProblemKind::Unsupported,
                reason: "the importer failed on this file; please report it".to_owned(),
            });
        }
    }
    // A file that shrank or failed half-way still counts as done.
    tracker.bytes_done.fetch_add(origin.size.saturating_sub(sink.bytes), Ordering::Relaxed);
    tracker.files_done.fetch_add(1, Ordering::Relaxed);
    tracker.problems.fetch_add(sink.problems.len() as u64, Ordering::Relaxed);
    let sessions: Vec<(ImportedSession, Vec<Cost>)> = sink
        .sessions
        .into_iter()
        .map(|mut session| {
            attribute(&mut session);
            let costs = session
                .responses
                .iter()
                .map(|response| {
                    let provider = response.provider.as_deref().or(session.provider.as_deref());
                    prices.cost(response.model.as_deref(), provider, &response.usage, response.stored_cost)
                })
                .collect();
            (session, costs)
        })
        .collect();
    // Of a session that is followed only the end is new, which the writer finds out.
    let slices: Vec<Option<Slices>> = if followed {
        Vec::new()
    } else {
        sessions.iter().map(|(session, _)| Some(opensync_store::slices(session))).collect()
    };
    let bytes = sessions.iter().map(|(session, _)| weight(session)).sum::<u64>()
        + slices.iter().flatten().map(Slices::bytes).sum::<u64>();
    let kib = u32::try_from(bytes >> 10).unwrap_or(u32::MAX).clamp(1, WAITING_KIB);
    let file = FileRead {
        source: source.about().id.to_owned(),
        path: origin.path.to_string_lossy().into_owned(),
        fingerprint: print,
        machine: machine.clone(),
        sessions,
        slices,
        unchanged: sink.unchanged,
        problems: sink.problems,
    };
    Done { file, kib }
}

/// About how many bytes of memory a session takes.
pub(crate) fn weight(session: &ImportedSession) -> u64 {
    session
        .messages
        .iter()
        .map(|message| 300 + message.parts.iter().map(|part| 150 + part.stored_bytes() as u64).sum::<u64>())
        .sum::<u64>()
        + session.responses.len() as u64 * 300
}
