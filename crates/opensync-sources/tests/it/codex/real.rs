//! What the real client wrote must show what its server billed.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::fs;
use std::path::Path;

use opensync_core::{MicroDollars, Part, Relation, Usage};

use super::*;

fn expected() -> Vec<Value> {
    let text = fs::read_to_string(Path::new(FIXTURES).join("expected.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let sessions = all["sessions"].as_array().unwrap().iter();
    sessions.filter(|session| session["source"] == "codex-cli").cloned().collect()
}

fn calls(session: &ImportedSession) -> usize {
    let parts = session.messages.iter().flat_map(|message| &message.parts);
    parts.filter(|part| matches!(part, Part::ToolCall { .. })).count()
}

#[test]
fn every_session_of_the_real_client_is_met_exactly() {
    let seen = fixtures();
    let expected = expected();
    assert_eq!(seen.sessions.len(), expected.len());
    assert_eq!(seen.problems, []);
    for want in &expected {
        let label = want["label"].as_str().unwrap();
        let session = seen.session(want["externalId"].as_str().unwrap());

        let inherited = |role| of(session, role).iter().filter(|message| message.inherited).count();
        let messages = json!({
            "user": of(session, Role::User).len(),
            "assistant": of(session, Role::Assistant).len(),
            "tool": of(session, Role::Tool).len(),
            "inherited": {"user": inherited(Role::User), "assistant": inherited(Role::Assistant)},
        });
        assert_eq!(messages, want["messages"], "{label}");
        assert_eq!(
            session.messages.iter().filter(|message| message.counted()).count(),
            want["messageCount"],
            "{label}"
        );

        let errors = results(session)
            .into_iter()
            .filter(|part| matches!(part, Part::ToolResult { is_error: Some(true), .. }))
            .count();
        assert_eq!(calls(session), want["toolCalls"], "{label}");
        assert_eq!(results(session).len(), want["toolResults"], "{label}");
        assert_eq!(errors, want["toolErrors"], "{label}");

        let mut used = Usage::default();
        let mut by_model: BTreeMap<&str, u64> = BTreeMap::new();
        for response in &session.responses {
            used += response.usage;
            *by_model.entry(response.model.as_deref().unwrap()).or_default() += response.usage.output;
            assert_eq!(response.provider.as_deref(), want["provider"].as_str(), "{label}");
            assert_eq!(response.stored_cost, None::<MicroDollars>, "{label}");
        }
        let ledger = json!({
            "fresh": used.fresh, "cacheRead": used.cache_read, "cacheWrite": used.cache_write(),
            "output": used.output, "reasoning": used.reasoning,
        });
        assert_eq!(ledger, want["ledger"], "{label}");
        assert_eq!(session.responses.len(), want["responses"], "{label}");
        assert_eq!(json!(used.total()), want["totalTokens"], "{label}");
        assert_eq!(json!(by_model.keys().collect::<Vec<_>>()), want["models"], "{label}");
        assert_eq!(by_model.iter().max_by_key(|(_, output)| **output).map(|(model, _)| *model), want["model"].as_str());

        let parent = session.parent.as_ref();
        assert_eq!(parent.map(|parent| parent.external_id.as_str()), want["parent"].as_str(), "{label}");
        assert_eq!(parent.map(|parent| parent.relation.as_str()), want["relation"].as_str(), "{label}");
        assert_eq!(title(session), want["title"], "{label}");
        assert_eq!(session.provider.as_deref(), want["provider"].as_str(), "{label}");
        assert_eq!(session.project_path.as_deref(), want["projectPath"].as_str(), "{label}");
        assert_eq!(session.git_branch.as_deref(), want["gitBranch"].as_str(), "{label}");
        assert_eq!(session.client_version.as_deref(), want["clientVersion"].as_str(), "{label}");
        assert_eq!(json!(session.archived), want["archived"], "{label}");
        assert!(!session.hidden, "{label}");
    }
}

#[test]
fn ids_are_unique_within_a_session_and_responses_name_a_message_of_it() {
    for session in &fixtures().sessions {
        let ids: HashSet<_> = session.messages.iter().map(|message| &message.external_id).collect();
        assert_eq!(ids.len(), session.messages.len());
        for response in &session.responses {
            assert!(ids.contains(response.message_id.as_ref().unwrap()), "{}", response.key);
        }
        let output: u64 = session.responses.iter().map(|response| response.usage.output).sum();
        let completions: u64 = session.messages.iter().filter_map(|message| message.completion_tokens).sum();
        assert_eq!(output, completions);
    }
}

#[test]
fn a_fork_shows_its_history_with_the_ids_of_the_parent_and_without_tokens() {
    let seen = fixtures();
    for session in seen.sessions.iter().filter(|session| session.messages.iter().any(|message| message.inherited)) {
        let parent = session.parent.as_ref().unwrap();
        assert_eq!(parent.relation, Relation::Fork);
        let parent = seen.session(&parent.external_id);
        for message in session.messages.iter().filter(|message| message.inherited) {
            let original = parent.messages.iter().find(|other| other.external_id == message.external_id).unwrap();
            assert_eq!(message.parts, original.parts);
            assert_eq!(message.role, original.role);
            assert_eq!(message.completion_tokens, None);
        }
    }
}

#[test]
fn a_sub_agent_knows_the_call_that_started_it() {
    let seen = fixtures();
    let agents: Vec<_> = seen.sessions.iter().filter(|session| session.sidechain).collect();
    assert_eq!(agents.len(), 2);
    for agent in agents {
        let link = agent.parent.as_ref().unwrap();
        let parent = seen.session(&link.external_id);
        let starts = |part: &Part| matches!(part, Part::ToolCall { call_id, name, .. } if *call_id == link.call_id && name == "spawn_agent");
        assert!(parent.messages.iter().flat_map(|message| &message.parts).any(starts));
    }
}

#[test]
fn a_compaction_is_a_system_message_that_owns_its_response() {
    let seen = fixtures();
    for id in ["01a208b9-f50a-7343-b75d-a836e90e1e43", "01a208ba-1791-7f63-8f8e-08eb0753ef38"] {
        let session = seen.session(id);
        let summaries: Vec<_> =
            session.messages.iter().filter(|message| message.text().starts_with("Handover: the 0.1")).collect();
        assert_eq!(summaries.len(), 1, "{id}");
        assert_eq!(summaries[0].role, Role::System);
        assert_eq!(summaries[0].completion_tokens, Some(350));
    }
}

#[test]
fn exit_codes_and_times_come_with_the_results() {
    let seen = fixtures();
    let session = seen.session("01a208ba-1eb4-73d2-82e9-bfb9229f9e0c");
    let Part::ToolResult { name, is_error, details, duration_ms, output, .. } = results(session)[0] else { panic!() };
    assert_eq!(name.as_deref(), Some("exec_command"));
    assert_eq!(*is_error, Some(true));
    assert_eq!(details.as_ref().unwrap().text().unwrap(), "{\"exitCode\":2}");
    assert_eq!(*duration_ms, Some(0));
    assert!(output.text().unwrap().contains("cannot access 'dist'"));
    assert_eq!(session.duration_ms, Some(181));
}

#[test]
fn every_byte_is_reported_as_progress() {
    let mut unreadable = Vec::new();
    let root = Path::new(FIXTURES).join("home/.codex");
    let sizes: u64 =
        opensync_sources::Source::find(&Codex, &root, &mut unreadable).iter().map(|origin| origin.size).sum();
    assert_eq!(fixtures().bytes, sizes);
}
