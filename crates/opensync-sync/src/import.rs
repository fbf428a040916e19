//! Reads what is new in the local stores into the archive.
//!
//! Threads parse files, one task writes what they made in group commits. Memory is bounded by the
//! bytes that wait between the two. A file's fingerprint is committed with its sessions, so an
//! import that was killed goes on where it was.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opensync_core::import::{ImportedSession, Problem, ProblemKind};
use opensync_core::price::{Cost, Prices};
use opensync_core::progress::Progress;
use opensync_core::{Part, UserId};
use opensync_sources::{Origin, Sink, Source};
use opensync_store::{FileRead, Fingerprint, KnownFile, Store, Written};
use tokio::sync::{Semaphore, mpsc};

use crate::attribute::attribute;
use crate::report::{SourceSummary, Summary};
use crate::{Homes, discover};

/// Parsed sessions may wait for the writer up to this many KiB; a larger one passes alone.
const WAITING_KIB: u32 = 24 << 10;
/// A commit takes at most this many KiB of parsed sessions, ...
const COMMIT_KIB: u32 = 16 << 10;
/// ... and waits at most this long for more.
const COMMIT_AFTER: Duration = Duration::from_millis(250);
/// The first commit is small, so that a page has something to show at once.
const FIRST_COMMIT_FILES: usize = 30;

/// What to import.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only these sources, by id; empty means all.
    pub sources: Vec<String>,
}

/// Imports into one archive. Cheap to clone; clones share the progress.
#[derive(Clone)]
pub struct Importer {
    store: Store,
    user: UserId,
    homes: Homes,
    prices: Arc<Prices>,
    tracker: Arc<Tracker>,
}

impl std::fmt::Debug for Importer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Importer")
    }
}

#[derive(Debug, Default)]
struct Tracker {
    running: AtomicBool,
    files_done: AtomicU64,
    files_total: AtomicU64,
    bytes_done: AtomicU64,
    bytes_total: AtomicU64,
    sessions: AtomicU64,
    problems: AtomicU64,
    times: Mutex<(Option<Instant>, Option<Instant>)>,
    error: Mutex<Option<String>>,
}

impl Tracker {
    fn start(&self) {
        for counter in
            [&self.files_done, &self.files_total, &self.bytes_done, &self.bytes_total, &self.sessions, &self.problems]
        {
            counter.store(0, Ordering::Relaxed);
        }
        *lock(&self.times) = (Some(Instant::now()), None);
        *lock(&self.error) = None;
        self.running.store(true, Ordering::Release);
    }

    fn stop(&self, error: Option<String>) {
        lock(&self.times).1 = Some(Instant::now());
        *lock(&self.error) = error;
        self.running.store(false, Ordering::Release);
    }

    fn look(&self) -> Progress {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (start, end) = *lock(&self.times);
        let elapsed = start.map_or(Duration::ZERO, |start| end.unwrap_or_else(Instant::now) - start);
        Progress {
            running: self.running.load(Ordering::Acquire),
            files_done: count(&self.files_done),
            files_total: count(&self.files_total),
            bytes_done: count(&self.bytes_done),
            bytes_total: count(&self.bytes_total),
            sessions: count(&self.sessions),
            problems: count(&self.problems),
            elapsed_ms: elapsed.as_millis() as u64,
            error: lock(&self.error).clone(),
        }
    }
}

/// A panic while holding one of these locks leaves plain values behind: they stay usable.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A file to read.
struct Job {
    source: &'static dyn Source,
    origin: Origin,
}

/// A file that was read, and how much memory it takes.
struct Done {
    file: FileRead,
    kib: u32,
}

impl Importer {
    /// An importer for one user's archive.
    pub fn new(store: Store, user: UserId, homes: Homes, prices: Prices) -> Self {
        Self { store, user, homes, prices: Arc::new(prices), tracker: Arc::default() }
    }

    /// Where it looks.
    pub fn homes(&self) -> &Homes {
        &self.homes
    }

    /// How far the running import is, or how the last one ended.
    pub fn progress(&self) -> Progress {
        self.tracker.look()
    }

    /// Imports everything that is new or changed. What was committed stays when it fails.
    pub async fn run(&self, options: &Options) -> opensync_store::Result<Summary> {
        self.tracker.start();
        let result = self.import(options).await;
        self.tracker.stop(result.as_ref().err().map(ToString::to_string));
        result
    }

    async fn import(&self, options: &Options) -> opensync_store::Result<Summary> {
        let started = Instant::now();
        let mut summaries: Vec<SourceSummary> = Vec::new();
        let mut jobs = Vec::new();
        for source in opensync_sources::ALL.iter().copied() {
            let id = source.about().id;
            if !options.sources.is_empty() && !options.sources.iter().any(|wanted| wanted == id) {
                continue;
            }
            let (found, known) = tokio::join!(self.find(source), self.store.known_files(&self.user, id));
            let (found, known) = (found?, known?);
            let mut summary = SourceSummary { source: id.to_owned(), ..SourceSummary::default() };
            summary.problems = found.unreadable.len() as u64;
            for origin in found.origins {
                self.tracker.files_total.fetch_add(1, Ordering::Relaxed);
                match known.get(&*origin.path.to_string_lossy()) {
                    Some(file) if same(&origin, file) || still_unreadable(&origin, file) => {
                        summary.unchanged += file.sessions;
                        self.tracker.files_done.fetch_add(1, Ordering::Relaxed);
                    }
                    _ => {
                        self.tracker.bytes_total.fetch_add(origin.size, Ordering::Relaxed);
                        jobs.push(Job { source, origin });
                    }
                }
            }
            summaries.push(summary);
        }
        // Newest first over all sources: the first page is complete after a moment.
        jobs.sort_by_key(|job| std::cmp::Reverse(job.origin.mtime_ns));
        let written = if jobs.is_empty() { Written::default() } else { self.read_all(jobs).await? };
        let problems = self.store.problem_counts(&self.user).await?;
        for summary in &mut summaries {
            let count = |counts: &HashMap<String, u64>| counts.get(&summary.source).copied().unwrap_or(0);
            summary.imported = count(&written.imported);
            summary.updated = count(&written.updated);
            summary.unchanged += count(&written.unchanged);
            summary.problems += count(&problems);
            summary.found = summary.unchanged + summary.imported + summary.updated + count(&written.deleted);
        }
        Ok(Summary { sources: summaries, duration_ms: started.elapsed().as_millis() as u64 })
    }

