//! Reads JSON that JavaScript wrote: lone surrogates, null for no number, texts where numbers belong.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::value::RawValue;

use super::call::Bad;
use crate::{text, time};

/// No count is larger: a trillion.
const MOST: f64 = 1e12;

/// A body as JSON can be read: bytes that are no UTF-8, and escapes of one half of a character, become
/// U+FFFD. Borrowed when there is nothing to mend.
pub fn mend(body: &[u8]) -> Cow<'_, str> {
    match String::from_utf8_lossy(body) {
        Cow::Borrowed(text) => whole_characters(text),
        Cow::Owned(text) => match whole_characters(&text) {
            Cow::Owned(mended) => Cow::Owned(mended),
            Cow::Borrowed(_) => Cow::Owned(text),
        },
    }
}

fn whole_characters(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut mended: Option<String> = None;
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        let start = at + found;
        // Another escape takes two bytes, of which the second may be a backslash.
        at = (start + 2).min(bytes.len());
        let Some(unit) = surrogate(bytes, start) else { continue };
        at = start + 6;
        let is_high = unit < 0xdc00;
        if is_high && surrogate(bytes, at).is_some_and(|next| next >= 0xdc00) {
            at += 6;
            continue;
        }
        let mended = mended.get_or_insert_with(|| String::with_capacity(text.len()));
        mended.push_str(&text[copied..start]);
        mended.push_str("\\ufffd");
        copied = at;
    }
    match mended {
        Some(mut mended) => {
            mended.push_str(&text[copied..]);
            Cow::Owned(mended)
        }
        None => Cow::Borrowed(text),
    }
}

/// The half of a character that is escaped at a place.
fn surrogate(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    let digits = escape.strip_prefix(b"\\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let unit = u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    (0xd800..0xe000).contains(&unit).then_some(unit)
}

/// The fields of an object, each still as it was written.
#[derive(Debug, Default)]
pub(super) struct Fields<'a>(HashMap<String, &'a RawValue>);

impl<'a> Fields<'a> {
    /// `None` for anything but an object.
    pub(super) fn of(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok().map(Self)
    }

    /// The first of these fields that is there and not null.
    pub(super) fn first(&self, names: &[&str]) -> Option<&'a RawValue> {
        names.iter().filter_map(|name| self.0.get(*name)).find(|value| value.get() != "null").copied()
    }

    /// The first of these fields that holds more than blanks.
    pub(super) fn text(&self, names: &[&'static str]) -> Result<Option<String>, Bad> {
        for name in names {
            let Some(value) = self.first(&[name]) else { continue };
            let text = string(value).ok_or(Bad::Type(name, "a text"))?;
            if !text.trim().is_empty() {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }

    /// A number that is more than nothing: 0 and less say that the plugin does not know.
    pub(super) fn amount(&self, name: &'static str) -> Result<Option<f64>, Bad> {
        let Some(value) = self.first(&[name]) else { return Ok(None) };
        let number = number(value).ok_or(Bad::Type(name, "a number"))?;
        Ok(number.filter(|number| number.is_finite() && *number > 0.0))
    }

    /// The same, rounded.
    pub(super) fn count(&self, name: &'static str) -> Result<Option<u64>, Bad> {
        Ok(self.amount(name)?.map(|number| number.min(MOST).round() as u64).filter(|count| *count > 0))
    }

    /// A moment as Unix milliseconds, from a number or an ISO date; what is neither says nothing.
    pub(super) fn moment(&self, name: &str) -> Option<i64> {
        let value = self.first(&[name])?;
        match string(value) {
            Some(text) => moment(text.trim()),
            None => number(value)?.and_then(time::from_number),
        }
    }
}

fn moment(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<f64>() {
        return time::from_number(number);
    }
    let utc = |date: jiff::civil::DateTime| jiff::tz::TimeZone::UTC.to_timestamp(date).ok();
    time::parse(text).or_else(|| Some(utc(text.parse().ok()?)?.as_millisecond())).filter(|at| *at > 0)
}

/// The text of a JSON string.
pub(super) fn string(value: &RawValue) -> Option<String> {
    let text: String = serde_json::from_str(value.get()).ok()?;
    Some(match text::clean(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(cleaned) => cleaned,
    })
}

/// A number, also as a text; `Some(None)` for an empty text.
#[expect(clippy::option_option, reason = "no number at all, and no value")]
fn number(value: &RawValue) -> Option<Option<f64>> {
    match string(value) {
        Some(text) if text.trim().is_empty() => Some(None),
        Some(text) => text.trim().parse().ok().map(Some),
        None => value.get().parse().ok().map(Some),
    }
}
