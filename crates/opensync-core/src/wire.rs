//! Shapes of the JSON API. Names are camelCase; times are Unix milliseconds, costs US dollars; a
//! figure nobody recorded is null.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Message, Part, Session};

mod answer;
mod search;
mod sync;

pub use answer::{DeletedJson, ErrorJson, HealthJson, ListJson, ListedJson, ModelUsageJson, StatsJson, WholeJson};
pub use search::{ContextItem, ContextJson, ContextMessage, ContextSource, FoundJson, SearchJson};
pub use sync::{
    BatchCallJson, BatchCounts, BatchDetails, BatchTaken, ExternalIdsJson, MessageCallJson, MessageTaken, PushOutcome,
    PushPlace, PushedJson, SessionCallJson, SessionTaken,
};

/// A session for programs.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Session)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields of `Session`, spelled for the wire")]
pub struct SessionJson {
    pub id: String,
    #[serde(rename = "_id")]
    pub same_id: String,
    pub external_id: String,
    pub source: String,
    pub title: String,
    pub model: Option<String>,
    pub provider: Option<String>,
    pub project_path: Option<String>,
    pub project_name: Option<String>,
    pub git_branch: Option<String>,
    pub machine: Option<String>,
    pub prompt_tokens: Option<u64>,
    pub completion_tokens: Option<u64>,
    pub total_tokens: Option<u64>,
    pub cache_read_tokens: Option<u64>,
    pub cache_write_tokens: Option<u64>,
    pub reasoning_tokens: Option<u64>,
    pub cost: Option<f64>,
    pub cost_partial: bool,
    pub message_count: u64,
    pub duration_ms: Option<u64>,
    pub is_public: bool,
    pub public_slug: Option<String>,
    pub summary: Option<String>,
    pub parent_id: Option<String>,
    pub relation: Option<&'static str>,
    pub eval_ready: bool,
    pub eval_status: Option<&'static str>,
    pub eval_notes: Option<String>,
    pub eval_tags: Vec<String>,
    pub expected_output: Option<String>,
    pub reviewed_at: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub url: String,
}

impl From<&Session> for SessionJson {
    fn from(session: &Session) -> Self {
        let s = session.clone();
        Self {
            same_id: s.id.to_string(),
            url: format!("/sessions/{}", s.id),
            id: s.id.to_string(),
            external_id: s.external_id,
            source: s.source,
            title: s.title,
            model: s.model,
            provider: s.provider,
            project_path: s.project_path,
            project_name: s.project_name,
            git_branch: s.git_branch,
            machine: s.machine,
            prompt_tokens: s.prompt_tokens,
            completion_tokens: s.completion_tokens,
            total_tokens: s.total_tokens,
            cache_read_tokens: s.cache_read_tokens,
            cache_write_tokens: s.cache_write_tokens,
            reasoning_tokens: s.reasoning_tokens,
            cost: s.cost.map(crate::MicroDollars::usd),
            cost_partial: s.cost_partial,
            message_count: s.message_count,
            duration_ms: s.duration_ms,
            is_public: s.is_public,
            public_slug: s.public_slug,
            summary: s.summary,
            parent_id: s.parent_id.map(|id| id.to_string()),
            relation: s.relation.map(crate::Relation::as_str),
            eval_ready: s.eval_ready,
            eval_status: s.eval_status.map(crate::filter::Status::as_str),
            eval_notes: s.eval_notes,
            eval_tags: s.tags,
            expected_output: s.expected_output,
            reviewed_at: s.reviewed_at,
            created_at: s.created_at,
            updated_at: s.updated_at,
        }
    }
}

/// A message for programs, its parts in order.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Message)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields of `Message`, spelled for the wire")]
pub struct MessageJson {
    pub id: String,
    pub external_id: String,
    pub role: &'static str,
    pub text_content: String,
    pub model: Option<String>,
    pub prompt_tokens: Option<u64>,
    pub completion_tokens: Option<u64>,
    pub created_at: Option<i64>,
    pub inherited: bool,
    pub parts: Vec<PartJson>,
}

impl From<&Message> for MessageJson {
    fn from(message: &Message) -> Self {
        Self {
            id: message.external_id.clone(),
            external_id: message.external_id.clone(),
            role: message.role.as_str(),
            text_content: message.text(),
            model: message.model.clone(),
            prompt_tokens: message.prompt_tokens,
            completion_tokens: message.completion_tokens,
            created_at: message.created_at,
            inherited: message.inherited,
            parts: message.parts.iter().map(PartJson::from).collect(),
        }
    }
}

/// A part for programs: `text` and `thinking` hold a string, the others an object.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Part)]
pub struct PartJson {
    /// `text`, `thinking`, `tool-call`, `tool-result`, `image`, or the source's own name.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it holds.
    pub content: Value,
}

impl From<&Part> for PartJson {
    fn from(part: &Part) -> Self {
        let text = |body: &crate::Body| body.text().unwrap_or_default();
        let parsed = |body: &crate::Body| {
            let text = text(body);
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        };
        let (kind, content) = match part {
            Part::Text(piece) => ("text", Value::from(piece.as_str())),
            Part::Thinking(body) => ("thinking", Value::String(text(body))),
            Part::ToolCall { call_id, name, arguments } => (
                "tool-call",
                serde_json::json!({ "toolName": name, "name": name, "callId": call_id, "args": parsed(arguments) }),
            ),
            Part::ToolResult { call_id, name, output, is_error, duration_ms, details } => (
                "tool-result",
                serde_json::json!({
                    "toolName": name, "callId": call_id, "result": text(output), "isError": is_error,
                    "durationMs": duration_ms, "details": details.as_ref().map(parsed),
                }),
            ),
            Part::Image { media_type, name, body } => {
                ("image", serde_json::json!({ "mediaType": media_type, "name": name, "sizeBytes": body.size() }))
            }
            Part::Unknown { kind, json } => (kind.as_str(), parsed(json)),
        };
        Self { kind: kind.to_owned(), content }
    }
}
