//! Whether the server is up.

use axum::Json;
use jiff::Timestamp;
use opensync_core::wire::HealthJson;

/// Says that the server is up; takes no key.
#[utoipa::path(
    get, path = "/health", tag = "Server", operation_id = "health",
    responses((status = 200, body = HealthJson))
)]
pub async fn show() -> Json<HealthJson> {
    let timestamp = Timestamp::now().as_millisecond();
    Json(HealthJson { status: "ok", timestamp, version: env!("CARGO_PKG_VERSION") })
}
