//! The only place that writes to the terminal. Results go to standard output, everything else to
//! standard error.

#![expect(clippy::print_stderr, reason = "this module is the program's voice")]

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use opensync_core::progress::Progress;
use opensync_sync::Importer;
use tracing_subscriber::EnvFilter;

/// A result. Nobody reading any more (a closed pipe) is no error.
pub fn result(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// A remark.
pub fn remark(text: &str) {
    eprintln!("{text}");
}

/// What failed, why, and what to do: causes first, the advice of the outermost context last.
pub fn error(error: &anyhow::Error) {
    let mut lines: Vec<String> = error.chain().map(ToString::to_string).collect();
    lines.reverse();
    let mut shown: Vec<String> = Vec::new();
    for line in lines {
        if !shown.iter().any(|earlier| earlier.contains(&line)) {
            shown.push(line);
        }
    }
    eprintln!("opensync: {}", shown.join("\n  "));
}

/// Starts the log. `RUST_LOG` chooses what is in it.
pub fn start_logging(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,notify=error"));
    // It would show requests byte for byte, and with them the key.
    let quiet = ["ureq=warn", "ureq_proto=warn"].into_iter().filter_map(|directive| directive.parse().ok());
    let filter = quiet.fold(filter, EnvFilter::add_directive);
    let ansi = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(ansi).with_writer(std::io::stderr);
    if json { log.json().init() } else { log.with_target(false).init() }
}

/// Shows how far an import is until it ends: a bar on a terminal, now and then a line elsewhere.
pub async fn follow(importer: &Importer) {
    let terminal = std::io::stderr().is_terminal();
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:28.cyan} {msg}") {
        bar.set_style(style.progress_chars("━━─"));
    }
    let mut tick = tokio::time::interval(Duration::from_millis(if terminal { 100 } else { 5_000 }));
    if !terminal {
        tick.tick().await;
    }
    loop {
        tick.tick().await;
        let progress = importer.progress();
        if !progress.running {
            break;
        }
        if terminal {
            bar.set_length(progress.bytes_total.max(1));
            bar.set_position(progress.bytes_done);
            bar.set_message(describe(&progress));
        } else {
            remark(&describe(&progress));
        }
    }
    bar.finish_and_clear();
}

/// A bar on a terminal for work of so many steps; nothing elsewhere.
pub fn bar(steps: u64, unit: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(&format!("{{bar:28.cyan}} {unit}")) {
        bar.set_style(style.progress_chars("━━─"));
    }
    bar
}

/// Bytes as people write them.
pub fn bytes(number: u64) -> String {
    opensync_web::format::bytes(number)
}

fn describe(progress: &Progress) -> String {
    let text = format!(
        "{} of {} files, {} MB/s, {} sessions",
        progress.files_done,
        progress.files_total,
        progress.bytes_per_second() / 1_000_000,
        progress.sessions
    );
    match progress.remaining_ms() {
        Some(left) => format!("{text}, about {} s left", left.div_ceil(1000)),
        None => text,
    }
}
