//! The user's own prices.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::rates::{HIGHEST, Price, Rate, Stated};

/// Prices by name in lower case.
pub(super) type Overrides = HashMap<String, Price>;

/// What is wrong with a file of prices.
#[derive(Debug, thiserror::Error)]
#[error("{}line {line}: {reason}", key.as_ref().map(|key| format!("price of \"{key}\", ")).unwrap_or_default())]
pub struct OverrideError {
    /// The model whose price is wrong; `None` when the file as a whole is.
    pub key: Option<String>,
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong, in words.
    pub reason: String,
}

pub(super) fn parse(json: &str) -> Result<Overrides, OverrideError> {
    let mut key = None;
    let mut reader = serde_json::Deserializer::from_str(json);
    let read = File { key: &mut key }.deserialize(&mut reader).and_then(|prices| reader.end().map(|()| prices));
    read.map_err(|error| {
        let text = error.to_string();
        let reason = text.split(" at line ").next().unwrap_or_default().to_owned();
        OverrideError { key, line: error.line().max(1), reason }
    })
}

/// Remembers which model it is reading, for the error.
struct File<'a> {
    key: &'a mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for File<'_> {
    type Value = Overrides;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Overrides, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for File<'_> {
    type Value = Overrides;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of model names and prices")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Overrides, A::Error> {
        let mut prices = Overrides::new();
        while let Some(key) = map.next_key::<String>()? {
            let name = key.trim().to_lowercase();
            *self.key = Some(key);
            if prices.contains_key(&name) {
                return Err(A::Error::custom("this model is given twice"));
            }
            let entry: Entry = map.next_value()?;
            prices.insert(name.clone(), entry.price(&name));
            *self.key = None;
        }
        Ok(prices)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    input: PerMillion,
    output: PerMillion,
    cache_read: Option<PerMillion>,
    cache_write: Option<PerMillion>,
    cache_write1h: Option<PerMillion>,
    reasoning: Option<PerMillion>,
}

impl Entry {
    fn price(&self, name: &str) -> Price {
        let rate = |per_million: &Option<PerMillion>| per_million.as_ref().map(|per_million| per_million.0);
        let stated = Stated {
            input: Some(self.input.0),
            output: Some(self.output.0),
            cache_read: rate(&self.cache_read),
            cache_write_5m: rate(&self.cache_write),
            cache_write_1h: rate(&self.cache_write1h),
            reasoning: rate(&self.reasoning),
        };
        Price::new(stated, &[], name.contains("claude"))
    }
}

/// US dollars per million tokens, kept as pico-dollars per token.
struct PerMillion(Rate);

impl<'de> Deserialize<'de> for PerMillion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Dollars;
        impl Visitor<'_> for Dollars {
            type Value = PerMillion;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("US dollars per million tokens, a number")
            }

            fn visit_u64<E: Error>(self, dollars: u64) -> Result<PerMillion, E> {
                self.visit_f64(dollars as f64)
            }

            fn visit_i64<E: Error>(self, dollars: i64) -> Result<PerMillion, E> {
                self.visit_f64(dollars as f64)
            }

            fn visit_f64<E: Error>(self, dollars: f64) -> Result<PerMillion, E> {
                if dollars < 0.0 {
                    return Err(E::custom(format_args!("{dollars} is negative")));
                }
                let pico = (dollars * 1e6).round();
                if pico > HIGHEST as f64 {
                    return Err(E::custom(format_args!("{dollars} is more than anything costs")));
                }
                Ok(PerMillion(pico as Rate))
            }
        }
        // Inside this call an error still has its place in the file.
        deserializer.deserialize_any(Dollars)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Usage;

    fn error(json: &str) -> String {
        parse(json).unwrap_err().to_string()
    }

    #[test]
    fn all_rates_are_read() {
        let prices = parse(
            r#"{"My-Model": {"input": 3.0, "output": 15, "cacheRead": 0.3, "cacheWrite": 3.75, "cacheWrite1h": 6.0,
                "reasoning": 20}}"#,
        )
        .unwrap();
        let million = 1_000_000;
        let usage = Usage {
            fresh: million,
            cache_read: million,
            cache_write_5m: million,
            cache_write_1h: million,
            output: 2 * million,
            reasoning: million,
        };
        assert_eq!(
            prices["my-model"].cost(&usage).0,
            3_000_000 + 300_000 + 3_750_000 + 6_000_000 + 15_000_000 + 20_000_000
        );
    }

    #[test]
    fn an_error_names_the_model_and_the_line() {
        let json =
            "{\n  \"a\": {\"input\": 1, \"output\": 1},\n  \"b\": {\n    \"input\": -1,\n    \"output\": 2\n  }\n}";
        assert_eq!(error(json), "price of \"b\", line 4: -1 is negative");
        assert_eq!(error("{\n\"x\": {\"input\": 1}}"), "price of \"x\", line 2: missing field `output`");
        assert!(error("{\"x\": {\"inptu\": 1}}").starts_with("price of \"x\", line 1: unknown field `inptu`"));
        assert!(error("{\"x\": {\"input\": \"3\"}}").contains("expected US dollars per million tokens, a number"));
        assert!(error("{\"x\": {\"input\": 1e300, \"output\": 1}}").contains("more than anything costs"));
        let twice = "{\"x\": {\"input\": 1, \"output\": 1},\n\"X\": {\"input\": 1, \"output\": 1}}";
        assert_eq!(error(twice), "price of \"X\", line 2: this model is given twice");
    }

    #[test]
    fn a_damaged_file_is_no_list_of_prices() {
        assert!(error("").starts_with("line 1: "));
        assert!(error("[]").contains("expected an object of model names and prices"));
        assert!(error("{} trailing").starts_with("line 1: trailing"));
        assert!(parse("{}").unwrap().is_empty());
    }
}
