//! Tokens: each paid response once.

use opensync_core::Usage;

use super::*;

fn usage(fresh: u64, cache_read: u64, output: u64, reasoning: u64) -> Usage {
    Usage { fresh, cache_read, output, reasoning, ..Usage::default() }
}

fn used(session: &ImportedSession) -> Vec<Usage> {
    session.responses.iter().map(|response| response.usage).collect()
}

fn whys(session: &ImportedSession) -> Vec<(u64, &str)> {
    session.discarded.iter().map(|discarded| (discarded.line, &*discarded.why)).collect()
}

#[test]
fn the_sample_of_the_format_gives_its_stated_sums() {
    let session = session(&[
        context("t1", "gpt-5.3-codex"),
        said("user", &["<environment_context>\n  <cwd>/home/ana/shop</cwd>\n</environment_context>"]),
        said("user", &["Run the tests"]),
        prompt_event("Run the tests"),
        call("call_1"),
        count([9000, 7000, 120, 40], [9000, 7000, 120, 40]),
        output("call_1", "Process exited with code 1\nOutput:\n2 failing"),
        count([9000, 7000, 120, 40], [9000, 7000, 120, 40]),
        said("assistant", &["Two tests fail."]),
        count([18500, 15000, 150, 40], [9500, 8000, 30, 0]),
    ]);
    assert_eq!(title(&session), "Run the tests");
    assert_eq!(used(&session), [usage(2000, 7000, 120, 40), usage(1500, 8000, 30, 0)]);
    let total: u64 = session.responses.iter().map(|response| response.usage.total()).sum();
    assert_eq!(total, 18650);
    assert_eq!(session.responses[0].model.as_deref(), Some("gpt-5.3-codex"));
    assert_eq!(session.responses[0].key, format!("{ID}:7"));
}

#[test]
fn an_unchanged_total_is_the_same_response_again() {
    let session = session(&[
        said("assistant", &["a"]),
        count([100, 0, 10, 0], [100, 0, 10, 0]),
        count([100, 0, 10, 0], [100, 0, 10, 0]),
        event(&json!({"type": "token_count", "info": null, "rate_limits": {}})),
        count([100, 0, 10, 0], [100, 0, 10, 0]),
    ]);
    assert_eq!(used(&session), [usage(100, 0, 10, 0)]);
    assert_eq!(session.responses[0].records, 3);
    assert_eq!(session.discarded, []);
}

#[test]
fn a_counter_that_falls_gives_no_negative_row() {
    let session = session(&[
        count([1000, 500, 100, 0], [1000, 500, 100, 0]),
        count([300, 100, 20, 0], [300, 100, 20, 0]),
        count([700, 300, 50, 0], [400, 200, 30, 0]),
    ]);
    assert_eq!(used(&session), [usage(500, 500, 100, 0), usage(200, 100, 20, 0), usage(200, 200, 30, 0)]);
}

#[test]
fn usage_records_count_alone_where_they_exist() {
    let session = session(&[
        said("assistant", &["a"]),
        record(ID, "resp_1", [100, 40, 10, 5], [100, 40, 10, 5]),
        count([100, 40, 10, 5], [100, 40, 10, 5]),
        record(ID, "resp_1", [100, 40, 10, 5], [100, 40, 10, 5]),
        record(OTHER, "resp_9", [5000, 0, 500, 0], [5000, 0, 500, 0]),
        said("assistant", &["b"]),
        record(ID, "resp_2", [200, 100, 20, 0], [300, 140, 30, 5]),
        count([300, 140, 30, 5], [200, 100, 20, 0]),
    ]);
    assert_eq!(used(&session), [usage(60, 40, 10, 5), usage(100, 100, 20, 0)]);
    assert_eq!(
        session.responses.iter().map(|response| response.key.as_str()).collect::<Vec<_>>(),
        ["resp_1", "resp_2"]
    );
    assert_eq!(session.responses[0].records, 2);
    let counted = "a token_usage_record counts this response";
    assert_eq!(whys(&session), [(4, counted), (6, "a record of another session"), (9, counted)]);
    let completions: Vec<_> = of(&session, Role::Assistant).iter().map(|message| message.completion_tokens).collect();
    assert_eq!(completions, [Some(10), Some(20)]);
}

