//! Content blocks as parts of a message.
//!
//! Everything here runs before the session is changed, because a line that fails is tried again
//! after repair.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opensync_core::{Body, Part};
use serde_json::value::RawValue;

use super::record::{Block, Blocks, Source};
use crate::lenient::Content;

/// A block that became parts.
pub(super) enum Piece {
    /// Text of a person or the model, still to be judged.
    Text(String),
    /// A result and the images in it.
    Result(Vec<Part>),
    /// Anything else.
    Other(Part),
}

/// Reads the blocks of `content`.
pub(super) fn pieces(content: &Blocks<'_>) -> Result<Vec<Piece>, serde_json::Error> {
    match content {
        Content::Nothing => Ok(Vec::new()),
        Content::Text(text) => Ok(vec![Piece::Text(text.clone().into_owned())]),
        Content::Blocks(blocks) => blocks.iter().map(|raw| piece(raw.get())).collect(),
    }
}

fn piece(json: &str) -> Result<Piece, serde_json::Error> {
    if json.starts_with('"') {
        return Ok(Piece::Text(serde_json::from_str(json)?));
    }
    let block: Block<'_> = serde_json::from_str(json)?;
    let part = match block.kind.get().unwrap_or_default() {
        "text" => return Ok(Piece::Text(block.text.get().unwrap_or_default().to_owned())),
        "tool_result" => return Ok(Piece::Result(result(&block)?)),
        "thinking" | "reasoning" | "thought" => {
            Part::Thinking(block.thinking.get().or(block.text.get()).unwrap_or_default().into())
        }
        "redacted_thinking" => Part::Thinking(Body::default()),
        "tool_use" => Part::ToolCall {
            call_id: block.id.owned(),
            name: block.name.get().unwrap_or_default().to_owned(),
            arguments: block.input.map_or("{}", RawValue::get).into(),
        },
        "image" | "document" => image(&block.source),
        kind => Part::Unknown { kind: kind.chars().take(60).collect(), json: json.into() },
    };
    Ok(Piece::Other(part))
}

fn result(block: &Block<'_>) -> Result<Vec<Part>, serde_json::Error> {
    let mut after = Vec::new();
    let json = block.content.map_or("null", RawValue::get);
    let output = match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str(json)?,
        Some(b'[') => inner(json, &mut after)?,
        _ if json == "null" => String::new(),
        // An object (or a number) stays what it is.
        _ => json.to_owned(),
    };
    let failed = block.exit_code.0.filter(|code| *code != 0.0);
    let mut parts = vec![Part::ToolResult {
        call_id: block.call.owned(),
        name: None,
        output: Body::from(output.as_str()),
        is_error: if failed.is_some() { Some(true) } else { block.is_error.0 },
        duration_ms: None,
        details: block.exit_code.0.map(|code| Body::from(format!("{{\"exitCode\":{code}}}").as_str())),
    }];
    parts.append(&mut after);
    Ok(parts)
}

/// The text of the blocks in a result. What is no text goes into `after`.
fn inner(json: &str, after: &mut Vec<Part>) -> Result<String, serde_json::Error> {
    let blocks: Vec<&RawValue> = serde_json::from_str(json)?;
    let mut output = String::new();
    for raw in blocks {
        match piece(raw.get())? {
            Piece::Text(text) => {
                if !output.is_empty() {
                    output.push('\n');
                }
                output.push_str(&text);
            }
            Piece::Result(mut parts) => after.append(&mut parts),
            Piece::Other(part) => after.push(part),
        }
    }
    Ok(output)
}

fn image(source: &Source<'_>) -> Part {
    let data = source.data.get().unwrap_or_default();
    let body = match source.kind.get().unwrap_or_default() {
        "base64" => STANDARD.decode(data).map_or_else(|_| Body::default(), Body::raw),
        "text" => Body::from(data),
        _ => Body::default(),
    };
    let media_type = source.mime.filled().or(source.media_type.filled()).unwrap_or("application/octet-stream");
    let name = source.name.filled().or(source.path.filled()).or(source.url.filled());
    Part::Image { media_type: media_type.to_owned(), name: name.map(str::to_owned), body }
}
