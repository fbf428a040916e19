//! Sends sessions to a server.

use std::fs;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use opensync_core::UserId;
use opensync_sync::push::{Choice, Failure, Options, Planned, Pusher, Report, Server};
use opensync_sync::{Importer, Options as ImportOptions};
use opensync_web::format::plural;

use super::import::{check_home, follow, known_sources};
use super::restore::list;
use crate::arguments::{PushFlags, PushWhat};
use crate::config::{Config, Setting};
use crate::output;

mod install;
mod service;

pub use install::{install, uninstall};

/// Elsewhere than on a terminal it says how far it is this often.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// Imports what is new, pushes it, and prints what became of it.
pub async fn run(config: &Config, flags: PushFlags, what: PushWhat) -> anyhow::Result<()> {
    let sources = known_sources(&what.sources)?;
    let options = Options {
        choice: Choice::new(sources.clone(), &what.projects, &what.exclude)?,
        redact: what.redact,
        machine: config.machine(),
    };
    check_home(config)?;
    let (to, key) = (address(config, &what)?, key(config, &what)?);
    let server = Server::new(&to.value, &key.value, (!flags.watch).then(|| Duration::from_secs(flags.patience)))?;
    warn_if_open(&server);
    let prices = config.prices()?;
    let store = config.store().await?;
    let mut pusher = Pusher::new(store.clone(), UserId::local(), server.clone(), options).await?;
    if flags.again && !flags.dry_run {
        pusher.forget().await?;
    }
    let mut importer = Importer::new(store.clone(), UserId::local(), config.homes(), prices).on(config.machine());
    if flags.watch {
        importer = importer.following();
    }
    follow(&importer, &ImportOptions { sources }, true).await.context("The local sessions could not be imported")?;
    if flags.dry_run {
        print_plan(&pusher.plan(flags.again).await?, server.host());
        store.close().await;
        return Ok(());
    }
    let report = send(&mut pusher).await?;
    print_report(&report, server.host());
    if flags.watch {
        // Dropped with this, like the connection to the server.
        let watched = tokio::spawn(opensync_sync::watch(importer.clone()));
        let failure = pusher.watch(importer.changes(), |report| print_news(report, server.host())).await;
        watched.abort();
        return Err(failure.into());
    }
    store.close().await;
    match report.failed.len() {
        0 => Ok(()),
        failed => bail!("{} could not be sent; the next push tries again", plural(failed as u64, "session")),
    }
}

/// Where to push.
fn address(config: &Config, what: &PushWhat) -> anyhow::Result<Setting<String>> {
    let given = what.to.clone().map(|value| Setting { value, origin: "--to".to_owned() });
    given.or_else(|| config.push_to.clone()).with_context(|| {
        format!("Where to? Say --to https://sessions.example, or put push-to into {}", config.file.display())
    })
}

/// The key, and where it is from.
fn key(config: &Config, what: &PushWhat) -> anyhow::Result<Setting<String>> {
    if let Some(file) = &what.key_file {
        let text = fs::read_to_string(file).with_context(|| format!("Reading the key in {}", file.display()))?;
        return Ok(Setting { value: text.trim().to_owned(), origin: "--key-file".to_owned() });
    }
    let given = what.key.clone().map(|value| Setting { value, origin: "--key".to_owned() });
    let configured = || {
        config.push_key.as_ref().map(|key| Setting { value: key.value.reveal().to_owned(), origin: key.origin.clone() })
    };
    given.or_else(configured).with_context(|| {
        format!(
            "A key of the server is needed: `opensync key create laptop --scope sync` makes one there. Give it as \
             OPENSYNC_PUSH_KEY, as push-key in {}, or with --key-file",
            config.file.display()
        )
    })
}

fn warn_if_open(server: &Server) {
    if server.is_open() {
        output::remark(&format!(
            "Warning: the key and the sessions travel to {} unencrypted, where others can read them. Use https://",
            server.host()
        ));
    }
}

async fn send(pusher: &mut Pusher) -> Result<Report, Failure> {
    let bar = output::bar(0, "{pos} of {len} sessions, {msg}");
    let is_terminal = std::io::stderr().is_terminal();
    let mut said = Instant::now();
    let report = pusher
        .pass(|report| {
            bar.set_length(report.total);
            bar.set_position(report.done);
            bar.set_message(output::bytes(report.bytes));
            if !is_terminal && said.elapsed() > SAY_EVERY {
                said = Instant::now();
                output::remark(&format!("{} of {} sessions", report.done, report.total));
            }
        })
        .await;
    bar.finish_and_clear();
    report
}

fn print_report(report: &Report, host: &str) {
    let Report { imported, updated, unchanged, messages, bytes, .. } = report;
    let sent = imported + updated + unchanged;
    output::result(&if sent == 0 {
        format!("Nothing new to send to {host}.")
    } else {
        format!(
            "{} sent to {host}: {imported} new there, {updated} changed, {unchanged} as they were ({}, {}).",
            plural(sent, "session"),
            plural(*messages, "message"),
            output::bytes(*bytes)
        )
    });
    list(&report.deleted, "left out, because they were deleted there");
    list(&report.older, "left as they are there, because another machine told more of them");
    let failed: Vec<String> = report.failed.iter().map(|(title, why)| format!("{title}: {why}")).collect();
    list(&failed, "could not be sent");
}

/// A line for the log of a service: no titles.
fn print_news(report: &Report, host: &str) {
    let sent = report.imported + report.updated;
    if sent > 0 {
        let (sessions, messages) = (plural(sent, "session"), plural(report.messages, "message"));
        output::result(&format!("{sessions} sent to {host} ({messages})."));
    }
    for (_, why) in &report.failed {
        output::remark(&format!("A session could not be sent: {why}"));
    }
}

fn print_plan(planned: &[Planned], host: &str) {
    if planned.is_empty() {
        output::result(&format!("Nothing new would be sent to {host}."));
        return;
    }
    let row = |source: &str, project: &str, cells: [String; 3]| {
        let [sessions, messages, bytes] = cells;
        output::result(&format!("{source:<14} {project:<28} {sessions:>9} {messages:>9} {bytes:>10}"));
    };
    row("", "", ["sessions", "messages", "size"].map(str::to_owned));
    for planned in planned {
        let cells = [planned.sessions.to_string(), planned.messages.to_string(), output::bytes(planned.bytes)];
        row(opensync_sources::name(&planned.source), planned.project.as_deref().unwrap_or("no project"), cells);
    }
    let sum = |field: fn(&Planned) -> u64| planned.iter().map(field).sum::<u64>();
    output::result(&format!(
        "{} with {} would be sent to {host}, {} before they are packed. Nothing was sent.",
        plural(sum(|row| row.sessions), "session"),
        plural(sum(|row| row.messages), "message"),
        output::bytes(sum(|row| row.bytes))
    ));
}
