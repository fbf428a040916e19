//! The worked checks, and the names seen in real sessions, against the embedded snapshot.

use proptest::prelude::*;

use super::*;

/// Millions of fresh tokens, of tokens written for minutes and of tokens written for an hour.
fn million(fresh: u64, minutes: u64, hour: u64) -> Usage {
    let [fresh, minutes, hour] = [fresh, minutes, hour].map(|millions| millions * 1_000_000);
    Usage { fresh, cache_write_5m: minutes, cache_write_1h: hour, ..Usage::default() }
}

/// US dollars per million tokens of input (few enough for no tier) and output, and the key.
fn price(model: &str, provider: &str) -> Option<(f64, f64, String)> {
    let prices = Prices::embedded();
    let cost = |usage| prices.cost(Some(model), Some(provider), &usage, None);
    let input = cost(Usage { fresh: 10_000, ..Usage::default() });
    let output = cost(Usage { output: 10_000, ..Usage::default() });
    let key = input.price.map(|price| price.key.to_string())?;
    Some((input.amount?.0 as f64 / 1e4, output.amount?.0 as f64 / 1e4, key))
}

fn rates(model: &str, provider: &str) -> Option<(f64, f64)> {
    price(model, provider).map(|(input, output, _)| (input, output))
}

#[expect(clippy::unnecessary_wraps, reason = "every amount is optional")]
fn usd(amount: f64) -> Option<MicroDollars> {
    Some(MicroDollars::from_usd(amount))
}

#[test]
fn a_real_opencode_run_costs_what_opencode_says() {
    let prices = Prices::embedded();
    let usage = Usage { fresh: 1200, cache_read: 500, output: 50, reasoning: 10, ..Usage::default() };
    let cost = prices.cost(Some("claude-sonnet-4-5"), Some("anthropic"), &usage, None);
    assert_eq!((cost.amount, cost.status), (usd(0.0045), CostStatus::Computed));
    let usage = Usage { fresh: 1000, cache_read: 500, cache_write_5m: 200, output: 50, ..Usage::default() };
    assert_eq!(prices.cost(Some("claude-sonnet-4-5"), Some("anthropic"), &usage, None).amount, usd(0.00465));
}

#[test]
fn a_write_for_an_hour_costs_more_than_one_for_minutes() {
    let prices = Prices::embedded();
    for provider in [None, Some("anthropic"), Some("gateway")] {
        let cost = |usage| prices.cost(Some("claude-sonnet-4-5"), provider, &usage, None).amount;
        assert_eq!(cost(million(0, 0, 1)), usd(6.0), "{provider:?}");
        assert_eq!(cost(million(0, 1, 0)), usd(3.75), "{provider:?}");
    }
}

#[test]
fn tiers_hold_for_the_whole_request() {
    let prices = Prices::embedded();
    let cost = |usage| prices.cost(Some("claude-sonnet-4-20250514"), None, &usage, None).amount;
    let usage = Usage { fresh: 150_000, cache_read: 60_000, output: 1_000, ..Usage::default() };
    assert_eq!(cost(usage), usd(0.9 + 0.036 + 0.0225));
    assert_eq!(cost(Usage { fresh: 140_000, ..usage }), usd(0.42 + 0.018 + 0.015));
    // 272,000 for GPT-5.4: no size is assumed.
    let cost = |fresh| prices.cost(Some("gpt-5.4"), None, &Usage { fresh, ..Usage::default() }, None).amount;
    assert_eq!(cost(272_000), usd(0.68));
    assert_eq!(cost(272_001), usd(1.360_005));
}

#[test]
fn retired_models_keep_their_price() {
    let cost = Prices::embedded().cost(Some("claude-sonnet-4-20250514"), None, &million(0, 0, 0), None);
    assert_eq!(&*cost.price.unwrap().origin, "litellm 1.80.0");
    assert_eq!(rates("claude-opus-4-1-20250805", "anthropic"), Some((15.0, 75.0)));
    assert_eq!(rates("claude-3-5-sonnet-20241022", ""), Some((3.0, 15.0)));
    // Its one-hour price in the source is another model's.
    let hour = Prices::embedded().cost(Some("claude-3-opus-20240229"), None, &million(0, 0, 1), None);
    assert_eq!(hour.amount, usd(30.0));
}