    async fn find(&self, source: &'static dyn Source) -> opensync_store::Result<discover::Found> {
        let homes = self.homes.clone();
        let found = tokio::task::spawn_blocking(move || homes.find(source)).await;
        found.map_err(|_| opensync_store::Error::Damaged("a store could not be listed".to_owned()))
    }

    async fn read_all(&self, jobs: Vec<Job>) -> opensync_store::Result<Written> {
        let jobs = Arc::new(jobs);
        let next = Arc::new(AtomicUsize::new(0));
        let room = Arc::new(Semaphore::new(WAITING_KIB as usize));
        let (sender, mut receiver) = mpsc::channel::<Done>(256);
        let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 8);
        for _ in 0..threads {
            let (jobs, next, room, sender) = (jobs.clone(), next.clone(), room.clone(), sender.clone());
            let (prices, tracker) = (self.prices.clone(), self.tracker.clone());
            let runtime = tokio::runtime::Handle::current();
            tokio::task::spawn_blocking(move || {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let done = read_one(job, &prices, &tracker);
                    let Ok(permit) = runtime.block_on(room.acquire_many(done.kib)) else { return };
                    // Given back by the writer once it is committed.
                    permit.forget();
                    if sender.blocking_send(done).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut total = Written::default();
        let mut first = true;
        while let Some(done) = receiver.recv().await {
            let mut kib = done.kib;
            let mut batch = vec![done.file];
            let deadline = tokio::time::Instant::now() + COMMIT_AFTER;
            while kib < COMMIT_KIB && !(first && batch.len() >= FIRST_COMMIT_FILES) {
                match tokio::time::timeout_at(deadline, receiver.recv()).await {
                    Ok(Some(done)) => {
                        kib += done.kib;
                        batch.push(done.file);
                    }
                    Ok(None) | Err(_) => break,
                }
            }
            first = false;
            let written = self.store.write(&self.user, batch).await?;
            room.add_permits(kib as usize);
            self.tracker.sessions.fetch_add(written.ids.len() as u64, Ordering::Relaxed);
            add(&mut total, written);
        }
        Ok(total)
    }
}

/// Whether the archive has this file as it is now.
pub(crate) fn is_current(origin: &Origin, known: &HashMap<String, KnownFile>) -> bool {
    known.get(&*origin.path.to_string_lossy()).is_some_and(|file| same(origin, file))
}

fn same(origin: &Origin, file: &KnownFile) -> bool {
    file.fingerprint == fingerprint(origin)
}

fn fingerprint(origin: &Origin) -> Fingerprint {
    let Origin { size, mtime_ns, file_id, .. } = *origin;
    Fingerprint { size, mtime_ns, file_id, note: origin.note.clone() }
}

/// A file that could not be opened is tried again each time, but only written once.
fn still_unreadable(origin: &Origin, file: &KnownFile) -> bool {
    file.fingerprint == Fingerprint::default() && std::fs::File::open(&origin.path).is_err()
}

fn add(total: &mut Written, written: Written) {
    for (sum, part) in [
        (&mut total.imported, written.imported),
        (&mut total.updated, written.updated),
        (&mut total.unchanged, written.unchanged),
        (&mut total.deleted, written.deleted),
    ] {
        for (source, n) in part {
            *sum.entry(source).or_default() += n;
        }
    }
}

struct Collected<'a> {
    sessions: Vec<ImportedSession>,
    problems: Vec<Problem>,
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

    fn advanced(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.tracker.bytes_done.fetch_add(bytes, Ordering::Relaxed);
    }
}

fn read_one(job: &Job, prices: &Prices, tracker: &Tracker) -> Done {
    let Job { source, origin } = job;
    let mut sink = Collected { sessions: Vec::new(), problems: Vec::new(), tracker, bytes: 0 };
    let mut print = fingerprint(origin);
    // An importer that panics is a bug, but not one that may cost the other sessions.
    let read = catch_unwind(AssertUnwindSafe(|| source.read(origin, &mut sink)));
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
    let bytes: u64 = sessions.iter().map(|(session, _)| weight(session)).sum();
    let kib = u32::try_from(bytes >> 10).unwrap_or(u32::MAX).clamp(1, WAITING_KIB);
    let file = FileRead {
        source: source.about().id.to_owned(),
        path: origin.path.to_string_lossy().into_owned(),
        fingerprint: print,
        sessions,
        problems: sink.problems,
    };
    Done { file, kib }
}

/// About how many bytes of memory a session takes.
fn weight(session: &ImportedSession) -> u64 {
    let parts = |part: &Part| match part {
        Part::Text(text) => text.len(),
        Part::Thinking(body)
        | Part::ToolCall { arguments: body, .. }
        | Part::ToolResult { output: body, .. }
        | Part::Image { body, .. }
        | Part::Unknown { json: body, .. } => body.stored().0.len(),
    };
    session
        .messages
        .iter()
        .map(|message| 300 + message.parts.iter().map(|part| 150 + parts(part) as u64).sum::<u64>())
        .sum::<u64>()
        + session.responses.len() as u64 * 300
}
