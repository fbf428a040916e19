//! Fields that every known version writes into the records that are read.

use opensync_core::Part;

use super::content::Piece;
use super::record::{Header, Record, Settings};
use crate::expect::Expected;
use crate::lenient::{Content, There};

/// Counts the fields of a `session_start`. Only newer ones say their version and the folder.
pub(super) fn header(expected: &mut Expected, header: &Header<'_>) {
    const HEADERS: &str = "`session_start` records";
    let title = header.title.get().is_some() || header.session_title.get().is_some();
    expected.count(HEADERS, &[("title", title)]);
    if header.version.0.is_some() {
        expected.count(HEADERS, &[("cwd", header.cwd.get().is_some())]);
    }
}

/// Counts the fields of a message and of its blocks. Notes of hooks have no content, and messages
/// of early versions neither ids nor times.
pub(super) fn message(expected: &mut Expected, role: &str, is_versioned: bool, record: &Record<'_>, pieces: &[Piece]) {
    const MESSAGES: &str = "`message` records";
    let said = &record.message;
    if is_versioned {
        expected.count(MESSAGES, &[("id", record.id.get().is_some()), ("timestamp", record.at.0.is_some())]);
    }
    if role == "assistant" && said.is_there() {
        let content = !matches!(said.content, Content::Nothing) || record.text.get().is_some();
        expected.count("`assistant` messages", &[("message.content", content)]);
    }
    if !matches!(said.content, Content::Blocks(_)) {
        return;
    }
    for piece in pieces {
        match piece {
            Piece::Text(text) => expected.count("`text` blocks", &[("text", !text.is_empty())]),
            Piece::Result(parts) => {
                if let Some(Part::ToolResult { call_id, .. }) = parts.first() {
                    expected.count("`tool_result` blocks", &[("tool_use_id", call_id.is_some())]);
                }
            }
            Piece::Other(Part::ToolCall { call_id, name, .. }) => {
                expected.count("`tool_use` blocks", &[("id", call_id.is_some()), ("name", !name.is_empty())]);
            }
            Piece::Other(_) => {}
        }
    }
}

/// Counts the fields of a `compaction_state`.
pub(super) fn compaction(expected: &mut Expected, record: &Record<'_>) {
    let summary = record.summary_text.get().is_some() || record.summary.is_there();
    expected.count("`compaction_state` records", &[("summaryText", summary)]);
}

/// Counts the fields of a sidecar.
pub(super) fn settings(settings: &Settings<'_>) -> Expected {
    const SETTINGS: &str = "settings files";
    let mut expected = Expected::default();
    let (own, all) = (&settings.usage, &settings.with_children);
    // Without the time the assistant took, nothing may have been answered yet.
    if settings.active.0.is_some() {
        expected.count(SETTINGS, &[("tokenUsage", own.is_there() || all.is_there())]);
    }
    if settings.provider.get().is_some() {
        expected.count(SETTINGS, &[("model", settings.model.get().is_some())]);
    }
    if own.is_there() {
        let fields = [
            ("tokenUsage.inputTokens", own.input.0.or(own.message_input.0).is_some()),
            ("tokenUsage.outputTokens", own.output.0.or(own.message_output.0).is_some()),
        ];
        expected.count(SETTINGS, &fields);
        // Converted files have the names of the model's interface, and not all of them.
        if own.message_input.0.is_none() && own.message_output.0.is_none() {
            let fields = [
                ("tokenUsage.cacheCreationTokens", own.cache_write.0.is_some()),
                ("tokenUsage.cacheReadTokens", own.cache_read.0.is_some()),
            ];
            expected.count(SETTINGS, &fields);
        }
    }
    expected
}
