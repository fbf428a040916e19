//! Imports once.

use anyhow::bail;
use opensync_core::UserId;
use opensync_sync::{Importer, Options, Summary};

use crate::config::Config;
use crate::output;

/// Imports and prints what it did.
pub async fn run(config: &Config, sources: Vec<String>, json: bool) -> anyhow::Result<()> {
    let sources = known_sources(&sources)?;
    check_home(config)?;
    let prices = config.prices()?;
    let store = config.store().await?;
    let importer = Importer::new(store.clone(), UserId::local(), config.homes(), prices).on(config.machine());
    let summary = follow(&importer, &Options { sources }, !json).await?;
    if json {
        output::result(&serde_json::to_string(&summary)?);
    } else {
        report(&summary);
    }
    store.close().await;
    Ok(())
}

/// Sources by their ids, also several with commas between them.
pub fn known_sources(sources: &[String]) -> anyhow::Result<Vec<String>> {
    let known: Vec<&str> = opensync_sources::ALL.iter().map(|source| source.about().id).collect();
    let sources: Vec<String> =
        sources.iter().flat_map(|list| list.split(',')).map(|id| id.trim().to_lowercase()).collect();
    match sources.iter().find(|id| !known.contains(&id.as_str())) {
        Some(unknown) => bail!("`{unknown}` is no source that can be imported. Choose from {}", known.join(", ")),
        None => Ok(sources),
    }
}

/// Where stores are looked for must be there.
pub fn check_home(config: &Config) -> anyhow::Result<()> {
    let home = &config.home.value;
    if !home.is_dir() {
        bail!("The home directory {} ({}) does not exist", home.display(), config.home.origin);
    }
    Ok(())
}

/// Imports, and shows how far it is.
pub async fn follow(importer: &Importer, options: &Options, is_shown: bool) -> anyhow::Result<Summary> {
    let shown = async {
        // The bar appears once the import runs.
        while !importer.progress().running && importer.progress().elapsed_ms == 0 {
            tokio::task::yield_now().await;
        }
        if is_shown {
            output::follow(importer).await;
        }
    };
    let run = importer.run(options);
    tokio::pin!(run);
    let summary = tokio::select! {
        biased;
        summary = &mut run => summary,
        () = shown => run.await,
    }?;
    Ok(summary)
}

/// The summary as a table, and a sentence that says what it means.
pub fn report(summary: &Summary) {
    let row = |name: &str, cells: [String; 5]| {
        let [found, imported, updated, unchanged, problems] = cells;
        format!("{name:<14} {found:>7} {imported:>9} {updated:>8} {unchanged:>10} {problems:>9}")
    };
    let heads = ["found", "imported", "updated", "unchanged", "problems"].map(str::to_owned);
    output::result(&row("", heads));
    for source in &summary.sources {
        let cells = [source.found, source.imported, source.updated, source.unchanged, source.problems];
        output::result(&row(opensync_sources::name(&source.source), cells.map(|n| n.to_string())));
    }
    let sum = |field: fn(&opensync_sync::SourceSummary) -> u64| summary.sources.iter().map(field).sum::<u64>();
    let (imported, updated, problems) = (sum(|s| s.imported), sum(|s| s.updated), sum(|s| s.problems));
    let seconds = summary.duration_ms as f64 / 1000.0;
    let done = match (imported, updated, sum(|s| s.found)) {
        (0, 0, 0) => "No sessions were found. `opensync doctor` says where they were looked for.".to_owned(),
        (0, 0, _) => format!("Nothing changed since the last import; nothing was written ({seconds:.2} s)."),
        _ => format!("{imported} new and {updated} changed sessions are in the archive ({seconds:.2} s)."),
    };
    output::result(&done);
    if problems > 0 {
        output::result(&format!("{problems} records or files could not be used: `opensync doctor` lists them."));
    }
}
