//! Figures over the whole archive.

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use super::{Reader, Refusal};
use crate::AppState;

/// `{"sessionCount","messageCount","totalTokens","totalCost","totalDurationMs","modelUsage"}`.
pub async fn show(State(state): State<AppState>, Reader(user): Reader) -> Result<Json<Value>, Refusal> {
    let sums = state.store.stats(&user).await?;
    let models: Map<String, Value> = sums
        .models
        .into_iter()
        .map(|sum| {
            let name = sum.model.unwrap_or_else(|| "unknown".to_owned());
            (name, json!({ "tokens": sum.tokens, "cost": sum.cost.usd(), "sessions": sum.sessions }))
        })
        .collect();
    Ok(Json(json!({
        "sessionCount": sums.sessions,
        "messageCount": sums.messages,
        "totalTokens": sums.tokens,
        "totalCost": sums.cost.usd(),
        "totalDurationMs": sums.duration_ms,
        "modelUsage": models,
    })))
}
