//! What the real client wrote must show what its server billed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;

use opensync_core::import::Response;
use opensync_core::{Relation, Usage};
use opensync_sources::{Source, foreign_sqlite};

use super::*;

const EXPECTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/real-clients/expected.json");

/// Who owns which response, as the archive decides: the session that began to be written first.
fn owned(sessions: &[ImportedSession]) -> HashMap<&str, Vec<&Response>> {
    let mut order: Vec<_> = sessions.iter().collect();
    order.sort_by_key(|session| (session.sidechain, session.born_at));
    let mut keys = HashSet::new();
    let mut owned: HashMap<&str, Vec<&Response>> = HashMap::new();
    for session in order {
        let own = session.responses.iter().filter(|response| keys.insert(response.key.as_str()));
        owned.insert(&session.external_id, own.collect());
    }
    owned
}

#[test]
fn every_session_of_the_real_client_is_met_exactly() {
    let seen = fixtures().seen(&OpenCode);
    let text = fs::read_to_string(EXPECTED).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let rows: Vec<_> = all["sessions"].as_array().unwrap().iter().filter(|row| row["source"] == "opencode").collect();
    assert_eq!(seen.sessions.len(), rows.len());
    assert_eq!(seen.problems, []);
    let owned = owned(&seen.sessions);
    let mut cost = 0.0;
    for want in rows {
        let label = want["label"].as_str().unwrap();
        let session = seen.session(want["externalId"].as_str().unwrap());
        let own = &owned[session.external_id.as_str()];

        let inherited = |role| shown(session, role).iter().filter(|message| message.inherited).count();
        let messages = json!({
            "user": shown(session, Role::User).len(),
            "assistant": shown(session, Role::Assistant).len(),
            "tool": shown(session, Role::Tool).len(),
            "inherited": {"user": inherited(Role::User), "assistant": inherited(Role::Assistant)},
        });
        assert_eq!(messages, want["messages"], "{label}");
        let counted = session.messages.iter().filter(|message| message.counted()).count();
        assert_eq!(counted, want["messageCount"], "{label}");

        let count = |is: fn(&&Part) -> bool| parts(session).filter(is).count();
        assert_eq!(count(|part| matches!(part, Part::ToolCall { .. })), want["toolCalls"], "{label}");
        assert_eq!(count(|part| matches!(part, Part::ToolResult { .. })), want["toolResults"], "{label}");
        let errors = count(|part| matches!(part, Part::ToolResult { is_error: Some(true), .. }));
        assert_eq!(errors, want["toolErrors"], "{label}");

        let mut used = Usage::default();
        let mut by_model: BTreeMap<&str, u64> = BTreeMap::new();
        let mut stored = 0.0;
        for response in own {
            used += response.usage;
            stored += response.stored_cost.unwrap().usd();
            *by_model.entry(response.model.as_deref().unwrap()).or_default() += response.usage.output;
        }
        cost += stored;
        let ledger = json!({
            "fresh": used.fresh, "cacheRead": used.cache_read, "cacheWrite": used.cache_write(),
            "output": used.output, "reasoning": used.reasoning,
        });
        assert_eq!(ledger, want["ledger"], "{label}");
        assert_eq!(own.len(), want["responses"], "{label}");
        assert_eq!(
            json!([used.prompt(), used.output, used.total()]),
            json!([want["promptTokens"], want["completionTokens"], want["totalTokens"]])
        );
        assert!((stored - want["storedCost"].as_f64().unwrap()).abs() < 1e-6 * (own.len() + 1) as f64, "{label}");
        let mut models: Vec<_> = by_model.keys().copied().collect();
        models.sort_by_key(|model| std::cmp::Reverse(by_model[model]));
        assert_eq!(json!(models), want["models"], "{label}");
        let model = models.first().copied().or(session.model.as_deref());
        assert_eq!(model, want["model"].as_str(), "{label}");

        let parent = session.parent.as_ref();
        assert_eq!(parent.map(|parent| parent.external_id.as_str()), want["parent"].as_str(), "{label}");
        assert_eq!(parent.map(|parent| parent.relation.as_str()), want["relation"].as_str(), "{label}");
        assert_eq!(session.sidechain, want["relation"] == "sub-agent", "{label}");
        assert_eq!(title(session), want["title"], "{label}");
        assert_eq!(session.provider.as_deref(), want["provider"].as_str(), "{label}");
        assert_eq!(session.project_path.as_deref(), want["projectPath"].as_str(), "{label}");
        assert_eq!(session.git_branch.as_deref(), want["gitBranch"].as_str(), "{label}");
        assert_eq!(session.client_version.as_deref(), want["clientVersion"].as_str(), "{label}");
        assert_eq!(json!(session.archived), want["archived"], "{label}");
        assert!(!session.hidden, "{label}");
    }
    let total = all["totalsBySource"]["opencode"]["storedCost"].as_f64().unwrap();
    assert!((cost - total).abs() < 5e-5, "{cost}");
}

