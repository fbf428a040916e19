//! Sub-agents, forks, and where their files are.

use std::path::Path;

use opensync_core::import::TitleRank;
use opensync_core::{Relation, Role};
use opensync_sources::Source;
use opensync_sources::claude_code::ClaudeCode;
use serde_json::json;

use super::{Store, answer, call, outline, result, session, texts, user, with, words};

#[test]
fn an_inline_sidechain_is_a_session_of_its_own() {
    let side = json!({"isSidechain": true});
    let spawn = call("t1", "Task", &json!({"description": "Count lines", "prompt": "Count all lines"}));
    let seen = Store::new()
        .lines(
            "S1.jsonl",
            &[
                user("u1", "", "Use an agent"),
                answer("a1", "u1", "m1", &spawn, 10),
                with(user("s1", "", "Count all lines"), &side),
                with(answer("s2", "s1", "m2", &words("42"), 20), &side),
                user("u2", "a1", vec![result("t1", "42")]),
                with(user("w1", "", "Warmup"), &side),
            ],
        )
        .seen();
    let [main, child, warmup] = seen.sessions.as_slice() else { panic!("{} sessions", seen.sessions.len()) };
    assert_eq!(outline(main), ["user u1", "assistant m1", "tool u2"]);
    assert_eq!(child.external_id, "S1:sidechain-s1");
    assert_eq!(child.title, Some(("Count lines".to_owned(), TitleRank::Generated)));
    let parent = child.parent.as_ref().unwrap();
    assert_eq!((parent.external_id.as_str(), parent.call_id.as_deref()), ("S1", Some("t1")));
    assert!(child.sidechain && !child.hidden);
    assert_eq!((main.responses.len(), child.responses.len()), (1, 1));
    assert!(warmup.hidden && texts(warmup, Role::User).is_empty());
}

#[test]
fn an_agent_beside_its_session_is_found_through_the_parents_transcript() {
    let agent = json!({"isSidechain": true, "agentId": "0badcafe"});
    let spawn = call("t1", "Task", &json!({"description": "Find leaks", "prompt": "Look for leaks"}));
    let seen = Store::new()
        .lines(
            "S1.jsonl",
            &[
                user("u1", "", "Use an agent"),
                answer("a1", "u1", "m1", &spawn, 10),
                with(user("u2", "a1", vec![result("t1", "none")]), &json!({"toolUseResult": {"agentId": "0badcafe"}})),
            ],
        )
        .lines("agent-0badcafe.jsonl", &[with(user("s1", "", "Look for leaks"), &agent)])
        .seen();
    let child = seen.session("S1:agent-0badcafe");
    assert_eq!(child.title, Some(("Find leaks".to_owned(), TitleRank::Generated)));
    assert_eq!(child.parent.as_ref().unwrap().call_id.as_deref(), Some("t1"));
    assert!(child.sidechain && !child.hidden);
}

#[test]
fn agents_of_the_harness_are_hidden() {
    let store = Store::new();
    store.lines("S1/subagents/agent-acompact-fffbd0.jsonl", &[user("s1", "", "Summarise")]);
    assert!(store.seen().session("S1:agent-acompact-fffbd0").hidden);
}

#[test]
fn a_copied_record_names_the_session_it_came_from() {
    let copied = json!({"forkedFrom": {"sessionId": "S0", "messageUuid": "u1"}});
    let session = session(&[
        with(user("u1", "", "Go"), &copied),
        with(answer("a1", "u1", "m1", &words("Yes"), 5), &copied),
        with(user("u2", "a1", "On"), &json!({"timestamp": "2026-05-05T10:00:00Z"})),
    ]);
    let parent = session.parent.unwrap();
    assert_eq!((parent.external_id.as_str(), parent.relation), ("S0", Relation::Fork));
    let inherited: Vec<_> = session.messages.iter().map(|message| message.inherited).collect();
    assert_eq!(inherited, [true, true, false]);
    assert_eq!(session.born_at, opensync_core::time::parse("2026-05-05T10:00:00Z"));
    assert_eq!(session.created_at, opensync_core::time::parse("2026-05-04T09:00:00.120Z"));
}

#[test]
fn only_transcripts_are_found_and_a_changed_description_is_noticed() {
    let store = Store::new();
    for name in [
        "S1.jsonl",
        "agent-0badcafe.jsonl",
        "S1/subagents/agent-a1.jsonl",
        "S1/subagents/workflows/wf/agent-a2.jsonl",
        "S1/subagents/workflows/wf/journal.jsonl",
        "S1/subagents/agent-a1.meta.json",
        "S1/tool-results/x.jsonl",
        "memory/notes.jsonl",
        "sessions-index.json",
    ] {
        store.text(name, "{}\n");
    }
    let find = |root: &Path| {
        let mut unreadable = Vec::new();
        let found = ClaudeCode.find(root, &mut unreadable);
        assert!(unreadable.is_empty());
        found
    };
    let found = find(store.folder.path());
    let names: Vec<_> = found.iter().map(|origin| origin.path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["agent-a1.jsonl", "agent-a2.jsonl", "S1.jsonl", "agent-0badcafe.jsonl"]);
    assert_eq!(find(&store.folder.path().join("projects")), found);
    assert!(find(&store.folder.path().join("missing")).is_empty());

    store.text("S1/subagents/agent-a1.meta.json", r#"{"description":"Now longer"}"#);
    let again = find(store.folder.path());
    assert_ne!(again[0].note, found[0].note);
    assert_eq!((again[0].size, &again[1]), (found[0].size, &found[1]));
}
