//! Gives back the room that deleted sessions took.

use anyhow::{Context, bail};
use opensync_store::Error;

use crate::config::Config;
use crate::output;

/// Finishes deletions that are due, then writes the archive anew without what was deleted.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let store = config.store().await?;
    let now = now_ms();
    store.finish_deletions(now).await.context("Deletions that were due could not be finished")?;
    let waiting = store.next_deletion().await?.is_some();
    output::remark("Writing the archive anew. With a large one this takes a while.");
    let compacted = match store.compact().await {
        Ok(compacted) => compacted,
        Err(Error::Busy) => bail!(
            "The archive is in use by another program, probably a running opensync. Nothing was lost. Stop that \
             program and try again"
        ),
        Err(error) => return Err(error).context("The archive could not be compacted. Nothing was lost"),
    };
    let size = opensync_web::format::bytes;
    output::result(&format!("Before: {}\nAfter:  {}", size(compacted.before), size(compacted.after)));
    if waiting {
        output::remark("Sessions deleted a moment ago can still be brought back, so they are still in it.");
    }
    store.close().await;
    Ok(())
}

fn now_ms() -> i64 {
    std::time::UNIX_EPOCH.elapsed().map_or(0, |age| i64::try_from(age.as_millis()).unwrap_or(i64::MAX))
}
