//! Conversations of the editor.

use opensync_core::import::{ProblemKind, TitleRank};
use opensync_core::{MicroDollars, Relation};

use super::*;

#[test]
fn bubbles_between_two_prompts_are_one_message() {
    let store = Store::new();
    let headers = [("u1", 1), ("a1", 2), ("a2", 2), ("gone", 2), ("a3", 2), ("u2", 1), ("a4", 2), ("a4", 2)];
    store.composer("c", &headers, &json!({"name": "Untitled", "lastUpdatedAt": T + 9}));
    store.bubble("c", "u1", &user("\nFirst prompt\nmore"));
    store.bubble("c", "a1", &json!({"type": 2, "thinking": "plainly", "capabilityType": 30}));
    store.bubble("c", "a2", &answer("One"));
    store.bubble("c", "a3", &json!({"type": 2, "text": " ", "capabilityType": 31}));
    store.bubble("c", "u2", &user("Second"));
    store.bubble("c", "a4", &answer("Two"));
    store.bubble("c", "stale", &user("of an older generation"));
    store.bubble("cc", "u1", &user("of another conversation"));
    let session = store.only();
    assert_eq!(outline(&session), ["user u1", "assistant a1", "user u2", "assistant a4"]);
    assert_eq!(session.messages[1].parts.len(), 2);
    assert_eq!(session.title, Some(("First prompt".to_owned(), TitleRank::Prompt)));
    assert_eq!((session.created_at, session.updated_at), (Some(T), Some(T + 9)));
}

#[test]
fn empty_values_and_drafts_are_no_conversations() {
    let store = Store::new();
    store.composer("draft", &[], &json!({"text": "unsent", "isDraft": true}));
    put(&store.connection, "cursorDiskKV", "composerData:null", "null");
    put(&store.connection, "cursorDiskKV", "composerData:empty", "");
    store.connection.execute("insert into cursorDiskKV values ('composerData:none', null)", []).unwrap();
    let seen = store.seen();
    assert!(seen.sessions.is_empty() && seen.problems.is_empty(), "{:?}", seen.problems);
    // Values may be bytes.
    store.composer("c", &[("u", 1)], &json!({})).bubble("c", "u", &user("Hello"));
    store.connection.execute_batch("update cursorDiskKV set value = cast(value as blob)").unwrap();
    assert_eq!(title(&store.only()), "Hello");
}

#[test]
fn calls_have_their_result_wherever_it_is() {
    let store = Store::new();
    let calls = [
        json!({"tool": 15, "name": "run_terminal_command_v2", "toolCallId": "a", "status": "completed",
            "params": {"command": "ls"}, "result": "{\"output\":\"no\",\"exitCode\":2}"}),
        json!({"tool": 40, "name": "read_file_v2", "toolCallId": "b", "status": "completed", "rawArgs": "{\"f\":1}",
            "result": {"contents": ""}}),
        json!({"tool": 1, "name": "grep", "toolCallId": "c", "status": "error", "error": "{\"message\":\"broken\"}"}),
        json!({"tool": 0, "name": "", "toolCallId": "d", "status": "completed", "result": "plain"}),
        json!({"tool": 1, "name": "wait", "toolCallId": "e", "status": "loading"}),
        json!({"tool": 1, "name": "stop", "toolCallId": "f", "status": "cancelled"}),
    ];
    let headers: Vec<_> = ["0", "1", "2", "3", "4", "5"].map(|id| (id, 2)).into();
    store.composer("c", &headers, &json!({"name": "Calls"}));
    for ((id, _), record) in headers.iter().zip(&calls) {
        store.bubble("c", id, &call(record));
    }
    let session = store.only();
    let said = parts(&session).into_iter().filter_map(|part| match part {
        Part::ToolResult { call_id, output, is_error, .. } => {
            Some((call_id.as_deref().unwrap(), output.text().unwrap(), *is_error))
        }
        _ => None,
    });
    let said: Vec<_> = said.collect();
    let said: Vec<_> = said.iter().map(|(id, output, error)| (*id, output.as_str(), *error)).collect();
    assert_eq!(
        said,
        [
            ("a", "no", Some(true)),
            ("b", "", Some(false)),
            ("c", "broken", Some(true)),
            ("d", "plain", Some(true)),
            ("f", "", None)
        ]
    );
    assert!(matches!(parts(&session)[2], Part::ToolCall { arguments, .. } if arguments.text().unwrap() == "{\"f\":1}"));
    assert_eq!(session.messages.len(), 1);
}

