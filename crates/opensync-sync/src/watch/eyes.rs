//! Events of files. Folders are watched one by one: those that hold sessions and those above them in
//! a store. A store lies in a folder with much else, which would cost a watch a folder.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// With more paths waiting than this, everything is listed again instead.
const MOST_PATHS: usize = 10_000;
/// A new folder is looked into this deep: agents make several levels at once.
const DEPTH: usize = 4;

/// A store is looked into this deep for folders that are empty yet, ...
const LEVELS: usize = 2;
/// ... and for so many: some keep thousands beside their sessions.
const FOLDERS: usize = 300;

/// Watches folders.
pub(super) struct Eyes {
    watcher: Option<RecommendedWatcher>,
    folders: HashSet<PathBuf>,
    /// Some folder cannot be watched: listing has to do.
    pub(super) blind: bool,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    waiting: Mutex<Waiting>,
    some: Notify,
}

#[derive(Default)]
struct Waiting {
    paths: HashSet<PathBuf>,
    lost: bool,
}

impl Eyes {
    pub(super) fn open() -> Self {
        let seen = Arc::new(Seen::default());
        let told = seen.clone();
        let watcher = notify::recommended_watcher(move |event| told.take_in(event));
        if let Err(error) = &watcher {
            tracing::warn!(error = error as &dyn std::error::Error, "files cannot be watched; they are listed instead");
        }
        Self { blind: watcher.is_err(), watcher: watcher.ok(), folders: HashSet::new(), seen }
    }

    /// Waits until something was seen.
    pub(super) async fn see(&self, paths: &mut HashSet<PathBuf>) {
        loop {
            let some = self.seen.some.notified();
            if !self.seen.waiting().is_empty() || !paths.is_empty() {
                return;
            }
            some.await;
        }
    }

    /// Takes what was seen; answers whether everything is to be listed again.
    pub(super) fn take(&self, paths: &mut HashSet<PathBuf>) -> bool {
        let mut waiting = self.seen.waiting();
        paths.extend(waiting.paths.drain());
        std::mem::take(&mut waiting.lost)
    }

    /// Watches a folder; answers whether it was not watched before.
    pub(super) fn watch(&mut self, folder: &Path) -> bool {
        if self.folders.contains(folder) {
            return false;
        }
        let Some(watcher) = &mut self.watcher else { return false };
        match watcher.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => return self.folders.insert(folder.to_owned()),
            Err(error) if matches!(error.kind, notify::ErrorKind::PathNotFound) => {}
            Err(error) => {
                if !self.blind {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "a folder cannot be watched; files are listed more often instead"
                    );
                }
                self.blind = true;
            }
        }
        false
    }

    /// Watches the folder of a store and those in it, which may be empty yet; where it is not there yet,
    /// the folder it will come into.
    pub(super) fn watch_root(&mut self, root: &Path) {
        if root.is_dir() {
            self.watch_below(root, LEVELS, &mut { FOLDERS });
        } else if let Some(above) = root.ancestors().skip(1).find(|above| above.is_dir()) {
            self.watch(above);
        }
    }

    /// Watches a folder that was just made, and those that were made in it meanwhile.
    pub(super) fn watch_tree(&mut self, folder: &Path) {
        self.watch_below(folder, DEPTH, &mut { usize::MAX });
    }

    /// Watches a folder and those in it: so many levels, and at most `room` folders.
    fn watch_below(&mut self, folder: &Path, depth: usize, room: &mut usize) {
        self.watch(folder);
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            if depth > 0 && *room > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                *room -= 1;
                self.watch_below(&entry.path(), depth - 1, room);
            }
        }
    }

    /// A folder is gone: made again, it is a new one.
    pub(super) fn forget(&mut self, folder: &Path) {
        if self.folders.remove(folder)
            && let Some(watcher) = &mut self.watcher
        {
            // An error says that the system forgot it too.
            let _ = watcher.unwatch(folder);
        }
    }
}

impl Seen {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_in(&self, event: notify::Result<notify::Event>) {
        let mut waiting = self.waiting();
        match event {
            Ok(event) if event.need_rescan() => waiting.lost = true,
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => return,
            Ok(event) => {
                waiting.paths.extend(event.paths);
                waiting.lost |= waiting.paths.len() > MOST_PATHS;
            }
            Err(_) => waiting.lost = true,
        }
        if waiting.lost {
            waiting.paths.clear();
        }
        drop(waiting);
        self.some.notify_one();
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.paths.is_empty() && !self.lost
    }
}
