//! Transcripts of both kinds.

use std::fs;

use opensync_core::import::{ProblemKind, TitleRank};

use super::*;

fn home(name: &str, text: &str) -> Home {
    let home = Home::new();
    home.write(&format!("{CLI}/projects/home-ana-shop/agent-transcripts/{name}"), text);
    home
}

#[test]
fn the_text_form_is_read_in_blocks() {
    let text = "user:\n<timestamp>Monday</timestamp>\n<user_query>\nAdd a test\nfor carts\n</user_query>\n\nassistant:\n\
        [Thinking] Look first.\n  And then act.\n[Tool call] Grep\n  pattern=total\n  path=src/a.js\n    more\n\
        [Tool result] Grep\n  src/cart.js:1\nFound one.\n\n[Tool call] Read\n{\"path\": \"a\"}\nassistant:\nDone.\n";
    let seen = home("t1.txt", text).seen(&Cursor);
    assert_eq!(seen.problems, []);
    let session = seen.session("t1");
    assert_eq!(outline(session), ["user t1:1", "assistant t1:8", "assistant t1:21"]);
    assert_eq!(session.title, Some(("Add a test".to_owned(), TitleRank::Prompt)));
    let parts = &session.messages[1].parts;
    assert!(matches!(&parts[0], Part::Thinking(body) if body.text().unwrap() == "Look first.\n  And then act."));
    let Part::ToolCall { name, arguments, .. } = &parts[1] else { panic!() };
    assert_eq!(
        (name.as_str(), arguments.text().unwrap().as_str()),
        ("Grep", r#"{"path":"src/a.js\nmore","pattern":"total"}"#)
    );
    assert!(
        matches!(&parts[2], Part::ToolResult { output, is_error: None, .. } if output.text().unwrap() == "src/cart.js:1")
    );
    assert_eq!(session.messages[1].text(), "Found one.");
    assert!(matches!(&parts[4], Part::ToolCall { arguments, .. } if arguments.text().unwrap() == "{\"path\": \"a\"}"));
}

#[test]
fn the_ending_of_the_name_does_not_tell_the_form() {
    assert_eq!(title(home("t1.jsonl", "\n user:\nassistant:\nHello").seen(&Cursor).session("t1")), "");
    let line = json!({"role": "user", "message": {"content": "As JSON"}});
    assert_eq!(title(home("t1.txt", &format!("\n{line}\n")).seen(&Cursor).session("t1")), "As JSON");
}

#[test]
fn of_several_files_the_best_is_read_and_an_emptied_one_is_none() {
    let line = |text: &str| json!({"role": "user", "message": {"content": text}}).to_string();
    let home = home("t1.txt", "user:\nText\n");
    let base = format!("{CLI}/projects/home-ana-shop/agent-transcripts");
    home.write(&format!("{base}/t1/t1.jsonl"), "");
    assert_eq!(title(home.seen(&Cursor).session("t1")), "Text");
    home.write(&format!("{base}/t1.jsonl"), line("Flat"));
    assert_eq!(title(home.seen(&Cursor).session("t1")), "Flat");
    home.write(&format!("{base}/t1/t1.jsonl"), line("Current"));
    assert_eq!(home.seen(&Cursor).sessions.len(), 1);
    assert_eq!(title(home.seen(&Cursor).session("t1")), "Current");
    for name in ["t1.txt", "t1.jsonl", "t1/t1.jsonl"] {
        home.write(&format!("{base}/{name}"), "");
    }
    assert_eq!(home.seen(&Cursor).sessions, []);
}

#[test]
fn a_child_is_below_its_parent() {
    let line = json!({"role": "assistant", "message": {"content": [{"type": "tool_result", "content": "out", "is_error": true}, {"type": "new"}]}});
    let seen = home("main/subagents/child.jsonl", &line.to_string()).seen(&Cursor);
    let session = seen.session("child");
    assert_eq!(session.parent.as_ref().unwrap().external_id, "main");
    assert!(session.sidechain);
    assert!(matches!(session.messages[0].parts[0], Part::ToolResult { is_error: Some(true), .. }));
    assert_eq!(seen.problems[0].kind, ProblemKind::Unknown);
}

#[test]
fn the_folder_is_the_one_whose_name_was_encoded() {
    let line = json!({"role": "user", "message": {"content": "Go"}}).to_string();
    let folder = |home: &Home| home.seen(&Cursor).session("t1").project_path.clone();
    let home = home("t1.jsonl", &line);
    assert_eq!(folder(&home), None);
    home.write(&format!("{USER}/workspaceStorage/a/workspace.json"), r#"{"folder":"file:///home/ana.shop"}"#);
    assert_eq!(folder(&home).as_deref(), Some("/home/ana.shop"));
    home.write(&format!("{USER}/workspaceStorage/b/workspace.json"), r#"{"folder":"file:///home/ana/shop"}"#);
    assert_eq!(folder(&home), None, "either may be meant");
    home.write(&format!("{CLI}/projects/home-ana-shop/worker.log"), "info workspacePath=/home/ana/shop\n");
    assert_eq!(folder(&home).as_deref(), Some("/home/ana/shop"));
}

#[cfg(unix)]
#[test]
fn a_folder_that_exists_is_found_by_walking_to_it() {
    let home = Home::new();
    let real = home.path("work.d/my_shop").canonicalize().unwrap_or_else(|_| {
        fs::create_dir_all(home.path("work.d/my_shop")).unwrap();
        home.path("work.d/my_shop").canonicalize().unwrap()
    });
    let real = real.to_str().unwrap();
    let name: String = real[1..].chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let line = json!({"role": "user", "message": {"content": "Go"}}).to_string();
    home.write(&format!("{CLI}/projects/{name}/agent-transcripts/t1.jsonl"), line);
    assert_eq!(home.seen(&Cursor).session("t1").project_path.as_deref(), Some(real));
}

#[test]
fn a_damaged_line_costs_only_itself() {
    let line = json!({"role": "user", "message": {"content": "Go"}});
    let seen = home("t1.jsonl", &format!("{line}\nnot json\n{line}\n{{\"role")).seen(&Cursor);
    let problems: Vec<_> = seen.problems.iter().map(|problem| (problem.line, problem.kind)).collect();
    assert_eq!(problems, [(Some(2), ProblemKind::Damaged), (Some(4), ProblemKind::Unfinished)]);
    assert_eq!(outline(seen.session("t1")), ["user t1:1", "user t1:3"]);
}
