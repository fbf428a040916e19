//! Reads what is new in the local stores into the archive.
//!
//! Threads parse files, one task writes what they made in group commits. Memory is bounded by the
//! bytes that wait between the two. A file's fingerprint is committed with its sessions, so an
//! import that was killed goes on where it was.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use opensync_core::UserId;
use opensync_core::price::Prices;
use opensync_core::progress::Progress;
use opensync_sources::{Origin, Source};
use opensync_store::{FileRead, Fingerprint, KnownFile, Store, Written};
use tokio::sync::{Semaphore, mpsc};

use crate::changes::Changes;
use crate::report::{SourceSummary, Summary};
use crate::{Homes, discover};

mod read;
mod tracker;

pub(crate) use read::weight;
use read::{How, read};

/// Parsed sessions may wait for the writer up to this many KiB; a larger one passes alone.
const WAITING_KIB: u32 = 16 << 10;
/// A commit takes at most this many KiB of parsed sessions, ...
const COMMIT_KIB: u32 = 12 << 10;
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
    how: How,
    changes: Changes,
}

impl std::fmt::Debug for Importer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Importer")
    }
}

/// A file to read.
pub(crate) struct Job {
    pub(crate) source: &'static dyn Source,
    pub(crate) origin: Origin,
}

/// A file that was read, and how much memory it takes.
struct Done {
    file: FileRead,
    kib: u32,
}

impl Importer {
    /// An importer for one user's archive.
    pub fn new(store: Store, user: UserId, homes: Homes, prices: Prices) -> Self {
        let how = How { prices: Arc::new(prices), tracker: Arc::default(), followers: None, machine: None };
        Self { store, user, homes, how, changes: Changes::default() }
    }

    /// Keeps the readers of files that are being written, for whoever watches them.
    #[must_use]
    pub fn following(mut self) -> Self {
        self.how.followers = Some(Arc::default());
        self
    }

    /// Notes the name of this machine in what it writes.
    #[must_use]
    pub fn on(mut self, machine: Option<String>) -> Self {
        self.how.machine = machine;
        self
    }

    /// Forgets the readers it kept: the next import reads what changed files hold from their start.
    pub fn forget_readers(&self) {
        if let Some(followers) = &self.how.followers {
            followers.clear();
        }
    }

    /// Says which sessions it wrote.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// What responses cost.
    pub fn prices(&self) -> &Arc<Prices> {
        &self.how.prices
    }

    /// Where it looks.
    pub fn homes(&self) -> &Homes {
        &self.homes
    }

    /// How far the running import is, or how the last one ended.
    pub fn progress(&self) -> Progress {
        self.how.tracker.look()
    }

    /// Imports everything that is new or changed. What was committed stays when it fails.
    pub async fn run(&self, options: &Options) -> opensync_store::Result<Summary> {
        self.how.tracker.start();
        let result = self.import(options).await;
        self.how.tracker.stop(result.as_ref().err().map(ToString::to_string));
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
                self.how.tracker.files_total.fetch_add(1, Ordering::Relaxed);
                match known.get(&*origin.path.to_string_lossy()) {
                    Some(file) if same(&origin, file) || still_unreadable(&origin, file) => {
                        summary.unchanged += file.sessions;
                        self.how.tracker.files_done.fetch_add(1, Ordering::Relaxed);
                    }
                    _ => {
                        self.how.tracker.bytes_total.fetch_add(origin.size, Ordering::Relaxed);
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

    /// Lists the files of a source.
    pub(crate) async fn find(&self, source: &'static dyn Source) -> opensync_store::Result<discover::Found> {
        let homes = self.homes.clone();
        let found = tokio::task::spawn_blocking(move || homes.find(source)).await;
        found.map_err(|_| opensync_store::Error::Damaged("a store could not be listed".to_owned()))
    }

    async fn write(&self, batch: Vec<FileRead>) -> opensync_store::Result<Written> {
        let written = self.store.write(&self.user, batch).await;
        match (&written, &self.how.followers) {
            (Ok(written), _) => self.changes.announce(written.ids.iter().cloned()),
            // They may say that a session did not change since a reading that was lost.
            (Err(_), Some(followers)) => followers.clear(),
            (Err(_), None) => {}
        }
        written
    }

    /// Reads files like an import that is shown.
    pub(crate) async fn show(&self, jobs: Vec<Job>) -> opensync_store::Result<Written> {
        self.how.tracker.start();
        self.how.tracker.files_total.store(jobs.len() as u64, Ordering::Relaxed);
        self.how.tracker.bytes_total.store(jobs.iter().map(|job| job.origin.size).sum(), Ordering::Relaxed);
        let result = self.read_all(jobs).await;
        self.how.tracker.stop(result.as_ref().err().map(ToString::to_string));
        result
    }

    /// The files of a source that the archive has, as they were then.
    pub(crate) async fn known(&self, source: &dyn Source) -> HashSet<Origin> {
        let known = self.store.known_files(&self.user, source.about().id).await.unwrap_or_default();
        known.into_iter().map(|(path, file)| origin(path, file.fingerprint)).collect()
    }

    /// Reads files and writes what they hold.
    pub(crate) async fn read_all(&self, jobs: Vec<Job>) -> opensync_store::Result<Written> {
        let jobs = Arc::new(jobs);
        let next = Arc::new(AtomicUsize::new(0));
        let room = Arc::new(Semaphore::new(WAITING_KIB as usize));
        let (sender, mut receiver) = mpsc::channel::<Done>(256);
        let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 8);
        for _ in 0..threads {
            let (jobs, next, room, sender) = (jobs.clone(), next.clone(), room.clone(), sender.clone());
            let how = self.how.clone();
            let runtime = tokio::runtime::Handle::current();
            tokio::task::spawn_blocking(move || {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let done = read(job, &how);
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
            let written = self.write(batch).await?;
            room.add_permits(kib as usize);
            self.how.tracker.sessions.fetch_add(written.ids.len() as u64, Ordering::Relaxed);
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

fn origin(path: String, print: Fingerprint) -> Origin {
    let Fingerprint { size, mtime_ns, file_id, note } = print;
    Origin { path: path.into(), size, mtime_ns, file_id, note }
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
