use super::*;
use crate::import::{Discarded, Parent, Response, TitleRank};
use crate::label::Labels;
use crate::price::{CostStatus, PriceRef};
use crate::{Relation, Usage};

fn whole() -> Whole {
    let usage = Usage { fresh: 1, cache_read: 2, cache_write_5m: 3, cache_write_1h: 4, output: 5, reasoning: 6 };
    let response = |key: &str| Response {
        key: key.to_owned(),
        message_id: Some("m2".to_owned()),
        model: Some("big-model".to_owned()),
        provider: None,
        at: Some(7),
        usage,
        stored_cost: None,
        incomplete: true,
        line: 8,
        records: 9,
    };
    let price = PriceRef { key: "big-model".into(), origin: "a list".into() };
    let cost = |amount| Cost { amount, status: CostStatus::Computed, computed: None, price: Some(price.clone()) };
    Whole {
        imported: ImportedSession {
            external_id: "one".to_owned(),
            parent: Some(Parent {
                external_id: "zero".to_owned(),
                relation: Relation::SubAgent,
                call_id: Some("c".to_owned()),
            }),
            title: Some(("one".to_owned(), TitleRank::Generated)),
            project_path: Some("/home/ana/shop".to_owned()),
            model: Some("hint".to_owned()),
            provider: Some("someone".to_owned()),
            client_version: Some("1.2".to_owned()),
            created_at: Some(1_795_427_000_000),
            updated_at: Some(1_795_427_100_000),
            born_at: Some(3),
            hidden: true,
            archived: true,
            sidechain: true,
            responses: vec![response("r1"), response("r2")],
            discarded: vec![Discarded { line: 40, why: "a preview".into(), usage }],
            ..ImportedSession::default()
        },
        costs: vec![cost(Some(MicroDollars(1_234_567))), cost(None)],
        copies: vec![1],
        is_edited: false,
        is_found: false,
    }
}

fn all_messages() -> Vec<Message> {
    let mut messages = messages();
    messages[1].off_path = true;
    messages[2].inherited = true;
    let mut odd = Message::new("odd", Role::Tool, None);
    odd.parts.push(Part::Text(String::new()));
    odd.parts.push(Part::Thinking(Body::default()));
    odd.parts.push(Part::ToolResult {
        call_id: None,
        name: None,
        output: Body::new(&[0xff, 0xfe]),
        is_error: None,
        duration_ms: None,
        details: Some(Body::from("{\"exit\":1}")),
    });
    messages.push(odd);
    messages
}

fn file(session: &Session, whole: &Whole, messages: &[Message]) -> String {
    let mut exporter = JSON.exporter(context(Options::of(Kind::Whole)));
    let mut out = String::new();
    exporter.begin(&mut out);
    exporter.session(session, Some(whole), &mut out);
    for message in messages {
        exporter.message(message, &mut out);
    }
    exporter.end_session(&mut out);
    exporter.end(&mut out);
    out
}

fn read(text: &str) -> (Vec<Incoming>, Result<u64, ReadError>) {
    let mut found = Vec::new();
    let result = read_json(text.as_bytes(), &mut |incoming| {
        found.push(incoming);
        true
    });
    (found, result)
}

#[test]
fn everything_is_read_back_as_it_was() {
    let whole = whole();
    let text = file(&session("one"), &whole, &all_messages());
    let (mut found, result) = read(&text);
    assert_eq!(result, Ok(1));
    let incoming = found.remove(0);
    let imported = ImportedSession { messages: all_messages(), ..whole.imported };
    assert_eq!(incoming.session, imported);
    assert_eq!((incoming.costs, incoming.edited_title), (whole.costs, None));
    let labels = Labels {
        ready: true,
        status: Some(Status::Golden),
        notes: Some("First line\nsecond line".to_owned()),
        tags: vec!["bug".to_owned(), "rust".to_owned()],
        expected_output: Some("It is fixed.".to_owned()),
        reviewed_at: Some(5),
    };
    assert_eq!(incoming.labels, labels);
    let json: Value = serde_json::from_str(&text).unwrap();
    let one = &json["sessions"][0];
    assert_eq!((&one["totalTokens"], &one["cost"]), (&json!(4521), &Value::Null), "for who reads the file");
    assert_eq!((&one["responses"][0]["copy"], &one["responses"][1]["copy"]), (&json!(false), &json!(true)));
    assert_eq!(one["messages"][1]["parts"][1]["content"]["data"], json!("AQID"));
}

