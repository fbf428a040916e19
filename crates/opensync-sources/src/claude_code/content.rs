//! Content blocks as parts of a message.
//!
//! Everything here runs before the session is changed, because a line that fails is tried again
//! after repair.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opensync_core::{Body, Part};
use serde_json::value::RawValue;

use super::record::{Block, Extra, Source, Spawn};
use crate::lenient::Content;

/// Larger outputs in `tool-results` stay a preview.
const MAX_OUTPUT: u64 = 64 << 20;

/// A block that became parts.
pub(super) enum Piece {
    /// Text of a person or the model, still to be judged.
    Text(String),
    /// A call, with what it told a sub-agent when it started one.
    Call { part: Part, started: Option<Started> },
    /// A result and the images in it.
    Result(Vec<Part>),
    /// Anything else.
    Other(Part),
}

/// A sub-agent that a call started.
#[derive(Clone)]
pub(super) struct Started {
    pub(super) call_id: Option<String>,
    pub(super) prompt: String,
    pub(super) description: Option<String>,
}

/// Reads the blocks of `content`. `line` is the whole record: unknown blocks are kept from it.
pub(super) fn pieces(
    content: &Content<'_, Block<'_>>,
    extra: &Extra<'_>,
    results: Option<&Path>,
    line: &str,
) -> Result<Vec<Piece>, serde_json::Error> {
    let blocks = match content {
        Content::Nothing => return Ok(Vec::new()),
        Content::Text(text) => return Ok(vec![Piece::Text(text.clone().into_owned())]),
        Content::Blocks(blocks) => blocks,
    };
    let is_result = |block: &Block<'_>| block.kind.get().is_some_and(|kind| kind.ends_with("tool_result"));
    // The extra belongs to the record; with several results nobody can tell to which.
    let alone = blocks.iter().filter(|block| is_result(block)).count() == 1;
    let mut pieces = Vec::with_capacity(blocks.len());
    for (number, block) in blocks.iter().enumerate() {
        let kind = block.kind.get().unwrap_or_default();
        pieces.push(match kind {
            "text" => Piece::Text(block.text.get().unwrap_or_default().to_owned()),
            "thinking" => Piece::Other(Part::Thinking(block.thinking.get().unwrap_or_default().into())),
            "redacted_thinking" => Piece::Other(Part::Thinking(Body::default())),
            "tool_use" | "server_tool_use" | "mcp_tool_use" => call(block)?,
            "image" | "document" => Piece::Other(image(&block.source, block.title.get())),
            _ if is_result(block) => Piece::Result(result(block, alone.then_some(extra), results)?),
            _ => Piece::Other(Part::Unknown {
                kind: kind.chars().take(60).collect(),
                json: raw_block(line, number).map_or_else(Body::default, Body::from),
            }),
        });
    }
    Ok(pieces)
}

fn call(block: &Block<'_>) -> Result<Piece, serde_json::Error> {
    let name = block.name.get().unwrap_or_default();
    let call_id = block.id.owned();
    let arguments = block.input.map_or("{}", RawValue::get);
    let started = if matches!(name, "Task" | "Agent") {
        let spawn: Spawn<'_> = serde_json::from_str(arguments)?;
        spawn.prompt.get().map(|prompt| Started {
            call_id: call_id.clone(),
            prompt: prompt.trim().to_owned(),
            description: spawn.description.owned(),
        })
    } else {
        None
    };
    let part = Part::ToolCall { call_id, name: name.to_owned(), arguments: Body::from(arguments) };
    Ok(Piece::Call { part, started })
}

fn result(
    block: &Block<'_>,
    extra: Option<&Extra<'_>>,
    results: Option<&Path>,
) -> Result<Vec<Part>, serde_json::Error> {
    let mut after = Vec::new();
    let joined;
    let text = match &block.content {
        Content::Nothing => "",
        Content::Text(text) => text.as_ref(),
        Content::Blocks(blocks) => {
            joined = inner(blocks, &mut after)?;
            &joined
        }
    };
    let whole = results.and_then(|folder| persisted(text, folder));
    let duration = extra.and_then(|extra| {
        let seconds = extra.seconds.0.map(|seconds| seconds * 1000.0);
        extra.duration.0.or(extra.total_duration.0).or(seconds)
    });
    let mut parts = vec![Part::ToolResult {
        call_id: block.call.owned(),
        name: None,
        output: whole.unwrap_or_else(|| Body::from(text)),
        is_error: block.is_error.0,
        duration_ms: duration.map(|duration| duration as u64),
        details: details(extra, text, block.is_error.set()),
    }];
    parts.append(&mut after);
    Ok(parts)
}

/// The text of the blocks in a result. What is no text goes into `after`.
fn inner(blocks: &[&RawValue], after: &mut Vec<Part>) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for raw in blocks {
        let block: Block<'_> = serde_json::from_str(raw.get())?;
        let title = block.title.get().unwrap_or_default();
        let line = match block.kind.get().unwrap_or_default() {
            "text" => block.text.get().unwrap_or_default().to_owned(),
            "tool_reference" => block.tool_name.get().unwrap_or_default().to_owned(),
            "web_search_result" => format!("{title} {}", block.url.get().unwrap_or_default()),
            "image" | "document" => {
                after.push(image(&block.source, block.title.get()));
                continue;
            }
            kind => {
                let kind = kind.chars().take(60).collect();
                after.push(Part::Unknown { kind, json: Body::from(raw.get()) });
                continue;
            }
        };
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
    }
    Ok(text)
}

