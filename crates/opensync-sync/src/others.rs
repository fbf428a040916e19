//! Tells open pages what other processes wrote to the archive: a second server on the same database,
//! an import or a push beside this one.

use std::time::Duration;

use opensync_core::UserId;
use opensync_store::Store;
use tokio::time::MissedTickBehavior;

use crate::changes::Changes;

/// How often it looks. One row is read when nobody wrote.
const EVERY: Duration = Duration::from_millis(500);

/// Announces what others write until no more changes are wanted.
pub async fn announce_others(store: Store, user: UserId, changes: Changes) {
    let mut clock = tokio::time::interval(EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = None;
    while !changes.is_closed() {
        clock.tick().await;
        let news = match seen {
            None => store.revision().await.map(|now| (now, None)),
            Some(since) => store.written_by_others(&user, since).await.map(|news| (news.until, Some(news))),
        };
        match news {
            Ok((until, news)) => {
                seen = Some(until);
                match news {
                    Some(news) if news.removed => changes.announce_everything(),
                    Some(news) => changes.announce(news.sessions),
                    None => {}
                }
            }
            // The archive may be back the next time; what was written meanwhile is told then.
            Err(error) => tracing::debug!(error = &error as &dyn std::error::Error, "no news of other processes"),
        }
    }
}
