//! What a plugin says about one message.

use axum::Json;
use axum::extract::{Request, State};
use opensync_core::received::MessageCall;
use opensync_store::Call;
use serde_json::{Value, json};

use super::{Refusal, Sync};
use crate::AppState;

/// `POST`: adds a message to its session, which is made when nobody told of it yet, or tells more about it.
/// `{"ok":true,"messageId"}`, the id by which the session lists it; fields it does not know are skipped.
pub async fn receive(
    State(state): State<AppState>,
    Sync(user): Sync,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let (taken, call) = state.intake.parse(request, MessageCall::read).await?;
    let (bytes, call) = (taken.bytes.len(), call?);
    let id = call.external_id.clone();
    state.intake.receiver().receive(user, vec![Call::Message(call)], bytes).await?;
    Ok(Json(json!({ "ok": true, "messageId": id })))
}
