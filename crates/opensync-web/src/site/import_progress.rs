//! The strip that says how far the import is; as JSON for programs.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use opensync_core::filter::Selection;
use serde_json::json;

use crate::AppState;
use crate::page::shell::ImportStrip;

/// The strip, or the figures when JSON is asked for.
pub async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let progress = state.importer.progress();
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepts.contains("application/json") {
        return Json(progress).into_response();
    }
    let strip = super::rendered(ImportStrip::new(Some(progress)).render());
    // The page compares the number with the one it shows. Without it the strip is still right.
    let Ok(totals) = state.store.session_totals(&state.viewer, &Selection::default()).await else { return strip };
    let event = json!({ "sessions-changed": { "sessions": totals.sessions } });
    ([("hx-trigger", event.to_string())], strip).into_response()
}
