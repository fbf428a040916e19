//! Fields that every known version writes into the records that are read.

use crate::loose::Object;
use crate::tally::Tally;

/// Messages of a chat of the command line.
pub(super) const BLOBS: &str = "messages of chats";

/// The first version of conversations that say when they began, and of bubbles that count tokens,
/// if only as zeros.
const COUNTS: f64 = 3.0;

/// Counts the fields of a conversation. Of three that hold the bubbles, each version has one; they
/// are empty in drafts.
pub(super) fn conversation(tally: &mut Tally, composer: &Object<'_>) {
    let bubbles = ["fullConversationHeadersOnly", "conversation", "conversationMap"];
    let has_bubbles = bubbles.iter().any(|name| composer.has(name));
    tally.expect("conversations", &[("fullConversationHeadersOnly", has_bubbles)]);
    if is_later(composer) {
        tally.expect("conversations", &[("createdAt", composer.has("createdAt"))]);
    }
}

/// Counts the fields of the headers of bubbles.
pub(super) fn headers(tally: &mut Tally, composer: &Object<'_>) {
    for header in composer.list("fullConversationHeadersOnly") {
        let header = Object::parse(header).unwrap_or_default();
        let fields = [("bubbleId", header.text("bubbleId").is_some()), ("type", header.has("type"))];
        tally.expect("headers of bubbles", &fields);
    }
}

/// Counts the fields of a bubble.
pub(super) fn bubble(tally: &mut Tally, bubble: &Object<'_>) {
    const BUBBLES: &str = "bubbles";
    let text = ["text", "rawText", "richText"].iter().any(|name| bubble.has(name));
    tally.expect(BUBBLES, &[("type", bubble.has("type")), ("text", text)]);
    let call = bubble.object("toolFormerData");
    if is_later(bubble) && call.is_empty() {
        tally.expect(BUBBLES, &[("tokenCount", bubble.has("tokenCount"))]);
    }
    let tokens = bubble.object("tokenCount");
    if !tokens.is_empty() {
        let fields = [
            ("tokenCount.inputTokens", tokens.number("inputTokens").is_some()),
            ("tokenCount.outputTokens", tokens.number("outputTokens").is_some()),
        ];
        tally.expect(BUBBLES, &fields);
    }
    if !call.is_empty() {
        let fields = [("toolFormerData.name", call.has("name")), ("toolFormerData.status", call.has("status"))];
        tally.expect("bubbles with calls", &fields);
        let (id, params) = (call.has("toolCallId"), call.has("params") || call.has("rawArgs"));
        if id || params {
            tally.expect("bubbles with calls", &[("toolFormerData.toolCallId", id), ("toolFormerData.params", params)]);
        }
    }
}

fn is_later(record: &Object<'_>) -> bool {
    record.number("_v").is_some_and(|version| version >= COUNTS)
}

/// Counts the fields of what a chat says of itself.
pub(super) fn chat(tally: &mut Tally, head: &Object<'_>) {
    let fields = [
        ("agentId", head.text("agentId").is_some()),
        ("latestRootBlobId", head.text("latestRootBlobId").is_some()),
        ("createdAt", head.time("createdAt").is_some()),
    ];
    tally.expect("chats", &fields);
}

/// Counts the fields of a piece of a message of a chat.
pub(super) fn item(tally: &mut Tally, kind: &str, item: &Object<'_>) {
    tally.expect("pieces of messages", &[("type", !kind.is_empty())]);
    let (id, name) = (("toolCallId", item.text("toolCallId").is_some()), ("toolName", item.has("toolName")));
    match kind {
        "text" => tally.expect("`text` pieces", &[("text", item.has("text"))]),
        "reasoning" => tally.expect("`reasoning` pieces", &[("text", item.has("text"))]),
        "tool-call" => {
            tally.expect("`tool-call` pieces", &[id, name, ("args", item.has("args") || item.has("input"))]);
        }
        "tool-result" => {
            let result = item.has("result") || item.has("output");
            tally.expect("`tool-result` pieces", &[id, name, ("result", result)]);
        }
        _ => {}
    }
}

/// Counts the fields of a block of a transcript.
pub(super) fn block(tally: &mut Tally, block: &Object<'_>) {
    tally.expect("content blocks", &[("type", block.text("type").is_some())]);
    match block.text("type").as_deref() {
        Some("text") => tally.expect("`text` blocks", &[("text", block.has("text"))]),
        Some("tool_use") => {
            tally.expect("`tool_use` blocks", &[("name", block.has("name")), ("input", block.has("input"))]);
        }
        _ => {}
    }
}
