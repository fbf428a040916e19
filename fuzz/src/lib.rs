//! What every fuzz target does: the bytes become files of a source, and those are read.

use std::fs;
use std::path::PathBuf;

use opensync_core::import::{ImportedSession, Problem};
use opensync_sources::{Follow, Origin, Sink, Source};
use tempfile::TempDir;

/// Keeps what a source reads.
#[derive(Default, PartialEq)]
struct Seen {
    sessions: Vec<ImportedSession>,
    problems: Vec<Problem>,
}

impl Sink for Seen {
    fn session(&mut self, session: ImportedSession) {
        self.sessions.push(session);
    }
    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
    fn advanced(&mut self, _: u64) {}
}

/// A folder the files are written to, one after another.
pub struct Store {
    folder: TempDir,
    source: &'static dyn Source,
    files: &'static [File],
    /// Files that stand beside them, with their content.
    beside: &'static [(&'static str, &'static str)],
}

/// A file below the folder that is given the bytes, and the one that is read then.
pub struct File {
    name: &'static str,
    read: &'static str,
}

/// A file that is read itself.
pub const fn file(name: &'static str) -> File {
    File { name, read: name }
}

/// A file that another one is read with.
pub const fn part(name: &'static str, of: &'static str) -> File {
    File { name, read: of }
}

impl Store {
    /// A store of a source.
    pub fn new(
        source: &'static dyn Source,
        files: &'static [File],
        beside: &'static [(&'static str, &'static str)],
    ) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        Self { folder, source, files, beside }
    }

    /// Reads the bytes as each of the files. Following one that grows must equal reading it whole.
    pub fn read(&self, bytes: &[u8]) {
        for (name, content) in self.beside {
            self.write(name, content.as_bytes());
        }
        for File { name, read } in self.files {
            let written = self.write(name, bytes);
            let path = self.folder.path().join(read);
            let mut whole = Seen::default();
            let result = self.source.read(&self.origin(path.clone()), &mut whole);
            for session in &whole.sessions {
                let mut ids: Vec<_> = session.messages.iter().map(|message| &message.external_id).collect();
                ids.sort();
                ids.dedup();
                assert_eq!(ids.len(), session.messages.len(), "ids of messages are unique");
            }
            let origin = self.origin(path.clone());
            if let Some(mut follower) = self.source.follow(&origin) {
                self.write(name, &bytes[..bytes.len() / 2]);
                let _ = follower.read(&self.origin(path.clone()), &mut Seen::default());
                self.write(name, bytes);
                let followed = self.follow(&mut *follower, path.clone());
                // Databases hand over what changed, and only that.
                if result.is_ok() && name == read && name.ends_with(".jsonl") {
                    assert!(followed == whole, "following equals reading whole");
                }
            }
            let _ = fs::remove_file(written);
        }
    }

    fn follow(&self, follower: &mut dyn Follow, path: PathBuf) -> Seen {
        let mut seen = Seen::default();
        let _ = follower.read(&self.origin(path), &mut seen);
        seen
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder can be made");
        fs::write(&path, bytes).expect("a file can be written");
        path
    }

    /// The time is the same each time, because it becomes that of some sessions.
    fn origin(&self, path: PathBuf) -> Origin {
        let size = fs::metadata(&path).map_or(0, |about| about.len());
        Origin { path, size, mtime_ns: 1_795_442_747_000_000_000, file_id: 0, note: String::new() }
    }
}

/// Makes a fuzz target of a store.
#[macro_export]
macro_rules! target {
    ($source:expr, [$($file:expr),* $(,)?] $(, beside [$($beside:expr),* $(,)?])?) => {
        const FILES: &[$crate::File] = &[$($file),*];
        const BESIDE: &[(&str, &str)] = &[$($($beside),*)?];
        std::thread_local! {
            static STORE: $crate::Store = $crate::Store::new(&$source, FILES, BESIDE);
        }
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| STORE.with(|store| store.read(bytes)));
    };
}
