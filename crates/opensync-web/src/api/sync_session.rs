//! What a plugin says about one session.

use axum::Json;
use axum::extract::{Request, State};
use opensync_core::received::SessionCall;
use opensync_store::Call;
use serde_json::{Value, json};

use super::{Refusal, Sync};
use crate::AppState;

/// `POST`: makes a session or adds to it. `{"ok":true,"sessionId"}`; fields it does not know are skipped.
pub async fn receive(
    State(state): State<AppState>,
    Sync(user): Sync,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let (taken, call) = state.intake.parse(request, SessionCall::read).await?;
    let bytes = taken.bytes.len();
    let stored = state.intake.receiver().receive(user, vec![Call::Session(call?)], bytes).await?;
    let id = stored.first().map(|(id, _)| id.as_str());
    Ok(Json(json!({ "ok": true, "sessionId": id })))
}
