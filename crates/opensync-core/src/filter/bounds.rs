//! Limits of numbers.

use std::fmt::Write as _;

/// A span of whole numbers, both ends included; a missing end is open. With an end given, what is not
/// known does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// The smallest; at most `i64::MAX`.
    pub least: Option<u64>,
    /// The largest; at most `i64::MAX`, not below `least`.
    pub most: Option<u64>,
}

/// Numbers go into columns of 64 bits with a sign.
const MAX: u64 = i64::MAX as u64;

/// What people write numbers of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Whole things, with `k` and `m`.
    Count,
    /// US dollars, kept as millionths.
    Dollars,
}

impl Bounds {
    /// Whether both ends are open.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Whether `value` is within; an unknown one only when both ends are open.
    pub fn contains(&self, value: Option<u64>) -> bool {
        match value {
            None => self.is_open(),
            Some(value) => self.least.is_none_or(|least| least <= value) && self.most.is_none_or(|most| value <= most),
        }
    }

    /// What is in both; `None` when nothing is.
    pub(super) fn and(self, other: Self) -> Option<Self> {
        let least = self.least.max(other.least);
        let most = [self.most, other.most].into_iter().flatten().min();
        match (least, most) {
            (Some(least), Some(most)) if least > most => None,
            _ => Some(Self { least, most }),
        }
    }

    /// Ends the wrong way round are swapped.
    pub(super) fn new(least: Option<u64>, most: Option<u64>) -> Self {
        match (least, most) {
            (Some(a), Some(b)) if a > b => Self { least: Some(b), most: Some(a) },
            _ => Self { least, most },
        }
    }

    /// Reads `>1`, `>=1`, `<1`, `<=1`, `=1`, `1`, `1..2`, `1..` or `..2`.
    pub(super) fn parse(text: &str, unit: Unit) -> Option<Self> {
        let number = |text: &str| unit.parse(text.trim());
        if let Some((from, to)) = text.split_once("..") {
            let end = |text: &str| if text.trim().is_empty() { Some(None) } else { number(text).map(Some) };
            let bounds = Self::new(end(from)?, end(to)?);
            return (!bounds.is_open()).then_some(bounds);
        }
        let (least, most) = if let Some(rest) = text.strip_prefix(">=") {
            (Some(number(rest)?), None)
        } else if let Some(rest) = text.strip_prefix("<=") {
            (None, Some(number(rest)?))
        } else if let Some(rest) = text.strip_prefix('>') {
            (Some(number(rest)?.checked_add(1).filter(|least| *least <= MAX)?), None)
        } else if let Some(rest) = text.strip_prefix('<') {
            (None, Some(number(rest)?.checked_sub(1)?))
        } else {
            let exact = number(text.strip_prefix('=').unwrap_or(text))?;
            (Some(exact), Some(exact))
        };
        Some(Self { least, most })
    }

    /// The spelling [`Bounds::parse`] reads. Ends are whole numbers inside, so `>1` dollar and
    /// `>=1.000001` are the same; the rounder one is written.
    pub(super) fn spell(self, unit: Unit) -> Option<String> {
        let spell = |value| unit.spell(value);
        Some(match (self.least, self.most) {
            (None, None) => return None,
            (Some(least), Some(most)) if least == most => format!("={}", spell(least)),
            (Some(least), Some(most)) => format!("{}..{}", spell(least), spell(most)),
            (Some(least), None) => match least.checked_sub(1) {
                Some(below) if zeros(below) > zeros(least) => format!(">{}", spell(below)),
                _ => format!(">={}", spell(least)),
            },
            (None, Some(most)) => match most.checked_add(1) {
                Some(above) if above <= MAX && zeros(above) > zeros(most) => format!("<{}", spell(above)),
                _ => format!("<={}", spell(most)),
            },
        })
    }
}

/// How many zeros a number ends with: how round it is.
fn zeros(mut number: u64) -> u32 {
    let mut zeros = 0;
    while number != 0 && number.is_multiple_of(10) {
        number /= 10;
        zeros += 1;
    }
    zeros
}

impl Unit {
    fn decimals(self) -> u32 {
        match self {
            Self::Count => 0,
            Self::Dollars => 6,
        }
    }

    /// Reads `12`, `0.5`, `$2`, `10k` or `1.5m`; more decimals than are kept are no number.
    pub(super) fn parse(self, text: &str) -> Option<u64> {
        let text = text.strip_prefix('$').unwrap_or(text);
        let (text, power) = match text.strip_suffix(['k', 'K']) {
            Some(text) => (text, 3),
            None => text.strip_suffix(['m', 'M']).map_or((text, 0), |text| (text, 6)),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction = fraction.trim_end_matches('0');
        let places = (self.decimals() + power).checked_sub(u32::try_from(fraction.len()).ok()?)?;
        let digits = format!("{whole}{fraction}");
        if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') || !text.bytes().any(|b| b.is_ascii_digit())
        {
            return None;
        }
        let digits: u64 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
        digits.checked_mul(10_u64.checked_pow(places)?).filter(|value| *value <= MAX)
    }

    /// The number for people.
    pub(super) fn spell(self, value: u64) -> String {
        match self {
            Self::Dollars => self.plain(value),
            Self::Count if value != 0 && value.is_multiple_of(1_000_000) => format!("{}m", value / 1_000_000),
            Self::Count if value != 0 && value.is_multiple_of(1_000) => format!("{}k", value / 1_000),
            Self::Count => value.to_string(),
        }
    }

    /// The number for addresses and forms: a decimal without suffix.
    pub(super) fn plain(self, value: u64) -> String {
        let scale = 10_u64.pow(self.decimals());
        let mut text = (value / scale).to_string();
        let rest = value % scale;
        if rest != 0 {
            let _ = write!(text, ".{rest:06}");
            text.truncate(text.trim_end_matches('0').len());
        }
        text
    }
}
