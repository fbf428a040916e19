//! Says what is found of each tool, what of it is in the archive, and what was skipped.

use opensync_core::UserId;
use opensync_sync::Doctor;
use opensync_sync::report::{SourceReport, VersionReport, examine};

use crate::config::Config;
use crate::output;

/// Prints the report.
pub async fn run(config: &Config, json: bool) -> anyhow::Result<()> {
    let store = config.store().await?;
    let doctor = examine(&store, &UserId::local(), &config.homes(), &config.archive()).await?;
    store.close().await;
    if json {
        output::result(&serde_json::to_string_pretty(&doctor)?);
    } else {
        output::result(&text(&doctor));
    }
    Ok(())
}

fn text(doctor: &Doctor) -> String {
    let size = doctor.archive_bytes as f64 / 1e6;
    let mut lines = vec![format!("Archive: {} ({}, {size:.1} MB)", doctor.archive, doctor.engine)];
    for source in &doctor.sources {
        lines.push(String::new());
        lines.push(source.name.clone());
        lines.extend(source_lines(source).into_iter().map(|line| format!("  {line}")));
    }
    lines.join("\n")
}

fn source_lines(source: &SourceReport) -> Vec<String> {
    let mut lines: Vec<String> = source
        .roots
        .iter()
        .map(|root| format!("{} {}", if root.exists { "found    " } else { "not found" }, root.path))
        .collect();
    if !source.supported {
        lines.push("This version recognises the tool but does not read its sessions yet.".to_owned());
        return lines;
    }
    lines.push(format!(
        "{} files seen, {} imported, {} new or changed since; {} sessions in the archive",
        source.files_seen, source.files_imported, source.files_waiting, source.sessions
    ));
    if source.sessions_found != source.sessions {
        lines.push(format!("{} sessions found in the files that are there", source.sessions_found));
    }
    for (what, at) in [("last change", source.last_change), ("last import", source.last_import)] {
        lines.extend(at.map(|at| format!("{what} {}", opensync_core::time::second(at))));
    }
    if !source.versions.is_empty() {
        let version = |row: &VersionReport| {
            format!("{} ({})", row.version.as_deref().unwrap_or("version not recorded"), row.sessions)
        };
        let versions: Vec<String> = source.versions.iter().map(version).collect();
        lines.push(format!("written by client versions, with sessions: {}", versions.join(", ")));
    }
    for unknown in &source.unknown {
        lines.push(format!("unknown: {}, {} in {} files", unknown.name, unknown.count, unknown.files));
    }
    if source.problem_count > 0 {
        lines.push(format!("{} skipped or unknown:", source.problem_count));
    }
    for reason in &source.reasons {
        lines.push(format!("  {} x {} ({}), in {} files", reason.count, reason.reason, reason.kind, reason.files));
    }
    for problem in &source.problems {
        let line = problem.line.map_or_else(String::new, |line| format!(":{line}"));
        lines.push(format!("  {}{line}: {} ({})", problem.file, problem.reason, problem.kind));
    }
    let more = source.problem_count - source.problems.len() as u64;
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines
}
