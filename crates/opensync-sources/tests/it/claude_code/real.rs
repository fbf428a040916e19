//! The real client's files, against what its server billed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use opensync_core::import::{ImportedSession, Response, TitleRank};
use opensync_core::{Message, Part, Relation, Role, Usage};
use opensync_sources::Source;
use opensync_sources::claude_code::ClaudeCode;
use serde_json::{Value, json};

use super::{FIXTURES, fixtures};
use crate::support::owned;

/// What `expected.json` says of a session, taken from the import.
fn as_expected(session: &ImportedSession, owned: &[&Response]) -> Value {
    let shown: Vec<_> = session.messages.iter().filter(|message| !message.off_path).collect();
    let count = |role| shown.iter().filter(|message| message.role == role).count();
    let parts = || shown.iter().flat_map(|message| &message.parts);
    let calls = parts().filter(|part| matches!(part, Part::ToolCall { .. })).count();
    let results = parts().filter(|part| matches!(part, Part::ToolResult { .. })).count();
    let errors = parts().filter(|part| matches!(part, Part::ToolResult { is_error: Some(true), .. })).count();
    let is_command = |message: &&&Message| message.role == Role::System && message.text().starts_with('/');
    let mut sum = Usage::default();
    let mut outputs: BTreeMap<&str, u64> = BTreeMap::new();
    for response in owned {
        sum += response.usage;
        *outputs.entry(response.model.as_deref().unwrap()).or_default() += response.usage.output;
    }
    let mut models: Vec<_> = outputs.keys().copied().collect();
    models.sort_by_key(|model| std::cmp::Reverse(outputs[model]));
    json!({
        "title": session.title.as_ref().map(|(title, _)| title),
        "titleRule": match session.title.as_ref().map(|(_, rank)| *rank) {
            Some(TitleRank::Named) => "custom name",
            Some(TitleRank::Generated) => "meta.json description",
            Some(TitleRank::Prompt) => "first prompt",
            Some(TitleRank::Placeholder) => "only a slash command",
            None => "none",
        },
        "model": models.first(),
        "models": models,
        "provider": session.provider,
        "projectPath": session.project_path,
        "gitBranch": session.git_branch,
        "clientVersion": session.client_version,
        "archived": session.archived,
        "user": count(Role::User),
        "assistant": count(Role::Assistant),
        "tool": count(Role::Tool),
        "messageCount": shown.iter().filter(|message| message.counted()).count(),
        "commands": shown.iter().filter(is_command).count(),
        "toolCalls": calls,
        "toolResults": results,
        "toolErrors": errors,
        "ledger": {
            "fresh": sum.fresh, "cacheRead": sum.cache_read, "cacheWrite": sum.cache_write(),
            "output": sum.output, "reasoning": sum.reasoning, "cacheWrite1h": sum.cache_write_1h,
        },
        "responses": owned.len(),
        "promptTokens": sum.prompt(),
        "completionTokens": sum.output,
        "totalTokens": sum.total(),
    })
}

#[test]
fn the_real_clients_sessions_are_met_exactly() {
    let seen = fixtures();
    assert!(seen.problems.is_empty(), "{:?}", seen.problems);
    let expected: Value =
        serde_json::from_str(&fs::read_to_string(format!("{FIXTURES}/expected.json")).unwrap()).unwrap();
    let rows: Vec<_> =
        expected["sessions"].as_array().unwrap().iter().filter(|row| row["source"] == "claude-code").collect();
    assert_eq!(seen.sessions.len(), rows.len());
    let owned = owned(&seen.sessions);
    for row in rows {
        let id = row["externalId"].as_str().unwrap();
        let session = seen.session(id);
        let rows = owned.get(id).map(Vec::as_slice).unwrap_or_default();
        let got = as_expected(session, rows);
        for (key, value) in got.as_object().unwrap() {
            let wanted = if row[key].is_null() { &row["messages"][key] } else { &row[key] };
            assert_eq!(value, wanted, "{} {key}", row["label"]);
        }
        assert!(!session.hidden, "{}", row["label"]);
        let incomplete = rows.iter().filter(|row| row.incomplete).count();
        assert_eq!(incomplete, if row["label"] == "c-sub2-child" { 2 } else { 0 }, "{}", row["label"]);
        // The headless fork's files name no parent.
        let parent = session.parent.as_ref();
        let wanted = if row["relation"] == "fork" { None } else { row["parent"].as_str() };
        assert_eq!(parent.map(|parent| parent.external_id.as_str()), wanted, "{}", row["label"]);
        assert_eq!(session.sidechain, row["relation"] == "sub-agent", "{}", row["label"]);
    }
}

#[test]
fn a_sub_agent_is_linked_to_the_call_that_started_it() {
    let seen = fixtures();
    for child in seen.sessions.iter().filter(|session| session.sidechain) {
        let parent = child.parent.as_ref().unwrap();
        assert_eq!(parent.relation, Relation::SubAgent);
        let calls = seen.session(&parent.external_id).messages.iter().flat_map(|message| &message.parts);
        let started = calls.filter(|part| {
            matches!(part, Part::ToolCall { call_id, name, .. } if *call_id == parent.call_id && name == "Agent")
        });
        assert_eq!(started.count(), 1, "{}", child.external_id);
    }
}

#[test]
fn a_fork_is_younger_than_the_session_it_repeats() {
    let seen = fixtures();
    let (original, fork) =
        (seen.session("da087a8b-2922-4f60-a05d-ec99b03dc3fc"), seen.session("fbe0e6c0-edfa-48e1-8390-26c4974e861b"));
    assert_eq!(fork.created_at, original.created_at);
    assert!(fork.born_at > original.born_at);
    let keys: Vec<_> = original.responses.iter().map(|response| &response.key).collect();
    assert!(keys.iter().all(|key| fork.responses.iter().any(|response| response.key == **key)));
}

#[test]
fn every_byte_is_reported_for_progress() {
    let root = Path::new(FIXTURES).join("home/.claude");
    let size: u64 = ClaudeCode.find(&root, &mut Vec::new()).iter().map(|origin| origin.size).sum();
    assert_eq!(fixtures().bytes, size);
}
