//! Keeps the archive in step with the local stores while the program runs.
//!
//! The system tells which files change; only those are looked at. Events get lost in real life (limits,
//! network drives, a laptop that sleeps), so all stores are listed again now and then as well, as
//! often as costs next to nothing.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::Importer;
use crate::import::Job;

mod eyes;
mod stores;

use eyes::Eyes;
use stores::Stores;

/// Events of one write come together; they are waited for this long.
const SETTLE: Duration = Duration::from_millis(15);
/// After a failed write (a full disk) the next try waits this long.
const RETRY: Duration = Duration::from_secs(10);
/// From so many files on, how far they are is shown like an import.
const SHOWN_FROM: usize = 24;

/// Imports what changes, until it is dropped. The importer should be [`Importer::following`].
pub async fn watch(importer: Importer) {
    let mut stores = Stores::new(importer.homes());
    let mut eyes = Eyes::open();
    let mut paths: HashSet<PathBuf> = HashSet::new();
    // What changed between the import at the start and now is found by this first listing.
    let mut all = true;
    loop {
        let jobs = if all {
            stores.list_all(&importer, &mut eyes).await
        } else {
            stores.look(&importer, &mut eyes, paths.drain().collect()).await
        };
        let failed = !jobs.is_empty() && !import(&importer, jobs, &mut stores).await;
        let wait = if failed { RETRY } else { stores.next(&eyes).saturating_duration_since(Instant::now()) };
        all = tokio::select! {
            () = eyes.see(&mut paths), if !failed => {
                tokio::time::sleep(SETTLE).await;
                eyes.take(&mut paths)
            }
            () = tokio::time::sleep(wait) => failed || stores.next_listing(&eyes) <= Instant::now(),
        };
    }
}

/// Answers whether it went well; then the stores remember what the files look like.
async fn import(importer: &Importer, jobs: Vec<Job>, stores: &mut Stores) -> bool {
    let seen: Vec<_> = jobs.iter().map(|job| (job.source.about().id, job.origin.clone())).collect();
    let result = if jobs.len() >= SHOWN_FROM { importer.show(jobs).await } else { importer.read_all(jobs).await };
    match result {
        Ok(_) => {
            for (source, origin) in seen {
                stores.remember(source, origin);
            }
            true
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "changed sessions could not be written");
            false
        }
    }
}
