//! Fields that every known version writes into the records that are read.

use super::reader::Reader;
use super::records::{Content, Counters, Event, Info, Item, Line, SessionMeta, TokenCount, UsageRecord};

/// Counts what stands around a record. Bare items of mid 2025 have no payload.
pub(super) fn line(reader: &mut Reader, line: &Line<'_>) {
    if line.payload.is_some() {
        reader.expect("lines", &[("type", line.kind.is_there()), ("timestamp", line.timestamp.is_there())]);
    }
}

/// Counts the fields of a `session_meta`.
pub(super) fn header(reader: &mut Reader, meta: &SessionMeta<'_>) {
    let fields = [
        ("id", meta.id.is_there()),
        ("timestamp", meta.timestamp.is_there()),
        ("cwd", meta.cwd.is_there()),
        ("cli_version", meta.cli_version.is_there()),
    ];
    reader.expect("`session_meta` records", &fields);
}

/// Counts the fields of a `response_item` of this type.
pub(super) fn item(reader: &mut Reader, kind: &str, item: &Item<'_>) {
    let (name, call_id) = (("name", item.name.is_there()), ("call_id", item.call_id.is_there()));
    let output = ("output", item.output.is_some());
    match kind {
        "message" => reader.expect("messages", &[("role", item.role.is_there()), ("content", item.content.is_some())]),
        "reasoning" => reader.expect("`reasoning` items", &[("summary", item.summary.is_some())]),
        "function_call" => {
            reader.expect("`function_call` items", &[name, call_id, ("arguments", item.arguments.is_some())]);
        }
        "custom_tool_call" => {
            reader.expect("`custom_tool_call` items", &[name, call_id, ("input", item.input.is_some())]);
        }
        "function_call_output" => reader.expect("`function_call_output` items", &[call_id, output]),
        "custom_tool_call_output" => reader.expect("`custom_tool_call_output` items", &[call_id, output]),
        "local_shell_call" => reader.expect("`local_shell_call` items", &[("action", item.action.is_some())]),
        _ => {}
    }
}

/// Counts the fields of the pieces of a message.
pub(super) fn content(reader: &mut Reader, pieces: &[Content<'_>]) {
    for piece in pieces {
        reader.expect("pieces of messages", &[("type", piece.kind.is_there())]);
        if matches!(&*piece.kind, "input_text" | "output_text") {
            reader.expect("`input_text` and `output_text` pieces", &[("text", piece.text.is_there())]);
        }
    }
}

/// Counts the fields of a `user_message`. One of pictures alone says nothing.
pub(super) fn prompt(reader: &mut Reader, event: &Event<'_>) {
    let pictures = [event.images, event.local_images].into_iter().flatten().any(|list| list.get().len() > "[]".len());
    if !pictures {
        reader.expect("`user_message` events", &[("message", event.message.is_there())]);
    }
}

/// Counts the fields of a `token_count`.
pub(super) fn token_count(reader: &mut Reader, count: &TokenCount) {
    const COUNTS: &str = "`token_count` events";
    // The earliest ones have counters in place of it.
    let has_info = count.info.is_some() || count.counters().1.is_some();
    reader.expect(COUNTS, &[("info", has_info)]);
    let Some(Info(Some(info))) = &count.info else { return };
    let (total, last) = (info.total_token_usage, info.last_token_usage);
    let fields = [("info.total_token_usage", total.is_some()), ("info.last_token_usage", last.is_some())];
    reader.expect(COUNTS, &fields);
    if let Some(total) = &total {
        let fields = [
            ("info.total_token_usage.input_tokens", total.input.0.is_some()),
            ("info.total_token_usage.output_tokens", total.output.0.is_some()),
        ];
        reader.expect(COUNTS, &fields);
        // Early ones are `null`, both of them.
        let (cached, reasoning) = (total.cached.0.is_some(), total.reasoning.0.is_some());
        if cached || reasoning {
            let fields = [
                ("info.total_token_usage.cached_input_tokens", cached),
                ("info.total_token_usage.reasoning_output_tokens", reasoning),
            ];
            reader.expect(COUNTS, &fields);
        }
    }
}

/// Counts the fields of a `token_usage_record`.
pub(super) fn usage_record(reader: &mut Reader, record: &UsageRecord<'_>) {
    const RECORDS: &str = "`token_usage_record` records";
    let fields = [
        ("thread_id", record.thread_id.is_there()),
        ("response_id", record.response_id.is_there()),
        ("usage", record.usage.is_some()),
        ("thread_token_usage", record.thread_token_usage.is_some()),
    ];
    reader.expect(RECORDS, &fields);
    if let Some(Counters { input, cached, output, reasoning, .. }) = record.usage {
        let fields = [
            ("usage.input_tokens", input.0.is_some()),
            ("usage.cached_input_tokens", cached.0.is_some()),
            ("usage.output_tokens", output.0.is_some()),
            ("usage.reasoning_output_tokens", reasoning.0.is_some()),
        ];
        reader.expect(RECORDS, &fields);
    }
}