#[test]
fn ids_are_unique_within_a_session_and_responses_name_a_message_of_it() {
    for session in &fixtures().seen(&OpenCode).sessions {
        let ids: HashSet<_> = session.messages.iter().map(|message| &message.external_id).collect();
        assert_eq!(ids.len(), session.messages.len());
        for response in &session.responses {
            assert!(ids.contains(response.message_id.as_ref().unwrap()), "{}", response.key);
        }
    }
}

#[test]
fn the_last_session_is_in_the_log_alone() {
    let home = fixtures();
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(home.path(&format!("{FOLDER}/opencode.db{suffix}"))).unwrap();
    }
    assert_eq!(home.seen(&OpenCode).sessions.len(), 13);
}

#[test]
fn a_log_without_its_index_is_read_from_a_copy() {
    let home = fixtures();
    fs::remove_file(home.path(&format!("{FOLDER}/opencode.db-shm"))).unwrap();
    assert_eq!(home.seen(&OpenCode).sessions.len(), 14);
}

#[test]
fn a_sub_agent_knows_the_call_that_started_it() {
    let seen = fixtures().seen(&OpenCode);
    let agent = seen.sessions.iter().find(|session| session.sidechain).unwrap();
    let link = agent.parent.as_ref().unwrap();
    assert_eq!(link.relation, Relation::SubAgent);
    let parent = seen.session(&link.external_id);
    let starts = |part: &&Part| matches!(part, Part::ToolCall { call_id, name, .. } if *call_id == link.call_id && name == "task");
    assert_eq!(parts(parent).filter(starts).count(), 1);
    let details = parts(parent).find_map(|part| match part {
        Part::ToolResult { details: Some(details), .. } => Some(details.text().unwrap()),
        _ => None,
    });
    assert_eq!(details.unwrap(), format!("{{\"agentId\":\"{}\"}}", agent.external_id));
}

#[test]
fn what_was_taken_back_is_kept_off_the_path_and_paid() {
    let seen = fixtures().seen(&OpenCode);
    let session = seen.session("ses_df7447d33ffeH0QlkE2CQPl6c1");
    let off: Vec<_> = session.messages.iter().filter(|message| message.off_path).collect();
    assert_eq!(off.len(), 3);
    let paid = session
        .responses
        .iter()
        .filter(|response| off.iter().any(|message| Some(&message.external_id) == response.message_id.as_ref()));
    assert_eq!(paid.count(), 2);
}

#[test]
fn a_compaction_is_a_system_message_and_its_answer_the_summary() {
    let seen = fixtures().seen(&OpenCode);
    let session = seen.session("ses_df7448c09ffeqeRY1ZqPCOGzsT");
    assert!(session.summary.as_ref().unwrap().starts_with("## Summary"));
    let marks: Vec<_> = shown(session, Role::System).iter().map(|message| message.text()).collect();
    assert_eq!(marks, ["Conversation compacted"]);
}

#[test]
fn what_the_client_wrote_for_a_prompt_is_not_part_of_it() {
    let seen = fixtures().seen(&OpenCode);
    let session = seen.session("ses_df744687cffe63rOBCzMCGlDZ8");
    let prompt = shown(session, Role::User)[0];
    assert_eq!(prompt.text(), "\"Compare the attached logo with the header colour.\"");
    let image = prompt.parts.iter().find_map(|part| match part {
        Part::Image { media_type, name, body } => Some((media_type.as_str(), name.as_deref(), body.size())),
        _ => None,
    });
    assert_eq!(image, Some(("image/png", Some("logo.png"), 112)));
    assert!(shown(session, Role::System)[0].text().contains("Image read successfully"));
}

#[test]
fn exit_codes_and_times_come_with_the_results() {
    let seen = fixtures().seen(&OpenCode);
    let session = seen.session("ses_df745a593ffe61ov1z9WaCb4TG");
    let results: Vec<_> = parts(session).filter(|part| matches!(part, Part::ToolResult { .. })).collect();
    let Part::ToolResult { output, details, .. } = results[0] else { panic!() };
    assert!(output.text().unwrap().starts_with("File not found"));
    assert_eq!(*details, None);
    let Part::ToolResult { details, duration_ms, .. } = results[1] else { panic!() };
    assert_eq!(details.as_ref().unwrap().text().unwrap(), "{\"exitCode\":2}");
    assert!(duration_ms.is_some());
    assert!(session.duration_ms.unwrap() > 0);
}

#[test]
fn progress_adds_up_and_the_log_is_part_of_the_fingerprint() {
    let home = fixtures();
    let origins = OpenCode.find(&home.path(FOLDER), &mut Vec::new());
    assert_eq!(origins.len(), 1);
    assert_eq!(home.seen(&OpenCode).bytes, origins[0].size);
    assert!(origins[0].note.starts_with("wal 972352 "), "{}", origins[0].note);
    let log = home.path(&format!("{FOLDER}/opencode.db-wal"));
    fs::write(&log, &fs::read(&log).unwrap()[..32]).unwrap();
    assert_eq!(foreign_sqlite::origin(origins[0].path.clone()).unwrap().note, "");
}
