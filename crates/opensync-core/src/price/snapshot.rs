//! The embedded price lists. `scripts/update-prices` describes the form of the file.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::rates::{Price, Rate, Stated};

const JSON: &str = include_str!("../../data/prices.json");

static EMBEDDED: LazyLock<Snapshot> =
    LazyLock::new(|| Snapshot::read(JSON).expect("scripts/update-prices writes what a test here reads"));

pub(super) struct Snapshot {
    pub date: &'static str,
    /// In the order in which they are asked.
    pub tables: Vec<Table>,
}

/// One price list.
pub(super) struct Table {
    /// Whose list it is, with its version.
    pub origin: Arc<str>,
    /// A key means something only together with its provider (models.dev). Otherwise the key alone
    /// is unique and may itself begin with a route (LiteLLM).
    pub by_provider: bool,
    pub entries: Vec<Entry>,
    index: HashMap<(&'static str, &'static str), usize>,
}

/// One row.
pub(super) struct Entry {
    pub provider: &'static str,
    pub key: &'static str,
    pub price: Price,
}

impl Snapshot {
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    fn read(json: &'static str) -> serde_json::Result<Self> {
        let file: File<'static> = serde_json::from_str(json)?;
        Ok(Self { date: file.date, tables: file.tables.into_iter().map(Table::new).collect() })
    }
}

impl Table {
    fn new(list: List<'static>) -> Self {
        let mut entries = Vec::new();
        for (provider, rows) in list.prices.0 {
            entries.extend(rows.0.into_iter().map(|(key, row)| Entry { provider, key, price: row.price(key) }));
        }
        let mut index = HashMap::with_capacity(entries.len());
        for (at, entry) in entries.iter().enumerate() {
            index.insert((if list.by_provider { entry.provider } else { "" }, entry.key), at);
        }
        Self { origin: list.origin.into(), by_provider: list.by_provider, entries, index }
    }

    /// The row with exactly this key; `provider` counts only in a list kept by provider.
    pub fn get(&self, provider: &str, key: &str) -> Option<&Entry> {
        // Without this the compiler would ask for keys that live as long as those of the map.
        let index: &HashMap<(&str, &str), usize> = &self.index;
        let provider = if self.by_provider { provider } else { "" };
        index.get(&(provider, key)).and_then(|&at| self.entries.get(at))
    }
}

#[derive(Deserialize)]
struct File<'a> {
    date: &'a str,
    #[serde(borrow)]
    tables: Vec<List<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    origin: &'a str,
    by_provider: bool,
    #[serde(borrow)]
    prices: Pairs<'a, Pairs<'a, Row>>,
}

#[derive(Deserialize)]
struct Row(
    Rate,
    Rate,
    #[serde(default)] Option<Rate>,
    #[serde(default)] Option<Rate>,
    #[serde(default)] Option<Rate>,
    #[serde(default)] Option<Rate>,
    #[serde(default)] Vec<Tier>,
);

#[derive(Deserialize)]
struct Tier(
    u64,
    #[serde(default)] Option<Rate>,
    #[serde(default)] Option<Rate>,
    #[serde(default)] Option<Rate>,
    #[serde(default)] Option<Rate>,
    #[serde(default)] Option<Rate>,
    #[serde(default)] Option<Rate>,
);

impl Row {
    fn price(&self, key: &str) -> Price {
        let tiers: Vec<_> = self.6.iter().map(|t| (t.0, stated([t.1, t.2, t.3, t.4, t.5, t.6]))).collect();
        let base = stated([Some(self.0), Some(self.1), self.2, self.3, self.4, self.5]);
        Price::new(base, &tiers, key.contains("claude"))
    }
}

fn stated([input, output, cache_read, write, write_hour, reasoning]: [Option<Rate>; 6]) -> Stated {
    Stated { input, output, cache_read, cache_write_5m: write, cache_write_1h: write_hour, reasoning }
}

/// The members of an object in the order of the file: nothing here needs a map of its own.
struct Pairs<'a, V>(Vec<(&'a str, V)>);

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Pairs<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<'a, V>(PhantomData<(&'a str, V)>);

impl<'de: 'a, 'a, V: Deserialize<'de>> Visitor<'de> for Members<'a, V> {
    type Value = Pairs<'a, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry::<&'de str, V>()? {
            members.push((member.0 as &'a str, member.1));
        }
        Ok(Pairs(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::rates::HIGHEST;

    #[test]
    fn the_embedded_file_is_complete() {
        let snapshot = Snapshot::embedded();
        assert_eq!(snapshot.date.len(), 10);
        assert_eq!(snapshot.tables.len(), 4);
        for table in &snapshot.tables {
            assert_eq!(table.index.len(), table.entries.len(), "{} has a key twice", table.origin);
            assert!(table.entries.len() > 400, "{}", table.origin);
            for entry in &table.entries {
                assert_eq!(entry.key, entry.key.to_lowercase());
            }
        }
    }

    #[test]
    fn no_rate_is_absurd() {
        let most = Price::new(Stated { input: Some(HIGHEST), output: Some(HIGHEST), ..Stated::default() }, &[], true);
        let usage = crate::Usage { fresh: 1, output: 1, ..crate::Usage::default() };
        for entry in Snapshot::embedded().tables.iter().flat_map(|table| &table.entries) {
            assert!(entry.price.cost(&usage) < most.cost(&usage), "{}", entry.key);
        }
    }
}
