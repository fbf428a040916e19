//! Fields that every known version writes into the records that are read.

use super::record::{Block, Record};
use crate::expect::Expected;
use crate::lenient::{Content, There};

/// Counts the fields of one record.
pub(super) fn count(expected: &mut Expected, kind: &str, record: &Record<'_>) {
    match kind {
        "user" => turn(expected, record),
        // The client writes answers of its own, with what it likes.
        "assistant" if !record.api_error.set() && record.message.model.get() != Some("<synthetic>") => {
            turn(expected, record);
            answer(expected, record);
        }
        "summary" => expected.count(
            "`summary` records",
            &[("summary", record.summary.get().is_some()), ("leafUuid", record.leaf.get().is_some())],
        ),
        "custom-title" => {
            expected.count("`custom-title` records", &[("customTitle", record.custom_title.get().is_some())]);
        }
        "ai-title" => expected.count("`ai-title` records", &[("aiTitle", record.ai_title.get().is_some())]),
        "attachment" => expected.count("`attachment` records", &[("attachment", record.attachment.is_there())]),
        _ => {}
    }
}

/// What prompts, results and answers have.
fn turn(expected: &mut Expected, record: &Record<'_>) {
    const TURNS: &str = "`user` and `assistant` records";
    let said = &record.message;
    expected.count(TURNS, &[("timestamp", record.timestamp.get().is_some()), ("message", said.is_there())]);
    if record.version.get().is_some() {
        // The first versions had neither these nor their own number.
        expected.count(
            TURNS,
            &[
                ("uuid", record.uuid.get().is_some()),
                ("sessionId", record.session.get().is_some()),
                ("cwd", record.cwd.get().is_some()),
                ("isSidechain", record.sidechain.0.is_some()),
            ],
        );
    }
    if said.is_there() {
        expected.count(TURNS, &[("message.content", !matches!(said.content, Content::Nothing))]);
    }
    if let Content::Blocks(blocks) = &said.content {
        for block in blocks {
            content(expected, block);
        }
    }
}

fn answer(expected: &mut Expected, record: &Record<'_>) {
    const ANSWERS: &str = "`assistant` records";
    let (said, used) = (&record.message, &record.message.usage);
    if record.version.get().is_some() {
        expected.count(ANSWERS, &[("parentUuid", record.parent.get().is_some())]);
    }
    if said.is_there() {
        expected.count(
            ANSWERS,
            &[
                ("message.id", said.id.get().is_some()),
                ("message.model", said.model.get().is_some()),
                ("message.usage", used.is_there()),
            ],
        );
    }
    if used.is_there() {
        expected.count(
            ANSWERS,
            &[
                ("message.usage.input_tokens", used.input.0.is_some()),
                ("message.usage.output_tokens", used.output.0.is_some()),
            ],
        );
    }
    // Servers that only look like Anthropic's count no cache.
    if used.split.is_there() {
        expected.count(
            ANSWERS,
            &[
                ("message.usage.cache_creation_input_tokens", used.cache_write.0.is_some()),
                ("message.usage.cache_read_input_tokens", used.cache_read.0.is_some()),
            ],
        );
    }
}

fn content(expected: &mut Expected, block: &Block<'_>) {
    expected.count("content blocks", &[("type", block.kind.get().is_some())]);
    match block.kind.get() {
        Some("text") => expected.count("`text` blocks", &[("text", block.text.get().is_some())]),
        Some("thinking") => expected.count("`thinking` blocks", &[("thinking", block.thinking.get().is_some())]),
        Some("tool_use") => expected.count(
            "`tool_use` blocks",
            &[("id", block.id.get().is_some()), ("name", block.name.get().is_some()), ("input", block.input.is_some())],
        ),
        Some("tool_result") => {
            expected.count("`tool_result` blocks", &[("tool_use_id", block.call.get().is_some())]);
        }
        _ => {}
    }
}
