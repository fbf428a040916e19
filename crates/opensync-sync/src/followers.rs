//! Keeps the readers of files that are being written, so that what is appended is read alone.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use opensync_sources::{Follow, Origin, Source};

/// All readers together keep about this many bytes; the one used last may be larger.
const MOST_BYTES: u64 = 24 << 20;
/// A reader that was not used for so long goes.
const IDLE: Duration = Duration::from_mins(30);
/// A file that changed within this time is probably being written.
const RECENT: Duration = Duration::from_mins(15);

/// Readers by file.
#[derive(Default)]
pub struct Followers(Mutex<HashMap<PathBuf, Kept>>);

struct Kept {
    reader: Box<dyn Follow>,
    used: Instant,
}

impl Followers {
    /// The reader of a file. A new one when the file is probably being written: otherwise reading it
    /// whole, and keeping nothing, costs less.
    pub(crate) fn take(&self, source: &dyn Source, origin: &Origin) -> Option<Box<dyn Follow>> {
        let kept = self.kept().remove(&origin.path).map(|kept| kept.reader);
        kept.or_else(|| is_recent(origin).then(|| source.follow(origin)).flatten())
    }

    /// Keeps a reader for the next time.
    pub(crate) fn keep(&self, path: &Path, reader: Box<dyn Follow>) {
        let mut kept = self.kept();
        let now = Instant::now();
        kept.retain(|_, other| now.duration_since(other.used) < IDLE);
        let mut total = reader.weight() + kept.values().map(|other| other.reader.weight()).sum::<u64>();
        while total > MOST_BYTES
            && let Some(oldest) = kept.iter().min_by_key(|(_, other)| other.used).map(|(path, _)| path.clone())
        {
            total -= kept.remove(&oldest).map_or(0, |other| other.reader.weight());
        }
        kept.insert(path.to_owned(), Kept { reader, used: now });
    }

    /// Forgets all: what they read may not have been written.
    pub(crate) fn clear(&self) {
        self.kept().clear();
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_recent(origin: &Origin) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_nanos() as i64);
    now.saturating_sub(origin.mtime_ns) < RECENT.as_nanos() as i64
}
