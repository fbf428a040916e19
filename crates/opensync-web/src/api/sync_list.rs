//! Which sessions the archive has, for plugins that send only the others.

use axum::Json;
use axum::extract::{RawQuery, State};
use opensync_core::received;
use opensync_core::wire::ExternalIdsJson;

use super::{Refusal, Sync};
use crate::AppState;

/// The tools' own ids of all sessions, for plugins that send only the others.
#[utoipa::path(
    get, path = "/sync/sessions/list", tag = "Sync", operation_id = "listExternalIds",
    params(("source" = Option<String>, Query, description = "Only of this tool")),
    responses((status = 200, body = ExternalIdsJson))
)]
pub async fn show(
    State(state): State<AppState>,
    Sync(user): Sync,
    RawQuery(raw): RawQuery,
) -> Result<Json<ExternalIdsJson>, Refusal> {
    let raw = raw.unwrap_or_default();
    let source = form_urlencoded::parse(raw.as_bytes()).find(|(name, _)| name == "source");
    let source = source.map(|(_, source)| received::source(&source)).filter(|source| !source.is_empty());
    let session_ids = state.store.external_ids(&user, source.as_deref()).await?;
    Ok(Json(ExternalIdsJson { session_ids }))
}
