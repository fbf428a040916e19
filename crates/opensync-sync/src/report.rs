//! What an import did and what there is to import, for people and programs.

use std::collections::HashMap;

use opensync_core::UserId;
use opensync_store::{Store, StoredProblem};
use serde::Serialize;

use crate::Homes;

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
    /// Sessions in the archive.
    pub sessions: u64,
    /// What was skipped, and why.
    pub problems: Vec<ProblemReport>,
    /// How many problems there are in all.
    pub problem_count: u64,
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

/// At most so many problems are listed for one source.
const LISTED: usize = 50;

/// Looks at all stores and compares them with the archive; reads no transcript.
pub async fn examine(store: &Store, user: &UserId, homes: &Homes, archive: &str) -> opensync_store::Result<Doctor> {
    let facets = store.session_totals_by_source(user).await?;
    let mut problems: HashMap<String, Vec<StoredProblem>> = HashMap::new();
    for problem in store.problems(user, 100_000).await? {
        problems.entry(problem.source.clone()).or_default().push(problem);
    }
    let mut sources = Vec::new();
    for about in opensync_sources::KNOWN {
        let reader = opensync_sources::ALL.iter().find(|source| source.about().id == about.id).copied();
        let mut report = SourceReport {
            source: about.id.to_owned(),
            name: about.name.to_owned(),
            supported: reader.is_some(),
            roots: homes
                .roots(about)
                .into_iter()
                .map(|root| RootReport { path: root.path.display().to_string(), exists: root.exists })
                .collect(),
            files_seen: 0,
            files_imported: 0,
            files_waiting: 0,
            sessions: facets.get(about.id).copied().unwrap_or(0),
            problems: Vec::new(),
            problem_count: 0,
        };
        if let Some(source) = reader {
            let found = homes.find(source);
            let known = store.known_files(user, about.id).await?;
            report.files_seen = found.origins.len() as u64;
            let current = found.origins.iter().filter(|origin| crate::import::is_current(origin, &known)).count();
            report.files_imported = current as u64;
            report.files_waiting = report.files_seen - report.files_imported;
            report.problems.extend(found.unreadable.iter().map(|folder| ProblemReport {
                file: folder.path.display().to_string(),
                line: None,
                kind: "unreadable".to_owned(),
                reason: folder.cause.to_string(),
            }));
        }
        let stored = problems.remove(about.id).unwrap_or_default();
        report.problem_count = (stored.len() + report.problems.len()) as u64;
        report.problems.extend(stored.into_iter().take(LISTED).map(|problem| ProblemReport {
            file: problem.path,
            line: problem.line,
            kind: problem.kind,
            reason: problem.reason,
        }));
        sources.push(report);
    }
    Ok(Doctor {
        archive: archive.to_owned(),
        engine: store.engine().to_owned(),
        archive_bytes: store.size_bytes().await?,
        sources,
    })
}
