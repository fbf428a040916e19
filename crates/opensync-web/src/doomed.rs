//! Makes deletions final once they can no longer be taken back, and clears links that ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opensync_store::Store;
use tokio::sync::Notify;

/// How long a deletion can be taken back.
const GRACE_MS: i64 = 10_000;
/// Between two looks when nothing is known to be due.
const IDLE: Duration = Duration::from_mins(1);

/// Wakes the work when there is a new deletion. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Doomed(Arc<Bell>);

#[derive(Debug, Default)]
struct Bell {
    rings: Notify,
    ends: AtomicBool,
}

impl Doomed {
    /// When sessions that are deleted now are gone for good. It takes a while to hide many.
    pub fn due(sessions: usize) -> i64 {
        now() + GRACE_MS + sessions as i64 / 2
    }

    /// Says that there is something to do.
    pub fn tell(&self) {
        self.0.rings.notify_one();
    }

    /// Ends the work, once what it does now is done.
    pub fn stop(&self) {
        self.0.ends.store(true, Ordering::Release);
        self.tell();
    }

    /// Works until it is stopped. What was due while no server ran is done first.
    pub async fn work(self, store: Store) {
        while !self.0.ends.load(Ordering::Acquire) {
            let next = step(&store).await.unwrap_or_else(|error| {
                tracing::error!(error = &error as &dyn std::error::Error, "a deletion was not finished");
                IDLE
            });
            // Whichever comes first.
            let _ = tokio::time::timeout(next, self.0.rings.notified()).await;
        }
    }
}

/// Does what is due; answers how long to wait.
async fn step(store: &Store) -> opensync_store::Result<Duration> {
    store.finish_deletions(now()).await?;
    while store.remove_expired_shares(now()).await? > 0 {}
    let wait = store.next_deletion().await?.map(|due| due.saturating_sub(now()).max(0).cast_unsigned());
    Ok(wait.map_or(IDLE, |wait| Duration::from_millis(wait + 5).min(IDLE)))
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
