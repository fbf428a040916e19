//! Looks at the stores and at the archive, and puts both side by side.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use opensync_core::UserId;
use opensync_sources::About;
use opensync_store::{Store, StoredProblem};

use super::{Doctor, ProblemReport, ReasonReport, RootReport, SourceReport, UnknownReport, VersionReport};
use crate::Homes;
use crate::discover::Found;

/// At most so many problems are listed for one source.
const LISTED: usize = 100;

pub(super) async fn examine(
    store: &Store,
    user: &UserId,
    homes: &Homes,
    archive: &str,
) -> opensync_store::Result<Doctor> {
    let looks: Vec<_> = opensync_sources::KNOWN
        .iter()
        .map(|about| {
            let homes = homes.clone();
            (*about, tokio::task::spawn_blocking(move || look(&homes, about)))
        })
        .collect();
    let totals = store.session_totals_by_source(user).await?;
    let mut versions = store.client_versions(user).await?;
    let imports = store.last_imports(user).await?;
    let mut problems: HashMap<String, Vec<StoredProblem>> = HashMap::new();
    for problem in store.problems(user, 1_000_000).await? {
        problems.entry(problem.source.clone()).or_default().push(problem);
    }
    let mut sources = Vec::new();
    for (about, looked) in looks {
        let looked = looked.await;
        let (roots, found) =
            looked.map_err(|_| opensync_store::Error::Damaged("a store could not be listed".to_owned()))?;
        let mut report = SourceReport {
            source: about.id.to_owned(),
            name: about.name.to_owned(),
            supported: found.is_some(),
            roots,
            files_seen: 0,
            files_imported: 0,
            files_waiting: 0,
            sessions_found: 0,
            sessions: totals.get(about.id).copied().unwrap_or(0),
            last_change: None,
            last_import: imports.get(about.id).copied(),
            versions: of_versions(versions.remove(about.id).unwrap_or_default()),
            unknown: Vec::new(),
            reasons: Vec::new(),
            problems: Vec::new(),
            problem_count: 0,
        };
        let mut all: Vec<ProblemReport> = Vec::new();
        if let Some(found) = found {
            let known = store.known_files(user, about.id).await?;
            report.files_seen = found.origins.len() as u64;
            for origin in &found.origins {
                report.files_imported += u64::from(crate::import::is_current(origin, &known));
                report.sessions_found += known.get(&*origin.path.to_string_lossy()).map_or(0, |file| file.sessions);
            }
            report.files_waiting = report.files_seen - report.files_imported;
            report.last_change = found.origins.iter().map(|origin| origin.mtime_ns / 1_000_000).max();
            all.extend(found.unreadable.iter().map(|folder| ProblemReport {
                file: folder.path.display().to_string(),
                line: None,
                kind: "unreadable".to_owned(),
                reason: folder.cause.to_string(),
            }));
        }
        let stored = problems.remove(about.id).unwrap_or_default();
        all.extend(stored.into_iter().map(|problem| ProblemReport {
            file: problem.path,
            line: problem.line,
            kind: problem.kind,
            reason: problem.reason,
        }));
        (report.unknown, report.reasons) = grouped(&all);
        report.problem_count = all.len() as u64;
        report.problems = listed(all);
        sources.push(report);
    }
    Ok(Doctor {
        archive: archive.to_owned(),
        engine: store.engine().to_owned(),
        archive_bytes: store.size_bytes().await?,
        sources,
    })
}

/// The places of a tool, and the files there when this version reads them. Blocking.
fn look(homes: &Homes, about: &About) -> (Vec<RootReport>, Option<Found>) {
    let roots = homes.roots(about).into_iter();
    let roots = roots.map(|root| RootReport { path: root.path.display().to_string(), exists: root.exists });
    let reader = opensync_sources::ALL.iter().find(|source| source.about().id == about.id).copied();
    (roots.collect(), reader.map(|source| homes.find(source)))
}

fn of_versions(versions: Vec<(Option<String>, u64)>) -> Vec<VersionReport> {
    versions.into_iter().map(|(version, sessions)| VersionReport { version, sessions }).collect()
}

