//! What the stores looked like last, to notice what changed.

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use opensync_sources::{Origin, Source};

use super::eyes::Eyes;
use crate::import::Job;
use crate::{Homes, Importer};

/// All stores are listed again after this many times what that costs: a fifth of a percent of a core.
const EASE: u32 = 500;
/// When some folder cannot be watched: one percent.
const EASE_BLIND: u32 = 100;
const OFTEN: (Duration, Duration) = (Duration::from_secs(30), Duration::from_mins(10));
const OFTEN_BLIND: (Duration, Duration) = (Duration::from_secs(2), Duration::from_mins(2));
/// One store is listed again for an unknown file after this many times what that costs, within limits:
/// a new session is to be seen within two seconds.
const EASE_ONE: u32 = 20;
const PAUSE: (Duration, Duration) = (Duration::from_millis(300), Duration::from_millis(1500));
/// What databases keep beside themselves.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The stores of all sources.
pub(super) struct Stores {
    all: Vec<Store>,
    listed: Instant,
    /// What listing all stores cost.
    cost: Duration,
}

struct Store {
    source: &'static dyn Source,
    roots: Vec<PathBuf>,
    /// The files as they were imported.
    files: HashMap<PathBuf, Origin>,
    listed: Instant,
    cost: Duration,
    /// A file that is not known changed; the store is to be listed when its pause is over.
    due: bool,
}

impl Stores {
    pub(super) fn new(homes: &Homes) -> Self {
        let now = Instant::now();
        let store = |source: &&'static dyn Source| Store {
            source: *source,
            roots: homes.roots(source.about()).into_iter().map(|root| root.path).collect(),
            files: HashMap::new(),
            listed: now,
            cost: Duration::ZERO,
            due: false,
        };
        Self { all: opensync_sources::ALL.iter().map(store).collect(), listed: now, cost: Duration::ZERO }
    }

    /// When everything is to be listed again.
    pub(super) fn next_listing(&self, eyes: &Eyes) -> Instant {
        let (ease, often) = if eyes.blind { (EASE_BLIND, OFTEN_BLIND) } else { (EASE, OFTEN) };
        self.listed + (self.cost * ease).clamp(often.0, often.1)
    }

    /// When there is something to do, whatever happens.
    pub(super) fn next(&self, eyes: &Eyes) -> Instant {
        let due = self.all.iter().filter(|store| store.due).map(Store::rested);
        due.fold(self.next_listing(eyes), Instant::min)
    }

    /// Lists everything; answers what changed.
    pub(super) async fn list_all(&mut self, importer: &Importer, eyes: &mut Eyes) -> Vec<Job> {
        let mut jobs = Vec::new();
        for store in &mut self.all {
            let first = store.files.is_empty();
            let listed = store.list(importer, eyes).await;
            if !first {
                jobs.extend(listed);
                continue;
            }
            // What the archive has already is not new.
            let known = importer.known(store.source).await;
            for job in listed {
                if known.contains(&job.origin) {
                    store.files.insert(job.origin.path.clone(), job.origin);
                } else {
                    jobs.push(job);
                }
            }
        }
        self.listed = Instant::now();
        self.cost = self.all.iter().map(|store| store.cost).sum();
        sorted(jobs)
    }

    /// Looks at what changed; answers what is to be read.
    pub(super) async fn look(&mut self, importer: &Importer, eyes: &mut Eyes, paths: Vec<PathBuf>) -> Vec<Job> {
        let mut jobs = Vec::new();
        let mut looked = HashSet::new();
        for path in paths {
            for store in &mut self.all {
                if store.roots.iter().any(|root| path.starts_with(root) || root.starts_with(&path)) {
                    store.touched(&path, eyes, &mut looked, &mut jobs);
                }
            }
        }
        for store in &mut self.all {
            if store.due && store.rested() <= Instant::now() {
                let listed = store.list(importer, eyes).await;
                jobs.extend(listed.into_iter().filter(|job| !looked.contains(&job.origin.path)));
            }
        }
        sorted(jobs)
    }

    /// Takes note of a file as it was read.
    pub(super) fn remember(&mut self, source: &str, origin: Origin) {
        if let Some(store) = self.all.iter_mut().find(|store| store.source.about().id == source) {
            store.files.insert(origin.path.clone(), origin);
        }
    }
}

/// Newest first, as an import does.
fn sorted(mut jobs: Vec<Job>) -> Vec<Job> {
    jobs.sort_by_key(|job| std::cmp::Reverse(job.origin.mtime_ns));
    jobs
}

impl Store {
    /// When it may be listed again.
    fn rested(&self) -> Instant {
        self.listed + (self.cost * EASE_ONE).clamp(PAUSE.0, PAUSE.1)
    }

    async fn list(&mut self, importer: &Importer, eyes: &mut Eyes) -> Vec<Job> {
        let start = Instant::now();
        self.due = false;
        let mut jobs = Vec::new();
        // Before the files are listed, so that none comes unseen in between.
        for root in &self.roots {
            eyes.watch_root(root);
        }
        if let Ok(found) = importer.find(self.source).await {
            let paths: HashSet<&Path> = found.origins.iter().map(|origin| origin.path.as_path()).collect();
            self.files.retain(|path, _| paths.contains(path.as_path()));
            for origin in found.origins {
                // What changed in a folder before it was watched is found by looking again.
                self.due |= self.watch_above(&origin.path, eyes);
                if self.files.get(&origin.path) != Some(&origin) {
                    jobs.push(Job { source: self.source, origin });
                }
            }
        }
        self.listed = Instant::now();
        self.cost = start.elapsed();
        jobs
    }

    /// Watches the folder of a file and those above it up to the root; answers whether one of them was not
    /// watched before.
    fn watch_above(&self, file: &Path, eyes: &mut Eyes) -> bool {
        let mut is_new = false;
        for folder in file.ancestors().skip(1) {
            if !self.roots.iter().any(|root| folder.starts_with(root)) {
                break;
            }
            is_new |= eyes.watch(folder);
        }
        is_new
    }

    fn touched(&mut self, path: &Path, eyes: &mut Eyes, looked: &mut HashSet<PathBuf>, jobs: &mut Vec<Job>) {
        let known =
            [Some(path.to_owned()), database(path)].into_iter().flatten().find(|path| self.files.contains_key(path));
        if let Some(path) = known {
            if !looked.insert(path.clone()) {
                return;
            }
            let Some(old) = self.files.get(&path) else { return };
            match self.source.again(old) {
                Ok(origin) if origin != *old => jobs.push(Job { source: self.source, origin }),
                Ok(_) => {}
                // What is gone stays in the archive; it may have moved.
                Err(cause) => self.due |= cause.kind() == ErrorKind::NotFound,
            }
        } else if let Some(root) = self.roots.iter().find(|root| root.starts_with(path) && *root != path) {
            // A folder above a store that was not there.
            eyes.watch_root(root);
            self.due = true;
        } else if path.is_dir() {
            eyes.watch_tree(path);
            self.due = true;
        } else {
            eyes.forget(path);
            self.due = true;
        }
    }
}

/// The database a file belongs to.
fn database(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let name = COMPANIONS.iter().find_map(|end| name.strip_suffix(end))?;
    Some(path.with_file_name(name))
}
