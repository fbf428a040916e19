//! The ledger of a session.

use serde::{Deserialize, Serialize};

use super::session::moment;
use crate::import::{Discarded, Response};
use crate::price::{Cost, CostStatus, PriceRef};
use crate::{MicroDollars, Usage};

/// A paid response.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResponseJson {
    key: String,
    /// Whether another session of the archive owns it; found out again by an import.
    #[serde(default)]
    copy: bool,
    #[serde(default)]
    message_id: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    provider: Option<String>,
    #[serde(default)]
    at: Option<i64>,
    usage: UsageJson,
    /// Dollars.
    #[serde(default)]
    cost: Option<f64>,
    cost_status: String,
    #[serde(default)]
    price: Option<PriceJson>,
    #[serde(default)]
    incomplete: bool,
    line: u64,
    records: u32,
}

/// A record that does not count.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DiscardedJson {
    line: u64,
    why: String,
    usage: UsageJson,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UsageJson {
    fresh: u64,
    cache_read: u64,
    cache_write5m: u64,
    cache_write1h: u64,
    output: u64,
    reasoning: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct PriceJson {
    name: String,
    origin: String,
}

impl ResponseJson {
    pub(super) fn new(response: &Response, cost: Option<&Cost>, copy: bool) -> Self {
        let price = cost.and_then(|cost| cost.price.as_ref());
        Self {
            key: response.key.clone(),
            copy,
            message_id: response.message_id.clone(),
            model: response.model.clone(),
            provider: response.provider.clone(),
            at: response.at,
            usage: response.usage.into(),
            cost: cost.and_then(|cost| cost.amount).map(MicroDollars::usd),
            cost_status: cost.map_or(CostStatus::Unpriced, |cost| cost.status).as_str().to_owned(),
            price: price.map(|price| PriceJson { name: price.key.to_string(), origin: price.origin.to_string() }),
            incomplete: response.incomplete,
            line: response.line,
            records: response.records,
        }
    }

    pub(super) fn read(self) -> (Response, Cost) {
        let amount = self.cost.filter(|usd| *usd >= 0.0).map(MicroDollars::from_usd);
        let status = CostStatus::parse(&self.cost_status).unwrap_or(CostStatus::Unpriced);
        let price = self.price.map(|price| PriceRef { key: price.name.into(), origin: price.origin.into() });
        let response = Response {
            key: self.key,
            message_id: self.message_id,
            model: self.model,
            provider: self.provider,
            at: moment(self.at),
            usage: self.usage.into(),
            stored_cost: None,
            incomplete: self.incomplete,
            line: self.line,
            records: self.records,
        };
        (response, Cost { amount, status, computed: None, price })
    }
}

impl From<&Discarded> for DiscardedJson {
    fn from(record: &Discarded) -> Self {
        Self { line: record.line, why: record.why.to_string(), usage: record.usage.into() }
    }
}

impl From<DiscardedJson> for Discarded {
    fn from(json: DiscardedJson) -> Self {
        Self { line: json.line, why: json.why.into(), usage: json.usage.into() }
    }
}

impl From<Usage> for UsageJson {
    fn from(usage: Usage) -> Self {
        let Usage { fresh, cache_read, cache_write_5m, cache_write_1h, output, reasoning } = usage;
        Self { fresh, cache_read, cache_write5m: cache_write_5m, cache_write1h: cache_write_1h, output, reasoning }
    }
}

impl From<UsageJson> for Usage {
    fn from(json: UsageJson) -> Self {
        let UsageJson { fresh, cache_read, cache_write5m, cache_write1h, output, reasoning } = json;
        Self { fresh, cache_read, cache_write_5m: cache_write5m, cache_write_1h: cache_write1h, output, reasoning }
    }
}
