//! Content as the Gemini API has it: text, or a list of parts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opensync_core::{Body, Part};

use super::calls;
use crate::loose::{Object, list, string};
use crate::tally::plain as name;

/// Between these, the client adds files that a prompt names with `@`.
const FILES: &str = "--- Content from referenced files ---";
const FILES_END: &str = "--- End of content ---";

/// Content, taken apart.
#[derive(Default)]
pub(super) struct Content {
    /// Text, pictures and what nobody knows, in order.
    pub parts: Vec<Part>,
    /// Thoughts among them.
    pub thoughts: Vec<Part>,
    /// Files the client added.
    pub files: Vec<Part>,
    /// Calls, with their ids.
    pub calls: Vec<(Option<String>, Part)>,
    /// Results, with the ids of their calls and what came with them.
    pub results: Vec<(Option<String>, Vec<Part>)>,
}

impl Content {
    /// Reads it from JSON.
    pub(super) fn read(raw: &str) -> Self {
        let mut content = Self::default();
        let mut is_file = false;
        for piece in pieces(raw) {
            match Object::parse(piece) {
                Some(part) => content.part(&part, piece, &mut is_file),
                None => match string(piece) {
                    Some(text) => content.text(&text, &mut is_file),
                    None => content.parts.push(unknown("part", piece)),
                },
            }
        }
        content
    }

    fn part(&mut self, part: &Object<'_>, json: &str, is_file: &mut bool) {
        if let Some(call) = part.raw("functionCall").and_then(Object::parse) {
            let call_id = call.text("id");
            let part = Part::ToolCall {
                call_id: call_id.clone(),
                name: call.text("name").unwrap_or_default(),
                arguments: call.raw("args").unwrap_or("{}").into(),
            };
            self.calls.push((call_id, part));
        } else if let Some(answer) = part.raw("functionResponse").and_then(Object::parse) {
            let call_id = answer.text("id");
            let (output, mut beside) = calls::response(&answer);
            let result = Part::ToolResult {
                call_id: call_id.clone(),
                name: answer.text("name"),
                output: output.as_str().into(),
                is_error: Some(answer.object("response").raw("error").is_some()),
                duration_ms: None,
                details: None,
            };
            beside.insert(0, result);
            self.results.push((call_id, beside));
        } else if let Some(text) = part.text("text") {
            if part.is_true("thought") {
                self.thoughts.push(Part::Thinking(text.as_str().into()));
            } else {
                self.text(&text, is_file);
            }
        } else if let Some(data) = part.raw("inlineData").and_then(Object::parse) {
            let bytes = STANDARD.decode(data.text("data").unwrap_or_default());
            self.parts.push(picture(&data, bytes.map_or_else(|_| Body::default(), Body::raw)));
        } else if let Some(data) = part.raw("fileData").and_then(Object::parse) {
            self.parts.push(picture(&data, Body::default()));
        } else if part.raw("text").is_none() && part.fields().any(|(name, _)| name != "thoughtSignature") {
            let kind = part.fields().next().map_or("part", |(field, _)| name(field)).to_owned();
            self.parts.push(unknown(&kind, json));
        }
    }

    fn text(&mut self, text: &str, is_file: &mut bool) {
        let mut rest = text;
        while !rest.is_empty() {
            let mark = if *is_file { FILES_END } else { FILES };
            let (piece, after) = match rest.find(mark) {
                // The mark of the end belongs to the files, that of the beginning does as well.
                Some(at) if *is_file => (&rest[..at + mark.len()], Some(&rest[at + mark.len()..])),
                Some(at) => (&rest[..at], Some(&rest[at..])),
                None => (rest, None),
            };
            if !piece.trim().is_empty() {
                let to = if *is_file { &mut self.files } else { &mut self.parts };
                let piece = if after.is_some() { piece.trim() } else { piece };
                to.push(Part::Text(piece.to_owned()));
            }
            let Some(after) = after else { return };
            *is_file = !*is_file;
            rest = after;
        }
    }
}

/// Text and pictures, whatever they are for.
pub(super) fn plain(raw: &str) -> Vec<Part> {
    let Content { mut parts, mut thoughts, mut files, .. } = Content::read(raw);
    parts.append(&mut files);
    parts.append(&mut thoughts);
    parts
}

/// The parts of content that may be one part or a list.
pub(super) fn pieces(raw: &str) -> Vec<&str> {
    if raw.starts_with('[') { list(raw) } else { vec![raw] }
}

/// Thoughts in the client's own list.
pub(super) fn thoughts(raw: &str) -> Vec<Part> {
    let thought = |item: &str| {
        let thought = Object::parse(item)?;
        let said = [thought.text("subject").map(|subject| format!("**{subject}**")), thought.text("description")];
        let said: Vec<_> = said.into_iter().flatten().collect();
        (!said.is_empty()).then(|| Part::Thinking(said.join("\n\n").as_str().into()))
    };
    list(raw).into_iter().filter_map(thought).collect()
}

fn picture(data: &Object<'_>, body: Body) -> Part {
    Part::Image {
        media_type: data.text("mimeType").unwrap_or_else(|| "application/octet-stream".to_owned()),
        name: data.text("displayName").or_else(|| data.text("fileUri")),
        body,
    }
}

fn unknown(kind: &str, json: &str) -> Part {
    Part::Unknown { kind: kind.to_owned(), json: json.into() }
}