#[test]
fn responses_before_the_first_usage_record_of_an_older_file_are_kept() {
    let session = session(&[
        count([100, 0, 10, 0], [100, 0, 10, 0]),
        record(ID, "resp_2", [200, 0, 20, 0], [300, 0, 30, 0]),
        count([300, 0, 30, 0], [200, 0, 20, 0]),
    ]);
    assert_eq!(used(&session), [usage(100, 0, 10, 0), usage(200, 0, 20, 0)]);
}

#[test]
fn an_estimate_after_compaction_is_no_response() {
    let mut estimate = count([100, 0, 10, 0], [0, 0, 0, 0]);
    estimate["payload"]["info"]["last_token_usage"]["total_tokens"] = json!(227);
    let session = session(&[count([100, 0, 10, 0], [100, 0, 10, 0]), estimate]);
    assert_eq!(used(&session), [usage(100, 0, 10, 0)]);
    assert_eq!(whys(&session), [(3, "an estimate of the context after compaction")]);
}

#[test]
fn without_totals_the_last_response_counts_once() {
    let only_last = |used| event(&json!({"type": "token_count", "info": {"last_token_usage": counters(used)}}));
    let mut flat = counters([50, 20, 5, 1]);
    flat["type"] = json!("token_count");
    let (session, missing) = session_without(&[only_last([100, 0, 10, 0]), only_last([100, 0, 10, 0]), event(&flat)]);
    assert_eq!(missing, ["info.total_token_usage"]);
    assert_eq!(used(&session), [usage(100, 0, 10, 0), usage(30, 20, 5, 1)]);
    assert_eq!(session.responses[0].records, 2);
}

#[test]
fn written_cache_tokens_are_part_of_the_input() {
    let mut line = record(ID, "resp_1", [1000, 300, 10, 0], [1000, 300, 10, 0]);
    line["payload"]["usage"]["cache_write_input_tokens"] = json!(200);
    let session = session(&[line]);
    assert_eq!(session.responses[0].usage, Usage { cache_write_5m: 200, ..usage(500, 300, 10, 0) });
    assert_eq!(session.responses[0].usage.prompt(), 1000);
}

#[test]
fn numbers_may_be_text_fractions_or_null() {
    let used = json!({"input_tokens": "100", "cached_input_tokens": null, "output_tokens": 10.0});
    let session = session(&[event(
        &json!({"type": "token_count", "info": {"total_token_usage": used, "last_token_usage": used}}),
    )]);
    assert_eq!(session.responses[0].usage, usage(100, 0, 10, 0));
}

#[test]
fn each_response_has_the_model_of_its_turn() {
    let session = session(&[
        context("t1", "gpt-5"),
        count([100, 0, 10, 0], [100, 0, 10, 0]),
        context("t2", "gpt-5-mini"),
        count([100, 0, 10, 0], [100, 0, 10, 0]),
        count([150, 0, 15, 0], [50, 0, 5, 0]),
    ]);
    let models: Vec<_> = session.responses.iter().map(|response| response.model.as_deref().unwrap()).collect();
    assert_eq!(models, ["gpt-5", "gpt-5-mini"]);
}

#[test]
fn a_count_of_nothing_is_discarded_and_a_total_without_its_response_is_merged() {
    let zero = json!({"type": "token_count", "info": {"total_token_usage": {"input_tokens": 0, "output_tokens": 0}}});
    let total =
        json!({"type": "token_count", "info": {"total_token_usage": {"input_tokens": 100, "output_tokens": 10}}});
    let session = session(&[event(&zero), count([100, 0, 10, 0], [100, 0, 10, 0]), event(&total)]);
    assert_eq!(used(&session), [usage(100, 0, 10, 0)]);
    assert_eq!(session.responses[0].records, 2);
    assert_eq!(whys(&session), [(2, "a record that counts no token")]);
}
