//! Fields that every known version writes into the records that are read.

use opensync_core::Role;

use crate::loose::Object;
use crate::tally::Tally;

/// Counts the fields of a session in a file of its own.
pub(super) fn session_file(tally: &mut Tally, session: &Object<'_>) {
    const SESSIONS: &str = "session files";
    let time = session.object("time");
    tally.expect(SESSIONS, &[("title", session.text("title").is_some()), ("time", !time.is_empty())]);
    if !time.is_empty() {
        let fields =
            [("time.created", time.time("created").is_some()), ("time.updated", time.time("updated").is_some())];
        tally.expect(SESSIONS, &fields);
    }
}

/// Counts the fields of a message.
pub(super) fn message(tally: &mut Tally, role: Role, message: &Object<'_>) {
    const MESSAGES: &str = "messages";
    const ANSWERS: &str = "`assistant` messages";
    let time = message.object("time");
    tally.expect(MESSAGES, &[("role", message.text("role").is_some()), ("time", !time.is_empty())]);
    if !time.is_empty() {
        tally.expect(MESSAGES, &[("time.created", time.time("created").is_some())]);
    }
    if role != Role::Assistant {
        return;
    }
    let tokens = message.object("tokens");
    let fields = [
        ("modelID", message.text("modelID").is_some()),
        ("providerID", message.text("providerID").is_some()),
        ("tokens", !tokens.is_empty()),
    ];
    tally.expect(ANSWERS, &fields);
    if !tokens.is_empty() {
        counters(tally, ANSWERS, &tokens);
    }
}

/// Counts the fields of a part.
pub(super) fn part(tally: &mut Tally, kind: &str, part: &Object<'_>) {
    tally.expect("parts", &[("type", !kind.is_empty())]);
    // Early ones have the text under another name.
    let text = ("text", part.has("text") || part.has("content"));
    match kind {
        "text" => tally.expect("`text` parts", &[text]),
        "reasoning" => tally.expect("`reasoning` parts", &[text]),
        "tool" => {
            let state = part.object("state");
            let fields = [
                ("tool", part.text("tool").is_some()),
                ("callID", part.text("callID").is_some()),
                ("state", !state.is_empty()),
            ];
            tally.expect("`tool` parts", &fields);
            if !state.is_empty() {
                tally.expect("`tool` parts", &[("state.status", state.text("status").is_some())]);
            }
            if state.text("status").as_deref() == Some("completed") {
                let fields = [("state.input", state.has("input")), ("state.output", state.has("output"))];
                tally.expect("completed `tool` parts", &fields);
            }
        }
        "step-finish" => {
            let tokens = part.object("tokens");
            tally.expect("`step-finish` parts", &[("tokens", !tokens.is_empty())]);
            if !tokens.is_empty() {
                counters(tally, "`step-finish` parts", &tokens);
            }
        }
        _ => {}
    }
}

fn counters(tally: &mut Tally, records: &'static str, tokens: &Object<'_>) {
    let has = |name: &str| tokens.number(name).is_some();
    tally.expect(records, &[("tokens.input", has("input"))]);
    let cache = tokens.object("cache");
    if has("reasoning") || !cache.is_empty() {
        let fields = [
            ("tokens.output", has("output")),
            ("tokens.reasoning", has("reasoning")),
            ("tokens.cache", !cache.is_empty()),
        ];
        tally.expect(records, &fields);
    }
    if !cache.is_empty() {
        let (read, write) = (cache.number("read").is_some(), cache.number("write").is_some());
        tally.expect(records, &[("tokens.cache.read", read), ("tokens.cache.write", write)]);
    }
}
