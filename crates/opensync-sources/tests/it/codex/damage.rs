//! Files as power losses, crashes and clients of next year leave them.

use opensync_core::import::ProblemKind;
use opensync_sources::Source;

use super::*;

#[test]
fn a_line_that_is_being_written_is_read_once_it_is_complete() {
    let store = Store::new();
    let all = text(&[meta(ID), said("user", &["Hello"]), said("assistant", &["The whole answer"])]);
    store.bytes(&live(ID), &all.as_bytes()[..all.len() - 20]);
    let seen = store.seen();
    assert_eq!(of(seen.session(ID), Role::Assistant).len(), 0);
    assert_eq!(seen.problems[0].kind, ProblemKind::Unfinished);
    store.bytes(&live(ID), all.as_bytes());
    let seen = store.seen();
    assert_eq!(texts(seen.session(ID), Role::Assistant), ["The whole answer"]);
    assert_eq!(seen.problems, []);
}

#[test]
fn messages_and_keys_stay_the_same_while_the_file_grows() {
    let whole = fixtures();
    let root = Path::new(FIXTURES).join("home/.codex");
    let origins = Codex.find(&root, &mut Vec::new());
    let store = Store::new();
    let files: Vec<_> = origins
        .iter()
        .map(|origin| (origin.path.strip_prefix(&root).unwrap().to_str().unwrap(), fs::read(&origin.path).unwrap()))
        .collect();
    for (name, bytes) in &files {
        store.bytes(name, bytes);
    }
    for ((name, bytes), origin) in files.iter().zip(&origins) {
        let origin = opensync_sources::Origin { path: store.path(name), ..origin.clone() };
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        for end in ends {
            store.bytes(name, &bytes[..end]);
            let mut seen = Seen::default();
            Codex.read(&origin, &mut seen).unwrap();
            let part = seen.sessions.remove(0);
            let whole = whole.session(&part.external_id);
            assert!(part.messages.len() <= whole.messages.len());
            for (message, last) in part.messages.iter().zip(&whole.messages) {
                assert_eq!(
                    (&message.external_id, message.inherited),
                    (&last.external_id, last.inherited),
                    "{name} {end}"
                );
            }
            assert!(part.responses.len() <= whole.responses.len());
            for (response, last) in part.responses.iter().zip(&whole.responses) {
                assert_eq!((&response.key, response.usage), (&last.key, last.usage), "{name} {end}");
            }
        }
    }
}

#[test]
fn a_damaged_line_costs_only_itself() {
    let all = text(&[meta(ID), said("user", &["Hello"]), said("assistant", &["Hi"])]);
    let (head, tail) = all.split_at(all.find('\n').unwrap() + 1);
    let glued = format!("{}{}\n", said("user", &["Two"]), said("assistant", &["records"]));
    let store = Store::new();
    store.bytes(&live(ID), format!("{head}{{\"type\":\"response_item\",\"pay\nnot json\n{tail}{glued}").as_bytes());
    let seen = store.seen();
    let damaged: Vec<_> = seen.problems.iter().map(|problem| (problem.line, problem.kind)).collect();
    assert_eq!(damaged, [(Some(2), ProblemKind::Damaged), (Some(3), ProblemKind::Damaged)]);
    assert_eq!(texts(seen.session(ID), Role::User), ["Hello", "Two"]);
    let ids: Vec<_> = seen.session(ID).messages.iter().map(|message| message.external_id.as_str()).collect();
    assert_eq!(ids, ["4", "5", "6", "6~2"].map(|line| format!("{ID}:{line}")));
}

#[test]
fn a_lost_header_leaves_the_name_of_the_file() {
    let store = Store::new();
    store.bytes(&live(ID), format!("{{broken\n{}", text(&[meta(OTHER), said("user", &["Hello"])])).as_bytes());
    let seen = store.seen();
    assert_eq!(title(seen.session(ID)), "Hello");
}

#[test]
fn a_type_nobody_knows_is_reported_once_and_shown_where_it_can_be() {
    let hologram = item(&json!({"type": "hologram", "data": 1}));
    let news = event(&json!({"type": "brand_new_thing", "secret": "do not tell"}));
    let lines =
        [meta(ID), hologram.clone(), news.clone(), hologram, news, line("quantum_state", &json!({"secret": 1}))];
    let seen = Store::new().thread(ID, &lines).seen();
    let reasons: Vec<_> = seen.problems.iter().map(|problem| (problem.kind, problem.reason.as_str())).collect();
    let unknown = ProblemKind::Unknown;
    assert_eq!(
        reasons,
        [
            (unknown, "record type `event_msg/brand_new_thing` (2 times)"),
            (unknown, "record type `quantum_state`"),
            (unknown, "record type `response_item/hologram` (2 times)"),
        ]
    );
    assert!(matches!(&seen.session(ID).messages[0].parts[0], Part::Unknown { kind, .. } if kind == "hologram"));
}

#[test]
fn fields_of_another_type_than_expected_read_as_absent() {
    let (session, missing) = session_without(&[
        line("turn_context", &json!({"model": 5, "cwd": [], "turn_id": {}})),
        item(&json!({"type": "message", "role": "user", "content": "a plain string"})),
        item(&json!({"type": "reasoning", "summary": "none", "content": 3})),
        item(&json!({"type": "function_call", "name": null, "arguments": {"cmd": "ls"}, "call_id": 7})),
        item(&json!({"type": "function_call_output", "call_id": 7, "output": 12})),
        event(&json!({"type": "user_message", "message": ["a"], "images": "none"})),
        event(&json!({"type": "thread_rolled_back", "num_turns": -1})),
    ]);
    assert_eq!(missing, ["name", "cwd"]);
    assert_eq!(texts(&session, Role::User), ["a plain string"]);
    assert!(matches!(results(&session)[0], Part::ToolResult { call_id: Some(id), .. } if id == "7"));
}

#[test]
fn damaged_compressed_data_keeps_what_could_be_read() {
    let lines: Vec<_> =
        (0..4000).map(|number| said("user", &[&format!("Prompt {number} of {}", number * 7919 % 1013)])).collect();
    let whole = zstd::encode_all(text(&[vec![meta(ID)], lines].concat()).as_bytes(), 3).unwrap();
    let store = Store::new();
    store.bytes(&format!("{}.zst", live(ID)), &whole[..whole.len() - 5]);
    let seen = store.seen();
    assert!(seen.sessions[0].messages.len() > 100);
    assert_eq!(seen.problems.last().unwrap().kind, ProblemKind::Damaged);
}
