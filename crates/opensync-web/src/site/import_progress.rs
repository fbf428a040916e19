//! The strip that says how far the import is; as JSON for programs.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use crate::AppState;
use crate::page::shell::ImportStrip;

/// The strip, or the figures when JSON is asked for.
pub async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let progress = state.importer.progress();
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepts.contains("application/json") {
        return Json(progress).into_response();
    }
    super::rendered(ImportStrip::new(Some(progress)).render())
}
