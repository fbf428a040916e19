//! The shared stores must show what is expected of them.

use std::collections::HashSet;
use std::fs;

use opensync_core::{MicroDollars, Usage};
use opensync_sources::Source;

use super::*;

const EXPECTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/real-clients/expected.json");

#[test]
fn every_session_is_met_exactly() {
    let seen = fixtures().seen(&Cursor);
    let all: Value = serde_json::from_str(&fs::read_to_string(EXPECTED).unwrap()).unwrap();
    let rows: Vec<_> = all["sessions"].as_array().unwrap().iter().filter(|row| row["source"] == "cursor").collect();
    assert_eq!(seen.sessions.len(), rows.len());
    assert_eq!(seen.problems, []);
    for want in rows {
        let label = want["label"].as_str().unwrap();
        let session = seen.session(want["externalId"].as_str().unwrap());
        let messages = json!({
            "user": of(session, Role::User).len(),
            "assistant": of(session, Role::Assistant).len(),
            "tool": of(session, Role::Tool).len(),
            "inherited": {"user": 0, "assistant": 0},
        });
        assert_eq!(messages, want["messages"], "{label}");
        assert_eq!(session.messages.iter().filter(|message| message.counted()).count(), want["messageCount"]);
        assert!(session.messages.iter().all(|message| !message.inherited));

        let count = |is: fn(&&&Part) -> bool| parts(session).iter().filter(is).count();
        assert_eq!(count(|part| matches!(part, Part::ToolCall { .. })), want["toolCalls"], "{label}");
        assert_eq!(count(|part| matches!(part, Part::ToolResult { .. })), want["toolResults"], "{label}");
        let errors = count(|part| matches!(part, Part::ToolResult { is_error: Some(true), .. }));
        assert_eq!(errors, want["toolErrors"], "{label}");

        // Unknown tokens are no responses: never zero.
        if want["ledger"].is_null() {
            assert_eq!(session.responses, [], "{label}");
        } else {
            let mut used = Usage::default();
            session.responses.iter().for_each(|response| used += response.usage);
            let ledger = json!({
                "fresh": used.fresh, "cacheRead": used.cache_read, "cacheWrite": used.cache_write(),
                "output": used.output, "reasoning": used.reasoning,
            });
            assert_eq!(ledger, want["ledger"], "{label}");
            assert_eq!(json!(used.total()), want["totalTokens"], "{label}");
        }
        let cost = session.responses.iter().filter_map(|response| response.stored_cost).map(|cost| cost.0).sum::<i64>();
        let stored = MicroDollars::from_usd(want["storedCost"].as_f64().unwrap_or(0.0));
        assert_eq!(cost, stored.0, "{label}");
        assert_eq!(session.model.as_deref(), want["model"].as_str(), "{label}");
        for response in &session.responses {
            assert_eq!(response.model.as_deref(), want["model"].as_str(), "{label}");
        }

        let parent = session.parent.as_ref();
        assert_eq!(parent.map(|parent| parent.external_id.as_str()), want["parent"].as_str(), "{label}");
        assert_eq!(parent.map(|parent| parent.relation.as_str()), want["relation"].as_str(), "{label}");
        assert_eq!(session.sidechain, want["relation"] == "sub-agent", "{label}");
        assert_eq!(title(session), want["title"], "{label}");
        assert_eq!(session.provider.as_deref(), want["provider"].as_str(), "{label}");
        assert_eq!(session.project_path.as_deref(), want["projectPath"].as_str(), "{label}");
        assert_eq!(session.git_branch, None, "{label}");
        assert_eq!(session.client_version, None, "{label}");
        assert_eq!(json!(session.archived), want["archived"], "{label}");
        assert!(!session.hidden, "{label}");
    }
}

#[test]
fn ids_are_unique_within_a_session_and_responses_name_a_message_of_it() {
    for session in &fixtures().seen(&Cursor).sessions {
        let ids: HashSet<_> = session.messages.iter().map(|message| &message.external_id).collect();
        assert_eq!(ids.len(), session.messages.len());
        for response in &session.responses {
            assert!(ids.contains(response.message_id.as_ref().unwrap()));
        }
    }
}

#[test]
fn every_byte_is_reported_for_progress() {
    let home = fixtures();
    let roots = [USER, CLI].map(|root| Cursor.find(&home.path(root), &mut Vec::new()));
    assert_eq!(roots.each_ref().map(Vec::len), [2, 3]);
    let sizes: u64 = roots.iter().flatten().map(|origin| origin.size).sum();
    assert_eq!(home.seen(&Cursor).bytes, sizes);
    assert!(roots[1][0].note.starts_with("{\"files\":\"meta 165 "), "{}", roots[1][0].note);
}

#[test]
fn each_store_alone_has_its_conversations() {
    assert_eq!(Home::with(&[".config"]).seen(&Cursor).sessions.len(), 3);
    let transcripts = Home::with(&[".cursor/projects"]).seen(&Cursor);
    assert_eq!(transcripts.sessions.len(), 2);
    let session = transcripts.session("b09052e8-d2f3-49f4-8772-f77ca197a014");
    assert_eq!((title(session), session.model.as_deref()), ("Write a smoke test for the cart", None));
}
