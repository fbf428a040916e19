//! Live events: which sessions are new or differ, as server-sent events.
//!
//! An event `changed` has the ids in `{"sessions":[..]}`, or `{"everything":true}` for who was away
//! too long. Its id is a [`Mark`]; a browser that connects again sends the last one.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use opensync_core::SessionId;
use opensync_sync::changes::{Mark, News};
use serde_json::json;

use super::fields::Fields;
use crate::AppState;

/// Connections without events are kept open by a comment this often.
const BEAT: Duration = Duration::from_secs(20);

/// Everything from the mark in `Last-Event-ID` or `since` on; from now without one.
pub async fn show(
    State(state): State<AppState>,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(Mark::parse);
    let fields = Fields::new(&raw.unwrap_or_default());
    let listener = state.importer.changes().listen(last.or_else(|| Mark::parse(fields.get("since")?)));
    let events = unfold(listener, async |mut listener| {
        let (mark, news) = listener.next().await?;
        let data = match news {
            News::Sessions(ids) => json!({ "sessions": ids.iter().map(SessionId::as_str).collect::<Vec<_>>() }),
            News::Everything => json!({ "everything": true }),
        };
        Some((Ok(Event::default().event("changed").id(mark.to_string()).data(data.to_string())), listener))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(BEAT))
}
