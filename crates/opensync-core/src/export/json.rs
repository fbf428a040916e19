//! JSON for programs, complete enough to be imported again.
//!
//! `{"format":"opensync-sessions","version":1,"exportedAt":...,"sessions":[..]}`. A session has the
//! fields of the API and `messages`, those a message has there, with its parts in order. What tools
//! were told and answered is text, as it was recorded; images are base64. A message stands on a line.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Context, Exporter, Format};
use crate::wire::SessionJson;
use crate::{Body, Message, Part, Session};

pub(super) const FORMAT: Format = Format {
    id: "json",
    name: "JSON",
    about: "Everything, for programs",
    extension: "json",
    content_type: "application/json",
    make: |context| Box::new(Json { context, sessions: 0, messages: 0 }),
};

struct Json {
    context: Context,
    sessions: u64,
    messages: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageLine<'a> {
    external_id: &'a str,
    role: &'static str,
    text_content: String,
    model: Option<&'a str>,
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    created_at: Option<i64>,
    inherited: bool,
    parts: Vec<Value>,
}

impl Exporter for Json {
    fn begin(&mut self, out: &mut String) {
        let at = self.context.at.as_millisecond();
        let _ = write!(out, "{{\"format\":\"opensync-sessions\",\"version\":1,\"exportedAt\":{at},\"sessions\":[");
    }

    fn session(&mut self, session: &Session, out: &mut String) {
        out.push_str(if self.sessions > 0 { ",\n" } else { "\n" });
        self.sessions += 1;
        self.messages = 0;
        let mut head = json!(SessionJson::from(session));
        head["clientVersion"] = json!(session.client_version);
        let head = head.to_string();
        // The messages become its last field.
        out.push_str(head.strip_suffix('}').unwrap_or(&head));
        out.push_str(",\"messages\":[");
    }

    fn message(&mut self, message: &Message, out: &mut String) {
        out.push_str(if self.messages > 0 { ",\n" } else { "\n" });
        self.messages += 1;
        let line = MessageLine {
            external_id: &message.external_id,
            role: message.role.as_str(),
            text_content: message.text(),
            model: message.model.as_deref(),
            prompt_tokens: message.prompt_tokens,
            completion_tokens: message.completion_tokens,
            created_at: message.created_at,
            inherited: message.inherited,
            parts: message.parts.iter().map(part).collect(),
        };
        out.push_str(&json!(line).to_string());
    }

    fn end_session(&mut self, out: &mut String) {
        out.push_str("]}");
    }

    fn end(&mut self, out: &mut String) {
        out.push_str("\n]}\n");
    }
}

fn part(part: &Part) -> Value {
    match part {
        Part::Text(text) => json!({ "type": "text", "content": text }),
        Part::Thinking(body) => json!({ "type": "thinking", "content": text(body) }),
        Part::ToolCall { call_id, name, arguments } => {
            json!({ "type": "tool-call", "content": { "toolName": name, "callId": call_id, "args": text(arguments) } })
        }
        Part::ToolResult { call_id, name, output, is_error, duration_ms, details } => {
            json!({ "type": "tool-result", "content": {
                "toolName": name, "callId": call_id, "result": text(output), "isError": is_error,
                "durationMs": duration_ms, "details": details.as_ref().map(text),
            } })
        }
        Part::Image { media_type, name, body } => {
            let data = body.bytes().ok().map(|bytes| STANDARD.encode(bytes));
            json!({ "type": "image", "content": {
                "mediaType": media_type, "name": name, "sizeBytes": body.size(), "data": data,
            } })
        }
        Part::Unknown { kind, json } => json!({ "type": "unknown", "kind": kind, "content": text(json) }),
    }
}

/// The body's text; null when it cannot be read back.
fn text(body: &Body) -> Option<String> {
    body.text().ok()
}
