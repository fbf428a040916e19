//! Messages and parts.

use serde::{Deserialize, Serialize};

use super::body::{BodyJson, Bytes};
use super::session::moment;
use crate::{Body, Message, Part, Role};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageJson {
    external_id: String,
    role: String,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    prompt_tokens: Option<u64>,
    #[serde(default)]
    completion_tokens: Option<u64>,
    #[serde(default)]
    created_at: Option<i64>,
    #[serde(default)]
    inherited: bool,
    #[serde(default)]
    off_path: bool,
    #[serde(default)]
    parts: Vec<PartJson>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", content = "content", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum PartJson {
    Text(String),
    Thinking(BodyJson),
    ToolCall {
        tool_name: String,
        #[serde(default)]
        call_id: Option<String>,
        args: BodyJson,
    },
    ToolResult {
        #[serde(default)]
        tool_name: Option<String>,
        #[serde(default)]
        call_id: Option<String>,
        result: BodyJson,
        #[serde(default)]
        is_error: Option<bool>,
        #[serde(default)]
        duration_ms: Option<u64>,
        #[serde(default)]
        details: Option<BodyJson>,
    },
    Image {
        media_type: String,
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        size_bytes: u64,
        /// Null when the bytes could not be read back.
        #[serde(default)]
        data: Option<Bytes>,
    },
    Unknown {
        kind: String,
        json: BodyJson,
    },
}

impl From<&Message> for MessageJson {
    fn from(message: &Message) -> Self {
        Self {
            external_id: message.external_id.clone(),
            role: message.role.as_str().to_owned(),
            model: message.model.clone(),
            prompt_tokens: message.prompt_tokens,
            completion_tokens: message.completion_tokens,
            created_at: message.created_at,
            inherited: message.inherited,
            off_path: message.off_path,
            parts: message.parts.iter().map(PartJson::from).collect(),
        }
    }
}

impl From<MessageJson> for Message {
    fn from(json: MessageJson) -> Self {
        Self {
            role: Role::parse(&json.role),
            external_id: json.external_id,
            model: json.model,
            created_at: moment(json.created_at),
            prompt_tokens: json.prompt_tokens,
            completion_tokens: json.completion_tokens,
            inherited: json.inherited,
            off_path: json.off_path,
            parts: json.parts.into_iter().map(Part::from).collect(),
        }
    }
}

impl From<&Part> for PartJson {
    fn from(part: &Part) -> Self {
        match part.clone() {
            Part::Text(text) => Self::Text(text),
            Part::Thinking(body) => Self::Thinking(BodyJson::from(&body)),
            Part::ToolCall { call_id, name, arguments } => {
                Self::ToolCall { tool_name: name, call_id, args: BodyJson::from(&arguments) }
            }
            Part::ToolResult { call_id, name, output, is_error, duration_ms, details } => Self::ToolResult {
                tool_name: name,
                call_id,
                result: BodyJson::from(&output),
                is_error,
                duration_ms,
                details: details.as_ref().map(BodyJson::from),
            },
            Part::Image { media_type, name, body } => {
                let data = body.bytes().ok().map(|bytes| Bytes(bytes.into_owned()));
                Self::Image { media_type, name, size_bytes: body.size(), data }
            }
            Part::Unknown { kind, json } => Self::Unknown { kind, json: BodyJson::from(&json) },
        }
    }
}

impl From<PartJson> for Part {
    fn from(json: PartJson) -> Self {
        match json {
            PartJson::Text(text) => Self::Text(text),
            PartJson::Thinking(body) => Self::Thinking(body.into()),
            PartJson::ToolCall { tool_name, call_id, args } => {
                Self::ToolCall { call_id, name: tool_name, arguments: args.into() }
            }
            PartJson::ToolResult { tool_name, call_id, result, is_error, duration_ms, details } => Self::ToolResult {
                call_id,
                name: tool_name,
                output: result.into(),
                is_error,
                duration_ms,
                details: details.map(Body::from),
            },
            PartJson::Image { media_type, name, data, .. } => {
                let bytes = data.map(|data| data.0).unwrap_or_default();
                let body = if bytes.is_empty() { Body::default() } else { Body::raw(bytes) };
                Self::Image { media_type, name, body }
            }
            PartJson::Unknown { kind, json } => Self::Unknown { kind, json: json.into() },
        }
    }
}
