//! Files beside each other, and whose they are.

use opensync_sources::gemini_cli::GeminiCli;
use serde_json::{Value, json};

use super::{answer, header, history, text, user};
use crate::home::Home;
use crate::support::{outline, with};

/// SHA-256 of `/home/ana/code/shop`.
const SHOP: &str = "80b108bb681b855b6964ca32a7972441d93a8a631fa036d418c75687a28010fc";
/// SHA-256 of `/home/ana/code`.
const WORK: &str = "99b8a3e41d9792417affb26f6610ce9b9f3fbd1c8ac96bfd832dda77d4c77933";

fn chats(home: &Home, project: &str, name: &str, lines: &[Value]) {
    home.write(&format!(".gemini/tmp/{project}/chats/{name}"), text(lines));
}

#[test]
fn a_resumed_file_counts_instead_of_the_older_one() {
    let home = Home::new();
    let old = json!({"sessionId": "S1", "messages": [user("u1", "One")]});
    home.write(".gemini/tmp/shop/chats/session-2026-01-01T08-00-S1.json", old.to_string());
    assert_eq!(outline(home.seen(&GeminiCli).session("S1")), ["user u1"]);
    chats(&home, "shop", "session-2026-01-01T08-00-S1.jsonl", &[header("S1"), user("u1", "One"), user("u2", "Two")]);
    let seen = home.seen(&GeminiCli);
    assert_eq!(seen.sessions.len(), 1);
    assert_eq!(outline(&seen.sessions[0]), ["user u1", "user u2"]);
}

#[test]
fn a_session_that_was_copied_under_a_short_name_is_one() {
    let home = Home::new();
    let old = json!({"sessionId": "S1", "messages": [user("u1", "One")]}).to_string();
    for project in [SHOP, "shop"] {
        home.write(&format!(".gemini/tmp/{project}/chats/session-2026-01-01T08-00-S1.json"), &old);
        chats(&home, project, "P1/agent.jsonl", &[header("A1"), user("u1", "One")]);
    }
    home.write(".gemini/projects.json", r#"{"projects":{"/home/ana/code/shop":"shop"}}"#);
    chats(&home, "shop", "session-2026-01-01T08-00-S1.jsonl", &[header("S1"), user("u1", "One"), user("u2", "Two")]);
    let seen = home.seen(&GeminiCli);
    assert_eq!(seen.sessions.len(), 2);
    assert_eq!(outline(seen.session("S1")), ["user u1", "user u2"]);
    assert_eq!(seen.session("S1").project_path.as_deref(), Some("/home/ana/code/shop"));
    assert_eq!(seen.session("A1").parent.as_ref().unwrap().external_id, "P1");
}

#[test]
fn two_conversations_under_one_id_are_two_sessions() {
    let home = Home::new();
    let context = history(&[user("env", "<session_context></session_context>")]);
    chats(&home, "shop", "session-2026-01-01T08-00-S1.jsonl", &[header("S1"), user("u1", "One"), answer("a1", "1", 1)]);
    chats(&home, "shop", "session-2026-01-01T09-00-S1.jsonl", &[header("S1"), context.clone(), user("u2", "Two")]);
    // A resume leaves one that has the context only.
    chats(&home, "shop", "session-2026-01-01T10-00-S1.jsonl", &[header("S1"), context]);
    // The start of the id is that of another session.
    chats(&home, "shop", "session-2026-01-01T11-00-S1.jsonl", &[header("S1x"), user("u3", "Three")]);
    let seen = home.seen(&GeminiCli);
    let ids: Vec<_> = seen.sessions.iter().map(|session| session.external_id.as_str()).collect();
    assert_eq!(ids, ["S1", "S1@2026-01-01T09-00", "S1x"]);
    assert!(seen.problems.is_empty());
}

#[test]
fn only_chats_are_looked_into() {
    let home = Home::new();
    let lines = [header("S1"), user("u1", "One")];
    chats(&home, "shop", "checkpoint-one.json", &lines);
    home.write(".gemini/tmp/shop/logs/session-S1.jsonl", text(&lines));
    home.write(".gemini/tmp/shop/session-2026-01-01T08-00-S1.json", text(&lines));
    home.write(".gemini/tmp/bin", "");
    home.write("other/chats/session-2026-01-01T08-00-S1.jsonl", text(&lines));
    assert!(home.seen(&GeminiCli).sessions.is_empty());
}

#[test]
fn a_project_is_known_by_name_by_its_hash_or_by_the_session() {
    let home = Home::new();
    let project = |name: &str, more: Value| {
        let lines = [with(header("S1"), &more), user("u1", "One")];
        chats(&home, name, "session-2026-01-01T08-00-S1.jsonl", &lines);
        let seen = home.seen(&GeminiCli);
        std::fs::remove_dir_all(home.path(".gemini/tmp").join(name).join("chats")).unwrap();
        seen.session("S1").project_path.clone()
    };
    let named = |path: &str| Some(path.to_owned());
    assert_eq!(project("shop", json!({})), None);
    assert_eq!(project("shop", json!({"directories": ["/home/ana/else"]})), named("/home/ana/else"));
    home.write(".gemini/projects.json", r#"{"projects":{"/home/ana/code/shop":"shop"}}"#);
    assert_eq!(project("shop", json!({"directories": ["/home/ana/else"]})), named("/home/ana/code/shop"));
    assert_eq!(project(SHOP, json!({})), named("/home/ana/code/shop"));
    assert_eq!(project(WORK, json!({})), named("/home/ana/code"));
    home.write(".gemini/tmp/tax/.project_root", "/home/ana/code/tax\n");
    assert_eq!(project("tax", json!({})), named("/home/ana/code/tax"));
    let directories = json!({"projectHash": WORK, "directories": ["/home/ana/else", "/home/ana/code"]});
    assert_eq!(project("unheard-of", directories), named("/home/ana/code"));
    home.write(".gemini/projects.json", "{\"projects\": [");
    home.write(".gemini/trustedFolders.json", r#"{"/home/ana/code/shop":"TRUST_FOLDER"}"#);
    assert_eq!(project(SHOP, json!({})), named("/home/ana/code/shop"));
}

#[test]
fn an_early_sub_agent_has_no_known_parent() {
    let home = Home::new();
    let lines = [with(header("S1"), &json!({"kind": "subagent"})), user("u1", "One")];
    chats(&home, "shop", "session-2026-01-01T08-00-S1.jsonl", &lines);
    let seen = home.seen(&GeminiCli);
    assert!(seen.sessions[0].sidechain && seen.sessions[0].parent.is_none());
}
