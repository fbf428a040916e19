//! The JSON API for programs. Every route but `/health` takes a key.

mod context;
pub mod document;
mod eval_export;
mod health;
mod label;
mod push;
pub mod routes;
mod search;
mod session_bulk;
mod session_edit;
mod session_export;
mod session_get;
mod session_list;
mod stats;
mod sync_batch;
mod sync_list;
mod sync_message;
mod sync_session;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use opensync_core::UserId;
use opensync_core::received::Bad;
use opensync_core::wire::ErrorJson;
use opensync_store::Scope;
use opensync_sync::receive::NotStored;
use serde_json::{Map, Value};

use crate::AppState;
use crate::intake::Turned;

/// After so long what could not be stored may be sent again.
const AGAIN: Duration = Duration::from_secs(5);

/// A refusal: status, code and a message that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// How long to wait before the same is asked again.
    wait: Option<Duration>,
}

impl Refusal {
    /// One with a code of its own.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), wait: None }
    }

    /// The request makes no sense.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_REQUEST", message)
    }

    /// There is no such thing, or it is another user's.
    pub fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Invalid or missing API key")
    }

    fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", "This key may not do that")
    }

    /// The server cannot do it now.
    fn unavailable(message: impl Into<String>) -> Self {
        Self { wait: Some(AGAIN), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message) }
    }

    /// Asked too often; `wait` is rounded up to seconds.
    fn limited(wait: Duration) -> Self {
        let seconds = seconds(wait);
        let message = format!("Rate limit exceeded. Retry after {seconds} seconds.");
        Self { wait: Some(wait), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message) }
    }
}

impl From<opensync_store::Error> for Refusal {
    fn from(error: opensync_store::Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "The server could not answer; its log says why")
    }
}

impl From<Bad> for Refusal {
    fn from(bad: Bad) -> Self {
        Self::invalid(bad.to_string())
    }
}

impl From<NotStored> for Refusal {
    fn from(_: NotStored) -> Self {
        Self::unavailable("Nothing was stored; send it again. The server's log says why")
    }
}

impl From<Turned> for Refusal {
    fn from(turned: Turned) -> Self {
        let message = turned.to_string();
        match turned {
            Turned::Large => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message),
            Turned::Slow => Self::new(StatusCode::REQUEST_TIMEOUT, "TIMEOUT", message),
            Turned::Broken => Self::invalid(message),
            Turned::Full => Self::unavailable(message),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self { status, code, message, wait } = self;
        let mut answer = (status, Json(ErrorJson::new(code, &message))).into_response();
        if let Some(wait) = wait {
            answer.headers_mut().insert(header::RETRY_AFTER, seconds(wait).into());
        }
        answer
    }
}

fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// Who asks, proved by a key that may read.
#[derive(Debug)]
pub struct Reader(pub UserId);

impl FromRequestParts<AppState> for Reader {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        Ok(Self(owner(parts, state, Scope::Read).await?))
    }
}

/// Who asks, proved by a key that may send sessions.
#[derive(Debug)]
pub struct Sync(pub UserId);

impl FromRequestParts<AppState> for Sync {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        Ok(Self(owner(parts, state, Scope::Sync).await?))
    }
}

/// Who asks, proved by a key that may change and delete sessions.
#[derive(Debug)]
pub struct Admin(pub UserId);

impl FromRequestParts<AppState> for Admin {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        Ok(Self(owner(parts, state, Scope::Admin).await?))
    }
}

/// The owner of the key of a request, when it allows `scope` and was not used too often.
async fn owner(parts: &Parts, state: &AppState, scope: Scope) -> Result<UserId, Refusal> {
    let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, secret) = header.and_then(|value| value.trim().split_once(' ')).ok_or_else(Refusal::unauthorized)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::unauthorized());
    }
    let now = Instant::now();
    let Some(key) = state.store.authenticate(secret.trim()).await? else {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        state.limits.failed(peer.map(|peer| peer.0.ip()), now).map_err(Refusal::limited)?;
        return Err(Refusal::unauthorized());
    };
    state.limits.asked(&key.id, parts.uri.path(), now).map_err(Refusal::limited)?;
    if key.allows(scope) { Ok(key.user) } else { Err(Refusal::forbidden()) }
}

/// The fields of a body that must be a JSON object.
fn fields(body: Result<Bytes, BytesRejection>) -> Result<Map<String, Value>, Refusal> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let message = "The body is too large; send fewer ids at once";
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
        }
        _ => Refusal::invalid("The body broke off"),
    })?;
    serde_json::from_slice(&body).map_err(|_| Refusal::invalid("The body must be a JSON object"))
}

/// An API address nothing has.
pub async fn not_found() -> Refusal {
    Refusal::not_found("There is no such API route")
}

/// A route that exists, asked in another way.
pub async fn method_not_allowed() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "This route does not take that method")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_stored_may_be_sent_again() {
        let answer = Refusal::from(NotStored).into_response();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()[header::RETRY_AFTER], "5");
        let statuses = [Turned::Large, Turned::Slow, Turned::Broken, Turned::Full]
            .map(|turned| Refusal::from(turned).into_response().status().as_u16());
        assert_eq!(statuses, [413, 408, 400, 503]);
    }
}
