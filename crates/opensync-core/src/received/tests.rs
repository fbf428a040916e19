use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::import::{ImportedSession, TitleRank};
use crate::{Part, Role};

/// What bodies of calls make: those with a `role` are messages. Each comes a second after the one before.
fn session(source: &str, calls: &[Value]) -> ImportedSession {
    let (mut facts, mut messages) = (SessionFacts::default(), Vec::<(String, i64, MessageFacts)>::new());
    for (n, call) in calls.iter().enumerate() {
        let json = call.to_string();
        let at = 1_000_000 + n as i64 * 1_000;
        if call.get("role").is_none() {
            facts.add(source, SessionCall::read(&json).unwrap());
            continue;
        }
        let call = MessageCall::read(&json).unwrap();
        let name = call.external_id.clone();
        if let Some((_, _, facts)) = messages.iter_mut().find(|(id, ..)| *id == name) {
            facts.add(call);
        } else {
            let mut facts = MessageFacts::default();
            facts.add(call);
            messages.push((name, at, facts));
        }
    }
    let pieces: Vec<Piece> = messages.iter().map(|(id, at, facts)| Piece::new(id, *at, facts)).collect();
    let known = Known { source, external_id: "S1", facts: &facts, arrived_at: 1_000_000, changed_at: 9_000_000 };
    assemble(&known, &pieces)
}

fn message(id: &str, role: &str, more: Value) -> Value {
    let mut call = json!({ "sessionExternalId": "S1", "externalId": id, "role": role });
    let Value::Object(more) = more else { panic!("an object: {more}") };
    call.as_object_mut().unwrap().extend(more);
    call
}

/// The parts of the only message, spelled.
fn parts(more: Value) -> Vec<String> {
    let session = session("pi", &[message("m1", "assistant", more)]);
    session.messages[0].parts.iter().map(spelled).collect()
}

fn spelled(part: &Part) -> String {
    let of = |id: &Option<String>| id.clone().unwrap_or_default();
    match part {
        Part::Text(text) => format!("text {text}"),
        Part::Thinking(body) => format!("thinking {}", body.text().unwrap()),
        Part::ToolCall { call_id, name, arguments } => {
            format!("call {name} {} {}", of(call_id), arguments.text().unwrap())
        }
        Part::ToolResult { call_id, name, output, .. } => {
            format!("result {} {} {}", of(name), of(call_id), output.text().unwrap())
        }
        Part::Image { media_type, body, .. } => format!("image {media_type} {}", body.size()),
        Part::Unknown { kind, json } => format!("unknown {kind} {}", json.text().unwrap()),
    }
}