#[test]
fn names_seen_in_sessions_resolve() {
    for (model, provider, input, output) in [
        ("claude-sonnet-4-6", "", 3.0, 15.0),
        ("claude-sonnet-4-6", "gateway", 3.0, 15.0),
        ("claude-opus-4-6", "anthropic-proxy", 5.0, 25.0),
        ("claude-haiku-4-5", "", 1.0, 5.0),
        ("claude-haiku-4-5-20251001", "anthropic", 1.0, 5.0),
        ("claude-opus-4-5-20251101", "", 5.0, 25.0),
        ("claude-sonnet-4-5[1m]", "", 3.0, 15.0),
        ("Claude Sonnet 4.5 (Medium)", "", 3.0, 15.0),
        ("custom:Claude-Sonnet-4.5-[Anthropic]-0", "", 3.0, 15.0),
        ("custom:GPT-5.4-3", "generic-chat-completion-api", 2.5, 15.0),
        ("gpt-5.4", "openai", 2.5, 15.0),
        ("gpt-5.4-mini", "codex", 0.75, 4.5),
        ("gpt-5-codex", "openai", 1.25, 10.0),
        ("gpt-5.1-codex", "", 1.25, 10.0),
        ("gpt-5", "", 1.25, 10.0),
        ("gpt-5-mini", "", 0.25, 2.0),
        ("gpt-5-2025-08-07", "", 1.25, 10.0),
        ("openai/gpt-5", "", 1.25, 10.0),
        ("models/gemini-3.1-pro-preview", "google", 2.0, 12.0),
        ("gemini-3.1-pro-preview", "", 2.0, 12.0),
    ] {
        assert_eq!(rates(model, provider), Some((input, output)), "{provider} {model}");
    }
}