#[test]
fn a_result_in_a_binary_form_is_missed_aloud() {
    let store = Store::new();
    let record = json!({"tool": 1, "name": "grep", "toolCallId": "c", "status": "completed", "toolCallBinary": "CgI="});
    store.composer("c", &[("a", 2)], &json!({})).bubble("c", "a", &call(&record));
    let seen = store.seen();
    assert_eq!(seen.problems[0].kind, ProblemKind::Unsupported);
    assert_eq!(seen.sessions[0].messages[0].parts.len(), 2);
}

#[test]
fn calls_of_the_first_versions_are_found_by_their_bubble() {
    let store = Store::new();
    let record =
        json!({"old": {"tool": 5, "name": "edit_file", "status": "completed", "rawArgs": "{}", "result": "{}"}});
    store.put(
        "composerData:c",
        &json!({"_v": 1, "name": "Old", "conversation": [user("Go"), {"type": 2, "bubbleId": "old", "capabilityType": 15}],
            "capabilities": [{"type": 15, "data": {"bubbleDataMap": record.to_string()}}]}),
    );
    let session = store.only();
    assert_eq!(outline(&session), ["user bubble-1", "assistant old"]);
    assert!(matches!(session.messages[1].parts[0], Part::ToolCall { .. }));
}

#[test]
fn tokens_above_zero_are_responses_and_nothing_else_is() {
    let store = Store::new();
    let mut first = answer("One");
    first["tokenCount"] = json!({"inputTokens": 900, "outputTokens": 100});
    first["contextWindowStatusAtCreation"] = json!({"tokensUsed": 77_777});
    let mut prompt = user("Go");
    prompt["modelInfo"] = json!({"modelName": "gpt-5"});
    let more = json!({"usageData": {"gpt-5": {"costInCents": 7, "amount": 2}}, "contextTokensUsed": 55_555});
    store.composer("c", &[("u", 1), ("a", 2), ("b", 2)], &more);
    store.bubble("c", "u", &prompt).bubble("c", "a", &first).bubble("c", "b", &answer("Two"));
    let session = store.only();
    let [response] = session.responses.as_slice() else { panic!() };
    assert_eq!((response.usage.fresh, response.usage.output), (900, 100));
    assert_eq!(response.model.as_deref(), Some("gpt-5"), "of the prompt");
    assert_eq!(response.stored_cost, Some(MicroDollars(70_000)));
    assert_eq!(session.messages[1].model.as_deref(), Some("gpt-5"));
    // Counts that are no response are not dropped in silence.
    prompt["tokenCount"] = json!({"inputTokens": 30, "outputTokens": 0});
    store.bubble("c", "u", &prompt).bubble("c", "gone", &first);
    let session = store.only();
    let discarded: Vec<_> = session.discarded.iter().map(|row| (row.line, &*row.why)).collect();
    assert_eq!(discarded, [(1, "the size of a prompt"), (3, "from before the conversation was rebuilt")]);
    // A cost without tokens is no response of zero tokens.
    store.bubble("c", "a", &answer("One"));
    let seen = store.seen();
    assert_eq!(seen.sessions[0].responses, []);
    assert_eq!(seen.problems[0].reason, "a cost is stored without any token count");
}

#[test]
fn names_that_are_no_models_are_unknown() {
    for (name, model) in [("default", None), ("auto", None), ("composer-1", Some("composer-1"))] {
        let store = Store::new();
        store.composer("c", &[("u", 1), ("a", 2)], &json!({"modelConfig": {"modelName": name}}));
        let session = store.bubble("c", "u", &user("Go")).bubble("c", "a", &answer("Done")).only();
        assert_eq!(session.model.as_deref(), model);
    }
}

