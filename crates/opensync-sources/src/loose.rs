//! JSON objects read field by field: a field of another type than expected counts as absent.
//!
//! An object is split into its fields without reading them, so what nobody asks for costs little,
//! and what is kept as JSON (arguments, unknown records) stays as it was written.

use std::borrow::Cow;
use std::fmt;

use opensync_core::{text, time};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Moments before this one (2020) are no moments of an agent.
const FIRST_MOMENT: i64 = 1_577_836_800_000;
/// Nor are moments after this one (2100).
const LAST_MOMENT: i64 = 4_102_444_800_000;

/// The fields of an object. Of two equal names the last counts.
#[derive(Default)]
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    /// The object this text is; `None` when it is anything else.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// A field as it is written; `null` counts as absent.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        let (_, raw) = self.0.iter().rev().find(|(key, _)| key == name)?;
        Some(raw.get()).filter(|raw| *raw != "null")
    }

    /// Whether there is such a field, if only with `null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// A string that is not empty, without characters no database takes.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        string(self.raw(name)?).filter(|text| !text.is_empty())
    }

    /// A number, also one written as a string.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        number(self.raw(name)?)
    }

    /// A number of things; 0 when it is none or negative.
    pub(crate) fn count(&self, name: &str) -> u64 {
        self.number(name).map_or(0, |number| number as u64)
    }

    /// A moment in any unit, or RFC 3339 text.
    pub(crate) fn time(&self, name: &str) -> Option<i64> {
        let raw = self.raw(name)?;
        match number(raw) {
            Some(number) => moment(number),
            None => time::parse(&string(raw)?).filter(|at| (FIRST_MOMENT..LAST_MOMENT).contains(at)),
        }
    }

    /// Whether the field is `true`.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.raw(name) == Some("true")
    }

    /// An object in a field; empty when there is none.
    pub(crate) fn object(&self, name: &str) -> Object<'a> {
        self.raw(name).and_then(Object::parse).unwrap_or_default()
    }

    /// The items of a list in a field; none when there is no list.
    pub(crate) fn list(&self, name: &str) -> Vec<&'a str> {
        self.raw(name).map(list).unwrap_or_default()
    }

    /// The names of all fields with their values.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.0.iter().map(|(name, raw)| (&**name, raw.get()))
    }

    /// Whether there are no fields.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The items of a list; none when the text is no list.
pub(crate) fn list(raw: &str) -> Vec<&str> {
    let items: Vec<&RawValue> = serde_json::from_str(raw).unwrap_or_default();
    items.into_iter().map(RawValue::get).collect()
}

/// The string this JSON is. Halves of surrogate pairs and NUL become replacement characters.
pub(crate) fn string(raw: &str) -> Option<String> {
    if !raw.starts_with('"') {
        return None;
    }
    let Words(text) = serde_json::from_str(raw).ok()?;
    Some(match text::clean(&text) {
        Cow::Borrowed(_) => text.into_owned(),
        Cow::Owned(clean) => clean,
    })
}

/// The number this JSON is.
pub(crate) fn number(raw: &str) -> Option<f64> {
    let digits = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or(raw);
    digits.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// A moment in seconds, milliseconds, microseconds or nanoseconds, told apart by its size.
pub(crate) fn moment(number: f64) -> Option<i64> {
    let at = match number {
        n if n >= 1e17 => Some((n / 1e6) as i64),
        n if n >= 1e14 => Some((n / 1e3) as i64),
        n => time::from_number(n),
    };
    at.filter(|at| (FIRST_MOMENT..LAST_MOMENT).contains(at))
}

/// The bytes `%41` stands for, and all others as they are.
pub(crate) fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).filter(|_| *first == b'%').and_then(|code| std::str::from_utf8(code).ok());
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    bytes
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |digit: u8| char::from_digit(u32::from(digit), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Text that may hold halves of surrogate pairs, which only bytes can carry.
struct Words<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Words<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl<'de> Visitor<'de> for Bytes {
            type Value = Words<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Words(String::from_utf8_lossy(bytes)))
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Words(Cow::Owned(String::from_utf8_lossy(bytes).into_owned())))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some((Words(name), value)) = map.next_entry()? {
                    fields.push((name, value));
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_whatever_type_they_have() {
        let object = Object::parse(
            r#"{"a":"x","n":7,"s":" 12.5 ","a":"y\u0000","half":"\ud83d!","nothing":null,"o":{"b":[1,"two"]},"bad":{}}"#,
        )
        .unwrap();
        assert_eq!(object.text("a").unwrap(), "y\u{fffd}");
        assert!(object.text("half").unwrap().ends_with('!'));
        assert_eq!((object.text("n"), object.number("n"), object.number("s")), (None, Some(7.0), Some(12.5)));
        assert_eq!((object.number("bad"), object.raw("nothing"), object.count("a")), (None, None, 0));
        assert_eq!(object.object("o").list("b"), ["1", "\"two\""]);
        assert!(object.object("n").is_empty());
        assert!(Object::parse("[]").is_none());
    }

    #[test]
    fn moments_are_read_in_any_unit() {
        let at = 1_795_442_747_721;
        let text = r#"{"s":1795442747.721,"ms":1795442747721.0,"us":1795442747721000,"ns":1795442747721000000,
            "iso":"2026-11-23T14:05:47.721Z","old":5,"far":9e15}"#;
        let object = Object::parse(text).unwrap();
        for name in ["s", "ms", "us", "ns", "iso"] {
            assert_eq!(object.time(name), Some(at), "{name}");
        }
        assert_eq!((object.time("old"), object.time("far")), (None, None));
    }
}
