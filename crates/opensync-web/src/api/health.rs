//! Whether the server is up.

use axum::Json;
use jiff::Timestamp;
use serde_json::{Value, json};

/// `{"status","timestamp","version"}`, without a key.
pub async fn show() -> Json<Value> {
    let now = Timestamp::now().as_millisecond();
    Json(json!({ "status": "ok", "timestamp": now, "version": env!("CARGO_PKG_VERSION") }))
}
