//! The totals in the sidecar, and what of them is a session's own.

use opensync_core::Usage;
use opensync_core::import::{ImportedSession, ProblemKind};
use opensync_sources::Source;
use opensync_sources::factory_droid::FactoryDroid;
use serde_json::{Value, json};

use super::{Store, message, start, usage, words};
use crate::support::with;

fn talk() -> Vec<Value> {
    vec![start(&json!({})), message("m1", "user", "Go"), message("m2", "assistant", vec![words("Done")])]
}

/// Session `S1` with these settings.
fn read(settings: &Value) -> ImportedSession {
    let mut seen =
        Store::new().lines("S1.jsonl", &talk()).lines("S1.settings.json", std::slice::from_ref(settings)).seen();
    assert!(seen.problems.is_empty(), "{:?}", seen.problems);
    seen.sessions.remove(0)
}

#[test]
fn totals_that_grow_are_replaced_and_the_file_counts_as_changed() {
    let store = Store::new();
    let origin = |store: &Store| FactoryDroid.find(store.folder.path(), &mut Vec::new()).remove(0);
    store.lines("S1.jsonl", &talk());
    let bare = origin(&store);
    assert!(store.seen().sessions[0].responses.is_empty());
    let mut notes = vec![bare.note.clone()];
    for output in [340, 1340] {
        store.lines(
            "S1.settings.json",
            &[json!({"model": "claude-sonnet-4-5-20250929", "tokenUsage": usage(120, output)})],
        );
        let session = store.seen().sessions.remove(0);
        let [response] = session.responses.as_slice() else { panic!("{:?}", session.responses) };
        assert_eq!((response.key.as_str(), response.usage.output), ("S1", output));
        let now = origin(&store);
        assert_eq!((now.size, now.mtime_ns), (bare.size, bare.mtime_ns));
        notes.push(now.note);
    }
    notes.sort();
    notes.dedup();
    assert_eq!(notes.len(), 3, "{notes:?}");
}

#[test]
fn the_sidecar_tells_tokens_model_provider_time_and_archive() {
    let session = read(&json!({
        "model": "claude-sonnet-4-5-20250929", "providerLock": "anthropic", "assistantActiveTimeMs": 9000,
        "archivedAt": "2026-06-02T00:00:00Z", "tokenUsage": usage(120, 340), "inclusiveTokenUsage": usage(9000, 9000), "tags": [],
    }));
    let response = &session.responses[0];
    assert_eq!(
        response.usage,
        Usage { fresh: 120, cache_read: 18000, cache_write_5m: 2000, output: 340, ..Usage::default() }
    );
    assert_eq!(response.usage.total(), 20460);
    assert_eq!(
        (response.model.as_deref(), response.provider.as_deref()),
        (Some("claude-sonnet-4-5-20250929"), Some("anthropic"))
    );
    assert_eq!(response.at, session.updated_at);
    assert_eq!((session.duration_ms, session.archived), (Some(9000), true));
    let plain = read(&json!({"model": "gpt-5.2-codex", "archivedAt": null}));
    assert_eq!((plain.archived, plain.provider.as_deref(), plain.responses.len()), (false, Some("openai"), 0));
}

#[test]
fn totals_with_sub_agents_count_only_without_others_and_without_sub_agents() {
    let output = |settings: Value| read(&settings).responses.first().map(|row| row.usage.output);
    let all = usage(9, 900);
    assert_eq!(output(json!({"tokenUsage": usage(1, 340), "inclusiveTokenUsage": all})), Some(340));
    assert_eq!(output(json!({"inclusiveTokenUsage": all, "childInclusiveTokenUsageBySessionId": {}})), Some(900));
    assert_eq!(
        output(json!({"inclusiveTokenUsage": all, "childInclusiveTokenUsageBySessionId": {"S9": usage(1, 1)}})),
        None
    );
    let task = json!({"type": "tool_use", "id": "t", "name": "Task", "input": {}});
    let lines = [&talk()[..], &[message("m3", "assistant", vec![task])]].concat();
    let seen =
        Store::new().lines("S1.jsonl", &lines).lines("S1.settings.json", &[json!({"inclusiveTokenUsage": all})]).seen();
    assert!(seen.sessions[0].responses.is_empty());
}

