//! The fixtures, against what `expected.json` says of them.

use opensync_core::import::{ImportedSession, TitleRank};
use opensync_core::{MicroDollars, Part, Role};
use opensync_sources::Source;
use opensync_sources::factory_droid::FactoryDroid;
use serde_json::{Value, json};

use super::root;
use crate::support::{Seen, expected, shown};

/// What `expected.json` says of a session, taken from the import.
fn as_expected(session: &ImportedSession) -> Value {
    let count = |role| session.messages.iter().filter(|message| message.role == role).count();
    let parts = |wanted: fn(&Part) -> bool| shown(session).filter(|part| wanted(part)).count();
    let usage = session.responses.first().map(|response| response.usage);
    json!({
        "title": session.title.as_ref().map(|(title, _)| title),
        "model": session.model,
        "models": session.responses.iter().map(|response| &response.model).collect::<Vec<_>>(),
        "provider": session.provider,
        "projectPath": session.project_path,
        "gitBranch": session.git_branch,
        "parent": session.parent.as_ref().map(|parent| &parent.external_id),
        "relation": session.parent.as_ref().map(|parent| parent.relation.as_str()),
        "clientVersion": session.client_version,
        "archived": session.archived,
        "messages": {
            "user": count(Role::User), "assistant": count(Role::Assistant), "tool": count(Role::Tool),
            "inherited": {"user": 0, "assistant": 0},
        },
        "messageCount": session.messages.iter().filter(|message| message.counted()).count(),
        "toolCalls": parts(|part| matches!(part, Part::ToolCall { .. })),
        "toolResults": parts(|part| matches!(part, Part::ToolResult { .. })),
        "toolErrors": parts(|part| matches!(part, Part::ToolResult { is_error: Some(true), .. })),
        "ledger": usage.map(|usage| json!({
            "fresh": usage.fresh, "cacheRead": usage.cache_read, "cacheWrite": usage.cache_write(),
            "output": usage.output, "reasoning": usage.reasoning,
        })),
        "promptTokens": usage.map(|usage| usage.prompt()),
        "completionTokens": usage.map(|usage| usage.output),
        "totalTokens": usage.map(|usage| usage.total()),
        "storedCost": session.responses.first().and_then(|response| response.stored_cost).map(MicroDollars::usd),
    })
}

#[test]
fn the_fixtures_are_met_exactly() {
    let seen = Seen::of(&FactoryDroid, &root());
    assert!(seen.problems.is_empty(), "{:?}", seen.problems);
    let rows = expected("factory-droid");
    assert_eq!((seen.sessions.len(), rows.len()), (4, 4));
    for row in rows {
        let session = seen.session(row["externalId"].as_str().unwrap());
        let got = as_expected(session);
        for (key, value) in got.as_object().unwrap() {
            assert_eq!(value, &row[key], "{} {key}", row["label"]);
        }
        let rank = session.title.as_ref().map(|(_, rank)| *rank);
        let generated = row["titleRule"] != "first prompt";
        assert_eq!(rank, Some(if generated { TitleRank::Generated } else { TitleRank::Prompt }), "{}", row["label"]);
        assert_eq!(session.sidechain, row["relation"] == "sub-agent", "{}", row["label"]);
        assert!(session.messages.iter().all(|message| !message.inherited && !message.off_path));
    }
}

#[test]
fn a_session_has_one_row_that_is_named_after_it() {
    let seen = Seen::of(&FactoryDroid, &root());
    for session in &seen.sessions {
        assert!(session.responses.iter().all(|response| response.key == session.external_id));
        assert!(session.responses.iter().all(|response| response.message_id.is_none() && response.at.is_some()));
    }
    let session = seen.session("11220dc3-fb8a-4223-8e3a-47f5c40fbf77");
    assert_eq!(session.duration_ms, Some(48_210));
    assert_eq!(session.parent, None);
    let child = seen.session("33610286-e6e1-4ae2-8b37-fd1b7f0efc57");
    assert_eq!(child.parent.as_ref().unwrap().call_id.as_deref(), Some("toolu_d9"));
}

#[test]
fn injected_context_reminders_and_notices_are_system_messages() {
    let seen = Seen::of(&FactoryDroid, &root());
    let session = seen.session("11220dc3-fb8a-4223-8e3a-47f5c40fbf77");
    let systems: Vec<_> = session.messages.iter().filter(|message| message.role == Role::System).collect();
    let ids: Vec<_> = systems.iter().map(|message| message.external_id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "context-9b791992-41b0-461b-872b-1140a363674f",
            "9b791992-41b0-461b-872b-1140a363674f:note",
            "4bfc9b54-e002-428c-8aa6-78207b34c700"
        ]
    );
    assert_eq!(session.messages[2].text(), "Why is the discount negative for whole percents?");
}

#[test]
fn every_byte_is_reported_for_progress() {
    let size: u64 = FactoryDroid.find(&root(), &mut Vec::new()).iter().map(|origin| origin.size).sum();
    assert_eq!(Seen::of(&FactoryDroid, &root()).bytes, size);
}
