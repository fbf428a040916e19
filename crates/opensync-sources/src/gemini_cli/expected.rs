//! Fields that every known version writes into the records that are read.

use opensync_core::{Message, Part};

use crate::expect::Expected;
use crate::loose::Object;

const MESSAGES: &str = "messages";
const ANSWERS: &str = "`gemini` messages";

/// Whether a record is a header, also when the session's id is not where it was.
pub(super) fn is_header(record: &Object<'_>) -> bool {
    record.text("sessionId").is_some() || record.has("startTime") || record.has("projectHash")
}

/// Counts the fields of a header.
pub(super) fn header(expected: &mut Expected, record: &Object<'_>) {
    let fields = [
        ("sessionId", record.text("sessionId").is_some()),
        ("projectHash", record.text("projectHash").is_some()),
        ("startTime", record.time("startTime").is_some()),
    ];
    expected.count("session headers", &fields);
}

/// Counts a line that is nothing else: a message without its id, if it has what messages have.
pub(super) fn no_id(expected: &mut Expected, record: &Object<'_>) {
    if record.has("type") && record.has("timestamp") {
        expected.count(MESSAGES, &[("id", false)]);
    }
}

/// Counts the fields of a message. Of one that is not answered yet, nobody knows the tokens: `null`.
pub(super) fn message(expected: &mut Expected, record: &Object<'_>) {
    let kind = record.text("type");
    let fields = [
        ("id", record.text("id").is_some()),
        ("timestamp", record.time("timestamp").is_some()),
        ("type", kind.is_some()),
        ("content", record.has("content")),
    ];
    expected.count(MESSAGES, &fields);
    if kind.as_deref() != Some("gemini") {
        return;
    }
    expected.count(ANSWERS, &[("model", record.text("model").is_some()), ("tokens", record.has("tokens"))]);
    let tokens = record.object("tokens");
    if record.raw("tokens").is_some() {
        let has = |name: &str| tokens.number(name).is_some();
        expected.count(ANSWERS, &[("tokens.input", has("input")), ("tokens.output", has("output"))]);
        let (cached, thoughts, tool) = (has("cached"), has("thoughts"), has("tool"));
        if cached || thoughts || tool {
            let fields = [("tokens.cached", cached), ("tokens.thoughts", thoughts), ("tokens.tool", tool)];
            expected.count(ANSWERS, &fields);
        }
    }
}

/// Counts what calls of a message have.
pub(super) fn calls(expected: &mut Expected, message: &Message) {
    for part in &message.parts {
        if let Part::ToolCall { call_id, name, .. } = part {
            let fields = [("toolCalls[].id", call_id.is_some()), ("toolCalls[].name", !name.is_empty())];
            expected.count(ANSWERS, &fields);
        }
    }
}
