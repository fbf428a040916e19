//! Parts of messages: text, reasoning, calls with their results, files.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opensync_core::{Body, Part, Usage};

use super::expected;
use super::message::tokens;
use crate::loose::{Object, percent_decoded};
use crate::tally::{Tally, plain};

/// What a part record became.
#[derive(Default)]
pub(super) struct Piece {
    pub parts: Vec<Part>,
    /// Text the client wrote in the user's name.
    pub synthetic: bool,
    /// It asks for a compaction; whether the client itself did.
    pub compaction: Option<bool>,
    /// Tokens and cost of one model call, in a `step-finish`.
    pub step: Option<(Usage, Option<f64>)>,
    /// The session that a call started, and the call.
    pub started: Option<(String, Option<String>)>,
}

/// Reads the part `text` is.
pub(super) fn piece(object: &Object<'_>, text: &str, tally: &mut Tally) -> Piece {
    let mut piece = Piece::default();
    let kind = object.text("type").unwrap_or_default();
    expected::part(tally, &kind, object);
    match kind.as_str() {
        "text" => {
            // Early ones have it under `content`.
            let text = object.text("text").or_else(|| object.text("content"));
            piece.parts.extend(text.map(Part::Text));
            piece.synthetic = object.is_true("synthetic");
        }
        "reasoning" => {
            let text = object.text("text").or_else(|| object.text("content"));
            piece.parts.extend(text.map(|text| Part::Thinking(Body::from(text.as_str()))));
        }
        "tool" => tool(object, &mut piece, tally),
        "file" => {
            piece.parts.push(file(object));
            piece.synthetic = object.is_true("synthetic");
        }
        "agent" => piece.parts.extend(object.text("name").map(|name| Part::Text(format!("@{name}")))),
        "subtask" => {
            let task = object.text("prompt").or_else(|| object.text("description"));
            let agent = object.text("agent").map(|agent| format!("@{agent} ")).unwrap_or_default();
            piece.parts.extend(task.map(|task| Part::Text(format!("{agent}{task}"))));
        }
        "compaction" => piece.compaction = Some(object.is_true("auto")),
        "step-finish" => {
            let used = Some(object.object("tokens")).filter(|used| !used.is_empty());
            piece.step = used.map(|used| (tokens(&used), object.number("cost")));
        }
        "step-start" | "snapshot" | "patch" | "retry" => {}
        other => {
            tally.unknown("part type", other);
            piece.parts.push(Part::Unknown { kind: plain(other).to_owned(), json: Body::from(text) });
        }
    }
    piece
}

fn tool(object: &Object<'_>, piece: &mut Piece, tally: &mut Tally) {
    let name = object.text("tool").unwrap_or_default();
    let call_id = object.text("callID");
    let state = object.object("state");
    let metadata = state.object("metadata");
    let arguments = match state.raw("input") {
        // Still being streamed: what has come so far.
        None | Some("{}") => state.text("raw").map_or_else(|| Body::from("{}"), |raw| Body::from(raw.as_str())),
        Some(input) => Body::from(input),
    };
    piece.parts.push(Part::ToolCall { call_id: call_id.clone(), name: name.clone(), arguments });
    if let Some(child) = metadata.text("sessionId").or_else(|| metadata.text("sessionID")) {
        piece.started = Some((child, call_id.clone()));
    }
    let status = state.text("status").unwrap_or_default();
    let output = match status.as_str() {
        "completed" => state.text("output").unwrap_or_default(),
        "error" => state.text("error").or_else(|| state.text("output")).unwrap_or_default(),
        "pending" | "running" => return,
        other => return tally.unknown("tool status", other),
    };
    let exit = metadata.number("exit").is_some_and(|code| code != 0.0);
    let time = state.object("time");
    let duration = time.time("end").zip(time.time("start")).and_then(|(end, start)| u64::try_from(end - start).ok());
    piece.parts.push(Part::ToolResult {
        call_id,
        is_error: Some(status == "error" || (name == "bash" && exit) || name == "invalid"),
        name: Some(name),
        output: Body::from(output.as_str()),
        duration_ms: duration,
        details: details(&metadata),
    });
    piece.parts.extend(state.list("attachments").into_iter().filter_map(Object::parse).map(|item| file(&item)));
}

/// What the metadata adds to the output. Copies of the output and of whole files are left out.
fn details(metadata: &Object<'_>) -> Option<Body> {
    let mut fields = Vec::new();
    for (from, to) in [("exit", "exitCode"), ("diff", "diff"), ("sessionId", "agentId")] {
        if let Some(value) = metadata.raw(from) {
            fields.push(format!("\"{to}\":{value}"));
        }
    }
    if metadata.is_true("truncated") {
        fields.push("\"truncated\":true".to_owned());
    }
    (!fields.is_empty()).then(|| Body::from(format!("{{{}}}", fields.join(",")).as_str()))
}

/// An attached file: its bytes when they are in the record, else its address as the name.
fn file(object: &Object<'_>) -> Part {
    let url = object.text("url").unwrap_or_default();
    let data = url.strip_prefix("data:").and_then(|rest| rest.split_once(','));
    let declared = data.and_then(|(head, _)| head.split(';').next()).filter(|kind| !kind.is_empty());
    let media_type = object.text("mime").or_else(|| declared.map(str::to_owned));
    let body = match data {
        Some((head, data)) if head.ends_with(";base64") => {
            STANDARD.decode(data.trim()).map_or_else(|_| Body::default(), Body::raw)
        }
        Some((_, data)) => Body::new(&percent_decoded(data)),
        None => Body::default(),
    };
    let address = (data.is_none() && !url.is_empty()).then_some(url);
    Part::Image {
        media_type: media_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
        name: object.text("filename").or(address),
        body,
    }
}
