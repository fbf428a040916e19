//! Parts of messages and their bodies.

use opensync_core::{Body, Message, Part, Role};

use crate::support::{Archive, id, session};

/// Parts as tests compare them: a body that comes back does not know its hash.
fn plain(parts: &[Part]) -> Vec<Part> {
    let fresh = |body: &Body| Body::from_stored(body.bytes().unwrap().into_owned(), body.size(), false);
    let parts = parts.iter().cloned().map(|part| match part {
        Part::Text(_) => part,
        Part::Thinking(body) => Part::Thinking(fresh(&body)),
        Part::ToolCall { call_id, name, arguments } => Part::ToolCall { call_id, name, arguments: fresh(&arguments) },
        Part::ToolResult { call_id, name, output, is_error, duration_ms, details } => {
            let details = details.as_ref().map(fresh);
            Part::ToolResult { call_id, name, output: fresh(&output), is_error, duration_ms, details }
        }
        Part::Image { media_type, name, body } => Part::Image { media_type, name, body: fresh(&body) },
        Part::Unknown { kind, json } => Part::Unknown { kind, json: fresh(&json) },
    });
    parts.collect()
}

fn texts(texts: &[&str]) -> Vec<Part> {
    texts.iter().map(|text| Part::Text((*text).to_owned())).collect()
}

fn call(arguments: &str) -> Part {
    Part::ToolCall { call_id: Some("call-1".to_owned()), name: "run".to_owned(), arguments: arguments.into() }
}

fn result(output: &str) -> Part {
    Part::ToolResult {
        call_id: None,
        name: None,
        output: output.into(),
        is_error: None,
        duration_ms: None,
        details: None,
    }
}

/// Adds a session with one message for each list of parts.
async fn add_parts(archive: &Archive, name: &str, lists: impl IntoIterator<Item = Vec<Part>>) {
    let mut session = session(name);
    for (n, parts) in lists.into_iter().enumerate() {
        session.messages.push(Message { parts, ..Message::new(format!("m{n}"), Role::Assistant, None) });
    }
    archive.add([session]).await;
}

async fn bodies(archive: &Archive) -> i64 {
    archive.number("select count(*) from body").await
}

