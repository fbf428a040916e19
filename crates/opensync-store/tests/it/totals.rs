//! What a session's responses add up to.

use opensync_core::import::{Discarded, ImportedSession, Response};
use opensync_core::{MicroDollars, Role, Usage};

use crate::support::{message, response, session};

fn with(name: &str, responses: Vec<Response>) -> ImportedSession {
    let messages = vec![message("m1", Role::User, "Hi"), message("m2", Role::Assistant, "Hello")];
    ImportedSession { messages, responses, ..session(name) }
}

contract!(all_counters_are_added_up, async |archive| {
    let usage =
        Usage { fresh: 1, cache_read: 20, cache_write_5m: 300, cache_write_1h: 4_000, output: 60, reasoning: 7 };
    let responses = ["a", "b"].map(|key| Response { usage, ..response(key, Some(5)) });
    archive.add([with("s", responses.into())]).await;
    let s = archive.get("s").await;
    assert_eq!((s.prompt_tokens, s.completion_tokens, s.total_tokens), (Some(8_642), Some(120), Some(8_762)));
    assert_eq!((s.cache_read_tokens, s.cache_write_tokens), (Some(40), Some(8_600)));
    assert_eq!((s.reasoning_tokens, s.cost, s.cost_partial), (Some(14), Some(MicroDollars(10)), false));
});

contract!(answers_without_any_response_have_unknown_totals, async |archive| {
    archive.add([with("s", Vec::new())]).await;
    let s = archive.get("s").await;
    assert_eq!((s.prompt_tokens, s.completion_tokens, s.total_tokens), (None, None, None));
    assert_eq!((s.cache_read_tokens, s.cache_write_tokens, s.reasoning_tokens), (None, None, None));
    assert_eq!((s.cost, s.cost_partial), (None, true));
});

contract!(a_session_nobody_answered_cost_nothing, async |archive| {
    let asked = ImportedSession { messages: vec![message("m1", Role::User, "Hi")], ..session("asked") };
    let mut copied = with("copied", Vec::new());
    for message in &mut copied.messages {
        message.inherited = true;
    }
    archive.add([asked, copied]).await;
    for name in ["asked", "copied"] {
        let s = archive.get(name).await;
        assert_eq!((s.total_tokens, s.cost, s.cost_partial), (Some(0), Some(MicroDollars(0)), false), "{name}");
    }
});

contract!(discarded_records_count_nothing_but_are_known, async |archive| {
    let usage = Usage { output: 9, ..Usage::default() };
    let discarded = vec![Discarded { line: 1, why: "a copy".into(), usage }];
    archive.add([ImportedSession { discarded, ..with("s", Vec::new()) }]).await;
    let s = archive.get("s").await;
    assert_eq!((s.total_tokens, s.cost, s.cost_partial), (Some(0), Some(MicroDollars(0)), false));
});

contract!(a_response_without_price_makes_the_cost_partial, async |archive| {
    let some = vec![response("a", Some(5)), response("b", None), Response { model: None, ..response("c", Some(2)) }];
    archive.add([with("some", some), with("none", vec![response("d", None)])]).await;
    let some = archive.get("some").await;
    assert_eq!((some.total_tokens, some.cost, some.cost_partial), (Some(330), Some(MicroDollars(7)), true));
    let none = archive.get("none").await;
    assert_eq!((none.total_tokens, none.cost, none.cost_partial), (Some(110), None, true));
});

contract!(responses_without_tokens_are_known_to_have_none, async |archive| {
    let empty = |key, cost| Response { usage: Usage::default(), ..response(key, cost) };
    archive.add([with("free", vec![empty("a", Some(0))]), with("odd", vec![empty("b", None)])]).await;
    let free = archive.get("free").await;
    assert_eq!((free.total_tokens, free.cost, free.cost_partial), (Some(0), Some(MicroDollars(0)), false));
    let odd = archive.get("odd").await;
    assert_eq!((odd.total_tokens, odd.cost, odd.cost_partial), (Some(0), None, true));
});

contract!(the_model_is_the_one_with_most_output, async |archive| {
    let by = |key, model: Option<&str>, provider: Option<&str>, fresh, output| Response {
        model: model.map(str::to_owned),
        provider: provider.map(str::to_owned),
        usage: Usage { fresh, output, ..Usage::default() },
        ..response(key, None)
    };
    let talker = vec![
        by("1", Some("small"), Some("acme"), 9_000, 30),
        by("2", Some("small"), Some("zeta"), 9_000, 30),
        by("3", Some("large"), Some("best"), 10, 50),
        by("4", None, None, 10, 900),
    ];
    let tie = vec![by("5", Some("b"), None, 10, 10), by("6", Some("a"), None, 10, 10)];
    let input = vec![by("7", Some("a"), None, 10, 0), by("8", Some("b"), None, 11, 0)];
    let nameless = vec![by("9", None, None, 1, 1)];
    let hint = || Some("hinted".to_owned());
    archive
        .add([
            with("talker", talker),
            with("tie", tie),
            with("input", input),
            ImportedSession { model: hint(), provider: hint(), ..with("nameless", nameless) },
            ImportedSession { model: hint(), ..with("silent", Vec::new()) },
            with("unknown", Vec::new()),
        ])
        .await;
    for (name, model, count) in [
        ("talker", Some("small"), 2),
        ("tie", Some("a"), 2),
        ("input", Some("b"), 2),
        ("nameless", Some("hinted"), 1),
        ("silent", Some("hinted"), 1),
        ("unknown", None, 0),
    ] {
        let found = archive.get(name).await;
        assert_eq!((found.model.as_deref(), found.model_count), (model, count), "{name}");
    }
    assert_eq!(archive.get("nameless").await.provider.as_deref(), Some("hinted"));
    assert!(matches!(archive.get("talker").await.provider.as_deref(), Some("acme" | "zeta")));
});

contract!(absurd_counts_do_not_break_an_import, async |archive| {
    let usage = Usage { fresh: u64::MAX, cache_read: u64::MAX, output: u64::MAX, ..Usage::default() };
    let responses = ["a", "b"].map(|key| Response { usage, ..response(key, Some(i64::MAX)) });
    let times = (Some(i64::MIN), Some(i64::MAX), Some(u64::MAX));
    let (created_at, updated_at, duration_ms) = times;
    let absurd = ImportedSession { created_at, updated_at, duration_ms, ..with("absurd", responses.into()) };
    let long = ImportedSession { created_at, updated_at, ..with("long", Vec::new()) };
    archive.add([absurd, long, with("sane", vec![response("c", Some(1))])]).await;
    assert!(archive.get("absurd").await.total_tokens.unwrap() > 1_000_000_000);
    assert_eq!(archive.get("sane").await.total_tokens, Some(110));
    assert!(archive.store.stats(&archive.user).await.unwrap().tokens > 1_000_000_000);
    let all = opensync_core::filter::Selection::default();
    assert_eq!(archive.store.session_totals(&archive.user, &all).await.unwrap().sessions, 3);
});
