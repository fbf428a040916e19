//! A field, column or table that an agent renamed is named.

use std::fs;
use std::path::Path;

use opensync_core::import::ProblemKind;
use opensync_sources::ALL;
use rusqlite::Connection;

use crate::home::{source, store};
use crate::support::Seen;

const CURSOR: &str = ".config/Cursor/User/globalStorage/state.vscdb";
const OPENCODE: &str = ".local/share/opencode/opencode.db";

fn missing(seen: &Seen) -> Vec<&str> {
    let named = seen.problems.iter().map(|problem| problem.reason.as_str());
    named.filter(|reason| reason.contains("is missing") || reason.contains("has no column")).collect()
}

/// What is said to be missing after this was written in place of that in all files that are text.
fn renamed(id: &str, from: &str, to: &str) -> Seen {
    let home = store(id);
    let mut changed = 0;
    for (path, bytes) in home.files() {
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let other = text.replace(from, to);
        if other != text {
            fs::write(path, other).unwrap();
            changed += 1;
        }
    }
    assert!(changed > 0, "{id} has no {from}");
    home.seen(source(id))
}

fn names(id: &str, renames: &[(&str, &str)]) {
    for (field, said) in renames {
        let from = format!("\"{field}\":");
        let seen = renamed(id, &from, &format!("\"renamed_{field}\":"));
        let wanted = format!("field `{said}` is missing");
        assert!(missing(&seen).iter().any(|reason| reason.contains(&wanted)), "{id} {field}: {:?}", seen.problems);
    }
}

fn after_sql(id: &str, database: &str, sql: &str) -> Seen {
    let home = store(id);
    let connection = Connection::open(home.path(database)).unwrap();
    connection.execute_batch(&format!("pragma journal_mode = delete; {sql}; vacuum")).unwrap();
    drop(connection);
    home.seen(source(id))
}

/// Renames a field in the JSON of a column.
fn after_json(id: &str, database: &str, table: &str, column: &str, field: &str) -> Seen {
    let sql = format!(
        "update {table} set {column} = replace(replace(cast({column} as text), '\"{field}\":', '\"renamed_{field}\":'),
             '\"{field}\" :', '\"renamed_{field}\":') where {column} is not null"
    );
    after_sql(id, database, &sql)
}

#[test]
fn nothing_is_missing_where_nothing_was_renamed() {
    for source in ALL {
        let seen = store(source.about().id).seen(*source);
        assert!(!seen.sessions.is_empty());
        assert_eq!(missing(&seen), Vec::<&str>::new(), "{}", source.about().id);
    }
}

#[test]
fn a_missing_field_is_told_once_for_each_file_with_the_number_of_records() {
    let seen = renamed("claude-code", "\"input_tokens\":", "\"in_tokens\":");
    let all = missing(&seen);
    let files = seen.sessions.len();
    assert!(all.len() <= files && all.len() > files / 2, "{all:?}");
    for reason in all {
        let start = "field `message.usage.input_tokens` is missing or of another type in ";
        let (count, end) = reason.strip_prefix(start).unwrap().split_once(" of ").unwrap();
        assert_eq!(end, format!("{count} `assistant` records"));
        assert!(count.parse::<u32>().unwrap() > 0);
    }
    assert!(seen.problems.iter().all(|problem| problem.kind == ProblemKind::Unsupported && problem.line.is_none()));
}

#[test]
fn fields_of_claude_code_are_named() {
    let fields = [
        ("usage", "message.usage"),
        ("input_tokens", "message.usage.input_tokens"),
        ("output_tokens", "message.usage.output_tokens"),
        ("cache_read_input_tokens", "message.usage.cache_read_input_tokens"),
        ("cache_creation_input_tokens", "message.usage.cache_creation_input_tokens"),
        ("timestamp", "timestamp"),
        ("uuid", "uuid"),
        ("parentUuid", "parentUuid"),
        ("sessionId", "sessionId"),
        ("cwd", "cwd"),
        ("model", "message.model"),
        ("message", "message"),
        ("content", "message.content"),
        ("type", "type"),
        ("text", "text"),
        ("tool_use_id", "tool_use_id"),
        ("name", "name"),
        ("customTitle", "customTitle"),
    ];
    names("claude-code", &fields);
}

#[test]
fn fields_of_codex_are_named() {
    let fields = [
        ("total_token_usage", "info.total_token_usage"),
        ("info", "info"),
        ("input_tokens", "info.total_token_usage.input_tokens"),
        ("input_tokens", "usage.input_tokens"),
        ("usage", "usage"),
        ("response_id", "response_id"),
        ("timestamp", "timestamp"),
        ("payload", "payload"),
        ("type", "type"),
        ("cwd", "cwd"),
        ("model", "model"),
        ("role", "role"),
        ("content", "content"),
        ("text", "text"),
        ("message", "message"),
        ("call_id", "call_id"),
        ("arguments", "arguments"),
        ("output", "output"),
        ("id", "id"),
    ];
    names("codex-cli", &fields);
}

