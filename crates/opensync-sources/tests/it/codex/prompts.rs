//! What is a prompt, and what a session is called.

use super::*;

#[test]
fn injected_blocks_are_folded_and_name_no_session() {
    let session = session(&[
        said("developer", &["<permissions instructions>\nAll.\n</permissions instructions>"]),
        said("user", &["# AGENTS.md instructions for /home/ana/shop\n\n<INSTRUCTIONS>\nBe brief.\n</INSTRUCTIONS>"]),
        said("user", &["<environment_context>\n  <cwd>/home/ana/shop</cwd>\n</environment_context>"]),
        said("user", &["Fix the bug"]),
    ]);
    assert_eq!(title(&session), "Fix the bug");
    assert_eq!(texts(&session, Role::User), ["Fix the bug"]);
    assert_eq!(of(&session, Role::System).len(), 3);
}

#[test]
fn a_prompt_after_blocks_in_the_same_record_is_kept() {
    let session = session(&[
        said(
            "user",
            &["<user_instructions>\nx\n</user_instructions>\n<environment_context>y</environment_context>\n\nDo it"],
        ),
        said("user", &["<skill>\nz\n</skill>", "And this"]),
    ]);
    assert_eq!(texts(&session, Role::User), ["Do it", "And this"]);
    assert_eq!(session.messages[1].external_id, format!("{ID}:2"));
    assert_eq!(session.messages[0].external_id, format!("{ID}:2:context"));
}

#[test]
fn the_editor_writes_its_context_before_the_request() {
    let text = "# Context from my IDE setup:\n\n## Active file: a.rs\n\n## My request for Codex:\nRename it\n";
    let session = session(&[said("user", &[text]), prompt_event(text)]);
    assert_eq!(title(&session), "Rename it");
    assert_eq!(texts(&session, Role::User), ["Rename it"]);
    assert!(texts(&session, Role::System)[0].contains("Active file: a.rs"));
}

#[test]
fn what_the_client_did_not_mark_as_a_prompt_is_none_where_it_marks_them() {
    let session = session(&[
        said("user", &["<a_block_of_next_year>\nx\n</a_block_of_next_year>"]),
        said("user", &["Hello"]),
        prompt_event("Hello"),
    ]);
    assert_eq!(texts(&session, Role::User), ["Hello"]);
    assert_eq!(title(&session), "Hello");
}

#[test]
fn a_prompt_that_only_an_event_tells_is_shown_once() {
    let session = session(&[
        prompt_event("Only an event"),
        said("assistant", &["Yes"]),
        prompt_event("Event first"),
        said("user", &["Event first"]),
        said("assistant", &["Yes"]),
    ]);
    assert_eq!(texts(&session, Role::User), ["Only an event", "Event first"]);
}

#[test]
fn the_kinds_of_the_content_tell_the_prompt_in_newer_versions() {
    let kinds = |line: Value, kinds: Value| {
        with(line, &json!({"internal_chat_message_metadata_passthrough": {"content_item_kinds": kinds}}))
    };
    let completed =
        json!({"type": "UserMessage", "id": "u1", "content": [{"type": "text", "text": "<skill> what is this?"}]});
    let session = session(&[
        kinds(said("user", &["Some context"]), json!(["environments.environment_context"])),
        kinds(said("user", &["<skill> what is this?", "more context"]), json!(["user.text", "plugins.hint"])),
        event(&json!({"type": "item_completed", "item": completed})),
    ]);
    assert_eq!(texts(&session, Role::User), ["<skill> what is this?"]);
    assert_eq!(texts(&session, Role::System), ["Some context", "more context"]);
}

#[test]
fn a_prompt_sent_again_after_a_broken_turn_is_shown_once() {
    let lines = [
        said("user", &["Go"]),
        prompt_event("Go"),
        event(&json!({"type": "turn_aborted", "reason": "interrupted"})),
        said("user", &["<turn_aborted>\nx\n</turn_aborted>"]),
        said("user", &["Go"]),
        prompt_event("Go"),
        said("assistant", &["Gone"]),
        said("user", &["Go"]),
        prompt_event("Go"),
    ];
    assert_eq!(texts(&session(&lines), Role::User), ["Go", "Go"]);
}

#[test]
fn images_are_parts_and_their_tags_are_not_text() {
    let image = "data:image/png;base64,iVBORw0KGgo=";
    let content = json!([
        {"type": "input_text", "text": "Look"}, {"type": "input_text", "text": "<image>"},
        {"type": "input_image", "image_url": image}, {"type": "input_text", "text": "</image>"},
    ]);
    let session = session(&[
        item(&json!({"type": "message", "role": "user", "content": content})),
        event(&json!({"type": "user_message", "message": "Look", "images": [image]})),
    ]);
    assert_eq!(texts(&session, Role::User), ["Look"]);
    let [_, Part::Image { media_type, body, .. }] = session.messages[0].parts.as_slice() else { panic!() };
    assert_eq!((media_type.as_str(), body.size()), ("image/png", 8));
}

#[test]
fn the_users_name_for_a_thread_is_the_last_one_in_the_index() {
    let store = Store::new();
    let index = format!(
        "{}\n{}\n{}\n",
        json!({"id": ID, "thread_name": "Old", "updated_at": "2026-03-02T10:00:00Z"}),
        json!({"id": OTHER, "thread_name": "Other", "updated_at": "2026-03-02T10:00:00Z"}),
        json!({"id": ID, "thread_name": "New", "updated_at": "2026-03-02T11:00:00Z"}),
    );
    store.thread(ID, &[meta(ID), said("user", &["Prompt"])]).bytes("session_index.jsonl", index.as_bytes());
    assert_eq!(title(store.seen().session(ID)), "New");
}

#[test]
fn a_name_given_in_the_thread_itself_is_its_title() {
    let name =
        |id: &str, name: &str| event(&json!({"type": "thread_name_updated", "thread_id": id, "thread_name": name}));
    let session = session(&[said("user", &["Prompt"]), name(ID, "One"), name(ID, "Two"), name(OTHER, "Not mine")]);
    assert_eq!(title(&session), "Two");
}