#[test]
fn bedrock_names_keep_their_own_price() {
    let (input, _, key) = price("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "").unwrap();
    assert_eq!((input, key.as_str()), (3.3, "us.anthropic.claude-sonnet-4-5-20250929-v1:0"));
    assert_eq!(rates("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon-bedrock"), Some((3.3, 16.5)));
    // Not in any list: the plain model.
    let (input, _, key) = price("us-gov.anthropic.claude-opus-4-5-20251101-v7:0", "").unwrap();
    assert_eq!((input, key.as_str()), (5.0, "claude-opus-4-5-20251101"));
}

#[test]
fn vertex_names_resolve() {
    assert_eq!(rates("claude-opus-4-6@default", ""), Some((5.0, 25.0)));
    assert_eq!(price("claude-sonnet-4@20250514", "").unwrap().2, "claude-sonnet-4-20250514");
    assert_eq!(rates("publishers/google/models/gemini-3.1-pro-preview", "google-vertex"), Some((2.0, 12.0)));
}

#[test]
fn dates_and_punctuation_do_not_matter() {
    assert_eq!(price("claude-sonnet-4-6-20991231", "").unwrap().2, "claude-sonnet-4-6");
    assert_eq!(price("gpt-5.4-2099-01-31", "").unwrap().2, "gpt-5.4");
    assert_eq!(price("claude-sonnet-4.5", "").unwrap().2, "claude-sonnet-4-5");
    assert_eq!(price("GPT 5.4", "").unwrap().2, "gpt-5.4");
    assert_eq!(
        price("openrouter/anthropic/claude-sonnet-4.5", "").unwrap().2,
        "openrouter/anthropic/claude-sonnet-4.5"
    );
}

#[test]
fn cursor_swaps_family_and_version_and_adds_effort() {
    assert_eq!(rates("claude-4-sonnet", ""), Some((3.0, 15.0)));
    assert_eq!(price("claude-4.5-opus-high-thinking", "").unwrap().2, "claude-opus-4-5");
    assert_eq!(price("claude-4.5-sonnet-thinking", "").unwrap().2, "claude-sonnet-4-5");
    assert_eq!(rates("claude-3.5-sonnet", ""), Some((3.0, 15.0)));
    assert_eq!(price("gpt-5.4-xhigh", "").unwrap().2, "gpt-5.4");
    // A tail that is part of a name stays.
    assert_eq!(price("gpt-5.1-codex-max", "").unwrap().2.rsplit('/').next(), Some("gpt-5.1-codex-max"));
}

#[test]
fn a_name_is_never_priced_as_a_part_of_it() {
    let (input, _, key) = price("gpt-5.2", "").unwrap();
    assert_eq!((input, key.as_str()), (1.75, "gpt-5.2"));
    for unknown in ["gpt-7-codex", "gpt-5.4-ultra", "claude", "sonnet", "claude-sonnet-44", "my-gpt-5", "gpt-5x"] {
        assert_eq!(price(unknown, ""), None, "{unknown}");
    }
}

#[test]
fn an_unknown_price_is_no_price() {
    let prices = Prices::embedded();
    let usage = million(1, 0, 0);
    for model in [None, Some(""), Some("<synthetic>"), Some("auto"), Some("unknown"), Some("in-house-7b")] {
        let cost = prices.cost(model, None, &usage, None);
        let unpriced = Cost { amount: None, status: CostStatus::Unpriced, computed: None, price: None };
        assert_eq!(cost, unpriced, "{model:?}");
        // Tools write 0 when they do not know.
        assert_eq!(prices.cost(model, None, &usage, Some(MicroDollars(0))), unpriced, "{model:?}");
    }
    let nothing = Usage::default();
    let notice = prices.cost(Some("<synthetic>"), None, &nothing, None);
    assert_eq!((notice.amount, notice.status), (Some(MicroDollars(0)), CostStatus::Free));
    assert_eq!(prices.cost(Some("in-house-7b"), None, &nothing, None).amount, None);
    let long = "x".repeat(100_000);
    assert_eq!(prices.cost(Some(&long), Some(&long), &usage, None).status, CostStatus::Unpriced);
}

#[test]
fn a_stored_cost_wins_and_the_computed_one_stays_beside_it() {
    let prices = Prices::embedded();
    let cost = prices.cost(Some("claude-sonnet-4-5"), None, &million(1, 0, 0), Some(MicroDollars(5)));
    assert_eq!((cost.amount, cost.status, cost.computed), (Some(MicroDollars(5)), CostStatus::Reported, usd(3.0)));
    let cost = prices.cost(Some("in-house-7b"), None, &million(1, 0, 0), Some(MicroDollars(5)));
    assert_eq!((cost.amount, cost.status, cost.computed), (Some(MicroDollars(5)), CostStatus::Reported, None));
    for unknown in [0, -7] {
        let cost = prices.cost(Some("claude-sonnet-4-5"), None, &million(1, 0, 0), Some(MicroDollars(unknown)));
        assert_eq!((cost.amount, cost.status), (usd(3.0), CostStatus::Computed));
    }
}

#[test]
fn free_is_only_what_is_known_to_be_free() {
    let prices = Prices::embedded();
    let status = |model, provider| prices.cost(Some(model), Some(provider), &million(1, 0, 0), None).status;
    assert_eq!(status("big-pickle", "opencode"), CostStatus::Free);
    assert_eq!(status("deepseek/deepseek-r9:free", "openrouter"), CostStatus::Free);
    assert_eq!(status("qwen3-coder:30b", "ollama"), CostStatus::Free);
    assert_eq!(status("ollama/gpt-oss:20b", ""), CostStatus::Free);
    assert_eq!(status("big-pickle", ""), CostStatus::Unpriced);
    assert_eq!(status("new-model:1t-cloud", "ollama"), CostStatus::Unpriced);
    // Another provider gives it away; this one does not say.
    assert_ne!(status("glm-4.7-free", "somebody"), CostStatus::Free);
    // Subscriptions cost money: what the same model costs through the API.
    assert_eq!(rates("gpt-5.4", "github-copilot"), Some((2.5, 15.0)));
    assert_eq!(rates("glm-4.6", "zai-coding-plan"), rates("glm-4.6", "zai"));
}

#[test]
fn the_provider_decides_between_prices() {
    assert_eq!(rates("gpt-5-codex", "opencode"), Some((1.07, 8.5)));
    assert_eq!(rates("gpt-5-codex", "openai"), Some((1.25, 10.0)));
    let cost = Prices::embedded().cost(Some("claude-sonnet-4-5"), Some("anthropic"), &million(0, 0, 0), None);
    assert_eq!(&*cost.price.unwrap().key, "anthropic/claude-sonnet-4-5");
}

#[test]
fn several_prices_are_none_unless_the_maker_has_one() {
    // Fourteen resellers, and OpenAI sells it nowhere.
    assert_eq!(price("gpt-oss-120b", ""), None);
    assert!(price("gpt-oss-120b", "groq").is_some());
    let (input, _, key) = price("glm-4.6", "").unwrap();
    assert_eq!((input, key.as_str()), (0.6, "zai/glm-4.6"));
    assert!(price("deepseek-v3.2", "").unwrap().2.starts_with("deepseek/"));
}

#[test]
fn the_users_prices_come_first() {
    let json = r#"{
        "claude-sonnet-4-5": {"input": 1, "output": 2},
        "In-House-7B": {"input": 0.5, "output": 0.5},
        "lan/shared": {"input": 7, "output": 7},
        "auto": {"input": 4, "output": 4},
        "llama3": {"input": 0.1, "output": 0.1},
        "gift": {"input": 0, "output": 0}
    }"#;
    let prices = Prices::embedded().with_overrides(json).unwrap();
    let cost = |model, provider| prices.cost(Some(model), Some(provider), &million(1, 0, 0), None);
    let own = cost("claude-sonnet-4-5", "anthropic");
    assert_eq!((own.amount, own.status), (usd(1.0), CostStatus::Computed));
    assert_eq!(own.price, Some(PriceRef::new("claude-sonnet-4-5", "your file")));
    assert_eq!(cost("in-house-7b", "").amount, usd(0.5));
    assert_eq!(cost("shared", "LAN").amount, usd(7.0));
    assert_eq!(cost("shared", "").amount, None);
    assert_eq!(cost("auto", "").amount, usd(4.0));
    assert_eq!(cost("llama3", "ollama").amount, usd(0.1));
    assert_eq!(cost("gift", "").status, CostStatus::Free);
    assert_eq!(cost("claude-opus-4-5", "").amount, usd(5.0));
    assert!(Prices::embedded().with_overrides("{\"a\": 1}").is_err());
}