#[test]
fn usage_on_messages_is_not_added_to_the_total() {
    let mut lines = talk();
    lines[2]["message"]["usage"] = json!({"input_tokens": 5, "output_tokens": 6});
    lines[2]["message"]["modelId"] = "claude-opus-4-5".into();
    let seen = Store::new()
        .lines("S1.jsonl", &lines)
        .lines("S1.settings.json", &[json!({"tokenUsage": usage(1, 340)})])
        .seen();
    let session = &seen.sessions[0];
    assert_eq!(session.responses.iter().map(|row| row.usage.output).collect::<Vec<_>>(), [340]);
    assert_eq!(session.discarded[0].usage.output, 6);
    assert_eq!(session.messages[1].completion_tokens, Some(6));
    assert_eq!(session.model.as_deref(), Some("claude-opus-4-5"));
}

#[test]
fn a_sidecar_that_is_no_json_is_reported_and_leaves_the_tokens_unknown() {
    let seen = Store::new().lines("S1.jsonl", &talk()).text("S1.settings.json", "{\"tokenUsage\":").seen();
    assert!(seen.sessions[0].responses.is_empty());
    assert_eq!(seen.problems[0].kind, ProblemKind::Damaged);
    let seen = Store::new().lines("S1.jsonl", &talk()).text("S1.settings.json", "\u{feff}[1]").seen();
    assert!(seen.problems.is_empty() && seen.sessions[0].responses.is_empty());
}

/// A store with `S1` and a fork of it that has `settings` and goes on with its own message.
fn forked(settings: &Value, copied: usize) -> Store {
    let store = Store::new();
    store.lines("S1.jsonl", &talk()).lines("S1.settings.json", &[json!({"tokenUsage": usage(120, 340)})]);
    let head = start(&json!({"id": "S2", "title": "[Fork] Go", "parent": "S1"}));
    let own = message("m9", "user", "Another way");
    let lines = [&[head], &talk()[1..=copied], &[own]].concat();
    store
        .lines("../-elsewhere/S2.jsonl", &lines)
        .lines("../-elsewhere/S2.settings.json", std::slice::from_ref(settings));
    store
}

#[test]
fn a_fork_owns_what_it_added_to_its_parents_totals() {
    let seen = forked(&json!({"tokenUsage": usage(150, 400)}), 2).seen();
    assert!(seen.problems.is_empty(), "{:?}", seen.problems);
    let fork = seen.session("S2");
    assert_eq!(fork.responses[0].usage, Usage { fresh: 30, output: 60, ..Usage::default() });
    assert_eq!(fork.discarded[0].usage.output, 340);
    assert_eq!(fork.parent.as_ref().unwrap().relation, opensync_core::Relation::Fork);
    assert_eq!(fork.messages.iter().map(|message| message.inherited).collect::<Vec<_>>(), [true, true, false]);
    assert!(fork.born_at > fork.created_at);
}

#[test]
fn a_fork_whose_parents_share_is_not_known_says_so() {
    let seen = forked(&json!({"tokenUsage": usage(100, 400)}), 2).seen();
    assert_eq!(seen.session("S2").responses[0].usage.output, 400);
    assert_eq!(seen.problems.iter().map(|problem| problem.kind).collect::<Vec<_>>(), [ProblemKind::Unsupported]);
    let alone = with(start(&json!({})), &json!({"parent": "../gone"}));
    let store = Store::new();
    store
        .lines("S1.jsonl", &[alone, message("m1", "user", "Go")])
        .lines("S1.settings.json", &[json!({"tokenUsage": usage(1, 2)})]);
    assert_eq!(store.seen().problems.len(), 1);
}

#[test]
fn a_session_that_goes_on_from_a_summary_began_at_zero() {
    let seen = forked(&json!({"tokenUsage": usage(150, 400)}), 0).seen();
    assert!(seen.problems.is_empty());
    assert_eq!(seen.session("S2").responses[0].usage.output, 400);
    let lines = [
        start(&json!({"parent": "gone"})),
        json!({"type": "compaction_state", "id": "c", "summaryText": "So far."}),
        message("m1", "user", "Go"),
    ];
    let seen =
        Store::new().lines("S1.jsonl", &lines).lines("S1.settings.json", &[json!({"tokenUsage": usage(1, 2)})]).seen();
    assert!(seen.problems.is_empty() && seen.sessions[0].responses.len() == 1);
}