#[test]
fn times_come_from_wherever_there_are_any() {
    let store = Store::new();
    store.composer("c", &[("u", 1), ("a", 2), ("b", 2)], &json!({"createdAt": null}));
    store.bubble("c", "u", &user("Go"));
    let mut elapsed = answer("One");
    elapsed["timingInfo"] = json!({"clientStartTime": 1500.5, "clientRpcSendTime": T as f64 + 2000.5});
    let mut text = call(&json!({"tool": 1, "name": "x", "status": "completed"}));
    text["createdAt"] = json!("2026-01-01T00:00:05.000Z");
    let session = store.bubble("c", "a", &elapsed).bubble("c", "b", &text).only();
    assert_eq!(session.messages[0].created_at, Some(T + 500), "as its answer");
    assert_eq!((session.created_at, session.updated_at), (Some(T + 500), Some(T + 5000)));
}

#[test]
fn what_the_client_writes_in_the_users_name_is_no_prompt() {
    let store = Store::new();
    store.composer("c", &[("u", 1), ("n", 1), ("a", 2), ("s", 3)], &json!({}));
    store.bubble("c", "u", &user("<user_query>\nGo\n</user_query>"));
    store.bubble("c", "n", &user("<timestamp>x</timestamp>\n<system_notification>\ndone"));
    store.bubble("c", "a", &answer("Done")).bubble("c", "s", &json!({"type": 3, "text": "notice"}));
    let session = store.only();
    assert_eq!(outline(&session), ["user u", "system n", "assistant a", "system s"]);
    assert_eq!(title(&session), "Go");
}

#[test]
fn text_of_the_editors_own_format_and_images_are_read() {
    let store = Store::new();
    let paragraph = |text: &str| json!({"type": "paragraph", "children": [{"type": "text", "text": text}]});
    let rich = json!({"root": {"type": "root", "children": [paragraph("One"), paragraph("Two")]}});
    let mut bubble = user("");
    bubble["richText"] = json!(rich.to_string());
    bubble["images"] = json!([{"data": "iVBORw0KGgo=", "uuid": "i"}, {"data": [255, 216, 1]}, {"uuid": "elsewhere"}]);
    let session = store.composer("c", &[("u", 1)], &json!({})).bubble("c", "u", &bubble).only();
    assert_eq!(session.messages[0].text(), "One\nTwo");
    let kinds: Vec<_> = parts(&session)
        .into_iter()
        .filter_map(|part| match part {
            Part::Image { media_type, body, .. } => Some((media_type.as_str(), body.size())),
            _ => None,
        })
        .collect();
    assert_eq!(kinds, [("image/png", 8), ("image/jpeg", 3), ("image/png", 0)]);
}

#[test]
fn the_folder_is_found_from_the_most_certain_to_the_least() {
    let window = |home: &Home, id: &str, folder: &str, knows: &str| {
        home.write(&format!("{USER}/workspaceStorage/{id}/workspace.json"), json!({"folder": folder}).to_string());
        let database = pairs(home, &format!("workspaceStorage/{id}/state.vscdb"));
        let pane = json!({format!("workbench.panel.aichat.view.{knows}"): {}});
        put(&database, "ItemTable", "workbench.panel.composerChatViewPane.5f", &pane.to_string());
    };
    let store = Store::new();
    window(&store.home, "w1", "file:///c%3A/code/shop", "knew");
    window(&store.home, "w2", "vscode-remote://wsl%2Bubuntu/home/ana/api", "nobody");
    store
        .connection
        .execute_batch("create table composerHeaders (composerId, workspaceId, isArchived, isSubagent, value)")
        .unwrap();
    store.connection.execute("insert into composerHeaders values ('listed', 'w2', 1, 0, '{}')", []).unwrap();
    let git = json!({"trackedGitRepos": [{"repoPath": "/home/ana/repo"}]});
    for (id, more) in [
        ("said", json!({"workspaceIdentifier": {"id": "w1", "uri": {"fsPath": "/home/ana/said"}}})),
        ("knew", git.clone()),
        ("listed", git.clone()),
        ("bubble", git.clone()),
        ("git", git),
        ("files", json!({})),
        ("nowhere", json!({})),
    ] {
        store.composer(id, &[("u", 1)], &more).bubble(id, "u", &user("Go"));
    }
    let with = |name: &str, value: Value| {
        let mut bubble = user("Go");
        bubble[name] = value;
        bubble
    };
    store.bubble("bubble", "u", &with("workspaceUris", json!(["file:///home/ana/b%20c"])));
    let file = |path: &str| json!({"uri": {"fsPath": path}});
    let files = json!({"fileSelections": [file("/home/ana/x/a.rs"), file("/home/ana/x/b/c.rs")]});
    store.bubble("files", "u", &with("context", files));
    let seen = store.seen();
    assert_eq!(seen.problems, []);
    for (id, folder) in [
        ("said", Some("/home/ana/said")),
        ("knew", Some("c:/code/shop")),
        ("listed", Some("/home/ana/api")),
        ("bubble", Some("/home/ana/b c")),
        ("git", Some("/home/ana/repo")),
        ("files", Some("/home/ana/x")),
        ("nowhere", None),
    ] {
        assert_eq!(seen.session(id).project_path.as_deref(), folder, "{id}");
    }
    assert!(seen.session("listed").archived);
}

