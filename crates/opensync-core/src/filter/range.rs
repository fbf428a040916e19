//! Spans of creation dates.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A span of creation dates, in the viewer's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Range {
    /// No limit.
    #[default]
    All,
    /// Since local midnight.
    Today,
    /// The last so many times 24 hours.
    Days(u16),
    /// From the first to the last day, both included; a missing one is open.
    Between(Option<Date>, Option<Date>),
}

impl Range {
    /// The name in URLs, for the presets.
    pub fn preset(self) -> Option<&'static str> {
        match self {
            Self::All => Some("all"),
            Self::Today => Some("today"),
            Self::Days(7) => Some("7d"),
            Self::Days(30) => Some("30d"),
            Self::Days(_) | Self::Between(..) => None,
        }
    }

    /// Reads the name in URLs: `all`, `today`, or days such as `7d`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "all" => Some(Self::All),
            "today" => Some(Self::Today),
            _ => match name.strip_suffix('d')?.parse() {
                Ok(days @ 1..) => Some(Self::Days(days)),
                _ => None,
            },
        }
    }

    /// From one day to another. The wrong way round is swapped; the last day there is, is no limit.
    pub fn between(from: Option<Date>, to: Option<Date>) -> Self {
        let (from, to) = match (from, to) {
            (Some(a), Some(b)) if a > b => (Some(b), Some(a)),
            dates => dates,
        };
        match (from, to.filter(|to| *to != Date::MAX)) {
            (None, None) => Self::All,
            (from, to) => Self::Between(from, to),
        }
    }

    /// First moment included and first moment excluded, Unix milliseconds.
    pub fn bounds(self, now: Timestamp, zone: &TimeZone) -> (Option<i64>, Option<i64>) {
        let midnight = |day: Date| zone.to_ambiguous_zoned_datetime(day.at(0, 0, 0, 0)).compatible().ok();
        let start = |day: Date| midnight(day).map(|zoned| zoned.timestamp().as_millisecond());
        match self {
            Self::All => (None, None),
            Self::Today => (start(now.to_zoned_datetime(zone.clone()).date()), None),
            Self::Days(days) => (Some(now.as_millisecond() - i64::from(days) * 86_400_000), None),
            Self::Between(from, to) => {
                (from.and_then(start), to.and_then(|day| day.checked_add(1.day()).ok()).and_then(start))
            }
        }
    }
}

/// A day as people write it, `2026-10-01`, of our era.
pub(super) fn day(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|day| day.year() > 0)
}
