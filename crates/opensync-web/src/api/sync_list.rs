//! Which sessions the archive has, for plugins that send only the others.

use axum::Json;
use axum::extract::{RawQuery, State};
use opensync_core::received;
use serde_json::{Value, json};

use super::{Refusal, Sync};
use crate::AppState;

/// `{"sessionIds":[…]}`: the ids their tools gave them, of all sources or of `?source=`.
pub async fn show(
    State(state): State<AppState>,
    Sync(user): Sync,
    RawQuery(raw): RawQuery,
) -> Result<Json<Value>, Refusal> {
    let raw = raw.unwrap_or_default();
    let source = form_urlencoded::parse(raw.as_bytes()).find(|(name, _)| name == "source");
    let source = source.map(|(_, source)| received::source(&source)).filter(|source| !source.is_empty());
    let ids = state.store.external_ids(&user, source.as_deref()).await?;
    Ok(Json(json!({ "sessionIds": ids })))
}
