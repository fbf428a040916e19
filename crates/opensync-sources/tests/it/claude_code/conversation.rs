//! Who said what: prompts, commands, branches, results.

use opensync_core::import::TitleRank;
use opensync_core::{Part, Role};
use serde_json::{Value, json};

use super::{Store, answer, call, outline, result, session, texts, user, with, words};

#[test]
fn messages_of_a_session_have_unique_ids() {
    let line = user("same", "", "first");
    let other = with(user("same", "", "second"), &json!({"timestamp": "2026-05-04T09:05:00Z"}));
    let session = session(&[line.clone(), other, line]);
    assert_eq!(outline(&session), ["user same", "user same#2"]);
}

#[test]
fn a_summary_titles_only_the_session_that_holds_its_leaf() {
    let summary = |leaf: &str, text: &str| json!({"type": "summary", "summary": text, "leafUuid": leaf});
    let lines = [summary("elsewhere", "Another session"), user("u1", "", "My prompt")];
    let other = session(&lines);
    assert_eq!(other.title, Some(("My prompt".to_owned(), TitleRank::Prompt)));
    assert_eq!(other.summary, None);
    let own = session(&[summary("u1", "This session"), user("u1", "", "My prompt")]);
    assert_eq!(own.title, Some(("This session".to_owned(), TitleRank::Generated)));
    assert_eq!(own.summary.as_deref(), Some("This session"));
}

#[test]
fn the_best_title_wins_and_an_empty_name_takes_it_away() {
    let named = |name: &str| json!({"type": "custom-title", "customTitle": name, "sessionId": "S1"});
    let generated = json!({"type": "ai-title", "aiTitle": "Generated"});
    let title = |lines: &[Value]| session(lines).title.unwrap().0;
    assert_eq!(title(&[user("u1", "", "Prompt"), named("Old"), named("New"), generated.clone()]), "New");
    assert_eq!(title(&[user("u1", "", "Prompt"), generated, named("Old"), named("")]), "Generated");
}

#[test]
fn commands_and_caveats_are_no_prompts() {
    let clear = "<command-name>/clear</command-name>\n  <command-message>clear</command-message>\n  <command-args></command-args>";
    let caveat = with(
        user("u1", "", "<local-command-caveat>Caveat: The messages below</local-command-caveat>"),
        &json!({"isMeta": true}),
    );
    let session = session(&[
        user("u0", "", clear),
        caveat,
        user("u2", "u1", "<local-command-stdout></local-command-stdout>"),
        user("u3", "u2", "<system-reminder>Remember.</system-reminder>\nFix the rounding"),
        user("u4", "u3", "[Request interrupted by user]"),
    ]);
    assert_eq!(session.title, Some(("Fix the rounding".to_owned(), TitleRank::Prompt)));
    assert_eq!(texts(&session, Role::User), ["Fix the rounding"]);
    assert_eq!(outline(&session), ["system u0", "system u1", "user u3", "system u4"]);
    assert!(!session.hidden);
}

#[test]
fn sessions_of_monitors_are_hidden() {
    let wrapper = |name: &str| user("u1", "", format!("<command-name>{name}</command-name>"));
    for (name, hidden) in [("/usage", true), ("/cost", true), ("/context", false)] {
        let session = session(&[wrapper(name)]);
        assert_eq!(session.hidden, hidden, "{name}");
        assert_eq!(session.title, Some((name.to_owned(), TitleRank::Placeholder)));
    }
    assert!(!session(&[wrapper("/clear"), user("u2", "u1", "And now work")]).hidden);
}

#[test]
fn a_windows_path_and_the_last_real_branch_are_kept() {
    let place = |cwd: &str, branch: &str| json!({"cwd": cwd, "gitBranch": branch});
    let session = session(&[
        with(user("u1", "", "Go"), &place("", "HEAD")),
        with(user("u2", "u1", "On"), &place("C:\\work\\shop", "main")),
        with(user("u3", "u2", "And"), &place("C:\\other", "")),
    ]);
    assert_eq!(session.project_path.as_deref(), Some("C:\\work\\shop"));
    assert_eq!(opensync_core::text::project_name("C:\\work\\shop"), Some("shop"));
    assert_eq!(session.git_branch.as_deref(), Some("main"));
}

#[test]
fn an_edited_and_resent_prompt_leaves_the_first_version_off_the_path() {
    let session = session(&[
        user("u1", "", "Hello"),
        answer("a1", "u1", "m1", &words("Hi"), 10),
        user("u2", "a1", "Firt try"),
        answer("a2", "u2", "m2", &words("What?"), 20),
        user("u3", "a1", "First try"),
        answer("a3", "u3", "m3", &words("Yes."), 30),
    ]);
    assert_eq!(outline(&session), ["user u1", "assistant m1", "-user u2", "-assistant m2", "user u3", "assistant m3"]);
    assert_eq!(session.responses.iter().map(|row| row.usage.output).sum::<u64>(), 60);
}

#[test]
fn parallel_calls_progress_and_compaction_leave_everything_on_the_path() {
    let boundary = json!({"type": "system", "subtype": "compact_boundary", "uuid": "b", "parentUuid": null,
        "logicalParentUuid": "a3", "content": "Conversation compacted", "timestamp": "2026-05-04T09:10:00Z"});
    let summary = "This session is being continued from a previous conversation.\n\nSummary:\nAll done.";
    let session = session(&[
        user("u1", "", "Read both"),
        answer("a1", "u1", "m1", &call("t1", "Read", &json!({})), 10),
        json!({"type": "progress", "uuid": "p1", "parentUuid": "a1", "data": {"type": "hook_progress"}}),
        user("r1", "a1", vec![result("t1", "one")]),
        answer("a2", "a1", "m1", &call("t2", "Read", &json!({})), 10),
        user("r2", "a2", vec![result("t2", "two")]),
        answer("a3", "r2", "m2", &words("Both read"), 10),
        boundary,
        with(user("c", "b", summary), &json!({"isCompactSummary": true})),
        user("u2", "c", "Go on"),
    ]);
    assert!(session.messages.iter().all(|message| !message.off_path), "{:?}", outline(&session));
    assert_eq!(texts(&session, Role::User), ["Read both", "Go on"]);
    assert_eq!(session.summary.as_deref(), Some("All done."));
    assert_eq!(texts(&session, Role::System)[0], "Conversation compacted");
}