#[test]
fn fields_of_droid_and_its_settings_are_named() {
    let fields = [
        ("inputTokens", "tokenUsage.inputTokens"),
        ("outputTokens", "tokenUsage.outputTokens"),
        ("cacheReadTokens", "tokenUsage.cacheReadTokens"),
        ("tokenUsage", "tokenUsage"),
        ("model", "model"),
        ("timestamp", "timestamp"),
        ("id", "id"),
        ("role", "role"),
        ("content", "message.content"),
        ("text", "text"),
        ("type", "type"),
        ("cwd", "cwd"),
        ("title", "title"),
    ];
    names("factory-droid", &fields);
}

#[test]
fn fields_of_pi_are_named() {
    let fields = [
        ("usage", "message.usage"),
        ("input", "message.usage.input"),
        ("output", "message.usage.output"),
        ("cacheRead", "message.usage.cacheRead"),
        ("timestamp", "timestamp"),
        ("id", "id"),
        ("parentId", "parentId"),
        ("role", "role"),
        ("type", "type"),
        ("content", "message.content"),
        ("model", "message.model"),
        ("cwd", "cwd"),
        ("toolCallId", "message.toolCallId"),
    ];
    names("pi", &fields);
}

#[test]
fn fields_of_gemini_cli_are_named() {
    let fields = [
        ("tokens", "tokens"),
        ("input", "tokens.input"),
        ("cached", "tokens.cached"),
        ("model", "model"),
        ("timestamp", "timestamp"),
        ("type", "type"),
        ("id", "id"),
        ("content", "content"),
        ("sessionId", "sessionId"),
        ("startTime", "startTime"),
        ("messages", "messages"),
    ];
    names("gemini-cli", &fields);
}

#[test]
fn columns_tables_and_fields_of_opencode_are_named() {
    for (table, column) in [
        ("message", "data"),
        ("message", "time_updated"),
        ("message", "session_id"),
        ("part", "message_id"),
        ("session", "title"),
        ("session", "time_updated"),
        ("session", "directory"),
        ("project", "worktree"),
    ] {
        let seen = after_sql("opencode", OPENCODE, &format!("alter table {table} rename column {column} to renamed"));
        assert!(missing(&seen).contains(&&*format!("table `{table}` has no column `{column}`")), "{:?}", seen.problems);
    }
    for table in ["session", "message", "part"] {
        let seen = after_sql("opencode", OPENCODE, &format!("alter table {table} rename to renamed"));
        let wanted = format!("there is no table `{table}`");
        assert!(seen.problems.iter().any(|problem| problem.reason == wanted), "{:?}", seen.problems);
    }
    for (table, field, said) in [
        ("message", "tokens", "tokens"),
        ("message", "input", "tokens.input"),
        ("message", "role", "role"),
        ("message", "time", "time"),
        ("message", "modelID", "modelID"),
        ("part", "text", "text"),
        ("part", "type", "type"),
        ("part", "tool", "tool"),
        ("part", "state", "state"),
        ("part", "output", "state.output"),
    ] {
        let seen = after_json("opencode", OPENCODE, table, "data", field);
        let wanted = format!("field `{said}` is missing");
        assert!(missing(&seen).iter().any(|reason| reason.starts_with(&wanted)), "{field}: {:?}", seen.problems);
    }
}

#[test]
fn columns_tables_and_fields_of_cursor_are_named() {
    for column in ["key", "value"] {
        let seen = after_sql("cursor", CURSOR, &format!("alter table cursorDiskKV rename column {column} to renamed"));
        let wanted = format!("table `cursorDiskKV` has no column `{column}`");
        assert!(missing(&seen).contains(&&*wanted), "{:?}", seen.problems);
    }
    let seen = after_sql("cursor", CURSOR, "alter table cursorDiskKV rename to renamed");
    assert!(seen.problems.iter().any(|problem| problem.reason == "there is no table `cursorDiskKV`"));
    for (field, said) in [
        ("createdAt", "createdAt"),
        ("bubbleId", "bubbleId"),
        ("type", "type"),
        ("text", "text"),
        ("tokenCount", "tokenCount"),
        ("inputTokens", "tokenCount.inputTokens"),
        ("name", "toolFormerData.name"),
        ("params", "toolFormerData.params"),
    ] {
        let seen = after_json("cursor", CURSOR, "cursorDiskKV", "value", field);
        let wanted = format!("field `{said}` is missing");
        assert!(missing(&seen).iter().any(|reason| reason.starts_with(&wanted)), "{field}: {:?}", seen.problems);
    }
}

#[test]
fn a_follower_names_what_was_renamed_as_well() {
    let home = store("pi");
    let found = source("pi").find(&home.path(".pi/agent/sessions"), &mut Vec::new());
    let origin = found.into_iter().max_by_key(|origin| origin.size).unwrap();
    let path: &Path = &origin.path;
    let text = fs::read_to_string(path).unwrap().replace("\"usage\":", "\"used\":");
    let (first, rest) = text.split_at(text.match_indices("\"used\":").nth(1).map_or(text.len() / 2, |(at, _)| at));
    let mut follower = source("pi").follow(&origin).unwrap();
    let mut counts = Vec::new();
    for part in [first.to_owned(), format!("{first}{rest}")] {
        fs::write(path, part).unwrap();
        let mut seen = Seen::default();
        follower.read(&source("pi").again(&origin).unwrap(), &mut seen).unwrap();
        let said = missing(&seen);
        counts.push(said.iter().find(|reason| reason.contains("`message.usage`")).unwrap().to_string());
    }
    assert_ne!(counts[0], counts[1]);
}
