//! Forks and agents: what is shown, and what is counted where.

use opensync_core::Relation;
use opensync_core::import::TitleRank;

use super::*;

fn turn(id: &str, prompt: &str, answer: &str) -> Vec<Value> {
    vec![started(id), context(id, "gpt-5"), said("user", &[prompt]), prompt_event(prompt), said("assistant", &[answer])]
}

/// A parent of one turn, and a fork of it whose file begins with a copy of the parent's lines.
fn copied(turns: [&str; 2]) -> (Vec<Value>, Vec<Value>) {
    let mut parent = vec![meta(ID)];
    parent.extend(turn(turns[0], "First", "One"));
    parent.push(count([100, 50, 10, 0], [100, 50, 10, 0]));
    let mut fork = vec![fork_of(OTHER, ID)];
    fork.extend(parent.clone());
    fork.extend(turn(turns[1], "Second", "Two"));
    fork.push(count([100, 50, 10, 0], [100, 50, 10, 0]));
    fork.push(count([300, 150, 30, 0], [200, 100, 20, 0]));
    (parent, fork)
}

fn check_copied(fork: &ImportedSession) {
    let parent = fork.parent.as_ref().unwrap();
    assert_eq!((parent.external_id.as_str(), parent.relation), (ID, Relation::Fork));
    assert_eq!(texts(fork, Role::User), ["First", "Second"]);
    let inherited: Vec<_> = fork.messages.iter().map(|message| message.inherited).collect();
    assert_eq!(inherited, [true, true, false, false]);
    assert_eq!(fork.messages[0].external_id, format!("{ID}:4"));
    assert_eq!(fork.responses.len(), 1);
    assert_eq!((fork.responses[0].usage.prompt(), fork.responses[0].usage.output), (200, 20));
}

#[test]
fn a_fork_with_a_copied_prefix_counts_only_its_own_turns() {
    let (parent, fork) = copied(["turn-a", "turn-b"]);
    let seen = Store::new().thread(ID, &parent).thread(OTHER, &fork).seen();
    check_copied(seen.session(OTHER));
    assert_eq!(seen.session(ID).responses.len(), 1);
}

#[test]
fn a_fork_is_counted_the_same_when_its_parent_is_gone() {
    let (_, fork) = copied(["019ca9ff-0000-7000-8000-000000000001", "019caa01-0000-7000-8000-000000000001"]);
    check_copied(Store::new().thread(OTHER, &fork).seen().session(OTHER));
}

#[test]
fn without_ids_in_order_the_start_of_a_turn_tells_whose_it_is() {
    let (_, mut fork) = copied(["turn-a", "turn-b"]);
    for line in &mut fork {
        let at = match line["payload"]["turn_id"].as_str() {
            Some("turn-a") => 1_772_449_000,
            Some("turn-b") => 1_772_449_200,
            _ => continue,
        };
        line["payload"]["started_at"] = json!(at);
    }
    check_copied(Store::new().thread(OTHER, &fork).seen().session(OTHER));
}

#[test]
fn without_turn_ids_equal_leading_totals_are_inherited() {
    let bare = |prompt: &str, answer: &str| vec![said("user", &[prompt]), said("assistant", &[answer])];
    let mut parent = vec![meta(ID)];
    parent.extend(bare("First", "One"));
    parent.push(count([100, 50, 10, 0], [100, 50, 10, 0]));
    let mut fork = vec![fork_of(OTHER, ID)];
    fork.extend(parent.clone());
    fork.extend(bare("Second", "Two"));
    fork.push(count([300, 150, 30, 0], [200, 100, 20, 0]));
    parent.push(count([900, 0, 90, 0], [800, 0, 80, 0]));
    let seen = Store::new().thread(ID, &parent).thread(OTHER, &fork).seen();
    let fork = seen.session(OTHER);
    assert_eq!(fork.messages.iter().filter(|message| message.inherited).count(), 2);
    assert_eq!(fork.responses.len(), 1);
    assert_eq!(fork.responses[0].usage.prompt(), 200);
}

/// A paginated parent, and a fork that points into it.
fn based() -> (Vec<Value>, Vec<Value>) {
    let mut parent = vec![meta(ID)];
    parent.extend(turn("turn-a", "First", "One"));
    parent.push(record(ID, "resp_1", [100, 50, 10, 0], [100, 50, 10, 0]));
    let end = parent.len();
    parent.extend(turn("turn-b", "Later", "Never in the fork"));
    for (ordinal, line) in parent.iter_mut().enumerate() {
        line["ordinal"] = json!(ordinal);
    }
    let base = json!({"history_base": {"thread_id": ID, "end_ordinal_exclusive": end}, "history_mode": "paginated"});
    let mut fork = vec![with(fork_of(OTHER, ID), &base)];
    fork.extend(turn("turn-c", "Second", "Two"));
    (parent, fork)
}