#[test]
fn half_a_character_is_replaced_and_whole_ones_stay() {
    for (body, mended) in [
        (r#"{"a":"x\ud83d..."}"#, r#"{"a":"x\ufffd..."}"#),
        (r#"{"a":"\ud83d\ude00"}"#, r#"{"a":"\ud83d\ude00"}"#),
        (r#"{"a":"\uDE00\ud83d"}"#, r#"{"a":"\ufffd\ufffd"}"#),
        (r#"{"a":"\ud83d\ud83d\ude00"}"#, r#"{"a":"\ufffd\ud83d\ude00"}"#),
        (r#"{"a":"\\ud83d"}"#, r#"{"a":"\\ud83d"}"#),
        (r#"{"a":"\\\ud83d"}"#, r#"{"a":"\\\ufffd"}"#),
        (r#"{"a":"\ud83"#, r#"{"a":"\ud83"#),
        (r#"{"a":"\"#, r#"{"a":"\"#),
    ] {
        assert_eq!(mend(body.as_bytes()), mended, "{body}");
    }
    assert_eq!(mend(b"\xff{}"), "\u{fffd}{}");
}

#[test]
fn figures_are_read_leniently_and_nonsense_is_refused() {
    let call = |fields: &str| SessionCall::read(&format!("{{\"externalId\":\"S\",{fields}}}"));
    let tokens = |value: &str| call(&format!("\"promptTokens\":{value}")).map(|call| call.prompt_tokens);
    for (value, count) in [
        ("7", Some(7)),
        ("7.6", Some(8)),
        ("1e3", Some(1000)),
        ("\"12\"", Some(12)),
        ("null", None),
        ("0", None),
        ("-4", None),
        ("1e-7", None),
        ("1e400", None),
        ("1e300", Some(1_000_000_000_000)),
        ("\"\"", None),
    ] {
        assert_eq!(tokens(value), Ok(count), "{value}");
    }
    for value in ["\"many\"", "true", "[]", "{}"] {
        assert_eq!(tokens(value), Err(Bad::Type("promptTokens", "a number")), "{value}");
    }
    assert_eq!(call("\"cost\":0.0008715").unwrap().cost.unwrap().0, 872);
    assert_eq!(call("\"title\":5"), Err(Bad::Type("title", "a text")));
    let created = |value: &str| call(&format!("\"createdAt\":{value}")).unwrap().created_at;
    for value in ["1700000000000", "\"2023-11-14T22:13:20Z\"", "\"2023-11-14T22:13:20\"", "\"1700000000000\""] {
        assert_eq!(created(value), Some(1_700_000_000_000), "{value}");
    }
    for value in ["null", "\"soon\"", "0", "-1", "{}"] {
        assert_eq!(created(value), None, "{value}");
    }
}

#[test]
fn a_call_needs_its_ids_under_one_of_their_names() {
    let session = |json: &str| SessionCall::read(json).map(|call| call.external_id);
    assert_eq!(session(r#"{"externalId":"","sessionId":"a"}"#), Ok("a".to_owned()));
    assert_eq!(session("{}"), Err(Bad::NoSession));
    assert_eq!(session("[]"), Err(Bad::Object));
    assert_eq!(session(""), Err(Bad::Object));
    let message = |json: &str| MessageCall::read(json).map(|call| (call.session, call.external_id, call.text));
    let known = Ok(("s".to_owned(), "m".to_owned(), Some("hi".to_owned())));
    assert_eq!(message(r#"{"sessionId":"s","messageId":"m","role":"user","content":"hi","new":1}"#), known);
    for (json, missing) in [
        (r#"{"externalId":"m","role":"user"}"#, "sessionExternalId"),
        (r#"{"sessionExternalId":"s","role":"user"}"#, "externalId"),
        (r#"{"sessionExternalId":"s","externalId":"m"}"#, "role"),
    ] {
        assert_eq!(message(json), Err(Bad::Missing(missing)));
    }
    let long = format!(r#"{{"externalId":"{}"}}"#, "x".repeat(1_001));
    assert_eq!(session(&long), Err(Bad::Long("externalId", 1_000)));
}

#[test]
fn a_batch_keeps_what_makes_sense() {
    let body = r#"{"sessions":[{"externalId":"a"},5,{}],"messages":[{"externalId":"m","role":"user"}],"x":1}"#;
    let batch = BatchCall::read(body).unwrap();
    let why: Vec<_> = batch.sessions.iter().map(|item| item.as_ref().err().cloned()).collect();
    assert_eq!(why, [None, Some((String::new(), Bad::Object)), Some((String::new(), Bad::NoSession))]);
    assert_eq!(batch.messages[0].as_ref().err(), Some(&("m".to_owned(), Bad::Missing("sessionExternalId"))));
    assert!(BatchCall::read(r#"{"sessions":{}}"#).is_err());
    assert!(BatchCall::read("{}").unwrap().sessions.is_empty());
}

#[test]
fn parts_are_known_in_all_their_shapes() {
    let call = |part: Value| parts(json!({ "parts": [part] }));
    for text in [
        json!("hi"),
        json!({"type": "text", "content": "hi"}),
        json!({"type": "text", "text": "hi"}),
        json!({"type": "text", "content": {"text": "hi"}}),
        json!({"type": "text", "content": {"content": "hi"}}),
    ] {
        assert_eq!(call(text.clone()), ["text hi"], "{text}");
    }
    for part in [
        json!({"type": "tool-call", "content": {"toolName": "Bash", "args": {"b": 1, "a": 2}}}),
        json!({"type": "tool-call", "content": {"name": "Bash", "arguments": {"b": 1, "a": 2}}}),
        json!({"type": "tool_use", "content": {"name": "Bash", "input": {"b": 1, "a": 2}}}),
        json!({"type": "tool-call", "toolName": "Bash", "args": r#"{"a":2,"b":1}"#}),
    ] {
        assert_eq!(call(part.clone()), [r#"call Bash m1 {"a":2,"b":1}"#], "{part}");
    }
    assert_eq!(
        call(json!({"type": "tool_use", "content": {"toolName": "R", "args": {}, "result": "ok"}})),
        ["call R m1 {}", "result R m1 ok"]
    );
    for part in [
        json!({"type": "tool-result", "content": "ok"}),
        json!({"type": "tool_result", "content": {"result": "ok"}}),
        json!({"type": "tool-result", "content": {"output": "ok"}}),
        json!({"type": "tool-result", "content": [{"type": "text", "text": "ok"}]}),
    ] {
        assert_eq!(call(part.clone()), ["result   ok"], "{part}");
    }
    assert_eq!(call(json!({"type": "tool-result", "toolName": "R", "content": "ok"})), ["result R  ok"]);
    assert_eq!(call(json!({"type": "tool-result", "content": {"code": 1}})), [r#"result   {"code":1}"#]);
    assert_eq!(call(json!({"type": "reasoning", "content": "so"})), ["thinking so"]);
    assert_eq!(
        call(json!({"type": "image", "content": {"data": "aGk=", "mimeType": "image/png"}})),
        ["image image/png 2"]
    );
    assert_eq!(call(json!({"type": "step", "x": 1})), [r#"unknown step {"type":"step","x":1}"#]);
    assert_eq!(call(json!(5)), ["unknown unknown 5"]);
    assert_eq!(call(json!({"type": "text", "content": " "})), Vec::<String>::new());
    let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    let part =
        format!(r#"{{"sessionId":"s","externalId":"m","role":"user","parts":[{{"type":"x","content":{deep}}}]}}"#);
    assert!(MessageCall::read(&part).is_ok(), "however deep");
}

#[test]
fn a_text_is_shown_once() {
    let text = |text: &str, list: &[&str]| {
        let list: Vec<Value> = list.iter().map(|text| json!({"type": "text", "content": text})).collect();
        parts(json!({ "textContent": text, "parts": list }))
    };
    assert_eq!(text("a b", &["a b"]), ["text a b"]);
    assert_eq!(text("a\nb", &["a", "b"]), ["text a", "text b"]);
    assert_eq!(text("a", &["a", "b"]), ["text a", "text b"]);
    assert_eq!(text("a and b", &["a"]), ["text a and b"]);
    assert_eq!(text("c", &["a"]), ["text c", "text a"]);
    assert_eq!(text("c", &[]), ["text c"]);
    let told = "<thinking>so</thinking>\nThus";
    let thinking = json!({"type": "thinking", "content": "so"});
    let both = json!({ "textContent": told, "parts": [{"type": "text", "content": told}, thinking] });
    assert_eq!(parts(both), ["thinking so", "text Thus"]);
    assert_eq!(parts(json!({ "textContent": told })), [format!("text {told}")], "somebody wrote about thinking");
}

#[test]
fn results_find_the_call_before_them() {
    let call = |name: &str| json!({"type": "tool-call", "content": {"toolName": name, "args": {}}});
    let result = |text: &str| json!({"type": "tool-result", "content": text});
    let both = parts(json!({ "parts": [call("A"), result("1"), call("B"), result("2"), result("3")] }));
    assert_eq!(both, ["call A m1 {}", "result A m1 1", "call B m1#1 {}", "result B m1#1 2", "result   3"]);
    let session = session(
        "cursor",
        &[
            message("m1", "assistant", json!({ "parts": [call("A")] })),
            message("m2", "tool", json!({ "parts": [result("1")] })),
        ],
    );
    assert_eq!(session.messages[1].parts.iter().map(spelled).collect::<Vec<_>>(), ["result A m1 1"]);
    assert_eq!(session.messages[1].role, Role::Tool);
}

#[test]
fn an_update_replaces_text_and_parts() {
    let call = |more| message("m1", "assistant", more);
    let shown = |calls: &[Value]| session("pi", calls).messages[0].parts.iter().map(spelled).collect::<Vec<_>>();
    let first = call(json!({ "textContent": "a", "parts": [{"type": "text", "content": "a"}] }));
    assert_eq!(shown(&[first.clone(), call(json!({ "textContent": "b" }))]), ["text b"]);
    assert_eq!(shown(&[first.clone(), call(json!({ "textContent": "" }))]), ["text a"]);
    let both = call(json!({ "textContent": "b", "parts": [{"type": "text", "content": "b"}] }));
    assert_eq!(shown(&[first.clone(), both]), ["text b"]);
    let again = [first.clone(), call(json!({ "textContent": "b" })), first];
    assert_eq!(shown(&again), ["text a"]);
    let known = session("pi", &[message("m1", "robot", json!({})), message("m1", "user", json!({}))]);
    assert_eq!(known.messages[0].role, Role::User, "an unknown role is only until a better one comes");
}

#[test]
fn titles_never_get_worse() {
    let title = |source: &str, titles: &[&str], prompt: Option<&str>| {
        let mut calls: Vec<Value> = titles.iter().map(|title| json!({"externalId": "S1", "title": title})).collect();
        calls.extend(prompt.map(|prompt| message("m1", "user", json!({ "textContent": prompt }))));
        session(source, &calls).title.map(|(title, _)| title)
    };
    assert_eq!(title("pi", &["Untitled", "Real", "Untitled"], None).as_deref(), Some("Real"));
    assert_eq!(title("pi", &["One", "Two"], None).as_deref(), Some("Two"));
    assert_eq!(title("claude-code", &["fix bug", "another prompt", "quiet-fox"], None).as_deref(), Some("fix bug"));
    assert_eq!(title("claude-code", &["quiet-fox"], Some("hello")).as_deref(), Some("hello"));
    assert_eq!(title("pi", &["quiet-fox"], Some("hello")).as_deref(), Some("quiet-fox"));
    let long = "lorem ipsum ".repeat(20);
    let cut =
        title("opencode", &["New session - 2026-01-02T03:04:05.678Z"], Some(&format!("\n \n{long}\nmore"))).unwrap();
    assert!(cut.ends_with('…') && cut.chars().count() <= 81 && cut.starts_with("lorem ipsum"), "{cut}");
    assert_eq!(title("pi", &["[Fork::abcd1234] Untitled"], Some("hi")).as_deref(), Some("[Fork::abcd1234] hi"));
    assert_eq!(
        title("pi", &["[Fork::abcd1234] Plan", "[Fork::abcd1234] Untitled"], None).as_deref(),
        Some("[Fork::abcd1234] Plan")
    );
    assert_eq!(title("opencode", &["Untitled Session"], None), None);
}

#[test]
fn reported_totals_count_and_else_those_of_messages() {
    let answer = |id: &str, prompt, completion| {
        message(id, "assistant", json!({ "promptTokens": prompt, "completionTokens": completion, "model": "m" }))
    };
    let session = |total: &Value| session("opencode", &[answer("a", 10, 1), total.clone(), answer("b", 20, 2)]);
    let zeros = session(&json!({"externalId": "S1", "promptTokens": 0, "completionTokens": 0, "cost": 0}));
    let usage: Vec<_> = zeros.responses.iter().map(|r| (r.usage.fresh, r.usage.output)).collect();
    assert_eq!((usage, zeros.discarded.len()), (vec![(10, 1), (20, 2)], 0));
    let told = session(
        &json!({"externalId": "S1", "promptTokens": 233, "completionTokens": 47, "cost": 0.5, "totalTokens": 9}),
    );
    assert_eq!(told.responses.len(), 1);
    let total = &told.responses[0];
    assert_eq!((total.usage.fresh, total.usage.output, total.stored_cost.unwrap().0), (233, 47, 500_000));
    assert_eq!(told.discarded.iter().map(|part| part.usage.fresh).collect::<Vec<_>>(), [10, 20]);
    assert_eq!(told.messages[0].prompt_tokens, Some(10), "messages show their own");
    let half = session(&json!({"externalId": "S1", "completionTokens": 47}));
    assert_eq!((half.responses[0].usage.fresh, half.responses[0].usage.output), (30, 47));
    assert_eq!(session(&json!({"externalId": "S1", "cost": 0.1})).responses[0].usage.fresh, 30);
}

#[test]
fn messages_are_in_the_order_of_their_moments() {
    let at = |id: &str, at: Option<i64>| message(id, "user", json!({ "createdAt": at }));
    let order = |source: &str, calls: &[Value]| {
        session(source, calls).messages.into_iter().map(|message| message.external_id).collect::<Vec<_>>()
    };
    let dated = [at("b", Some(1_700_000_002_000)), at("a", Some(1_700_000_001_000)), at("c", Some(1_700_000_002_000))];
    assert_eq!(order("pi", &dated), ["a", "b", "c"]);
    let undated = [at("msg_2", None), at("msg_1", None), at("msg_3", None)];
    assert_eq!(order("pi", &undated), ["msg_2", "msg_1", "msg_3"]);
    assert_eq!(order("opencode", &undated), ["msg_1", "msg_2", "msg_3"]);
    let session = session("pi", &dated);
    assert_eq!((session.created_at, session.duration_ms), (Some(1_000_000), Some(1_000)));
}

#[test]
fn providers_are_named_or_follow_from_the_model() {
    for (name, model, wanted) in [
        (Some("anthropic-oauth"), None, Some("anthropic")),
        (Some("antigravity"), None, Some("google")),
        (Some("openai-codex"), None, Some("openai")),
        (Some("xai-oauth"), None, Some("xai")),
        (Some("amazon bedrock"), None, Some("amazon-bedrock")),
        (Some("unknown"), Some("claude-sonnet-4-5"), Some("anthropic")),
        (None, Some("Claude Sonnet 4.5"), Some("anthropic")),
        (None, Some("gpt-5.1-codex"), Some("openai")),
        (None, Some("openrouter/o3-mini"), Some("openai")),
        (None, Some("gemini-3-pro"), Some("google")),
        (None, Some("mixtral"), Some("mistral")),
        (None, Some("llama-4"), Some("meta")),
        (None, Some("my-own"), None),
        (None, None, None),
    ] {
        assert_eq!(provider(name, model).as_deref(), wanted, "{name:?} {model:?}");
    }
    let shown = |model: &str| {
        let calls = [
            json!({"externalId": "S1", "model": "Claude Sonnet 4.5"}),
            message("m", "assistant", json!({"model": model})),
        ];
        session("pi", &calls).model
    };
    assert_eq!(shown("claude-sonnet-4-5").as_deref(), Some("claude-sonnet-4-5"), "an id before a name");
    assert_eq!(session("claude-code", &[]).provider.as_deref(), Some("anthropic"));
}

#[test]
fn test_sessions_without_messages_are_hidden() {
    let known = |id: &str, pieces: &[Piece]| {
        let facts = SessionFacts::default();
        let known = Known { source: "opencode", external_id: id, facts: &facts, arrived_at: 1, changed_at: 1 };
        assemble(&known, pieces).hidden
    };
    assert!(known("test-1795438803239", &[]));
    assert!(!known("test-results", &[]) && !known("test-", &[]));
    assert!(!known("test-1795438803239", &[Piece::new("m", 1, &MessageFacts::default())]));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "(text|tool-call|tool_use|tool-result|thinking|image|data:image/png;base64,aGk=|<thinking>a</thinking>)"
            .prop_map(Value::from),
    ];
    let name = "(type|content|text|toolName|args|result|id|source|data|parts|role|externalId|sessionExternalId|\
                textContent|title|promptTokens|createdAt|model|sessions|messages|.{0,3})";
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(name, inner, 0..8).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_message() -> impl Strategy<Value = Value> {
    (
        any_json(),
        proptest::collection::vec(any_json(), 0..5),
        "(user|assistant|tool|odd)",
        proptest::option::of(".{0,20}"),
        "[abc]",
    )
        .prop_map(|(extra, parts, role, text, id)| {
            message(&id, &role, json!({ "parts": parts, "textContent": text, "extra": extra }))
        })
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200), json in any_json()) {
        for text in [mend(&body), mend(json.to_string().as_bytes())] {
            let _ = (SessionCall::read(&text), MessageCall::read(&text), BatchCall::read(&text));
        }
        let json = json.to_string();
        prop_assert_eq!(mend(json.as_bytes()), json.as_str());
    }

    #[test]
    fn what_is_mended_stays_mended(body in r#"(\\u[dD][89a-fA-F0-9]{3}|\\\\|\\n|a|"){0,12}"#) {
        let mended = mend(body.as_bytes()).into_owned();
        prop_assert_eq!(mend(mended.as_bytes()), mended.as_str());
    }

    #[test]
    fn calls_that_come_again_change_nothing(calls in proptest::collection::vec(any_message(), 0..6), title in ".{0,20}") {
        let mut once = vec![json!({"externalId": "S1", "title": title, "promptTokens": 5})];
        once.extend(calls);
        // Each id once: a later call of one says something else.
        let mut seen = std::collections::HashSet::new();
        once.retain(|call| call.get("role").is_none() || seen.insert(call["externalId"].clone()));
        let mut twice = once.clone();
        twice.extend(once.clone());
        prop_assert_eq!(session("pi", &once), session("pi", &twice));
    }

    #[test]
    fn facts_come_back_from_storage(call in any_message()) {
        let mut facts = MessageFacts::default();
        facts.add(MessageCall::read(&call.to_string()).unwrap());
        let stored = serde_json::to_string(&facts).unwrap();
        let again: MessageFacts = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(serde_json::to_string(&again).unwrap(), stored);
        prop_assert_eq!(Piece::new("m", 1, &again), Piece::new("m", 1, &facts));
    }

    #[test]
    fn session_facts_come_back_from_storage(title in ".{0,30}", tokens in 0u64..1_000_000, at in proptest::option::of(1i64..2_000_000_000_000)) {
        let mut facts = SessionFacts::default();
        let call = json!({"externalId": "S1", "title": title, "promptTokens": tokens, "createdAt": at, "projectPath": title});
        facts.add("pi", SessionCall::read(&call.to_string()).unwrap());
        let stored = serde_json::to_string(&facts).unwrap();
        prop_assert_eq!(serde_json::from_str::<SessionFacts>(&stored).unwrap(), facts);
    }
}

#[test]
fn ranks_say_where_a_title_is_from() {
    let rank = |source: &str, calls: &[Value]| session(source, calls).title.map(|(_, rank)| rank);
    let call = json!({"externalId": "S1", "title": "A title"});
    assert_eq!(rank("pi", std::slice::from_ref(&call)), Some(TitleRank::Generated));
    assert_eq!(rank("claude-code", &[call]), Some(TitleRank::Prompt));
}