fn image(source: &Source<'_>, title: Option<&str>) -> Part {
    let kind = source.kind.get().unwrap_or_default();
    let data = source.data.get().unwrap_or_default();
    let body = match kind {
        "base64" => STANDARD.decode(data).map_or_else(|_| Body::default(), Body::raw),
        "text" => Body::from(data),
        _ => Body::default(),
    };
    Part::Image {
        media_type: source.media_type.filled().unwrap_or("application/octet-stream").to_owned(),
        name: title.or(source.url.filled()).map(str::to_owned),
        body,
    }
}

/// What `toolUseResult` adds for display. Its copies of output and file contents are left out.
fn details(extra: Option<&Extra<'_>>, text: &str, is_error: bool) -> Option<Body> {
    let mut fields = Vec::new();
    if let Some(extra) = extra {
        if let Some(patch) = extra.patch.map(RawValue::get).filter(|patch| patch.starts_with('[') && *patch != "[]") {
            fields.push(format!("\"structuredPatch\":{patch}"));
        }
        if extra.interrupted.set() {
            fields.push("\"interrupted\":true".to_owned());
        }
        for (name, value) in [("returnCodeInterpretation", &extra.code_meaning), ("agentId", &extra.agent)] {
            if let Some(value) = value.filled() {
                fields.push(format!("\"{name}\":{}", serde_json::Value::from(value)));
            }
        }
    }
    if is_error
        && let Some(rest) = text.trim_start().strip_prefix("Exit code ")
        && let Ok(code) = rest.lines().next().unwrap_or_default().trim().parse::<i32>()
    {
        fields.push(format!("\"exitCode\":{code}"));
    }
    (!fields.is_empty()).then(|| Body::from(format!("{{{}}}", fields.join(",")).as_str()))
}

/// The whole of an output that the client moved to a file.
///
/// The transcript names the file by its path on the machine that wrote it. Only its name is used,
/// and only when it was in this session's own folder there and still is here.
fn persisted(text: &str, folder: &Path) -> Option<Body> {
    if !text.trim_start().starts_with("<persisted-output>") {
        return None;
    }
    let (_, path) = text.split_once("Full output saved to: ")?;
    let mut segments = path.lines().next()?.trim().rsplit(['/', '\\']);
    let (name, parent, session) = (segments.next()?, segments.next()?, segments.next()?);
    let own = folder.parent()?.file_name()?.to_str()?;
    if parent != "tool-results" || session != own || name.is_empty() || name.starts_with('.') {
        return None;
    }
    let folder: PathBuf = folder.canonicalize().ok()?;
    let path = folder.join(name).canonicalize().ok()?;
    if !path.starts_with(&folder) {
        return None;
    }
    let file = File::open(path).ok()?;
    let about = file.metadata().ok()?;
    if !about.is_file() || about.len() > MAX_OUTPUT {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(MAX_OUTPUT).read_to_end(&mut bytes).ok()?;
    Some(Body::from(String::from_utf8_lossy(&bytes).as_ref()))
}

/// The JSON of the record's block with this number, read again: it is rarely needed.
fn raw_block(line: &str, number: usize) -> Option<&str> {
    #[derive(serde::Deserialize)]
    struct Outer<'a> {
        #[serde(borrow)]
        message: Inner<'a>,
    }
    #[derive(serde::Deserialize)]
    struct Inner<'a> {
        #[serde(borrow)]
        content: Vec<&'a RawValue>,
    }
    let outer: Outer<'_> = serde_json::from_str(line).ok()?;
    outer.message.content.get(number).map(|raw| raw.get())
}

/// Characters the model wrote for this part, for judging a recorded output count.
pub(super) fn written(part: &Part) -> u64 {
    match part {
        Part::Text(text) => text.chars().count() as u64,
        Part::Thinking(body) | Part::ToolCall { arguments: body, .. } => body.size(),
        _ => 0,
    }
}

/// Merges `piece`, from a later line of the same response, into its parts. The first `earlier`
/// parts are from other lines.
///
/// A call with the same id and a text that continues an earlier one are new versions of it: older
/// clients wrote growing snapshots of a message.
pub(super) fn merge(parts: &mut Vec<Part>, earlier: usize, part: Part) {
    for old in parts.iter_mut().take(earlier) {
        let longer = match (&*old, &part) {
            (Part::Text(old), Part::Text(new)) if !old.is_empty() => longer(old.as_bytes(), new.as_bytes()),
            (Part::Thinking(old), Part::Thinking(new)) if old.size() > 0 && new.size() > 0 => {
                match (old.bytes(), new.bytes()) {
                    (Ok(old), Ok(new)) => longer(&old, &new),
                    _ => None,
                }
            }
            (Part::ToolCall { call_id: Some(old), .. }, Part::ToolCall { call_id: Some(new), .. }) => {
                (old == new).then_some(true)
            }
            _ => None,
        };
        if let Some(replace) = longer {
            if replace {
                *old = part;
            }
            return;
        }
    }
    parts.push(part);
}

/// Whether the new text continues the old one (`true`) or repeats its start (`false`).
fn longer(old: &[u8], new: &[u8]) -> Option<bool> {
    if new.starts_with(old) {
        Some(true)
    } else if old.starts_with(new) {
        Some(false)
    } else {
        None
    }
}
