//! Imports files that `export` wrote as JSON.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use opensync_core::UserId;
use opensync_store::Store;
use opensync_sync::Changes;
use opensync_sync::restore::{Error, Outcome, restore};
use opensync_web::format::plural;

use crate::config::Config;
use crate::output;

/// So many sessions that were left alone are named.
const MOST_NAMED: usize = 20;

/// Imports each file and prints what became of its sessions.
pub async fn run(config: &Config, files: Vec<PathBuf>, json: bool) -> anyhow::Result<()> {
    // All can be opened before anything is written.
    let mut opened = Vec::new();
    for path in &files {
        opened.push((name(path), open(path)?));
    }
    let store = config.store().await?;
    let mut failed = 0;
    let mut reports = Vec::new();
    for (name, (file, size)) in opened {
        let (outcome, result) = take_in(&store, file, size).await;
        failed += usize::from(result.is_err());
        if json {
            let error = result.as_ref().err().map(ToString::to_string);
            reports.push(serde_json::json!({
                "file": name, "imported": outcome.imported, "updated": outcome.updated,
                "unchanged": outcome.unchanged, "labelled": outcome.labelled, "older": outcome.older,
                "deleted": outcome.deleted, "error": error,
            }));
        } else if result.is_ok() || outcome.sessions() > 0 {
            report(&name, &outcome);
        }
        if let Err(error) = result {
            output::error(&anyhow::Error::from(error).context(stopped(&name, &outcome)));
        }
    }
    if json {
        output::result(&serde_json::to_string(&serde_json::json!({ "files": reports }))?);
    }
    store.close().await;
    match (failed, files.len()) {
        (0, _) => Ok(()),
        (1, 1) => bail!("The file was not imported to its end"),
        (failed, all) => bail!("{failed} of {all} files were not imported to their ends"),
    }
}

async fn take_in(store: &Store, file: Box<dyn Read + Send>, size: Option<u64>) -> (Outcome, Result<(), Error>) {
    let bar = output::bar(size.unwrap_or(0), "{msg}");
    let file = BufReader::with_capacity(1 << 16, bar.wrap_read(file));
    let each = |outcome: &Outcome| bar.set_message(plural(outcome.sessions(), "session"));
    let taken = restore(store, &UserId::local(), &Changes::default(), file, each).await;
    bar.finish_and_clear();
    taken
}

fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// A file, and how large it is when that is known.
fn open(path: &Path) -> anyhow::Result<(Box<dyn Read + Send>, Option<u64>)> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), None));
    }
    let cannot = || format!("{} cannot be opened", path.display());
    let file = File::open(path).with_context(cannot)?;
    let about = file.metadata().with_context(cannot)?;
    if about.is_dir() {
        bail!(
            "{} is a folder. To import the stores below it: opensync import --home {}",
            path.display(),
            path.display()
        );
    }
    Ok((Box::new(file), Some(about.len())))
}

fn stopped(name: &str, outcome: &Outcome) -> String {
    match outcome.sessions() {
        0 => format!("{name}: nothing was imported"),
        1 => format!("{name}: the session before that is in the archive; importing the file again repeats nothing"),
        many => format!(
            "{name}: the {many} sessions before that are in the archive; importing the file again repeats nothing"
        ),
    }
}

fn report(name: &str, outcome: &Outcome) {
    let mut parts = vec![
        format!("{} new", outcome.imported),
        format!("{} changed", outcome.updated),
        format!("{} unchanged", outcome.unchanged),
    ];
    if outcome.labelled > 0 {
        parts.push(format!("{} got their title or labels", plural(outcome.labelled, "known session")));
    }
    output::result(&format!("{name}: {}", parts.join(", ")));
    list(&outcome.older, "left as they are, because the archive has them in a newer state");
    list(&outcome.deleted, "left out, because they were deleted here");
}

pub fn list(names: &[String], what: &str) {
    if names.is_empty() {
        return;
    }
    output::result(&format!("{} {what}:", plural(names.len() as u64, "session")));
    for name in names.iter().take(MOST_NAMED) {
        output::result(&format!("  {name}"));
    }
    if names.len() > MOST_NAMED {
        output::result(&format!("  and {} more", names.len() - MOST_NAMED));
    }
}
