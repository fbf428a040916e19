//! Fields that every known version writes into the records that are read.

use opensync_core::Part;

use super::record::{Message, Parent, Record};
use crate::expect::Expected;
use crate::lenient::{Content, There};

/// Counts the fields of the header.
pub(super) fn header(expected: &mut Expected, record: &Record<'_>) {
    let fields =
        [("id", record.id.get().is_some()), ("timestamp", record.at.0.is_some()), ("cwd", record.cwd.get().is_some())];
    expected.count("`session` records", &fields);
}

/// Counts the fields of an entry. Those of version 1 have no ids.
pub(super) fn entry(expected: &mut Expected, kind: &str, is_tree: bool, record: &Record<'_>, parts: &[Part]) {
    expected.count("entries", &[("timestamp", record.at.0.is_some())]);
    if is_tree {
        let fields = [("id", record.id.get().is_some()), ("parentId", record.parent != Parent::Before)];
        expected.count("entries", &fields);
    }
    match kind {
        "message" => message(expected, &record.message, parts),
        "model_change" => {
            let fields = [("provider", record.provider.get().is_some()), ("modelId", record.model.get().is_some())];
            expected.count("`model_change` entries", &fields);
        }
        "compaction" => expected.count("`compaction` entries", &[("summary", record.summary.get().is_some())]),
        "branch_summary" => {
            expected.count("`branch_summary` entries", &[("summary", record.summary.get().is_some())]);
        }
        _ => {}
    }
}

fn message(expected: &mut Expected, said: &Message<'_>, parts: &[Part]) {
    let content = ("message.content", !matches!(said.content, Content::Nothing));
    match said.role.get() {
        Some("user") => {
            expected.count("`user` messages", &[content]);
            if matches!(&said.content, Content::Blocks(blocks) if !blocks.is_empty()) {
                expected.count("`user` messages", &[("message.content[].text", !parts.is_empty())]);
            }
        }
        Some("assistant") => {
            expected.count("`assistant` messages", &[content]);
            answer(expected, said);
        }
        Some("toolResult") => {
            expected.count("`toolResult` messages", &[content, ("message.toolCallId", said.call.get().is_some())]);
            return;
        }
        Some("bashExecution") => {
            let fields =
                [("message.command", said.command.get().is_some()), ("message.output", said.output.get().is_some())];
            expected.count("`bashExecution` messages", &fields);
        }
        _ => {}
    }
    for part in parts {
        if let Part::ToolCall { call_id, name, .. } = part {
            expected.count("`toolCall` blocks", &[("id", call_id.is_some()), ("name", !name.is_empty())]);
        }
    }
}

/// Programs that share the format have their own names for what the cache took, and state no cost.
fn answer(expected: &mut Expected, said: &Message<'_>) {
    const ANSWERS: &str = "`assistant` messages";
    let used = &said.usage;
    let fields = [
        ("message.provider", said.provider.get().is_some()),
        ("message.model", said.model.get().is_some()),
        ("message.stopReason", said.stop_reason.get().is_some()),
        ("message.usage", used.is_there()),
    ];
    expected.count(ANSWERS, &fields);
    if used.is_there() {
        expected.count(ANSWERS, &[("message.usage.input", used.input.0.is_some())]);
    }
    if used.cost.is_there() {
        let fields = [
            ("message.usage.output", used.output.0.is_some()),
            ("message.usage.cacheRead", used.cache_read.0.is_some()),
            ("message.usage.cacheWrite", used.cache_write.0.is_some()),
            ("message.usage.cost.total", used.cost.total.0.is_some()),
        ];
        expected.count(ANSWERS, &fields);
    }
}
