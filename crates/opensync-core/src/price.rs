//! What a response costs.
//!
//! [`Prices`] holds an embedded snapshot of public price lists and the user's own prices, finds the
//! row for a model's name as a tool wrote it, and multiplies. Every response is priced on its own:
//! long-context tiers and one-hour cache writes cannot be recovered from the sums of a session.
//!
//! A price nobody knows is `None` and [`CostStatus::Unpriced`], never 0, and a name is never priced
//! because it resembles another: an unknown `gpt-7-codex` does not cost what `gpt-7` costs.
//!
//! The snapshot is `data/prices.json`; `scripts/update-prices` rebuilds it. A provider is added in
//! `provider`, a spelling of names in `name`, the order of the search is in `find`.

mod find;
mod name;
mod overrides;
mod provider;
mod rates;
mod snapshot;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::{MicroDollars, Usage};
use find::Found;
pub use overrides::OverrideError;
use overrides::Overrides;
use snapshot::Snapshot;

/// Names come from files and from the network: past this many the cache starts again.
const CACHED_NAMES: usize = 20_000;

/// Prices of models, and a memory of which name resolved to which. Share one: it is thread-safe.
pub struct Prices {
    snapshot: &'static Snapshot,
    overrides: Overrides,
    resolved: RwLock<Resolved>,
}

/// Provider (empty when unknown) to model to what was found, so that a lookup copies no text.
#[derive(Default)]
struct Resolved {
    names: HashMap<String, HashMap<String, Option<Arc<Found>>>>,
    count: usize,
}

/// What one response costs, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// The cost in micro-dollars; `None` exactly when `status` is [`CostStatus::Unpriced`].
    pub amount: Option<MicroDollars>,
    /// Where `amount` comes from.
    pub status: CostStatus,
    /// What the price table says, in micro-dollars: equal to `amount` unless that was reported.
    pub computed: Option<MicroDollars>,
    /// The price behind `computed`.
    pub price: Option<PriceRef>,
}

/// How a cost is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CostStatus {
    /// The tool recorded it.
    Reported,
    /// Tokens times a price of the table.
    Computed,
    /// The model is free of charge, or runs on the user's own machine.
    Free,
    /// Nobody recorded it and no price is known.
    Unpriced,
}

impl CostStatus {
    /// The name used in storage and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Computed => "computed",
            Self::Free => "free",
            Self::Unpriced => "unpriced",
        }
    }

    /// Reads the wire name; `None` for anything else.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Reported, Self::Computed, Self::Free, Self::Unpriced].into_iter().find(|status| status.as_str() == name)
    }
}

/// Which price was used. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PriceRef {
    /// The key that matched, in lower case; `provider/model` in a list kept by provider.
    pub key: Arc<str>,
    /// Whose price it is: such as `litellm 1.109.1`, `models.dev (opencode 1.18.34)`, `your file`,
    /// `free variant` or `local model`.
    pub origin: Arc<str>,
}

impl PriceRef {
    fn new(key: &str, origin: &str) -> Self {
        Self { key: key.into(), origin: origin.into() }
    }
}

impl Prices {
    /// The embedded snapshot alone. It is read once in the life of the program.
    pub fn embedded() -> Self {
        Self { snapshot: Snapshot::embedded(), overrides: Overrides::default(), resolved: RwLock::default() }
    }

    /// Puts the user's prices before the snapshot; they replace any given earlier.
    ///
    /// `json` is an object of model names, each with US dollars per **million** tokens:
    /// `{"my-model": {"input": 3.0, "output": 15.0, "cacheRead": 0.3, "cacheWrite": 3.75,
    /// "cacheWrite1h": 6.0, "reasoning": 15.0}}`. `input` and `output` are required. A missing cache
    /// price is the input price, for Claude its usual share of it; a missing one-hour price is the
    /// `cacheWrite` price, for Claude twice the input. Names are matched regardless of case, as the
    /// tool writes them or as `provider/model`.
    ///
    /// # Errors
    /// [`OverrideError`] with the line, and the model when it is about one, for text that is no such
    /// object: unknown or missing fields, negative or absurd prices, a name given twice.
    pub fn with_overrides(self, json: &str) -> Result<Self, OverrideError> {
        Ok(Self { overrides: overrides::parse(json)?, resolved: RwLock::default(), ..self })
    }

    /// The newest date in the embedded data, `YYYY-MM-DD`: prices are at least as new as this.
    pub fn snapshot_date(&self) -> &str {
        self.snapshot.date
    }

    /// The cost of one response.
    ///
    /// `model` and `provider` are what the tool wrote, in any spelling. A `stored` cost above 0 is
    /// taken as it is; a stored 0 means nothing, because tools write it for "unknown" too.
    /// Arithmetic is exact in pico-dollars (10⁻¹² USD) and rounded once, half up, at the end.
    pub fn cost(
        &self,
        model: Option<&str>,
        provider: Option<&str>,
        usage: &Usage,
        stored: Option<MicroDollars>,
    ) -> Cost {
        let model = model.unwrap_or_default();
        let found = self.resolve(model, provider.unwrap_or_default());
        let computed = match &found {
            Some(found) => Some(found.price.cost(usage)),
            // A tool's own notice, such as `<synthetic>`, without tokens: nobody was asked for anything.
            None if usage.is_zero() && name::is_placeholder(model) => Some(MicroDollars(0)),
            None => None,
        };
        let reported = stored.filter(|stored| stored.0 > 0);
        let status = match (&found, computed) {
            _ if reported.is_some() => CostStatus::Reported,
            (Some(found), _) if !found.price.is_free() => CostStatus::Computed,
            (_, Some(_)) => CostStatus::Free,
            (_, None) => CostStatus::Unpriced,
        };
        Cost { amount: reported.or(computed), status, computed, price: found.map(|found| found.reference.clone()) }
    }

    /// Imports ask for the same few names a hundred thousand times.
    fn resolve(&self, model: &str, provider: &str) -> Option<Arc<Found>> {
        let known = self.resolved.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.names.get(provider).and_then(|models| models.get(model)) {
            return found.clone();
        }
        drop(known);
        if model.len() > name::LONGEST || provider.len() > name::LONGEST {
            return None;
        }
        let found = find::find(self.snapshot, &self.overrides, model, provider).map(Arc::new);
        let mut known = self.resolved.write().unwrap_or_else(PoisonError::into_inner);
        if known.count >= CACHED_NAMES {
            *known = Resolved::default();
        }
        known.count += 1;
        known.names.entry(provider.to_owned()).or_default().insert(model.to_owned(), found.clone());
        found
    }
}

/// The dollars in Copilot's `totalNanoAiu`: one unit, 10⁹ nano, is a cent. Rounded half up.
pub fn copilot_cost(total_nano_aiu: u64) -> MicroDollars {
    MicroDollars(((u128::from(total_nano_aiu) + 50_000) / 100_000) as i64)
}