#[test]
fn an_edited_title_and_a_parent_that_was_found_are_told_apart() {
    let whole = Whole { is_edited: true, is_found: true, ..whole() };
    let (found, _) = read(&file(&session("one"), &whole, &[]));
    assert_eq!(found[0].edited_title.as_deref(), Some("one"));
    assert_eq!((&found[0].session.title, &found[0].session.parent), (&None, &None));
}

#[test]
fn a_file_without_sessions_is_whole() {
    let (text, _) = export(&JSON, &[], Options::of(Kind::Whole));
    assert_eq!(read(&text), (Vec::new(), Ok(0)));
}

#[test]
fn other_files_are_refused_before_anything_is_taken() {
    let later = file(&session("one"), &whole(), &[]).replace("\"version\":1", "\"version\":2");
    assert_eq!(read(&later), (Vec::new(), Err(ReadError::Later(2))));
    for text in
        ["", "[]", "{}", "null", "{\"sessions\":[]}", "{\"format\":\"other\",\"version\":1,\"sessions\":[{}]}", "\u{0}"]
    {
        let (found, result) = read(text);
        assert!(found.is_empty() && matches!(result, Err(ReadError::Foreign(_))), "{text}: {result:?}");
    }
}

#[test]
fn a_file_cut_anywhere_gives_what_is_complete_and_names_the_session() {
    let mut exporter = JSON.exporter(context(Options::of(Kind::Whole)));
    let mut text = String::new();
    exporter.begin(&mut text);
    for name in ["one", "two"] {
        exporter.session(&session(name), Some(&whole()), &mut text);
        for message in &all_messages() {
            exporter.message(message, &mut text);
        }
        exporter.end_session(&mut text);
    }
    exporter.end(&mut text);
    let begun = text.find('[').unwrap();
    let second = text.rfind("\n{\"id\"").unwrap();
    for cut in (0..text.len() - 1).filter(|cut| cut % 7 == 0 && text.is_char_boundary(*cut)) {
        let (found, result) = read(&text[..cut]);
        match result {
            Err(ReadError::Damaged { number, why }) => {
                assert_eq!(number, found.len() as u64 + 1, "{why}");
                assert_eq!(found.len(), usize::from(cut > second - 2) + usize::from(cut >= text.len() - 4), "{cut}");
            }
            Err(ReadError::Foreign(_)) => assert!(cut <= begun, "{cut}"),
            other => panic!("{cut}: {other:?}"),
        }
    }
}

#[test]
fn hostile_sessions_are_errors_not_panics() {
    let text = file(&session("one"), &whole(), &all_messages());
    for (what, other) in [
        ("\"source\":\"tool\"", "\"source\":\"\""),
        ("\"createdAt\":1795427000000,\"updatedAt\"", "\"createdAt\":\"soon\",\"updatedAt\""),
        ("\"createdAt\":1795427000000,\"updatedAt\"", "\"createdAt\":9223372036854775807,\"updatedAt\""),
        ("\"fresh\":1", "\"fresh\":-1"),
        ("\"type\":\"thinking\"", "\"type\":\"dream\""),
        ("\"data\":\"AQID\"", "\"data\":\"*\""),
        ("\"evalTags\":[\"bug\"", "\"evalTags\":[\"\""),
    ] {
        assert!(text.contains(what), "{what}");
        let (found, result) = read(&text.replacen(what, other, 1));
        assert!(found.is_empty() && matches!(result, Err(ReadError::Damaged { number: 1, .. })), "{other}: {result:?}");
    }
    let deep = text.replacen("\"summary\":null", &format!("\"odd\":{}", "[".repeat(100_000)), 1);
    assert!(matches!(read(&deep).1, Err(ReadError::Damaged { .. })));
    let long = text.replacen(
        "\"title\":\"one\"",
        &format!("\"title\":\"{}\\n\\u0000{}\"", "x".repeat(500), "y ".repeat(500)),
        1,
    );
    let title = read(&long).0[0].session.title.clone().unwrap().0;
    assert!(title.chars().count() < 100 && !title.contains('\n'), "{title}");
}

#[test]
fn a_file_with_any_byte_changed_is_read_or_refused() {
    let text = file(&session("one"), &whole(), &all_messages());
    for at in 0..text.len() {
        for other in [b'"', b'0', b'}', 0xff] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = other;
            let mut taken = 0;
            let result = read_json(bytes.as_slice(), &mut |_| {
                taken += 1;
                true
            });
            assert!(result.is_ok() == (result == Ok(taken)), "{at}: {result:?} after {taken}");
        }
    }
}