#[test]
fn a_prompt_typed_while_the_agent_worked_is_a_prompt() {
    let queued = |uuid: &str, prompt: Value| {
        let record = json!({"type": "attachment", "attachment": {"type": "queued_command", "prompt": prompt}});
        with(with(user(uuid, "u1", ""), &record), &json!({"message": null}))
    };
    let session = session(&[
        user("u1", "", "Go"),
        queued("q1", "Also the docs".into()),
        queued("q2", json!([words("And tests")])),
        queued("q3", "<task-notification>done</task-notification>".into()),
        with(user("f", "u1", ""), &json!({"type": "attachment", "attachment": {"type": "file", "prompt": "no"}})),
    ]);
    assert_eq!(outline(&session), ["user u1", "user q1", "user q2", "system q3"]);
}

#[test]
fn text_beside_a_result_is_a_message_of_its_own() {
    let session = session(&[user("u1", "", vec![result("t", "ok"), words("and now stop")])]);
    assert_eq!(outline(&session), ["tool u1", "user u1:text"]);
}

#[test]
fn images_are_kept_as_bytes() {
    let image = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}});
    let session = session(&[
        user("u1", "", vec![words("Look"), image.clone()]),
        user("u2", "u1", vec![result("t", vec![words("a picture"), image])]),
    ]);
    for message in &session.messages {
        let Some(Part::Image { media_type, body, .. }) = message.parts.last() else { panic!("no image") };
        assert_eq!((media_type.as_str(), body.text().unwrap().as_str()), ("image/png", "hello"));
    }
    assert!(
        matches!(&session.messages[1].parts[0], Part::ToolResult { output, .. } if output.text().unwrap() == "a picture")
    );
}

#[test]
fn an_unknown_block_is_kept_as_it_is() {
    let block = json!({"type": "hologram", "depth": 3});
    let session = session(&[user("u1", "", "Go"), answer("a1", "u1", "m", &block, 5)]);
    let [Part::Unknown { kind, json }] = session.messages[1].parts.as_slice() else { panic!("one unknown part") };
    assert_eq!(kind, "hologram");
    assert_eq!(serde_json::from_str::<Value>(&json.text().unwrap()).unwrap(), block);
}

#[test]
fn details_keep_the_patch_and_not_the_file() {
    let patch = json!([{"oldStart": 1, "lines": ["-a", "+b"]}]);
    let extra = json!({"filePath": "/x", "originalFile": "whole file", "structuredPatch": patch, "durationMs": 12});
    let session = session(&[with(user("u1", "", vec![result("t", "ok")]), &json!({"toolUseResult": extra}))]);
    let Part::ToolResult { details: Some(details), duration_ms, .. } = &session.messages[0].parts[0] else {
        panic!("details")
    };
    assert_eq!(serde_json::from_str::<Value>(&details.text().unwrap()).unwrap(), json!({"structuredPatch": patch}));
    assert_eq!(*duration_ms, Some(12));
}

#[test]
fn a_large_output_is_read_from_the_sessions_own_folder_only() {
    let pointer = |path: &str| {
        format!(
            "<persisted-output>\nOutput too large. Full output saved to: {path}\n\nPreview:\nstart</persisted-output>"
        )
    };
    let output = |path: &str| {
        let store = Store::new();
        store.text("S1/tool-results/b1.txt", "the whole output").text("secret.txt", "secret");
        store.text("S2/tool-results/b1.txt", "of another session").text("S1/secret.txt", "secret");
        let seen = store.lines("S1.jsonl", &[user("u1", "", vec![result("t", pointer(path))])]).seen();
        let Part::ToolResult { output, .. } = &seen.sessions[0].messages[0].parts[0] else { panic!("a result") };
        output.text().unwrap()
    };
    assert_eq!(output("/home/ana/.claude/projects/-home-ana-shop/S1/tool-results/b1.txt"), "the whole output");
    assert_eq!(output("C:\\u\\S1\\tool-results\\b1.txt"), "the whole output");
    for outside in [
        "/p/S2/tool-results/b1.txt",
        "/p/S1/tool-results/../secret.txt",
        "/p/S1/tool-results/..",
        "/etc/passwd",
        "/p/S1/tool-results/missing.txt",
    ] {
        assert!(output(outside).contains("start"), "{outside}");
    }
}

#[test]
fn thousands_of_messages_are_read_in_order() {
    let lines: Vec<_> = (0..3000)
        .flat_map(|n| {
            let parent = if n == 0 { String::new() } else { format!("a{}", n - 1) };
            let (user_id, answer_id) = (format!("u{n}"), format!("a{n}"));
            [
                user(&user_id, &parent, format!("prompt {n}")),
                answer(&answer_id, &user_id, &format!("m{n}"), &words("answer"), 3),
            ]
        })
        .collect();
    let session = session(&lines);
    assert_eq!((session.messages.len(), session.responses.len()), (6000, 3000));
    assert_eq!(texts(&session, Role::User)[2999], "prompt 2999");
    assert!(session.messages.iter().all(|message| !message.off_path));
}