contract!(every_kind_of_part_comes_back, async |archive| {
    let long = "a line of output\n".repeat(1_000);
    let image = |media_type: &str, name: Option<&str>, body| Part::Image {
        media_type: media_type.to_owned(),
        name: name.map(str::to_owned),
        body,
    };
    let parts = vec![
        Part::Text("Look: ".to_owned()),
        Part::Thinking(Body::from("hm")),
        Part::Thinking(Body::default()),
        call(r#"{"command":"ls"}"#),
        Part::ToolResult {
            call_id: Some("call-1".to_owned()),
            name: Some("run".to_owned()),
            output: Body::from(long.as_str()),
            is_error: Some(true),
            duration_ms: Some(1_234),
            details: Some(Body::from(long.as_str())),
        },
        result(&"x".repeat(400)),
        result(""),
        image("image/png", Some("a logo.png"), Body::raw(vec![0, 159, 146, 150])),
        image("image/png", None, Body::raw(Vec::new())),
        image("text/plain", None, Body::default()),
        Part::Unknown { kind: "reminder".to_owned(), json: Body::from("{\"nul\":\"\0\"}") },
    ];
    add_parts(archive, "all", [parts.clone()]).await;
    assert_eq!(plain(&archive.messages("all").await[0].parts), plain(&parts));
    for (idx, part) in parts.iter().enumerate() {
        let found = archive.store.part(&archive.user, &id("all"), 0, idx as u64).await.unwrap().unwrap();
        assert_eq!(plain(&[found]), plain(std::slice::from_ref(part)), "part {idx}");
    }
});

contract!(a_media_type_with_a_parameter_is_no_file_name, async |archive| {
    let media_type = "text/plain; charset=utf-8".to_owned();
    add_parts(archive, "note", [vec![Part::Image { media_type, name: None, body: Body::default() }]]).await;
    let parts = archive.messages("note").await.remove(0).parts;
    let [Part::Image { media_type, name, .. }] = parts.as_slice() else { panic!("{parts:?}") };
    assert_eq!((media_type.replace(' ', ""), name), ("text/plain;charset=utf-8".to_owned(), &None));
});

contract!(several_texts_of_a_message_come_back_apart, async |archive| {
    let cases: &[&[&str]] = &[
        &[],
        &[""],
        &["", ""],
        &["one"],
        &["one", "two", "three"],
        &["", "two"],
        &["", "\n\ntwo"],
        &["", "", "\n\n", "three"],
        &["one", ""],
        &["one", "", "three"],
        &["one\n\n", "\n\ntwo"],
        &["\n\n", "\n\n"],
        &["größer", "日本語", "🦀 e\u{301}", "é"],
    ];
    add_parts(archive, "texts", cases.iter().map(|case| texts(case))).await;
    for (case, message) in cases.iter().zip(archive.messages("texts").await) {
        assert_eq!(message.parts, texts(case), "{case:?}");
    }
});

contract!(texts_keep_their_place_between_other_parts, async |archive| {
    let parts = vec![
        call("first"),
        Part::Text("Zürich".to_owned()),
        call("second"),
        Part::Text(String::new()),
        Part::Thinking(Body::from("日本")),
        Part::Text("\n\nthe end".to_owned()),
        call("third"),
    ];
    add_parts(archive, "mixed", [parts.clone(), parts.clone()]).await;
    for message in archive.messages("mixed").await {
        assert_eq!(plain(&message.parts), plain(&parts));
        assert_eq!(message.text(), "Zürich\n\n\n\n\n\nthe end");
    }
});

contract!(text_with_nul_is_cleaned_and_sliced_at_the_right_place, async |archive| {
    add_parts(archive, "nul", [vec![Part::Text("a\0b".to_owned()), call("\0"), Part::Text("\0é".to_owned())]]).await;
    let parts = archive.messages("nul").await.remove(0).parts;
    assert_eq!(parts[0], Part::Text("a\u{fffd}b".to_owned()));
    assert_eq!(parts[2], Part::Text("\u{fffd}é".to_owned()));
    let Part::ToolCall { arguments, .. } = &parts[1] else { panic!("{parts:?}") };
    assert_eq!(arguments.text().unwrap(), "\0");
});

contract!(a_part_that_is_not_there_is_none, async |archive| {
    add_parts(archive, "one", [texts(&["a", "b"])]).await;
    let part = async |seq, idx| archive.store.part(&archive.user, &id("one"), seq, idx).await.unwrap();
    assert_eq!(part(0, 1).await, Some(Part::Text("b".to_owned())));
    for (seq, idx) in [(0, 2), (1, 0), (u64::MAX, 0), (0, u64::MAX)] {
        assert_eq!(part(seq, idx).await, None, "{seq} {idx}");
    }
});

contract!(a_part_of_a_message_off_the_active_branch_can_be_read, async |archive| {
    let mut branch = session("branch");
    let message = Message { parts: texts(&["old"]), ..Message::new("m", Role::User, None) };
    branch.messages.push(Message { off_path: true, ..message });
    archive.add([branch]).await;
    let part = archive.store.part(&archive.user, &id("branch"), 0, 0).await.unwrap();
    assert_eq!(part, Some(Part::Text("old".to_owned())));
    assert_eq!(archive.messages("branch").await, []);
});

contract!(large_bodies_are_stored_once, async |archive| {
    let large = "the same file\n".repeat(400);
    add_parts(archive, "a", [vec![result(&large), result(&large)], vec![result("small"), call(&large)]]).await;
    add_parts(archive, "b", [vec![result(&large)]]).await;
    assert_eq!(bodies(archive).await, 1);
    for (name, message, part) in [("a", 0, 1), ("b", 0, 0)] {
        let messages = archive.messages(name).await;
        assert_eq!(plain(&messages[message].parts)[part], plain(&[result(&large)])[0]);
    }
});

contract!(a_body_no_part_names_any_more_is_removed, async |archive| {
    let (one, two) = ("one\n".repeat(2_000), "two\n".repeat(2_000));
    add_parts(archive, "a", [vec![result(&one), result(&two)]]).await;
    add_parts(archive, "b", [vec![result(&two)]]).await;
    assert_eq!(bodies(archive).await, 2);
    add_parts(archive, "a", [texts(&["nothing else"])]).await;
    assert_eq!(bodies(archive).await, 1);
    assert_eq!(plain(&archive.messages("b").await[0].parts), plain(&[result(&two)]));
    archive.delete(&["b"]).await;
    assert_eq!(bodies(archive).await, 0);
});
