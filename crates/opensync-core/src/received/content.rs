//! Parts of a message as plugins send them, in a dozen shapes, as parts we know. What is none of these
//! is kept as it was written.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use super::facts::MessageFacts;
use super::json::{Fields, string};
use crate::{Body, Part};

/// How deep texts may stand in one another.
const DEPTH: usize = 4;

/// A part whose text may still be taken apart.
#[derive(Debug)]
enum Draft {
    Text(String),
    Thinking(String),
    Call { id: Option<String>, name: String, arguments: String },
    Result { id: Option<String>, name: Option<String>, output: String, is_error: Option<bool> },
    Other(Part),
}

/// The parts of a message, its text among them once. `id` names calls that have no id of their own.
pub(super) fn parts(id: &str, facts: &MessageFacts) -> Vec<Part> {
    let mut drafts = Vec::new();
    for part in facts.parts.iter().flatten() {
        read(part, &mut drafts);
    }
    drafts.retain(|draft| !matches!(draft, Draft::Text(text) | Draft::Thinking(text) if text.trim().is_empty()));
    if let Some(text) = facts.text.as_ref().filter(|text| !text.trim().is_empty()) {
        join_text(text, facts.restated, &mut drafts);
    }
    finish(id, facts.duration_ms, split_thinking(drafts))
}

/// Puts the message's text in front, unless its parts say the same.
fn join_text(text: &str, restated: bool, drafts: &mut Vec<Draft>) {
    let said = squash(text);
    let parts: String = drafts
        .iter()
        .filter_map(|draft| match draft {
            Draft::Text(text) => Some(squash(text)),
            _ => None,
        })
        .collect();
    if !restated && !parts.is_empty() && parts.contains(&said) {
        return;
    }
    if restated || said.contains(&parts) {
        drafts.retain(|draft| !matches!(draft, Draft::Text(_)));
    }
    drafts.insert(0, Draft::Text(text.to_owned()));
}

/// A text can repeat thoughts that are a part of their own: they are shown where the text has them.
fn split_thinking(drafts: Vec<Draft>) -> Vec<Draft> {
    const OPEN: &str = "<thinking>";
    const CLOSE: &str = "</thinking>";
    let mut thoughts: Vec<String> = drafts
        .iter()
        .filter_map(|draft| match draft {
            Draft::Thinking(text) => Some(squash(text)),
            _ => None,
        })
        .collect();
    let mut told = Vec::new();
    let mut split = Vec::new();
    for draft in drafts {
        let Draft::Text(text) = draft else {
            split.push(draft);
            continue;
        };
        let (mut rest, mut from) = (text.as_str(), 0);
        while let Some(open) = rest[from..].find(OPEN).map(|at| at + from) {
            let Some(close) = rest[open..].find(CLOSE).map(|at| at + open) else { break };
            let inner = &rest[open + OPEN.len()..close];
            let squashed = squash(inner);
            let Some(known) = thoughts.iter().position(|thought| *thought == squashed) else {
                from = close;
                continue;
            };
            thoughts.swap_remove(known);
            if !rest[..open].trim().is_empty() {
                split.push(Draft::Text(rest[..open].trim_end().to_owned()));
            }
            split.push(Draft::Other(Part::Thinking(Body::from(inner))));
            told.push(squashed);
            (rest, from) = (rest[close + CLOSE.len()..].trim_start_matches(['\n', '\r']), 0);
        }
        if !rest.trim().is_empty() {
            split.push(Draft::Text(rest.to_owned()));
        }
    }
    split.retain(|draft| {
        let Draft::Thinking(text) = draft else { return true };
        let known = told.iter().position(|thought| *thought == squash(text));
        known.map(|at| told.swap_remove(at)).is_none()
    });
    split
}

/// Gives calls an id and results that of the call before them.
fn finish(message: &str, duration_ms: Option<u64>, drafts: Vec<Draft>) -> Vec<Part> {
    let (mut calls, mut open): (usize, Option<(String, String)>) = (0, None);
    let only_result = drafts.iter().filter(|draft| matches!(draft, Draft::Result { .. })).count() == 1;
    let part = |draft| match draft {
        Draft::Text(text) => Part::Text(text),
        Draft::Thinking(text) => Part::Thinking(Body::from(text.as_str())),
        Draft::Call { id, name, arguments } => {
            let id = id.unwrap_or_else(|| match calls {
                0 => message.to_owned(),
                n => format!("{message}#{n}"),
            });
            calls += 1;
            open = Some((id.clone(), name.clone()));
            Part::ToolCall { call_id: Some(id), name, arguments: Body::from(arguments.as_str()) }
        }
        Draft::Result { id, name, output, is_error } => {
            let call = open.take().filter(|(call, _)| id.as_ref().is_none_or(|id| id == call));
            let (call_id, call_name) = call.unzip();
            Part::ToolResult {
                call_id: id.or(call_id),
                name: name.or(call_name),
                output: Body::from(output.as_str()),
                is_error,
                duration_ms: duration_ms.filter(|_| only_result),
                details: None,
            }
        }
        Draft::Other(part) => part,
    };
    drafts.into_iter().map(part).collect()
}

