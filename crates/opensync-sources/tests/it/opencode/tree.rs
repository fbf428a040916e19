//! The older tree of JSON files, and stores that hold a session twice.

use std::fs;

use opensync_core::import::ProblemKind;
use opensync_sources::Source;

use super::*;

/// Writes the tree of one session: a prompt and an answer with a call.
fn tree(home: &Home, id: &str, title: &str) {
    let at = |name: &str| format!("{FOLDER}/storage/{name}");
    let session = json!({"id": id, "version": "0.9.1", "projectID": "p", "title": title,
        "time": {"created": T, "updated": T + 9000}});
    home.write(&at(&format!("session/p/{id}.json")), session.to_string());
    home.write(&at("project/p.json"), json!({"id": "p", "worktree": "/w/app", "vcs": "git"}).to_string());
    home.write(
        &at(&format!("message/{id}/msg_a.json")),
        json!({"role": "user", "time": {"created": T as f64 + 100.5}}).to_string(),
    );
    home.write(&at("part/msg_a/prt_a.json"), json!({"type": "text", "text": "Fix the build"}).to_string());
    home.write(&at(&format!("message/{id}/msg_b.json")), answer(T + 200, [10, 20, 0, 5, 2]).to_string());
    let call = json!({"type": "tool", "callID": "call_1", "tool": "bash", "state": {"status": "completed",
        "input": {"command": "make"}, "output": "ok\n", "metadata": {"exit": 0}, "time": {"start": T + 300, "end": T + 800}}});
    home.write(&at("part/msg_b/prt_c.json"), call.to_string());
    home.write(&at("session_diff/ses_z.json"), "[]").write(&at("migration"), "2");
}

#[test]
fn a_session_is_read_from_its_files() {
    let home = Home::new();
    tree(&home, "ses_a", "Fix build");
    let seen = home.seen(&OpenCode);
    assert_eq!(seen.problems, []);
    let session = seen.session("ses_a");
    assert_eq!(outline(session), ["user msg_a", "assistant msg_b"]);
    assert_eq!((title(session), session.project_path.as_deref()), ("Fix build", Some("/w/app")));
    assert_eq!((session.created_at, session.updated_at), (Some(T), Some(T + 9000)));
    assert_eq!(session.client_version.as_deref(), Some("0.9.1"));
    assert_eq!((session.responses[0].usage.prompt(), session.responses[0].usage.output), (17, 20));
    assert!(
        parts(session)
            .any(|part| matches!(part, Part::ToolResult { duration_ms: Some(500), is_error: Some(false), .. }))
    );
    let sizes: u64 = OpenCode.find(&home.path(FOLDER), &mut Vec::new()).iter().map(|origin| origin.size).sum();
    assert_eq!(seen.bytes, sizes);
}

#[test]
fn the_layout_of_2025_is_read_too() {
    let home = Home::new();
    let at = |name: &str| format!("{FOLDER}/project/home-ana-app/storage/session/{name}");
    home.write(&at("info/ses_0.json"), json!({"title": "Old one", "time": {"created": T}}).to_string());
    home.write(&at("message/ses_0/msg_a.json"), user(T + 1).to_string());
    home.write(&at("part/ses_0/msg_a/prt_a.json"), words("Hello").to_string());
    let seen = home.seen(&OpenCode);
    assert_eq!(seen.session("ses_0").messages[0].text(), "Hello");
}

#[test]
fn a_session_in_both_stores_is_read_from_the_database() {
    let store = Store::new();
    store.session("ses_a", T, "In the database").said("ses_a", "msg_a", T + 1, &user(T + 1), "Newer");
    tree(&store.home, "ses_a", "In files");
    tree(&store.home, "ses_b", "Only in files");
    let seen = store.seen();
    assert_eq!(seen.sessions.len(), 2);
    assert_eq!(title(seen.session("ses_a")), "In the database");
    assert_eq!(title(seen.session("ses_b")), "Only in files");
}

#[test]
fn of_two_channels_the_one_that_wrote_last_wins() {
    let store = Store::new();
    store.session("ses_a", T, "Older").session("ses_b", T, "Same").said("ses_b", "msg_b", T, &user(T), "x");
    let beta = Store::in_home(Home::new(), "opencode.db");
    beta.session("ses_a", T + 5, "Newer").session("ses_b", T, "Same").session("ses_c", T, "Only here");
    drop(beta.connection);
    let bytes = fs::read(beta.home.path(&format!("{FOLDER}/opencode.db"))).unwrap();
    store.home.write(&format!("{FOLDER}/opencode-dev.db"), &bytes);
    store.home.write(&format!("{FOLDER}/opencode.db.bak"), &bytes).write(&format!("{FOLDER}/opencodex.db"), "other");
    let seen = store.seen();
    assert_eq!(seen.problems, []);
    let mut titles: Vec<_> = seen.sessions.iter().map(title).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["Newer", "Only here", "Same"]);
}

#[test]
fn any_file_of_a_session_changes_its_fingerprint() {
    let home = Home::new();
    tree(&home, "ses_a", "Fix build");
    let look = || OpenCode.find(&home.path(FOLDER), &mut Vec::new()).remove(0);
    let before = look();
    home.write(&format!("{FOLDER}/storage/part/msg_b/prt_d.json"), words("more").to_string());
    let after = look();
    assert_ne!((before.size, &before.note), (after.size, &after.note));
    home.write(&format!("{FOLDER}/storage/part/msg_b/.prt_e.json"), "{")
        .write(&format!("{FOLDER}/storage/part/msg_b/prt_e.json.tmp"), "{");
    assert_eq!((look().size, look().note), (after.size, after.note));
}

#[test]
fn files_that_are_being_written_are_read_later() {
    let home = Home::new();
    tree(&home, "ses_a", "Fix build");
    home.write(&format!("{FOLDER}/storage/part/msg_b/prt_c.json"), "{\"type\":\"to");
    let seen = home.seen(&OpenCode);
    assert_eq!(seen.problems.len(), 1);
    assert_eq!(seen.problems[0].kind, ProblemKind::Unfinished);
    assert_eq!(outline(seen.session("ses_a")), ["user msg_a"]);
    // Without the session itself the earlier import stays.
    home.write(&format!("{FOLDER}/storage/session/p/ses_a.json"), "{\"title");
    let origin = OpenCode.find(&home.path(FOLDER), &mut Vec::new()).remove(0);
    let mut seen = Seen::default();
    assert!(OpenCode.read(&origin, &mut seen).is_err());
    assert!(seen.sessions.is_empty());
}
