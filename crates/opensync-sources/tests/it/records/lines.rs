//! Counts the records with usage in stores of one JSON document a line, without any importer.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// How many records of a transcript state tokens, those of files beside it included; `None` for
/// tools whose stores are databases.
pub fn with_usage(source: &str, transcript: &Path) -> Option<u64> {
    let states: fn(&Value) -> bool = match source {
        "claude-code" => claude_code,
        "codex-cli" => codex,
        "pi" => |record| record["type"] == "message" && record["message"]["role"] == "assistant" && counts(record),
        "factory-droid" => |record| record["type"] == "message" && counts(record),
        _ => return None,
    };
    let text = String::from_utf8_lossy(&fs::read(transcript).unwrap()).into_owned();
    let records = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let sidecar = fs::read_to_string(transcript.with_extension("settings.json")).unwrap_or_default();
    let settings: Value = serde_json::from_str(&sidecar).unwrap_or_default();
    let total = ["tokenUsage", "inclusiveTokenUsage"].iter().any(|name| any_number(&settings[name]));
    Some(records.filter(states).count() as u64 + u64::from(total))
}

fn claude_code(record: &Value) -> bool {
    match record["type"].as_str() {
        Some("assistant") => counts(record),
        Some("user") => any_number(&record["toolUseResult"]["usage"]),
        Some("progress") => counts(&record["data"]["message"]),
        _ => false,
    }
}

fn codex(record: &Value) -> bool {
    let payload = &record["payload"];
    match record["type"].as_str() {
        Some("token_usage_record") => payload["usage"].is_object(),
        Some("event_msg") if payload["type"] == "token_count" => {
            let info = &payload["info"];
            info["total_token_usage"].is_object() || info["last_token_usage"].is_object()
        }
        _ => false,
    }
}

fn counts(record: &Value) -> bool {
    any_number(&record["message"]["usage"])
}

/// Whether an object of usage counts anything, if only zero tokens.
fn any_number(usage: &Value) -> bool {
    usage.as_object().is_some_and(|usage| usage.values().any(Value::is_number))
}