/// The problems to list. A file that is damaged all over must not hide the others, so the first of every
/// file goes before the second of any; what was skipped goes before unknown types, which are added up.
fn listed(all: Vec<ProblemReport>) -> Vec<ProblemReport> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut ranked: Vec<_> = all
        .into_iter()
        .enumerate()
        .map(|(at, problem)| {
            let before = seen.entry(problem.file.clone()).or_default();
            *before += 1;
            ((*before, problem.kind == "unknown"), at, problem)
        })
        .collect();
    ranked.sort_by_key(|(rank, at, _)| (*rank, *at));
    ranked.truncate(LISTED);
    ranked.sort_by_key(|(rank, at, _)| (rank.1, *at));
    ranked.into_iter().map(|(.., problem)| problem).collect()
}

/// How often, and in which files.
#[derive(Default)]
struct Group<'a> {
    count: u64,
    files: BTreeSet<&'a str>,
}

fn grouped(problems: &[ProblemReport]) -> (Vec<UnknownReport>, Vec<ReasonReport>) {
    let mut groups: BTreeMap<(&str, &str), Group<'_>> = BTreeMap::new();
    for problem in problems {
        let (reason, count) = counted(&problem.reason);
        let group = groups.entry((&problem.kind, reason)).or_default();
        group.count = group.count.saturating_add(count);
        group.files.insert(&problem.file);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.count));
    let (mut unknown, mut reasons) = (Vec::new(), Vec::new());
    for ((kind, reason), Group { count, files }) in groups {
        let files = files.len() as u64;
        if kind == "unknown" {
            unknown.push(UnknownReport { name: reason.to_owned(), count, files });
        } else {
            reasons.push(ReasonReport { kind: kind.to_owned(), reason: reason.to_owned(), count, files });
        }
    }
    (unknown, reasons)
}

/// A reason and how often it was met: importers write `(3 of them)` or `(3 times)` behind it.
fn counted(reason: &str) -> (&str, u64) {
    let split = || {
        let (text, count) = reason.strip_suffix(')')?.rsplit_once(" (")?;
        let count = count.strip_suffix(" of them").or_else(|| count.strip_suffix(" times"))?;
        Some((text, count.parse().ok()?))
    };
    split().unwrap_or((reason, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(file: &str, kind: &str, reason: &str) -> ProblemReport {
        ProblemReport { file: file.to_owned(), line: None, kind: kind.to_owned(), reason: reason.to_owned() }
    }

    #[test]
    fn a_file_full_of_problems_hides_no_other() {
        let mut all: Vec<_> = (0..500).map(|n| problem("/a", "damaged", &format!("bad byte {n}"))).collect();
        all.extend((0..20).map(|n| problem(&format!("/b{n}"), "unknown", "record type `x`")));
        let listed = listed(all);
        assert_eq!(listed.len(), LISTED);
        let files: BTreeSet<&str> = listed.iter().map(|problem| problem.file.as_str()).collect();
        assert_eq!(files.len(), 21);
        assert_eq!(listed[0].reason, "bad byte 0");
    }

    #[test]
    fn problems_are_grouped_by_reason_and_unknown_types_added_up() {
        let problems = [
            problem("/a", "unknown", "record type `x` (3 of them)"),
            problem("/b", "unknown", "record type `x`"),
            problem("/b", "unknown", "part type `y` (2 times)"),
            problem("/a", "damaged", "no valid JSON"),
            problem("/a", "damaged", "no valid JSON"),
            problem("/c", "unsupported", "too large (of them)"),
        ];
        let (unknown, reasons) = grouped(&problems);
        let unknown: Vec<_> = unknown.iter().map(|row| (row.name.as_str(), row.count, row.files)).collect();
        assert_eq!(unknown, [("record type `x`", 4, 2), ("part type `y`", 2, 1)]);
        let reasons: Vec<_> = reasons.iter().map(|row| (row.reason.as_str(), row.count, row.files)).collect();
        assert_eq!(reasons, [("no valid JSON", 2, 1), ("too large (of them)", 1, 1)]);
    }
}
