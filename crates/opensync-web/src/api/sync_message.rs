//! What a plugin says about one message.

use axum::Json;
use axum::extract::{Request, State};
use opensync_core::received::MessageCall;
use opensync_core::wire::{MessageCallJson, MessageTaken};
use opensync_store::Call;

use super::{Refusal, Sync};
use crate::AppState;

/// Adds a message to its session, or what is said to what is known of it.
#[utoipa::path(
    post, path = "/sync/message", tag = "Sync", operation_id = "syncMessage", request_body = MessageCallJson,
    responses((status = 200, body = MessageTaken))
)]
pub async fn receive(
    State(state): State<AppState>,
    Sync(user): Sync,
    request: Request,
) -> Result<Json<MessageTaken>, Refusal> {
    let (taken, call) = state.intake.parse(request, MessageCall::read).await?;
    let (bytes, call) = (taken.bytes.len(), call?);
    let id = call.external_id.clone();
    state.intake.receiver().receive(user, vec![Call::Message(call)], bytes).await?;
    Ok(Json(MessageTaken { ok: true, message_id: id }))
}
