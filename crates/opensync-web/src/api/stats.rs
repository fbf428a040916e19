//! Figures over the whole archive.

use axum::Json;
use axum::extract::State;
use opensync_core::wire::{ModelUsageJson, StatsJson};

use super::{Reader, Refusal};
use crate::AppState;

/// Sums over all sessions, and by model.
#[utoipa::path(
    get, path = "/api/stats", tag = "Sessions", operation_id = "stats",
    responses((status = 200, body = StatsJson))
)]
pub async fn show(State(state): State<AppState>, Reader(user): Reader) -> Result<Json<StatsJson>, Refusal> {
    let sums = state.store.stats(&user).await?;
    let models = sums.models.into_iter().map(|sum| {
        let usage = ModelUsageJson { tokens: sum.tokens, cost: sum.cost.usd(), sessions: sum.sessions };
        (sum.model.unwrap_or_else(|| "unknown".to_owned()), usage)
    });
    Ok(Json(StatsJson {
        session_count: sums.sessions,
        message_count: sums.messages,
        total_tokens: sums.tokens,
        total_cost: sums.cost.usd(),
        total_duration_ms: sums.duration_ms,
        model_usage: models.collect(),
    }))
}
