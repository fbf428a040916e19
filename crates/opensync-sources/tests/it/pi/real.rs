//! The real client's files, against what its server billed.

use std::collections::BTreeMap;

use opensync_core::import::{ImportedSession, Response, TitleRank};
use opensync_core::{Message, Part, Role, Usage};
use opensync_sources::Source;
use opensync_sources::pi::Pi;
use serde_json::{Value, json};

use super::root;
use crate::support::{Seen, expected, owned, shown};

/// What `expected.json` says of a session, taken from the import.
fn as_expected(session: &ImportedSession, owned: &[&Response]) -> Value {
    let visible: Vec<_> = session.messages.iter().filter(|message| !message.off_path).collect();
    let count = |role| visible.iter().filter(|message| message.role == role).count();
    let inherited = |role| visible.iter().filter(|message| message.role == role && message.inherited).count();
    let parts = |wanted: fn(&Part) -> bool| shown(session).filter(|part| wanted(part)).count();
    let is_command = |message: &&&Message| message.role == Role::System && message.text().starts_with("! ");
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
            Some(TitleRank::Named) => "session name",
            Some(TitleRank::Prompt) => "first prompt",
            _ => "none",
        },
        "model": session.model,
        "models": models,
        "provider": session.provider,
        "projectPath": session.project_path,
        "gitBranch": session.git_branch,
        "parent": session.parent.as_ref().map(|parent| &parent.external_id),
        "relation": session.parent.as_ref().map(|parent| parent.relation.as_str()),
        "archived": session.archived,
        "messages": {
            "user": count(Role::User), "assistant": count(Role::Assistant), "tool": count(Role::Tool),
            "inherited": {"user": inherited(Role::User), "assistant": inherited(Role::Assistant)},
        },
        "messageCount": session.messages.iter().filter(|message| message.counted()).count(),
        "commands": visible.iter().filter(is_command).count(),
        "toolCalls": parts(|part| matches!(part, Part::ToolCall { .. })),
        "toolResults": parts(|part| matches!(part, Part::ToolResult { .. })),
        "toolErrors": parts(|part| matches!(part, Part::ToolResult { is_error: Some(true), .. })),
        "ledger": {
            "fresh": sum.fresh, "cacheRead": sum.cache_read, "cacheWrite": sum.cache_write(),
            "output": sum.output, "reasoning": sum.reasoning,
        },
        "responses": owned.len(),
        "promptTokens": sum.prompt(),
        "completionTokens": sum.output,
        "totalTokens": sum.total(),
    })
}

#[test]
fn the_real_clients_sessions_are_met_exactly() {
    let seen = Seen::of(&Pi, &root());
    assert!(seen.problems.is_empty(), "{:?}", seen.problems);
    let rows = expected("pi");
    assert_eq!((seen.sessions.len(), rows.len()), (7, 7));
    let owned = owned(&seen.sessions);
    for row in rows {
        let id = row["externalId"].as_str().unwrap();
        let session = seen.session(id);
        let got = as_expected(session, &owned[id]);
        for (key, value) in got.as_object().unwrap() {
            assert_eq!(value, &row[key], "{} {key}", row["label"]);
        }
        let costs: Vec<_> = owned[id].iter().map(|response| response.stored_cost.unwrap().usd()).collect();
        let (cost, wanted) = (costs.iter().sum::<f64>(), row["storedCost"].as_f64().unwrap());
        // Each is kept to the millionth of a dollar.
        assert!((cost - wanted).abs() <= 0.000_000_51 * costs.len() as f64, "{} {cost} {wanted}", row["label"]);
        assert!(!session.hidden && !session.sidechain);
    }
}

#[test]
fn a_fork_shows_the_messages_of_its_parent_and_is_younger() {
    let seen = Seen::of(&Pi, &root());
    let (original, fork) =
        (seen.session("01a208bb-a840-75f5-b58e-194f5ca77441"), seen.session("01a208bb-b22c-743b-a6bc-a9dae70b122a"));
    assert_eq!(fork.created_at, original.created_at);
    assert!(fork.born_at > original.born_at && fork.updated_at > original.updated_at);
    for (copy, message) in fork.messages.iter().zip(&original.messages) {
        assert_eq!((&copy.parts, copy.created_at, copy.inherited), (&message.parts, message.created_at, true));
    }
    for (copy, response) in fork.responses.iter().zip(&original.responses) {
        assert_eq!((&copy.key, copy.usage), (&response.key, response.usage));
    }
    assert!(
        fork.responses[original.responses.len()..]
            .iter()
            .all(|own| original.responses.iter().all(|r| r.key != own.key))
    );
}

#[test]
fn the_summary_of_a_compaction_is_kept() {
    let seen = Seen::of(&Pi, &root());
    let session = seen.session("01a208bb-bda2-7290-ab99-9ff766c95388");
    assert!(session.summary.as_deref().unwrap().starts_with("## Goal\nRelease note"));
    let systems: Vec<_> = session.messages.iter().filter(|message| message.role == Role::System).collect();
    assert_eq!(systems.len(), 2);
    assert_eq!(systems[0].text(), "! git log --oneline | wc -l\n\n1");
}

#[test]
fn a_picture_is_named_by_its_file() {
    let seen = Seen::of(&Pi, &root());
    let session = seen.session("01a208bb-b9f1-720a-96d6-272db7e76ba9");
    let [Part::Text(text), Part::Image { media_type, name, body }] = session.messages[0].parts.as_slice() else {
        panic!("{:?}", session.messages[0].parts)
    };
    assert_eq!(text, "Name this colour for the design tokens.");
    assert_eq!((media_type.as_str(), name.as_deref()), ("image/png", Some("/home/dev/work/atlas-site/logo.png")));
    assert!(body.bytes().unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn every_byte_is_reported_for_progress() {
    let size: u64 = Pi.find(&root(), &mut Vec::new()).iter().map(|origin| origin.size).sum();
    assert_eq!(Seen::of(&Pi, &root()).bytes, size);
}
