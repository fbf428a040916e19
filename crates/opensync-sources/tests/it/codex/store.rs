//! Where sessions lie, and the older forms of their files.

use std::fs;

use opensync_core::import::ProblemKind;
use opensync_core::text::project_name;
use opensync_sources::Source;

use super::*;

fn lines(prompt: &str) -> Vec<Value> {
    vec![meta(ID), said("user", &[prompt]), said("assistant", &["Yes"])]
}

fn packed(lines: &[Value]) -> Vec<u8> {
    zstd::encode_all(text(lines).as_bytes(), 3).unwrap()
}

#[test]
fn a_thread_that_lies_in_several_places_is_one_session() {
    let store = Store::new();
    let archived = format!("archived_sessions/rollout-2026-03-02T10-00-00-{ID}.jsonl");
    let compressed = format!("{}.zst", live(ID));
    store.bytes(&archived, text(&lines("archived")).as_bytes());
    assert!(store.seen().session(ID).archived);
    store.bytes(&compressed, &packed(&lines("compressed")));
    assert_eq!(title(store.seen().session(ID)), "compressed");
    store.thread(ID, &lines("live"));
    let seen = store.seen();
    assert_eq!(seen.sessions.len(), 1);
    assert_eq!(title(&seen.sessions[0]), "live");
    assert!(!seen.sessions[0].archived);
}

#[test]
fn a_compressed_rollout_is_read_and_measured_by_its_size() {
    let store = Store::new();
    let bytes = packed(&lines("Compressed"));
    store.bytes(&format!("{}.zst", live(ID)), &bytes);
    let seen = store.seen();
    assert_eq!(texts(seen.session(ID), Role::Assistant), ["Yes"]);
    assert_eq!(seen.bytes, bytes.len() as u64);
}

#[test]
fn the_note_of_a_file_changes_when_the_thread_is_renamed() {
    let store = Store::new();
    store.thread(ID, &lines("Prompt"));
    let note = || Codex.find(store.folder.path(), &mut Vec::new())[0].note.clone();
    let before = note();
    store.bytes("session_index.jsonl", json!({"id": ID, "thread_name": "Name"}).to_string().as_bytes());
    assert_ne!(before, note());
    assert_eq!(note(), r#"{"name":"Name","archived":false}"#);
}

#[test]
fn other_files_of_the_store_are_left_alone() {
    let store = Store::new();
    store
        .bytes("history.jsonl", b"{}\n")
        .bytes("sessions/2026/notes.jsonl", b"{}\n")
        .bytes("sessions/rollout-x.txt", b"");
    assert_eq!(store.seen().sessions.len(), 0);
    assert_eq!(Seen::of(&Codex, &store.path("nowhere")).sessions.len(), 0);
}

#[test]
fn the_first_client_wrote_one_document() {
    let document = json!({
        "session": {"timestamp": "2025-04-20T08:00:00.000Z", "id": ID, "instructions": "Be brief."},
        "items": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]},
            {"type": "reasoning", "summary": []},
            {"type": "function_call", "name": "shell", "arguments": "{}", "call_id": "c1"},
            {"type": "function_call_output", "call_id": "c1", "output": "{\"output\":\"a\",\"metadata\":{\"exit_code\":1}}"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]},
        ],
    });
    let store = Store::new();
    store.bytes(&format!("sessions/rollout-2025-04-20-{ID}.json"), document.to_string().as_bytes());
    let seen = store.seen();
    let session = seen.session(ID);
    assert_eq!(title(session), "Hello");
    assert_eq!(session.created_at, Some(1_745_136_000_000));
    assert_eq!(
        session.messages.iter().map(|message| message.role.as_str()).collect::<Vec<_>>(),
        ["user", "assistant", "tool", "assistant"]
    );
    assert!(matches!(results(session)[0], Part::ToolResult { is_error: Some(true), .. }));
    assert_eq!(session.responses, []);
    assert_eq!(seen.problems, []);
}

#[test]
fn an_unfinished_document_is_reported() {
    let store = Store::new();
    store.bytes(&format!("sessions/rollout-2025-04-20-{ID}.json"), br#"{"session":{"id":"x"},"items":[{"#);
    let seen = store.seen();
    assert_eq!(seen.sessions.len(), 0);
    assert_eq!(seen.problems[0].kind, ProblemKind::Unfinished);
}

#[test]
fn the_rollouts_of_mid_2025_have_no_envelope() {
    let bare = [
        json!({"id": ID, "timestamp": "2025-07-01T08:00:00.000Z", "instructions": null, "git": {"branch": "dev"}}),
        json!({"record_type": "state"}),
        said("user", &["<environment_context>\nCurrent working directory: /home/ana/shop\nApproval policy: never\n</environment_context>"])["payload"].clone(),
        said("user", &["Hello"])["payload"].clone(),
        call("c1")["payload"].clone(),
        output("c1", "done")["payload"].clone(),
        said("assistant", &["Hi"])["payload"].clone(),
    ];
    let seen = Store::new().thread(ID, &bare).seen();
    let session = seen.session(ID);
    assert_eq!(seen.problems, []);
    assert_eq!(title(session), "Hello");
    assert_eq!(session.git_branch.as_deref(), Some("dev"));
    assert_eq!(session.project_path.as_deref(), Some("/home/ana/shop"));
    assert_eq!(session.created_at, Some(1_751_356_800_000));
    assert_eq!(of(session, Role::Assistant).len(), 2);
    assert_eq!(session.messages[1].external_id, format!("{ID}:4"));
}

#[test]
fn a_windows_path_is_kept_as_it_is() {
    let header = with(meta(ID), &json!({"cwd": "C:\\work\\shop"}));
    let seen = Store::new().thread(ID, &[header, said("user", &["Hello"])]).seen();
    let path = seen.session(ID).project_path.clone().unwrap();
    assert_eq!(path, "C:\\work\\shop");
    assert_eq!(project_name(&path), Some("shop"));
}

#[test]
fn a_resumed_session_says_who_wrote_it_last_and_stays_the_same() {
    let again = with(meta(ID), &json!({"cli_version": "0.120.0", "git": {"branch": "feature"}}));
    let session = session(&[said("user", &["Hello"]), again, said("user", &["More"])]);
    assert_eq!(session.client_version.as_deref(), Some("0.120.0"));
    assert_eq!(session.git_branch.as_deref(), Some("feature"));
    assert_eq!(session.created_at, Some(1_772_445_600_050));
    assert_eq!(session.born_at, session.created_at);
}

#[test]
fn a_session_in_which_nothing_was_said_is_not_for_lists() {
    assert!(session(&[]).hidden);
    let store = Store::new();
    store.thread(ID, &[]);
    assert_eq!(store.seen().sessions.len(), 0);
}

#[test]
fn a_file_that_vanishes_is_an_error_of_that_file() {
    let store = Store::new();
    store.thread(ID, &lines("Prompt"));
    let origin = Codex.find(store.folder.path(), &mut Vec::new()).remove(0);
    fs::remove_file(&origin.path).unwrap();
    assert!(Codex.read(&origin, &mut Seen::default()).is_err());
}
