//! Conversations the real client's database does not hold.

use opensync_core::import::TitleRank;
use opensync_core::{MicroDollars, Relation};

use super::*;

#[test]
fn quotes_around_a_prompt_are_not_in_the_title() {
    for (prompt, want) in [
        (r#""Say hi""#, "Say hi"),
        (r#""Say \"hi\" to all""#, r#"Say "hi" to all"#),
        (r#""one thing" and "another thing""#, r#""one thing" and "another thing""#),
        ("\"First line\nSecond line\"", "First line"),
        ("plain", "plain"),
    ] {
        let store = Store::new();
        store.session(SES, T, "New session - 2026-01-01T00:00:00.000Z");
        store.message("msg_1", SES, T + 1, &user(T + 1));
        store.part("prt_0", "msg_1", &json!({"type": "text", "text": "Called the Read tool", "synthetic": true}));
        store.part("prt_1", "msg_1", &words(prompt));
        let session = store.only();
        assert_eq!(session.title, Some((want.to_owned(), TitleRank::Prompt)));
        assert_eq!(shown(&session, Role::User)[0].text(), prompt);
    }
}

#[test]
fn a_session_without_title_and_prompt_has_its_slug() {
    let store = Store::new();
    let session = store.session(SES, T, "Child session - 2026-01-01T00:00:00.000Z").only();
    assert_eq!(session.title, Some(("calm-fox".to_owned(), TitleRank::Placeholder)));
    assert!(session.hidden, "opened and left");
    let named = Store::new().session(SES, T, "New session - a plan").only();
    assert_eq!(named.title, Some(("New session - a plan".to_owned(), TitleRank::Generated)));
}

#[test]
fn output_and_reasoning_are_added_and_a_cost_of_nothing_stays_one() {
    let store = Store::new();
    store.session(SES, T, "Sums");
    store.said(SES, "msg_1", T + 1, &user(T + 1), "Go");
    store.said(SES, "msg_2", T + 2, &answer(T + 2, [10, 20, 30, 400, 50]), "Done");
    let session = store.only();
    let [response] = session.responses.as_slice() else { panic!() };
    let usage = response.usage;
    assert_eq!((usage.fresh, usage.cache_read, usage.cache_write_5m, usage.cache_write_1h), (10, 400, 50, 0));
    assert_eq!((usage.output, usage.reasoning), (50, 30));
    assert_eq!(response.stored_cost, Some(MicroDollars(250_000)));
    assert_eq!((session.duration_ms, session.updated_at), (Some(500), Some(T + 2)));
}

#[test]
fn steps_are_not_added_to_their_message() {
    let step = |output: u64| json!({"type": "step-finish", "cost": 0.1, "tokens": {"input": 5, "output": output, "reasoning": 0, "cache": {"read": 0, "write": 0}}});
    // One call: the message and its step say the same.
    let store = Store::new();
    store.session(SES, T, "One").said(SES, "msg_1", T + 1, &answer(T + 1, [5, 7, 0, 0, 0]), "a");
    store.part("prt_z", "msg_1", &step(7));
    let one = store.only();
    assert_eq!(one.responses.iter().map(|response| response.usage.output).collect::<Vec<_>>(), [7]);
    assert_eq!(one.responses[0].records, 2, "the message and its step");
    // Several calls in one message, as early versions wrote it: it states the last one's tokens.
    store.part("prt_y", "msg_1", &step(100));
    let several = store.only();
    assert_eq!(several.responses.iter().map(|response| response.usage.output).collect::<Vec<_>>(), [100, 7]);
    assert_eq!(several.responses.iter().map(|response| response.records).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(several.responses[0].stored_cost, Some(MicroDollars(100_000)));
    assert_ne!(several.responses[0].key, several.responses[1].key);
}

#[test]
fn tokens_nobody_recorded_are_no_response() {
    let store = Store::new();
    store.session(SES, T, "Unknown").said(SES, "msg_1", T + 1, &user(T + 1), "Go");
    for (id, tokens) in [("msg_2", json!({})), ("msg_3", json!(null)), ("msg_4", json!({"input": -5, "output": "x"}))] {
        let mut data = answer(T + 2, [0; 5]);
        data["tokens"] = tokens;
        store.said(SES, id, T + 2, &data, "answer");
    }
    let session = store.only();
    assert_eq!(session.responses, []);
    assert_eq!(session.model.as_deref(), Some("claude-sonnet-4-5"));
}

#[test]
fn a_failed_call_is_shown_with_its_reason() {
    let store = Store::new();
    store.session(SES, T, "Fails").said(SES, "msg_1", T + 1, &user(T + 1), "Go");
    let mut data = answer(T + 2, [0; 5]);
    data["error"] = json!({"name": "ProviderAuthError", "data": {"message": "no key", "providerID": "x"}});
    let session = store.message("msg_2", SES, T + 2, &data).only();
    assert_eq!(shown(&session, Role::Assistant)[0].text(), "ProviderAuthError: no key");
    assert_eq!((session.model, session.responses.len()), (None, 0));
}

#[test]
fn calls_that_run_have_no_result_and_invalid_ones_failed() {
    let store = Store::new();
    store.session(SES, T, "Calls").message("msg_1", SES, T + 1, &answer(T + 1, [1; 5]));
    store.sql(
        r#"insert into part values
             ('prt_1', 'msg_1', '', 0, 0, '{"type":"tool","tool":"invalid","callID":"a","state":{"status":"completed",
                 "input":{"z":1,"a":2},"output":"out","metadata":{},
                 "attachments":[{"type":"file","mime":"image/png","url":"data:image/png;base64,AAEC"}]}}'),
             ('prt_2', 'msg_1', '', 0, 0, '{"type":"tool","tool":"bash","callID":"b","state":{"status":"running","input":{}}}'),
             ('prt_3', 'msg_1', '', 0, 0, '{"type":"tool","tool":"write","callID":"c","state":{"status":"pending",
                 "input":{},"raw":"{\"file"}}')"#,
    );
    let session = store.only();
    let mut parts = parts(&session);
    let Some(Part::ToolCall { arguments, .. }) = parts.next() else { panic!() };
    assert_eq!(arguments.text().unwrap(), r#"{"z":1,"a":2}"#, "in the order they were written");
    assert!(matches!(parts.next(), Some(Part::ToolResult { is_error: Some(true), details: None, .. })));
    assert!(matches!(parts.next(), Some(Part::Image { body, .. }) if body.size() == 3));
    assert!(matches!(parts.next(), Some(Part::ToolCall { .. })));
    let Some(Part::ToolCall { arguments, .. }) = parts.next() else { panic!() };
    assert_eq!(arguments.text().unwrap(), "{\"file");
    assert!(parts.next().is_none());
}

#[test]
fn other_parts_are_shown_or_left_out() {
    let store = Store::new();
    store.session(SES, T, "Parts").message("msg_1", SES, T + 1, &user(T + 1));
    for (number, part) in [
        json!({"type": "text", "content": "early text"}),
        json!({"type": "agent", "name": "docs"}),
        json!({"type": "subtask", "prompt": "Look around", "agent": "explore"}),
        json!({"type": "file", "mime": "text/plain", "url": "file:///home/ana/a.txt", "filename": "a.txt"}),
        json!({"type": "file", "url": "data:text/plain,a%20b"}),
        json!({"type": "snapshot", "snapshot": "x"}),
        json!({"type": "retry", "attempt": 1}),
        json!({"type": "reasoning", "text": ""}),
    ]
    .iter()
    .enumerate()
    {
        store.part(&format!("prt_{number}"), "msg_1", part);
    }
    let session = store.only();
    assert_eq!(session.messages[0].text(), "early text\n\n@docs\n\n@explore Look around");
    let files: Vec<_> = parts(&session).filter(|part| matches!(part, Part::Image { .. })).collect();
    let Part::Image { media_type, name, body } = files[1] else { panic!() };
    assert_eq!((media_type.as_str(), name, body.text().unwrap().as_str()), ("text/plain", &None, "a b"));
    assert_eq!(session.messages[0].parts.len(), 5);
}

#[test]
fn what_follows_a_revert_is_off_the_path() {
    let store = Store::new();
    store.session(SES, T, "Back").said(SES, "msg_1", T + 1, &user(T + 1), "One");
    store.said(SES, "msg_2", T + 2, &answer(T + 2, [1; 5]), "kept");
    store.part("prt_msg_2b", "msg_2", &words("gone"));
    store.said(SES, "msg_3", T + 3, &user(T + 3), "Two");
    store.sql(r#"update session set revert = '{"messageID":"msg_3"}'"#);
    assert_eq!(outline(&store.only()), ["user msg_1", "assistant msg_2", "-user msg_3"]);
    store.sql(r#"update session set revert = '{"messageID":"msg_2","partID":"prt_msg_2b"}'"#);
    let session = store.only();
    assert_eq!(outline(&session), ["user msg_1", "assistant msg_2", "-assistant msg_2:reverted", "-user msg_3"]);
    assert_eq!(session.messages[1].text(), "kept");
    assert_eq!(session.responses[0].message_id.as_deref(), Some("msg_2"));
}

/// An id of the client, with the moment in it.
fn id(prefix: &str, at: i64) -> String {
    format!("{prefix}_{:012x}abcdefghijklmn", (at << 12) & 0xffff_ffff_ffff)
}

#[test]
fn a_fork_of_a_fork_finds_the_one_it_was_made_from() {
    let store = Store::new();
    let fill = |session: &str, born: i64, turns: &[i64]| {
        store.session(session, born, session);
        for at in turns {
            // Copies have new ids and the old moments.
            let row = if *at < born { born + (at - T) / 10 } else { *at };
            store.said(session, &id("msg", row), *at, &answer(*at, [*at as u64 % 97 + 1, 5, 0, 0, 0]), "x");
        }
    };
    fill("ses_c", T, &[T + 10, T + 20]);
    fill("ses_b", T + 100, &[T + 10, T + 20, T + 110]);
    fill("ses_a", T + 200, &[T + 10, T + 20, T + 110, T + 210]);
    let seen = store.seen();
    let parent = |id: &str| {
        let parent = seen.session(id).parent.as_ref();
        parent.map(|parent| (parent.external_id.as_str(), parent.relation))
    };
    assert_eq!(parent("ses_c"), None);
    assert_eq!(parent("ses_b"), Some(("ses_c", Relation::Fork)));
    assert_eq!(parent("ses_a"), Some(("ses_b", Relation::Fork)));
    let inherited = |id: &str| seen.session(id).messages.iter().filter(|message| message.inherited).count();
    assert_eq!((inherited("ses_c"), inherited("ses_b"), inherited("ses_a")), (0, 2, 3));
    let mut keys: Vec<_> = seen.sessions.iter().flat_map(|session| &session.responses).map(|row| &row.key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 4, "copies share their key");
}

#[test]
fn a_fork_whose_original_is_gone_still_shows_what_it_inherited() {
    let store = Store::new();
    let born = T + 1000;
    store.session(SES, born, "Plan (fork #1)");
    store.said(SES, &id("msg", born + 1), T + 10, &answer(T + 10, [1; 5]), "copied");
    store.said(SES, &id("msg", born + 9), born + 9, &answer(born + 9, [2; 5]), "own");
    let session = store.only();
    assert_eq!(session.messages.iter().map(|message| message.inherited).collect::<Vec<_>>(), [true, false]);
    assert_eq!(session.parent, None);
    assert_eq!(session.duration_ms, Some(500), "copies took no time here");
}

#[test]
fn two_sessions_of_the_same_moment_are_no_copies() {
    let store = Store::new();
    for session in ["ses_1", "ses_2"] {
        store.session(session, T, session);
        store.said(session, &format!("{}_{session}", id("msg", T + 5)), T + 5, &user(T + 5), "Go");
    }
    let seen = store.seen();
    assert!(seen.sessions.iter().all(|session| session.parent.is_none() && !session.messages[0].inherited));
}

#[test]
fn folder_and_branch_come_from_the_project_and_workspace_when_the_session_has_none() {
    let store = Store::new();
    store.session(SES, T, "Where");
    store.sql(
        "insert into project values ('p', '/home/ana/tree', 'git', null); insert into workspace values ('w', 'topic');
        update session set directory = '/', workspace_id = 'w', time_archived = 5;",
    );
    let session = store.only();
    assert_eq!(session.project_path.as_deref(), Some("/home/ana/tree"));
    assert_eq!((session.git_branch.as_deref(), session.archived), (Some("topic"), true));
    store.sql("update project set worktree = '/'");
    assert_eq!(store.only().project_path, None);
}

#[test]
fn a_compaction_of_the_client_itself_is_not_a_prompt() {
    let store = Store::new();
    store.session(SES, T, "Long").message("msg_1", SES, T + 1, &user(T + 1));
    store.part("prt_1", "msg_1", &json!({"type": "compaction", "auto": true}));
    let mut summary = answer(T + 2, [9; 5]);
    summary["summary"] = json!(true);
    store.said(SES, "msg_2", T + 2, &summary, "What was done");
    store.message("msg_3", SES, T + 3, &user(T + 3));
    store.part(
        "prt_3",
        "msg_3",
        &json!({"type": "text", "text": "Continue if you have next steps", "synthetic": true}),
    );
    let session = store.only();
    assert_eq!(outline(&session), ["system msg_1", "assistant msg_2", "system msg_3"]);
    assert_eq!(session.summary.as_deref(), Some("What was done"));
    assert_eq!(session.responses.len(), 1);
}
