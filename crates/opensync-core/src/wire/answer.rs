//! What the API answers around sessions: lists, figures, errors.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{MessageJson, SessionJson};

/// A page of sessions.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SessionList)]
pub struct ListJson {
    /// The sessions of the page, in order.
    pub sessions: Vec<ListedJson>,
    /// What asks for the next page; null at the end.
    pub cursor: Option<String>,
    /// Sessions on all pages.
    pub total: u64,
}

/// A session in a list. The last three are there when words were searched for.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ListedSession)]
#[serde(rename_all = "camelCase")]
pub struct ListedJson {
    /// The session itself.
    #[serde(flatten)]
    pub session: SessionJson,
    /// Messages that hold one of the words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_count: Option<u64>,
    /// A piece of the message that holds most of them; null when only the title or the summary does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub snippet: Option<Option<String>>,
    /// The id of that message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub match_message_id: Option<Option<String>>,
}

/// A session with all its messages: its fields at the top, and again under `session`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = WholeSession)]
pub struct WholeJson {
    /// Its fields.
    #[serde(flatten)]
    pub fields: SessionJson,
    /// The same.
    pub session: SessionJson,
    /// Its messages in order.
    pub messages: Vec<MessageJson>,
}

/// A session that is gone.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DeletedSession)]
pub struct DeletedJson {
    /// Its id.
    pub id: String,
    /// True.
    pub deleted: bool,
}

/// Sums over all sessions.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Stats)]
#[serde(rename_all = "camelCase")]
pub struct StatsJson {
    /// Sessions, sub-agents included.
    pub session_count: u64,
    /// Prompts and answers.
    pub message_count: u64,
    /// Tokens.
    pub total_tokens: u64,
    /// Known cost in US dollars.
    pub total_cost: f64,
    /// Working time in milliseconds.
    pub total_duration_ms: u64,
    /// By model; `unknown` for responses that name none.
    pub model_usage: BTreeMap<String, ModelUsageJson>,
}

/// Sums over the responses of a model.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ModelUsage)]
pub struct ModelUsageJson {
    /// Tokens.
    pub tokens: u64,
    /// Known cost in US dollars.
    pub cost: f64,
    /// Sessions with such responses.
    pub sessions: u64,
}

/// The server is up.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Health)]
pub struct HealthJson {
    /// `ok`.
    pub status: &'static str,
    /// Its clock, Unix milliseconds.
    pub timestamp: i64,
    /// Its version.
    pub version: &'static str,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Error)]
pub struct ErrorJson {
    /// What is wrong.
    pub error: ErrorBody,
    /// What is wrong and what to do, once more.
    pub message: String,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ErrorBody {
    /// For programs: `INVALID_REQUEST`, `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `METHOD_NOT_ALLOWED`,
    /// `PAYLOAD_TOO_LARGE`, `RATE_LIMITED` or `INTERNAL`.
    pub code: String,
    /// For people: what is wrong and what to do.
    pub message: String,
}

impl ErrorJson {
    /// A refusal with a code and a message.
    pub fn new(code: &str, message: &str) -> Self {
        Self { error: ErrorBody { code: code.to_owned(), message: message.to_owned() }, message: message.to_owned() }
    }
}
