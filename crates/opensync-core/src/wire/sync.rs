//! What plugins and other archives send, and the answers.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What a plugin says about a session. All but its id may be missing or null; other fields are skipped.
#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes a body that is read leniently, field by field")]
pub struct SessionCallJson {
    /// The tool's own id; `sessionId` is taken as well.
    external_id: String,
    /// The tool; the session's known one, else `opencode`.
    source: Option<String>,
    /// What says nothing, such as `Untitled`, replaces no title.
    title: Option<String>,
    /// Working directory.
    project_path: Option<String>,
    /// Its last segment unless given.
    project_name: Option<String>,
    /// An id, or a name for people.
    model: Option<String>,
    /// Found out from the model unless given.
    provider: Option<String>,
    /// All so far, not those of one message; 0 is not known.
    prompt_tokens: Option<f64>,
    /// All so far; 0 is not known.
    completion_tokens: Option<f64>,
    /// US dollars so far; 0 is not known, and estimated.
    cost: Option<f64>,
    /// Milliseconds.
    duration_ms: Option<f64>,
    /// Unix milliseconds, or an ISO date; the earliest that was told counts.
    #[schema(value_type = Option<Value>)]
    created_at: Option<Value>,
}

/// What a plugin says about a message, which makes its session when nobody told of it yet.
#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes a body that is read leniently, field by field")]
pub struct MessageCallJson {
    /// The tool's own id of the session; `sessionId` is taken as well.
    session_external_id: String,
    /// Its id in the session; `messageId` is taken as well.
    external_id: String,
    /// `user`, `assistant`, `system` or `tool`; anything else is shown like `system`.
    role: String,
    /// The tool, for a session nobody told of yet.
    source: Option<String>,
    /// `content` is taken as well.
    text_content: Option<String>,
    /// The model that answered.
    model: Option<String>,
    /// Of this message.
    prompt_tokens: Option<f64>,
    /// Of this message.
    completion_tokens: Option<f64>,
    /// Milliseconds.
    duration_ms: Option<f64>,
    /// Unix milliseconds, or an ISO date; when it came unless given.
    #[schema(value_type = Option<Value>)]
    created_at: Option<Value>,
    /// `{"type","content"}` in order: `text`, `thinking`, `tool-call`, `tool-result`; others are kept as they are.
    parts: Option<Vec<Value>>,
}

/// Sessions and messages together; what cannot be taken is named, the rest is stored.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes a body that is read leniently, item by item")]
pub struct BatchCallJson {
    /// Taken first.
    sessions: Option<Vec<SessionCallJson>>,
    /// Taken in their order.
    messages: Option<Vec<MessageCallJson>>,
}

/// What a session was told of is stored.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionTaken {
    /// Always.
    pub ok: bool,
    /// The session's id here.
    pub session_id: String,
}

/// What a message was told of is stored.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageTaken {
    /// Always.
    pub ok: bool,
    /// The message's id.
    pub message_id: String,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BatchTaken {
    /// Always.
    pub ok: bool,
    /// Sessions that are new or differ.
    pub sessions: usize,
    /// Messages that are new or differ.
    pub messages: usize,
    /// What could not be taken: `ID: REASON`.
    pub errors: Vec<String>,
    /// The same, counted.
    pub details: BatchDetails,
}

/// Counts of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BatchDetails {
    /// Of sessions.
    pub sessions: BatchCounts,
    /// Of messages.
    pub messages: BatchCounts,
}

/// What became of some.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BatchCounts {
    /// New.
    pub inserted: usize,
    /// Told more of.
    pub updated: usize,
    /// Known as they are, or deleted here.
    pub skipped: usize,
}

/// The sessions a tool need not send again.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalIdsJson {
    /// The tools' own ids.
    pub session_ids: Vec<String>,
}

/// Where sessions are pushed to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PushPlace {
    /// Names what is kept of the key's owner; another one when the archive is made anew.
    pub archive: String,
    /// How large a body may be.
    pub most_bytes: usize,
}

/// What became of pushed sessions.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PushOutcome {
    /// In the order of the body.
    pub sessions: Vec<PushedJson>,
}

/// A session that was pushed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PushedJson {
    /// Its id here.
    pub id: String,
    /// The tool's own id.
    pub external_id: String,
    /// The tool.
    pub source: String,
    /// `imported`, `updated`, `unchanged`, `deleted`, `older` or `resend`.
    pub state: &'static str,
}
