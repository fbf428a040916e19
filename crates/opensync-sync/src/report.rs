//! What an import did and what there is to import, for people and programs.

use opensync_core::UserId;
use opensync_store::Store;
use serde::Serialize;

use crate::Homes;

mod examine;

/// What one import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// By source, in fixed order.
    pub sources: Vec<SourceSummary>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// What one import did for one source. Counts are sessions, but for `problems`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SourceSummary {
    /// The source's id.
    pub source: String,
    /// In the store.
    pub found: u64,
    /// New in the archive.
    pub imported: u64,
    /// Read again because their file changed.
    pub updated: u64,
    /// Left as they were.
    pub unchanged: u64,
    /// Records and files that could not be used, those of earlier imports included.
    pub problems: u64,
}

/// What there is to import and how much of it is in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Doctor {
    /// Where the archive is, without any password.
    pub archive: String,
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// Bytes it takes.
    pub archive_bytes: u64,
    /// By tool.
    pub sources: Vec<SourceReport>,
}

/// The state of one tool's store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceReport {
    /// Its id.
    pub source: String,
    /// Its name.
    pub name: String,
    /// Whether this version reads its store.
    pub supported: bool,
    /// Where it was looked for.
    pub roots: Vec<RootReport>,
    /// Files in the store.
    pub files_seen: u64,
    /// Files that are in the archive as they are now.
    pub files_imported: u64,
    /// Files that are new or changed since.
    pub files_waiting: u64,
    /// Sessions read from the files that are there.
    pub sessions_found: u64,
    /// Sessions in the archive, those of files that are gone included.
    pub sessions: u64,
    /// When a file of the store changed last, Unix milliseconds.
    pub last_change: Option<i64>,
    /// When the archive read one last, Unix milliseconds.
    pub last_import: Option<i64>,
    /// Versions of the client that wrote the sessions, most sessions first.
    pub versions: Vec<VersionReport>,
    /// Record types nobody told us about, most records first. They are kept where they can be shown.
    pub unknown: Vec<UnknownReport>,
    /// Why something was skipped, most often first; unknown types are not in it.
    pub reasons: Vec<ReasonReport>,
    /// The first fifty things that were skipped, and why.
    pub problems: Vec<ProblemReport>,
    /// How many problems there are in all.
    pub problem_count: u64,
}

/// Sessions a version of a client wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VersionReport {
    /// The version; nothing when the sessions do not say.
    pub version: Option<String>,
    /// How many sessions.
    pub sessions: u64,
}

/// A record type nobody told us about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnknownReport {
    /// What it is called, such as ``record type `x` ``.
    pub name: String,
    /// How many records.
    pub count: u64,
    /// In how many files.
    pub files: u64,
}

/// Why something was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonReport {
    /// What kind of problem.
    pub kind: String,
    /// What was wrong.
    pub reason: String,
    /// How many records or files.
    pub count: u64,
    /// In how many files.
    pub files: u64,
}

/// A place a store may be in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RootReport {
    /// The folder.
    pub path: String,
    /// Whether it is there.
    pub exists: bool,
}

/// Something an importer could not use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProblemReport {
    /// The file.
    pub file: String,
    /// The line, when it is about one.
    pub line: Option<u64>,
    /// What kind.
    pub kind: String,
    /// What was wrong.
    pub reason: String,
}

/// Looks at all stores and compares them with the archive; reads no transcript. Listing a large
/// store takes a while, which is spent on threads of its own.
pub async fn examine(store: &Store, user: &UserId, homes: &Homes, archive: &str) -> opensync_store::Result<Doctor> {
    examine::examine(store, user, homes, archive).await
}