/// Reads one part.
fn read(part: &RawValue, drafts: &mut Vec<Draft>) {
    if let Some(text) = string(part) {
        return drafts.push(Draft::Text(text));
    }
    let fields = Fields::of(part.get()).unwrap_or_default();
    let kind = fields.first(&["type"]).and_then(string).unwrap_or_default();
    if known(&kind.to_lowercase().replace('_', "-"), &fields, drafts).is_none() {
        let kind = if kind.is_empty() { "unknown".to_owned() } else { kind };
        drafts.push(Draft::Other(Part::Unknown { kind, json: Body::from(part.get()) }));
    }
}

/// `None` when it is none of the parts we know.
fn known(kind: &str, fields: &Fields<'_>, drafts: &mut Vec<Draft>) -> Option<()> {
    let content = fields.first(&["content"]);
    // What a part is about is in its content, or in the part itself.
    let inner = content.filter(|content| content.get().starts_with('{')).and_then(|json| Fields::of(json.get()));
    let fields_in = inner.as_ref().unwrap_or(fields);
    let named = |names: &[&'static str]| fields_in.text(names).ok().flatten().or(fields.text(names).ok().flatten());
    let id = named(&["toolCallId", "tool_call_id", "callId", "call_id", "tool_use_id", "id"]);
    let tool = named(&["toolName", "name", "tool_name", "tool"]);
    let is_error = fields_in.first(&["isError", "is_error"]).and_then(|value| value.get().parse().ok());
    match kind {
        "text" | "input-text" | "output-text" => {
            drafts.push(Draft::Text(words(fields.first(&["content", "text"])?, DEPTH)?));
        }
        "thinking" | "reasoning" => {
            let value = fields_in.first(&["thinking", "reasoning", "text", "content"]).or(content)?;
            drafts.push(Draft::Thinking(words(value, DEPTH)?));
        }
        "tool-call" | "tool-use" | "toolcall" | "function-call" => {
            let arguments = fields_in.first(&["args", "arguments", "input", "parameters"]);
            let name = tool.or_else(|| content.and_then(string))?;
            let result = fields_in.first(&["result", "output"]).map(output);
            drafts.push(Draft::Call {
                id: id.clone(),
                name: name.clone(),
                // Some send JSON as a text.
                arguments: arguments.map_or_else(|| "{}".to_owned(), |json| string(json).unwrap_or(json.get().into())),
            });
            drafts.extend(result.map(|output| Draft::Result { id, name: Some(name), output, is_error }));
        }
        "tool-result" | "toolresult" | "function-call-output" => {
            let value = fields_in.first(&["result", "output", "content", "text"]).or(content)?;
            drafts.push(Draft::Result { id, name: tool, output: output(value), is_error });
        }
        "image" | "file" => drafts.push(Draft::Other(image(fields_in)?)),
        _ => return None,
    }
    Some(())
}

/// What a tool gave back, as text.
fn output(value: &RawValue) -> String {
    words(value, DEPTH).unwrap_or_else(|| value.get().to_owned())
}

/// A text, or one in an object or a list of such.
fn words(value: &RawValue, depth: usize) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    match value.get().as_bytes().first()? {
        b'"' => string(value),
        b'{' => words(Fields::of(value.get())?.first(&["text", "content"])?, depth),
        b'[' => {
            let list: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
            let texts: Option<Vec<String>> = list.iter().map(|item| words(item, depth)).collect();
            texts.map(|texts| texts.join("\n"))
        }
        _ => None,
    }
}

/// An image whose bytes came along.
fn image(fields: &Fields<'_>) -> Option<Part> {
    let inner = fields.first(&["source"]).and_then(|json| Fields::of(json.get()));
    let fields = inner.as_ref().unwrap_or(fields);
    let text = |names: &[&'static str]| fields.text(names).ok().flatten();
    let data = text(&["data", "url", "image"])?;
    let (media_type, data) = match data.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")) {
        Some((media_type, data)) => (media_type.to_owned(), data),
        None => (text(&["mediaType", "media_type", "mimeType", "mime"])?, data.as_str()),
    };
    if !media_type.starts_with("image/") && media_type != "application/pdf" {
        return None;
    }
    let body = Body::raw(STANDARD.decode(data).ok()?);
    Some(Part::Image { media_type, name: text(&["name", "filename"]), body })
}

/// A text without white space, to compare what is only laid out in another way.
fn squash(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