#[test]
fn children_know_who_started_them() {
    let store = Store::new();
    for (id, more) in [
        ("main", json!({"subComposerIds": ["best"], "subagentComposerIds": ["agent"]})),
        ("best", json!({})),
        ("agent", json!({})),
        ("path", json!({})),
    ] {
        store.composer(id, &[("u", 1)], &more).bubble(id, "u", &user("Go"));
    }
    store.home.write(&format!("{CLI}/projects/p/agent-transcripts/main/subagents/path.jsonl"), "");
    let seen = store.seen();
    for id in ["best", "agent", "path"] {
        let session = seen.session(id);
        let parent = session.parent.as_ref().unwrap();
        assert_eq!(
            (parent.external_id.as_str(), parent.relation, session.sidechain),
            ("main", Relation::SubAgent, true)
        );
    }
    assert_eq!(seen.session("main").parent, None);
}

#[test]
fn the_oldest_chats_are_in_the_database_of_their_window() {
    let store = Store::at(Home::new(), "workspaceStorage/w1/state.vscdb");
    store.home.write(&format!("{USER}/workspaceStorage/w1/workspace.json"), r#"{"folder":"file:///home/ana/shop"}"#);
    let tabs = json!({"tabs": [
        {"tabId": "t1", "chatTitle": "Retries", "lastSendTime": T, "bubbles": [
            {"type": "user", "id": "b1", "text": "How do I add retries?"},
            {"type": "ai", "id": "b2", "rawText": "With backoff.", "modelType": "gpt-4"}]},
        {"tabId": "t2", "bubbles": []},
    ]});
    put(&store.connection, "ItemTable", "workbench.panel.aichat.view.aichat.chatdata", &tabs.to_string());
    let inline =
        json!({"allComposers": [{"composerId": "c1", "conversation": [user("Inline")]}, {"composerId": "c2"}]});
    put(&store.connection, "ItemTable", "composer.composerData", &inline.to_string());
    let seen = store.seen();
    assert_eq!((seen.problems.len(), seen.sessions.len()), (0, 2));
    let session = seen.session("t1");
    assert_eq!(outline(session), ["user b1", "assistant b2"]);
    assert_eq!((title(session), session.updated_at), ("Retries", Some(T)));
    assert_eq!((session.model.as_deref(), session.project_path.as_deref()), (Some("gpt-4"), Some("/home/ana/shop")));
    assert_eq!(title(seen.session("c1")), "Inline");
    // What moved to the main database is read there.
    let main = Store::at(store.home, "globalStorage/state.vscdb");
    main.composer("c1", &[("u", 1)], &json!({})).bubble("c1", "u", &user("Moved"));
    let seen = main.seen();
    assert_eq!(seen.sessions.len(), 2);
    assert_eq!(title(seen.session("c1")), "Moved");
}
