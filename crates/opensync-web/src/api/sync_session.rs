//! What a plugin says about one session.

use axum::Json;
use axum::extract::{Request, State};
use opensync_core::received::SessionCall;
use opensync_core::wire::{SessionCallJson, SessionTaken};
use opensync_store::Call;

use super::{Refusal, Sync};
use crate::AppState;

/// Makes a session, or adds what is said to what is known of it. Saying the same again changes nothing.
#[utoipa::path(
    post, path = "/sync/session", tag = "Sync", operation_id = "syncSession", request_body = SessionCallJson,
    responses((status = 200, body = SessionTaken))
)]
pub async fn receive(
    State(state): State<AppState>,
    Sync(user): Sync,
    request: Request,
) -> Result<Json<SessionTaken>, Refusal> {
    let (taken, call) = state.intake.parse(request, SessionCall::read).await?;
    let bytes = taken.bytes.len();
    let stored = state.intake.receiver().receive(user, vec![Call::Session(call?)], bytes).await?;
    let session_id = stored.first().map(|(id, _)| id.to_string()).unwrap_or_default();
    Ok(Json(SessionTaken { ok: true, session_id }))
}
