//! Reads each agent's local store into core types.
//!
//! A source knows where its agent keeps sessions and how to read one file of it. It never decides
//! what is new (the sync engine compares fingerprints), never writes anywhere and knows no database.
//!
//! To add a source: one file here that implements [`Source`], a line in `sources!`, a fixture and a
//! snapshot. The command line, the filters and the empty page are made from [`ALL`].
//! Start reading at [`Source`], then `claude_code.rs`.

use std::path::{Path, PathBuf};

use opensync_core::import::{ImportedSession, Problem};

pub mod claude_code;
pub mod codex;
mod collect;
pub mod cursor;
mod expect;
pub mod factory_droid;
mod folder;
mod follow;
pub mod foreign_sqlite;
pub mod gemini_cli;
pub mod jsonl;
mod lenient;
mod loose;
pub mod opencode;
pub mod pi;
mod plugin;
mod resume;
mod tally;

pub use plugin::Plugin;
pub use resume::resume;

/// Makes both lists from one line for each source.
macro_rules! sources {
    ($($module:ident::$source:ident,)*) => {
        /// Every source, in the order lists show them.
        pub static ALL: &[&dyn Source] = &[$(&$module::$source,)*];

        /// What is fixed about every source, in the same order.
        pub static KNOWN: &[&About] = &[$(&$module::ABOUT,)*];
    };
}

sources! {
    opencode::OpenCode,
    claude_code::ClaudeCode,
    codex::Codex,
    cursor::Cursor,
    factory_droid::FactoryDroid,
    pi::Pi,
    gemini_cli::GeminiCli,
}

/// The name people know a source by; an unknown source is shown by its id.
pub fn name(id: &str) -> &str {
    KNOWN.iter().find(|about| about.id == id).map_or(id, |about| about.name)
}

/// What is fixed about an agent.
#[derive(Debug)]
pub struct About {
    /// Id on the wire and in storage, such as `claude-code`.
    pub id: &'static str,
    /// Name shown to people.
    pub name: &'static str,
    /// Where its store is below the home directory, most usual first.
    pub roots: &'static [&'static str],
    /// Environment variable that moves the store; may hold several paths, separated by commas.
    pub env: &'static str,
    /// Steps that make its sessions appear here: what to do, and the command.
    pub connect: &'static [(&'static str, &'static str)],
    /// The command that goes on with a session, without the session's id at its end; `None` where
    /// there is none.
    pub resume: Option<&'static str>,
    /// The plugin that sends its sessions here as they happen.
    pub plugin: Option<Plugin>,
}

/// One file (or database) of a store, with everything needed to notice that it changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Where it is.
    pub path: PathBuf,
    /// Size in bytes.
    pub size: u64,
    /// Last change, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Inode or file id; 0 where there is none.
    pub file_id: u64,
    /// What the source learned about it elsewhere in the store (a name, a companion's size and
    /// time). A change of it counts as a change of the file.
    pub note: String,
}

/// Receives what a source reads.
pub trait Sink {
    /// A whole session. One file may hold several.
    fn session(&mut self, session: ImportedSession);
    /// Something that could not be used.
    fn problem(&mut self, problem: Problem);
    /// `bytes` more were read; called often, for progress.
    fn advanced(&mut self, bytes: u64);
    /// Sessions of the file that did not change since the last reading and are not handed over.
    fn unchanged(&mut self, _sessions: u64) {}
}

/// A store that cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", path.display())]
pub struct Unreadable {
    /// What could not be read.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub cause: std::io::Error,
}

/// One agent's local store. Blocking; the sync engine runs it off the async threads.
pub trait Source: Send + Sync {
    /// What is fixed about it.
    fn about(&self) -> &'static About;

    /// Lists the files below `root`, without parsing transcripts. Folders that cannot be listed go
    /// into `unreadable`; a missing root is an empty list.
    fn find(&self, root: &Path, unreadable: &mut Vec<Unreadable>) -> Vec<Origin>;

    /// Reads one file. Damage is reported to the sink and skipped; only a file that cannot be
    /// opened or read is an error.
    fn read(&self, origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable>;

    /// Starts following a file; `None` for stores that are read whole each time.
    fn follow(&self, _origin: &Origin) -> Option<Box<dyn Follow>> {
        None
    }

    /// Describes a file that `find` listed as it is now, without listing the store again. What was
    /// learned about it elsewhere in the store (`note`) stays; files beside it are looked at again.
    /// `NotFound` when it is gone.
    fn again(&self, origin: &Origin) -> std::io::Result<Origin> {
        let about = std::fs::metadata(&origin.path)?;
        Ok(folder::origin(origin.path.clone(), &about, origin.note.clone()))
    }
}

/// A file that is read again and again while it grows. Keeps what it needs between two readings.
pub trait Follow: Send {
    /// Reads what is new since the last call (the first call: everything) and hands over, whole,
    /// each session that may have changed.
    ///
    /// All problems of the file, old ones included, are reported each time. Sessions known to be
    /// unchanged are only counted, with [`Sink::unchanged`].
    fn read(&mut self, origin: &Origin, sink: &mut dyn Sink) -> Result<(), Unreadable>;

    /// About how many bytes of memory it keeps.
    fn weight(&self) -> u64;
}

/// The roots to look in: those that `env`, the value of the source's own variable, names; without
/// it those below `home`.
pub fn roots(about: &About, home: &Path, env: Option<&str>) -> Vec<PathBuf> {
    match env.map(str::trim).filter(|value| !value.is_empty()) {
        Some(value) => value.split(',').map(|path| PathBuf::from(path.trim())).collect(),
        None => about.roots.iter().map(|root| home.join(root)).collect(),
    }
}
