//! Content blocks as parts of a message.
//!
//! Everything here runs before the session is changed, because a line that fails is tried again
//! after repair.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opensync_core::{Body, Part};
use serde_json::value::RawValue;

use super::record::{Block, Blocks, Message};
use crate::lenient::Content;

/// The blocks of `content` in order.
pub(super) fn parts(content: &Blocks<'_>) -> Result<Vec<Part>, serde_json::Error> {
    match content {
        Content::Nothing => Ok(Vec::new()),
        Content::Text(text) => Ok(text_part(text).into_iter().collect()),
        Content::Blocks(blocks) => {
            let mut parts = Vec::with_capacity(blocks.len());
            for block in blocks {
                parts.extend(part(block)?);
            }
            Ok(parts)
        }
    }
}

/// The result of a tool, and the pictures in it.
pub(super) fn result(message: &Message<'_>) -> Result<Vec<Part>, serde_json::Error> {
    let (mut output, mut after) = (String::new(), Vec::new());
    for part in parts(&message.content)? {
        match part {
            Part::Text(text) => {
                if !output.is_empty() {
                    output.push('\n');
                }
                output.push_str(&text);
            }
            other => after.push(other),
        }
    }
    let details = message.details.map(RawValue::get).filter(|details| *details != "{}");
    let mut parts = vec![Part::ToolResult {
        call_id: message.call.owned(),
        name: message.tool.owned(),
        output: Body::from(output.as_str()),
        is_error: message.is_error.0,
        duration_ms: None,
        details: details.map(Body::from),
    }];
    parts.append(&mut after);
    Ok(parts)
}

/// A command the user ran in Pi's own shell, as text: neither a prompt nor a call of the model.
pub(super) fn shell(message: &Message<'_>) -> Vec<Part> {
    let mut parts = vec![Part::Text(format!("! {}", message.command.get().unwrap_or_default()))];
    parts.extend(message.output.filled().map(|output| Part::Text(output.trim_matches('\n').to_owned())));
    let mut notes = Vec::new();
    if let Some(code) = message.exit_code.0.filter(|code| *code != 0.0) {
        notes.push(format!("exit code {code}"));
    }
    if message.cancelled.set() {
        notes.push("cancelled".to_owned());
    }
    if message.truncated.set() {
        notes.push(match message.full_output.filled() {
            Some(path) => format!("shortened, all of it in {path}"),
            None => "shortened".to_owned(),
        });
    }
    if !notes.is_empty() {
        parts.push(Part::Text(format!("({})", notes.join(", "))));
    }
    parts
}

fn part(raw: &RawValue) -> Result<Option<Part>, serde_json::Error> {
    let json = raw.get();
    if json.starts_with('"') {
        return Ok(text_part(&serde_json::from_str::<String>(json)?));
    }
    let block: Block<'_> = serde_json::from_str(json)?;
    Ok(Some(match block.kind.get().unwrap_or_default() {
        "text" => return Ok(text_part(block.text.get().unwrap_or_default())),
        "thinking" => Part::Thinking(block.thinking.get().unwrap_or_default().into()),
        "toolCall" => Part::ToolCall {
            call_id: block.id.owned(),
            name: block.name.get().unwrap_or_default().to_owned(),
            arguments: block.arguments.map_or("{}", RawValue::get).into(),
        },
        "image" => Part::Image {
            media_type: block.media_type.filled().unwrap_or("application/octet-stream").to_owned(),
            name: None,
            body: STANDARD.decode(block.data.get().unwrap_or_default()).map_or_else(|_| Body::default(), Body::raw),
        },
        kind => Part::Unknown { kind: kind.chars().take(60).collect(), json: json.into() },
    }))
}

fn text_part(text: &str) -> Option<Part> {
    (!text.trim().is_empty()).then(|| Part::Text(text.to_owned()))
}
