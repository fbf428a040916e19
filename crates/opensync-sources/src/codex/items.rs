//! Response items: what goes to the model and comes from it.

use std::borrow::Cow;

use opensync_core::text::clean;
use opensync_core::{Body, Part};
use serde_json::value::RawValue;

use super::display::Spot;
use super::expected;
use super::output::{self, Outcome, Output};
use super::prompt::{self, Written};
use super::reader::Reader;
use super::records::{Content, Item, Str, contents, kind, piece};

/// Items that say nothing a reader wants: snapshots for undo, opaque compaction state.
const SKIPPED: &[&str] = &[
    "additional_tools",
    "compaction",
    "compaction_summary",
    "compaction_trigger",
    "context_compaction",
    "ghost_snapshot",
    "other",
];

/// Whether this is the type of an item, for lines that have no envelope.
pub(super) fn is_known(kind: &str) -> bool {
    let shown = ["message", "reasoning", "agent_message"].contains(&kind);
    shown || SKIPPED.contains(&kind) || kind.ends_with("_call") || kind.ends_with("_output")
}

/// Takes one item. `compaction` says that it answers the client's own compaction request.
pub(super) fn item(
    reader: &mut Reader,
    line: u64,
    at: Option<i64>,
    json: &str,
    compaction: bool,
) -> Result<(), serde_json::Error> {
    let kind = kind(json);
    if SKIPPED.contains(&&*kind) {
        return Ok(());
    }
    let item: Item<'_> = serde_json::from_str(json)?;
    expected::item(reader, &kind, &item);
    let spot = reader.spot(&item.id, line, at);
    let call_id = item.call_id.some().or(item.id.some()).map(str::to_owned);
    let mut call = |name: &str, arguments: Body, made: Option<Part>| {
        if let Some(id) = call_id.as_deref().filter(|_| &*item.status == "failed") {
            reader.display.ended(id, Outcome { failed: Some(true), ..Outcome::default() });
        }
        reader.display.call(spot.clone(), call_id.clone(), clean(name).into_owned(), arguments, made);
    };
    match &*kind {
        "message" => message(reader, spot, &item, compaction),
        "reasoning" => {
            let summary = text(&contents(item.summary));
            let text = if summary.is_empty() { text(&contents(item.content)) } else { summary };
            reader.display.reasoning(spot, text);
        }
        "function_call" => call(&item.name, plain(item.arguments), None),
        "custom_tool_call" => call(&item.name, plain(item.input), None),
        "local_shell_call" => call("shell", plain(item.action), None),
        "web_search_call" => call("web_search", plain(item.action), None),
        "tool_search_call" => call("tool_search", plain(item.arguments), None),
        "image_generation_call" => {
            let image = piece::<Str<'_>>(item.result).and_then(|data| output::generated_image(&data));
            call("image_generation", plain(item.revised_prompt), image);
        }
        "agent_message" => {
            // Between agents: to the one that receives it, it is the prompt.
            let text = text(&contents(item.content));
            if text.is_empty() {
            } else if reader.session.sidechain {
                let parts = vec![Part::Text(text)];
                reader.display.user(spot, Written { parts, sure: true, ..Written::default() });
            } else {
                reader.display.system(spot, Part::Text(text));
            }
        }
        "tool_search_output" | "tool_search_call_output" => {
            reader.display.result(spot, call_id, Output::read(item.output.or(item.tools)));
        }
        other if other.ends_with("_output") => {
            reader.display.result(spot, item.call_id.owned(), Output::read(item.output));
        }
        other if other.ends_with("_call") => {
            call(other, plain(item.arguments.or(item.input).or(item.action)), None);
            reader.unknown(line, "response_item/", other);
        }
        other => {
            reader.display.system(spot, Part::Unknown { kind: clean(other).into_owned(), json: json.into() });
            reader.unknown(line, "response_item/", other);
        }
    }
    Ok(())
}

fn message(reader: &mut Reader, spot: Spot, item: &Item<'_>, compaction: bool) {
    let pieces = contents(item.content);
    expected::content(reader, &pieces);
    match &*item.role {
        "assistant" if compaction => reader.display.compaction_answer(spot, text(&pieces)),
        "assistant" => reader.display.answer(spot, pieces.iter().filter_map(part).collect()),
        "user" => {
            let written = Written::read(&pieces, &item.content_kinds());
            if reader.session.project_path.is_none() {
                let found = written.injected.iter().find_map(|text| prompt::working_directory(text));
                reader.session.project_path = found.map(str::to_owned);
            }
            reader.display.user(spot, written);
        }
        _ => {
            let text = text(&pieces);
            if !text.is_empty() {
                reader.display.system(spot, Part::Text(text));
            }
        }
    }
}

fn part(content: &Content<'_>) -> Option<Part> {
    if let Some(text) = content.text.some().or(content.refusal.some()) {
        return Some(Part::Text(clean(text).into_owned()));
    }
    if let Some(image) = output::image(content) {
        return Some(image);
    }
    let has_text = matches!(&*content.kind, "output_text" | "text" | "input_text" | "refusal");
    (!has_text).then(|| Part::Unknown { kind: clean(&content.kind).into_owned(), json: content.json.into() })
}

fn text(pieces: &[Content<'_>]) -> String {
    let texts: Vec<&str> = pieces.iter().filter_map(|piece| piece.text.some()).collect();
    clean(&texts.join("\n\n")).into_owned()
}

/// Arguments as they are: the text of a string, the JSON of anything else.
fn plain(raw: Option<&RawValue>) -> Body {
    let text = match raw.map(RawValue::get) {
        Some(json) if json.starts_with('"') => piece::<Str<'_>>(raw).unwrap_or_default().0,
        Some(json) => Cow::Borrowed(json),
        None => Cow::Borrowed(""),
    };
    Body::from(&*text)
}
