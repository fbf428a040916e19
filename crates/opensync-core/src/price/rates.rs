//! Rates, tiers and the multiplication.

use crate::{MicroDollars, Usage};

/// Pico-dollars per token. A rate is a million times smaller per token than per million tokens, so
/// one US dollar per million tokens is a million of these.
pub(super) type Rate = u64;

/// A thousand dollars a token: no real rate comes near, and with it no sum of `u64` counts leaves `i128`.
pub(super) const HIGHEST: Rate = 1_000_000_000_000_000;

const PICO_IN_MICRO: i128 = 1_000_000;

/// Rates as a price list states them; what it leaves out is worked out by [`Price::new`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stated {
    pub input: Option<Rate>,
    pub output: Option<Rate>,
    pub cache_read: Option<Rate>,
    pub cache_write_5m: Option<Rate>,
    pub cache_write_1h: Option<Rate>,
    pub reasoning: Option<Rate>,
}

/// A complete price. Two are equal when every request costs the same under both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Price {
    base: Rates,
    /// By rising size; the rates hold for the whole request once its context is larger.
    tiers: Vec<(u64, Rates)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rates {
    input: Rate,
    output: Rate,
    cache_read: Rate,
    cache_write_5m: Rate,
    cache_write_1h: Rate,
    reasoning: Rate,
}

impl Price {
    /// The price of anything that costs nothing.
    pub fn free() -> Self {
        Self::new(Stated::default(), &[], false)
    }

    /// Fills in what `base` and `tiers` leave out. `claude` says that Anthropic's cache prices apply.
    pub fn new(base: Stated, tiers: &[(u64, Stated)], claude: bool) -> Self {
        let mut tiers: Vec<_> = tiers.iter().map(|&(size, tier)| (size, complete(tier, base, claude))).collect();
        tiers.sort_by_key(|&(size, _)| size);
        Self { base: complete(base, base, claude), tiers }
    }

    /// Whether every token is free of charge.
    pub fn is_free(&self) -> bool {
        self.base == Self::free().base && self.tiers.is_empty()
    }

    /// The cost of one request, rounded half up to micro-dollars.
    pub fn cost(&self, usage: &Usage) -> MicroDollars {
        let context = usage.prompt();
        let rates = self.tiers.iter().rev().find(|(size, _)| context > *size).map_or(&self.base, |(_, rates)| rates);
        let reasoning = usage.reasoning.min(usage.output);
        let pico: i128 = [
            (usage.fresh, rates.input),
            (usage.cache_read, rates.cache_read),
            (usage.cache_write_5m, rates.cache_write_5m),
            (usage.cache_write_1h, rates.cache_write_1h),
            (usage.output - reasoning, rates.output),
            (reasoning, rates.reasoning),
        ]
        .iter()
        .map(|&(tokens, rate)| i128::from(tokens) * i128::from(rate))
        .sum();
        MicroDollars(i64::try_from((pico + PICO_IN_MICRO / 2) / PICO_IN_MICRO).unwrap_or(i64::MAX))
    }
}

