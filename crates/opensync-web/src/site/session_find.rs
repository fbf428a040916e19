//! Where words are in one session, for the script that leads from one to the next.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use opensync_core::Session;
use opensync_core::search::typed;
use opensync_store::{Around as Place, Window as Messages};
use serde_json::{Value, json};

use super::session_show::{SLACK, keep_results_with_calls, read, reading};
use super::{Failure, named_session};
use crate::AppState;
use crate::page::session_show::{Finder, Found, Reading};
use crate::viewer::Viewer;

/// Messages that are read at a time: however long a session is, no more are in memory.
const READ: u64 = 100;

/// `total` is how many marks there are, `spots` where: message, part, number of marks, piece and view of the
/// part; the last two are left out when they are the first piece and the content.
pub async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    uri: Uri,
) -> Result<Response, Failure> {
    let session = named_session(&state, &viewer, id, &uri).await?;
    let reading = reading(&raw.unwrap_or_default());
    let found = found(&state, &session, &reading).await.map_err(Failure::internal(&viewer, &uri))?;
    let spots: Vec<Value> = found
        .spots
        .iter()
        .map(|spot| match (spot.piece, spot.view.as_str()) {
            (0, "") => json!([spot.seq, spot.index, spot.count]),
            (piece, view) => json!([spot.seq, spot.index, spot.count, piece, view]),
        })
        .collect();
    Ok(Json(json!({ "total": found.total, "spots": spots })).into_response())
}

/// Reads all of a session, a window at a time.
pub(super) async fn found(state: &AppState, session: &Session, reading: &Reading) -> opensync_store::Result<Found> {
    let terms = typed(&reading.find);
    if terms.is_empty() {
        return Ok(Found::default());
    }
    let mut finder = Finder::new(session, terms);
    let mut window = next(state, session, reading, Place::Start).await?;
    loop {
        let following = window.after.map(Place::After);
        // Reading megabytes of output must not keep other requests waiting.
        let marked = tokio::task::spawn_blocking(move || finder.read(&window.messages));
        // What follows is fetched meanwhile.
        let fetched = match following {
            Some(place) => Some(next(state, session, reading, place).await?),
            None => None,
        };
        let Ok(marked) = marked.await else {
            tracing::error!("what was found in a session was lost");
            return Ok(Found::default());
        };
        match fetched {
            Some(messages) => (finder, window) = (marked, messages),
            None => return Ok(marked.found()),
        }
    }
}

async fn next(
    state: &AppState,
    session: &Session,
    reading: &Reading,
    place: Place,
) -> opensync_store::Result<Messages> {
    let mut window = read(state, &session.id, reading.is_chat, &place, READ + SLACK).await?;
    if !reading.is_chat {
        keep_results_with_calls(&mut window, &place, READ);
    }
    Ok(window)
}
