//! Settings: what is known of the archive, and of the stores it is filled from.

use askama::Template;
use opensync_sync::report::{Doctor, ProblemReport, SourceReport};

use crate::format;
use crate::page::session_list::glyph;
use crate::page::shell::Shell;
use crate::render::terminal;

pub mod deleted;
pub mod keys;
pub mod plugins;
pub mod samples;

use deleted::Deleted;
use keys::Keys;
use plugins::Plugins;

/// The page of the settings.
#[derive(Template)]
#[template(path = "settings_show.html")]
pub struct SettingsShowPage {
    shell: Shell,
    engine: &'static str,
    archive: String,
    size: (String, String),
    files: String,
    sessions: String,
    tools: Vec<Tool>,
    keys: Keys,
    plugins: Plugins,
    deleted: Deleted,
}

/// A tool and its store. In a pair the first text is shown and the second is its `title`.
#[derive(Debug)]
struct Tool {
    id: String,
    name: String,
    glyph: &'static str,
    supported: bool,
    /// The first place that is there, or the first one at all.
    folder: String,
    /// Places, and whether each is there.
    roots: Vec<(String, bool)>,
    seen: String,
    imported: String,
    waiting: u64,
    found: String,
    sessions: String,
    skipped: String,
    changed: Option<Moment>,
    read: Option<Moment>,
    /// Version and sessions.
    versions: Vec<(String, String)>,
    /// Name, and how many records in how many files.
    unknown: Vec<(String, String)>,
    /// Reason, and how many records in how many files.
    reasons: Vec<(String, String)>,
    problems: Vec<Skipped>,
    /// Problems that are counted and not listed.
    more: Option<String>,
    state: (&'static str, &'static str, String),
}

/// A moment: how long ago, exactly, and for programs.
#[derive(Debug, Clone)]
struct Moment {
    at: i64,
    ago: String,
    exact: String,
    datetime: String,
}

/// Something that was not used.
#[derive(Debug)]
struct Skipped {
    place: String,
    reason: String,
    kind: String,
}

impl SettingsShowPage {
    /// A page about what `doctor` found, keys and plugins, and deleted sessions.
    pub fn new(shell: Shell, doctor: &Doctor, (keys, plugins): (Keys, Plugins), deleted: Deleted) -> Self {
        let sum = |count: fn(&SourceReport) -> u64| doctor.sources.iter().map(count).sum::<u64>();
        let (seen, imported) = (sum(|source| source.files_seen), sum(|source| source.files_imported));
        Self {
            engine: if doctor.engine == "postgres" { "PostgreSQL" } else { "SQLite, one file" },
            archive: terminal::plain(&doctor.archive),
            size: (format::bytes(doctor.archive_bytes), format::plural(doctor.archive_bytes, "byte")),
            files: if imported == seen {
                format!("{} imported", format::plural(seen, "file"))
            } else {
                format!("{} of {} imported", format::count(imported), format::plural(seen, "file"))
            },
            sessions: format::plural(sum(|source| source.sessions), "session"),
            tools: doctor.sources.iter().map(|source| Tool::new(source, &shell)).collect(),
            keys,
            plugins,
            deleted,
            shell,
        }
    }
}

impl Tool {
    fn new(report: &SourceReport, shell: &Shell) -> Self {
        let roots: Vec<_> = report.roots.iter().map(|root| (terminal::plain(&root.path), root.exists)).collect();
        let here = roots.iter().find(|(_, exists)| *exists);
        let in_files =
            |count: u64, files: u64| format!("{} in {}", format::count(count), format::plural(files, "file"));
        let listed = report.problems.len() as u64;
        Self {
            id: report.source.clone(),
            name: report.name.clone(),
            glyph: glyph(&report.source),
            supported: report.supported,
            folder: here.or(roots.first()).map(|(path, _)| path.clone()).unwrap_or_default(),
            seen: format::count(report.files_seen),
            imported: format::count(report.files_imported),
            waiting: report.files_waiting,
            found: format::count(report.sessions_found),
            sessions: format::count(report.sessions),
            skipped: format::count(report.problem_count),
            changed: report.last_change.map(|at| Moment::new(at, shell)),
            read: report.last_import.map(|at| Moment::new(at, shell)),
            versions: (report.versions.iter())
                .map(|row| {
                    let version = row.version.as_deref().map_or_else(|| "not recorded".to_owned(), terminal::plain);
                    (version, format::plural(row.sessions, "session"))
                })
                .collect(),
            unknown: (report.unknown.iter())
                .map(|row| (terminal::plain(&row.name), in_files(row.count, row.files)))
                .collect(),
            reasons: (report.reasons.iter())
                .map(|row| (terminal::plain(&row.reason), in_files(row.count, row.files)))
                .collect(),
            problems: report.problems.iter().map(Skipped::new).collect(),
            more: (report.problem_count > listed)
                .then(|| format!("and {} more", format::count(report.problem_count - listed))),
            state: state(report, here.is_some()),
            roots,
        }
    }

    /// Whether anything of its store was not used.
    fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }
}

/// How its import stands: class of the badge, icon, words.
fn state(report: &SourceReport, is_here: bool) -> (&'static str, &'static str, String) {
    let skipped: u64 = report.reasons.iter().map(|row| row.count).sum();
    let unknown: u64 = report.unknown.len() as u64;
    if !report.supported {
        return ("", "info", "not read yet".to_owned());
    }
    if !is_here && report.problem_count == 0 {
        return ("", "x", "not found".to_owned());
    }
    let mut words = Vec::new();
    if report.files_waiting > 0 {
        words.push(format!("{} waiting", format::count(report.files_waiting)));
    }
    if skipped > 0 {
        words.push(format!("{} skipped", format::count(skipped)));
    }
    if unknown > 0 {
        words.push(format::plural(unknown, "unknown type"));
    }
    if words.is_empty() { ("ok", "check", "complete".to_owned()) } else { ("warn", "warn", words.join(", ")) }
}

impl Moment {
    fn new(at: i64, shell: &Shell) -> Self {
        Self {
            at,
            ago: format::ago(at, shell.now, &shell.zone),
            exact: format::moment(at, &shell.zone),
            datetime: format::datetime(at),
        }
    }
}

impl Skipped {
    fn new(problem: &ProblemReport) -> Self {
        let line = problem.line.map_or_else(String::new, |line| format!(":{line}"));
        Self {
            place: format!("{}{line}", terminal::plain(&problem.file)),
            reason: terminal::plain(&problem.reason),
            kind: problem.kind.clone(),
        }
    }
}
