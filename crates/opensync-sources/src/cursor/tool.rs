//! Calls of tools with their results, as the editor stores them.

use opensync_core::import::ProblemKind;
use opensync_core::{Body, Part};

use crate::loose::{Object, string};
use crate::tally::Tally;

/// A call and, when it ended, its result. `record` is a `toolFormerData`.
pub(super) fn parts(record: &Object<'_>, tally: &mut Tally) -> Vec<Part> {
    let number = record.number("tool");
    let name = record.text("name").or_else(|| number.map(|number| format!("tool_{number}")));
    let Some(name) = name else { return Vec::new() };
    let call_id = record.text("toolCallId");
    let written = record.raw("params").or_else(|| record.raw("rawArgs"));
    let call = Part::ToolCall {
        call_id: call_id.clone(),
        name: name.clone(),
        arguments: written.map_or_else(|| Body::from("{}"), json_or_text),
    };
    let mut parts = vec![call];
    let status = record.text("status").unwrap_or_default();
    let error = error(record);
    let result = record.raw("result").filter(|result| *result != "\"\"");
    if result.is_none() && error.is_none() {
        if record.raw("toolCallBinary").is_some() {
            tally.add(ProblemKind::Unsupported, "a tool result is stored in a binary form alone");
        }
        if !matches!(status.as_str(), "completed" | "error" | "cancelled") {
            return parts;
        }
    }
    let (output, exit) = result.map_or_else(|| (String::new(), None), output);
    let failed = status == "error" || number == Some(0.0) || error.is_some() || exit.is_some_and(|code| code != 0.0);
    // A cancelled call neither failed nor succeeded.
    let is_error = (failed || status != "cancelled").then_some(failed);
    let output = match error {
        Some(error) if output.is_empty() => error,
        _ => output,
    };
    let details = exit.map(|code| Body::from(format!("{{\"exitCode\":{code}}}").as_str()));
    parts.push(Part::ToolResult {
        call_id,
        name: Some(name),
        output: Body::from(output.as_str()),
        is_error,
        duration_ms: None,
        details,
    });
    parts
}

/// What a result says, and the exit code of a command.
fn output(raw: &str) -> (String, Option<f64>) {
    let text = string(raw);
    let inner = text.as_deref().unwrap_or(raw);
    let Some(object) = Object::parse(inner) else { return (inner.to_owned(), None) };
    let shown = object.text("output").or_else(|| object.text("contents"));
    let empty = [object.raw("output"), object.raw("contents")].contains(&Some("\"\""));
    let shown = shown.unwrap_or_else(|| if empty { String::new() } else { inner.to_owned() });
    (shown, object.number("exitCode"))
}

/// The error of a call: text, JSON in text, or an object with a message.
fn error(record: &Object<'_>) -> Option<String> {
    let raw = record.raw("error")?;
    let text = string(raw).unwrap_or_else(|| raw.to_owned());
    let object = Object::parse(&text);
    let message = object.as_ref().and_then(|object| {
        ["clientVisibleErrorMessage", "modelVisibleErrorMessage", "message"].iter().find_map(|name| object.text(name))
    });
    message.or(Some(text)).filter(|text| !matches!(text.trim(), "" | "{}" | "[]" | "false"))
}

/// JSON as it is; a string as what it says, which is often JSON itself.
fn json_or_text(raw: &str) -> Body {
    string(raw).map_or_else(|| Body::from(raw), |text| Body::from(text.as_str()))
}