/// A rate a tier leaves out is the base's, and only then the usual relation to the input rate:
/// Anthropic reads at a tenth, writes at 1.25 and for an hour at 2 times the input (checked
/// 2026-11-23). Elsewhere a written or read token without its own price is ordinary input.
fn complete(stated: Stated, base: Stated, claude: bool) -> Rates {
    let input = stated.input.or(base.input).unwrap_or_default();
    let output = stated.output.or(base.output).unwrap_or_default();
    let (read, write, hour) = if claude { (input / 10, input * 5 / 4, Some(input * 2)) } else { (input, input, None) };
    let cache_write_5m = stated.cache_write_5m.or(base.cache_write_5m).unwrap_or(write);
    Rates {
        input,
        output,
        cache_read: stated.cache_read.or(base.cache_read).unwrap_or(read),
        cache_write_5m,
        cache_write_1h: stated.cache_write_1h.or(base.cache_write_1h).or(hour).unwrap_or(cache_write_5m),
        reasoning: stated.reasoning.or(base.reasoning).unwrap_or(output),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "every stated rate is optional")]
    fn dollars(per_million: f64) -> Option<Rate> {
        Some((per_million * 1e6).round() as Rate)
    }

    fn tiered() -> Price {
        let base = Stated {
            input: dollars(3.0),
            output: dollars(15.0),
            cache_read: dollars(0.3),
            cache_write_5m: dollars(3.75),
            ..Stated::default()
        };
        let upper = Stated {
            input: dollars(6.0),
            output: dollars(22.5),
            cache_read: dollars(0.6),
            cache_write_5m: dollars(7.5),
            ..Stated::default()
        };
        Price::new(base, &[(200_000, upper)], true)
    }

    #[test]
    fn above_a_tier_the_whole_request_costs_more() {
        let usage = Usage { fresh: 150_000, cache_read: 60_000, output: 1_000, ..Usage::default() };
        assert_eq!(tiered().cost(&usage), MicroDollars::from_usd(0.9 + 0.036 + 0.0225));
    }

    #[test]
    fn exactly_at_a_tier_is_still_below_it() {
        let at = Usage { fresh: 140_000, cache_read: 60_000, ..Usage::default() };
        assert_eq!(tiered().cost(&at), MicroDollars::from_usd(0.42 + 0.018));
        let above = Usage { fresh: 140_001, ..at };
        assert_eq!(tiered().cost(&above), MicroDollars::from_usd(0.840_006 + 0.036));
    }

    #[test]
    fn every_kind_of_input_counts_for_the_tier() {
        let usage =
            Usage { fresh: 1, cache_read: 1, cache_write_5m: 100_000, cache_write_1h: 99_999, ..Usage::default() };
        assert_eq!(tiered().cost(&usage), MicroDollars::from_usd(6e-6 + 0.6e-6 + 0.75 + 1.199_988));
    }

    #[test]
    fn the_highest_tier_wins() {
        let stated = |input| Stated { input: Some(input), ..Stated::default() };
        let price = Price::new(stated(1_000_000), &[(200, stated(3_000_000)), (100, stated(2_000_000))], false);
        let cost = |fresh| price.cost(&Usage { fresh, ..Usage::default() }).0;
        assert_eq!([cost(100), cost(101), cost(200), cost(201)], [100, 202, 400, 603]);
    }

    #[test]
    fn what_a_tier_leaves_out_is_the_base_rate() {
        let base = Stated { input: Some(2), output: Some(4), cache_read: Some(1), ..Stated::default() };
        let tier = Stated { input: Some(8), ..Stated::default() };
        let price = Price::new(base, &[(10, tier)], false);
        let rates = price.tiers[0].1;
        assert_eq!((rates.output, rates.cache_read, rates.cache_write_5m, rates.reasoning), (4, 1, 8, 4));
    }

    #[test]
    fn cache_prices_are_guessed_for_claude_alone() {
        let stated = Stated { input: Some(1000), output: Some(5000), ..Stated::default() };
        let claude = Price::new(stated, &[], true).base;
        assert_eq!((claude.cache_read, claude.cache_write_5m, claude.cache_write_1h), (100, 1250, 2000));
        let other = Price::new(stated, &[], false).base;
        assert_eq!((other.cache_read, other.cache_write_5m, other.cache_write_1h), (1000, 1000, 1000));
    }

    #[test]
    fn reasoning_is_inside_the_output() {
        let stated = Stated { input: dollars(1.0), output: dollars(2.0), ..Stated::default() };
        let usage = Usage { output: 100, reasoning: 40, ..Usage::default() };
        assert_eq!(Price::new(stated, &[], false).cost(&usage).0, 200);
        let dearer = Stated { reasoning: dollars(5.0), ..stated };
        assert_eq!(Price::new(dearer, &[], false).cost(&usage).0, 60 * 2 + 40 * 5);
        let damaged = Usage { output: 10, reasoning: 40, ..Usage::default() };
        assert_eq!(Price::new(dearer, &[], false).cost(&damaged).0, 50);
    }

    #[test]
    fn rounding_happens_once() {
        let stated = Stated { input: Some(400_000), output: Some(400_000), ..Stated::default() };
        let usage = Usage { fresh: 1, output: 1, ..Usage::default() };
        assert_eq!(Price::new(stated, &[], false).cost(&usage).0, 1);
        assert_eq!(Price::new(stated, &[], false).cost(&Usage { fresh: 1, ..Usage::default() }).0, 0);
    }

    #[test]
    fn absurd_counts_saturate() {
        let stated = Stated { input: Some(HIGHEST), output: Some(HIGHEST), ..Stated::default() };
        let most = u64::MAX;
        let usage = Usage {
            fresh: most,
            cache_read: most,
            cache_write_5m: most,
            cache_write_1h: most,
            output: most,
            reasoning: 0,
        };
        assert_eq!(Price::new(stated, &[(1, stated)], true).cost(&usage).0, i64::MAX);
    }
}