#[test]
fn copilots_units_are_cents() {
    assert_eq!(copilot_cost(1_000_000_000), MicroDollars::from_usd(0.01));
    assert_eq!(copilot_cost(u64::MAX).0, 184_467_440_737_096);
}

#[test]
fn a_status_has_a_name() {
    for status in [CostStatus::Reported, CostStatus::Computed, CostStatus::Free, CostStatus::Unpriced] {
        assert_eq!(CostStatus::parse(status.as_str()), Some(status));
    }
    assert_eq!(CostStatus::parse("paid"), None);
}

#[test]
fn a_full_cache_starts_again() {
    let prices = Prices::embedded().with_overrides("{\"x\": {\"input\": 1, \"output\": 1}}").unwrap();
    prices.resolved.write().unwrap().count = CACHED_NAMES;
    assert_eq!(prices.cost(Some("x"), None, &million(1, 0, 0), None).amount, usd(1.0));
    assert_eq!(prices.resolved.read().unwrap().count, 1);
}

fn any_usage() -> impl Strategy<Value = Usage> {
    (any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>(), 0_u32..64).prop_map(
        |(fresh, cache_read, cache_write_5m, cache_write_1h, output, reasoning, shift)| Usage {
            fresh: fresh >> shift,
            cache_read: cache_read >> shift,
            cache_write_5m: cache_write_5m >> shift,
            cache_write_1h: cache_write_1h >> shift,
            output: output >> shift,
            reasoning: reasoning >> shift,
        },
    )
}

proptest! {
    #[test]
    fn a_cost_is_never_negative_and_grows_with_tokens(
        usage in any_usage(),
        more in any_usage(),
        model in prop::sample::select(vec!["claude-sonnet-4-5", "claude-sonnet-4-20250514", "gpt-5.4", "gemini-3.1-pro-preview"]),
    ) {
        let prices = Prices::embedded();
        let mut larger = usage;
        larger += more;
        let small = prices.cost(Some(model), None, &usage, None).amount.unwrap();
        let large = prices.cost(Some(model), None, &larger, None).amount.unwrap();
        prop_assert!(small.0 >= 0);
        prop_assert!(large >= small);
    }

    #[test]
    fn no_name_panics(
        model in r"(custom:|us\.anthropic\.|openrouter/|accounts/a/models/)?\PC{0,20}(-v1:0|@20250514|\[1m\]|:free|-4-5|-high| \(x\))?",
        provider in r"\PC{0,8}(-coding-plan|-cn)?",
        usage in any_usage(),
        stored in any::<Option<i64>>(),
    ) {
        let cost = Prices::embedded().cost(Some(&model), Some(&provider), &usage, stored.map(MicroDollars));
        prop_assert_eq!(cost.amount.is_none(), cost.status == CostStatus::Unpriced);
        prop_assert!(cost.amount.is_none_or(|amount| amount.0 >= 0));
    }
}
