//! Token counts and money.

use std::ops::AddAssign;

/// Money in millionths of a US dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MicroDollars(pub i64);

impl MicroDollars {
    /// From US dollars, rounded to the nearest millionth.
    pub fn from_usd(usd: f64) -> Self {
        Self((usd * 1e6).round() as i64)
    }

    /// As US dollars.
    pub fn usd(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// Tokens of one paid response, in disjoint counters (`reasoning` alone is part of `output`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Usage {
    /// Input neither read from nor written to a cache.
    pub fresh: u64,
    /// Input read from a cache.
    pub cache_read: u64,
    /// Input written to a cache for five minutes, or for an unknown time.
    pub cache_write_5m: u64,
    /// Input written to a cache for one hour.
    pub cache_write_1h: u64,
    /// All output, reasoning included.
    pub output: u64,
    /// The part of `output` spent on reasoning; for display only.
    pub reasoning: u64,
}

impl Usage {
    /// Tokens written to a cache, whatever their lifetime.
    pub fn cache_write(&self) -> u64 {
        self.cache_write_5m.saturating_add(self.cache_write_1h)
    }

    /// All input, cached or not: what `promptTokens` means everywhere.
    pub fn prompt(&self) -> u64 {
        self.fresh.saturating_add(self.cache_read).saturating_add(self.cache_write())
    }

    /// Input and output together.
    pub fn total(&self) -> u64 {
        self.prompt().saturating_add(self.output)
    }

    /// Whether nothing was counted.
    pub fn is_zero(&self) -> bool {
        self.total() == 0
    }

    /// The larger of the two, counter by counter: how repeated records of one response merge.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            fresh: self.fresh.max(other.fresh),
            cache_read: self.cache_read.max(other.cache_read),
            cache_write_5m: self.cache_write_5m.max(other.cache_write_5m),
            cache_write_1h: self.cache_write_1h.max(other.cache_write_1h),
            output: self.output.max(other.output),
            reasoning: self.reasoning.max(other.reasoning),
        }
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.fresh = self.fresh.saturating_add(other.fresh);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_write_5m = self.cache_write_5m.saturating_add(other.cache_write_5m);
        self.cache_write_1h = self.cache_write_1h.saturating_add(other.cache_write_1h);
        self.output = self.output.saturating_add(other.output);
        self.reasoning = self.reasoning.saturating_add(other.reasoning);
    }
}