#[test]
fn a_fork_that_points_into_its_parent_shows_the_lines_before_that_point() {
    let (parent, mut fork) = based();
    fork.push(record(OTHER, "resp_2", [200, 100, 20, 0], [300, 150, 30, 0]));
    let seen = Store::new().thread(ID, &parent).thread(OTHER, &fork).seen();
    let fork = seen.session(OTHER);
    assert_eq!(texts(fork, Role::User), ["First", "Second"]);
    assert_eq!(texts(fork, Role::Assistant), ["One", "Two"]);
    assert_eq!(fork.messages[0].external_id, format!("{ID}:4"));
    assert_eq!(fork.responses.iter().map(|response| response.key.as_str()).collect::<Vec<_>>(), ["resp_2"]);
    assert_eq!(seen.problems, []);
}

#[test]
fn a_fork_whose_totals_start_high_owns_what_is_above_its_base() {
    let (parent, mut fork) = based();
    fork.push(count([300, 150, 30, 0], [200, 100, 20, 0]));
    fork.push(count([700, 350, 70, 0], [400, 200, 40, 0]));
    let own = |seen: &Seen| seen.session(OTHER).responses.iter().map(|row| row.usage.prompt()).collect::<Vec<_>>();
    let alone = Store::new().thread(OTHER, &fork).seen();
    assert_eq!(own(&alone), [200, 400]);
    assert_eq!(alone.problems[0].reason, "the session it was forked from is not here: its history is missing");
    assert_eq!(own(&Store::new().thread(ID, &parent).thread(OTHER, &fork).seen()), [200, 400]);
}

#[test]
fn threads_that_name_each_other_as_their_history_do_not_loop() {
    let base = |id: &str| json!({"history_base": {"thread_id": id, "end_ordinal_exclusive": 99}});
    let one = [with(meta(ID), &base(OTHER)), said("user", &["One"])];
    let two = [with(meta(OTHER), &base(ID)), said("user", &["Two"])];
    let seen = Store::new().thread(ID, &one).thread(OTHER, &two).seen();
    assert_eq!(seen.sessions.len(), 2);
}

#[test]
fn an_agent_started_with_context_shows_it_and_counts_only_its_own() {
    let (parent, mut agent) = copied(["turn-a", "turn-b"]);
    agent[0]["payload"]["source"] =
        json!({"subagent": {"thread_spawn": {"parent_thread_id": ID, "depth": 1, "agent_nickname": "Gauss"}}});
    let spawned = output("call_7", json!({"agent_id": OTHER}).to_string());
    let parent = [parent, vec![call("call_7"), spawned]].concat();
    let seen = Store::new().thread(ID, &parent).thread(OTHER, &agent).seen();
    let agent = seen.session(OTHER);
    let link = agent.parent.as_ref().unwrap();
    assert_eq!((link.relation, link.call_id.as_deref()), (Relation::SubAgent, Some("call_7")));
    assert!(agent.sidechain);
    assert_eq!(agent.messages.iter().filter(|message| message.inherited).count(), 2);
    assert_eq!(agent.responses.len(), 1);
}

#[test]
fn an_agent_without_a_prompt_is_called_by_its_name_below_any_prompt() {
    let source = json!({"source": {"subagent": "review"}, "agent_nickname": "Gauss"});
    let seen = Store::new().thread(ID, &[with(meta(ID), &source), said("assistant", &["Looks fine."])]).seen();
    let session = seen.session(ID);
    assert_eq!(session.title, Some(("Gauss".to_owned(), TitleRank::Placeholder)));
    assert!(session.sidechain);
    assert_eq!(session.parent, None);
}

#[test]
fn only_a_fork_takes_the_name_its_parent_had() {
    let (mut parent, mut fork) = copied(["turn-a", "turn-b"]);
    let named = event(&json!({"type": "thread_name_updated", "thread_id": ID, "thread_name": "The first"}));
    parent.push(named.clone());
    fork.insert(8, named);
    let seen = Store::new().thread(ID, &parent).thread(OTHER, &fork).seen();
    assert_eq!(seen.session(OTHER).title, Some(("The first".to_owned(), TitleRank::Named)));
    fork[0]["payload"]["source"] = json!({"subagent": {"thread_spawn": {"parent_thread_id": ID}}});
    let seen = Store::new().thread(ID, &parent).thread(OTHER, &fork).seen();
    assert_eq!(title(seen.session(OTHER)), "First");
}
