//! How numbers, money and time are written. Short forms are for reading; the exact value goes into
//! a `title`.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use opensync_core::MicroDollars;

/// What stands for a figure nobody recorded.
pub const UNKNOWN: &str = "n/a";

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// All digits: `1,284`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three or four digits: `96`, `612.5K`, `1.3M`.
pub fn short(number: u64) -> String {
    if number < 1000 {
        return number.to_string();
    }
    let (mut value, mut unit) = (number as f64 / 1000.0, 'K');
    for larger in ['M', 'B', 'T'] {
        // 999,950 would be written 1000.0K.
        if value < 999.95 {
            break;
        }
        (value, unit) = (value / 1000.0, larger);
    }
    format!("{value:.1}{unit}")
}

/// A short token count, or what stands for none.
pub fn tokens(number: Option<u64>) -> String {
    number.map_or_else(|| UNKNOWN.to_owned(), short)
}

/// A token count with all its digits and its unit.
pub fn exact_tokens(number: Option<u64>) -> String {
    number.map_or_else(|| "No token count was recorded".to_owned(), |number| plural(number, "token"))
}

/// A number and its unit: `1 session`, `1,284 sessions`.
pub fn plural(number: u64, unit: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {unit}{ending}", count(number))
}

/// Money in cents: `$7.82`, `<$0.01`, `n/a`.
pub fn money(amount: Option<MicroDollars>) -> String {
    let Some(MicroDollars(micro)) = amount else {
        return UNKNOWN.to_owned();
    };
    let sign = if micro < 0 { "-" } else { "" };
    let size = micro.unsigned_abs();
    if (1..10_000).contains(&size) {
        return format!("{sign}<$0.01");
    }
    let cents = (size + 5_000) / 10_000;
    format!("{sign}${}.{:02}", count(cents / 100), cents % 100)
}

/// Money for a `title`: every digit that is known, and that it is an estimate.
pub fn money_title(amount: Option<MicroDollars>, partial: bool) -> String {
    match amount {
        None => "No price is known for the models used".to_owned(),
        Some(amount) => {
            let least = if partial { "At least " } else { "" };
            let missing = if partial { "; some models have no known price" } else { "" };
            format!("{least}${:.4}, estimated from list prices{missing}", amount.usd())
        }
    }
}

/// A span of milliseconds in its two largest units: `31m 40s`.
pub fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes, seconds % 60) {
        (0, 0, 0, 0) => "<1s".to_owned(),
        (0, 0, 0, seconds) => format!("{seconds}s"),
        (0, 0, minutes, seconds) => format!("{minutes}m {seconds}s"),
        (0, hours, minutes, _) => format!("{hours}h {minutes}m"),
        (days, hours, ..) => format!("{days}d {hours}h"),
    }
}

/// A span of milliseconds in a sentence: `0.8 s`, `4 s`, `42 s`, `3 min`.
pub fn seconds(milliseconds: u64) -> String {
    match milliseconds {
        0..10_000 if !milliseconds.is_multiple_of(1000) => format!("{:.1} s", milliseconds as f64 / 1000.0),
        0..120_000 => format!("{} s", milliseconds / 1000),
        _ => format!("{} min", milliseconds.saturating_add(30_000) / 60_000),
    }
}

/// A size: `312 MB`, `1.4 GB`.
pub fn bytes(number: u64) -> String {
    match number {
        0..1000 => format!("{number} B"),
        1000..1_000_000 => format!("{} KB", (number + 500) / 1000),
        1_000_000..1_000_000_000 => format!("{} MB", (number + 500_000) / 1_000_000),
        _ => format!("{:.1} GB", number as f64 / 1e9),
    }
}

/// How long ago a moment was: `just now`, `18m ago`, `3d ago`, then `4 Oct`, then `4 Oct 2025`.
/// `assets/js/times.js` keeps the first ones fresh and knows the same limits.
pub fn ago(at: i64, now: Timestamp, zone: &TimeZone) -> String {
    let passed = now.as_millisecond().saturating_sub(at);
    match passed {
        ..MINUTE => "just now".to_owned(),
        MINUTE..HOUR => format!("{}m ago", passed / MINUTE),
        HOUR..DAY => format!("{}h ago", passed / HOUR),
        _ if passed < 8 * DAY => format!("{}d ago", passed / DAY),
        _ => match zoned(at, zone) {
            Some(moment) if moment.year() == now.to_zoned_datetime(zone.clone()).year() => {
                moment.strftime("%-d %b").to_string()
            }
            Some(moment) => day(moment.date()),
            None => String::new(),
        },
    }
}

/// A moment to the second, with its zone: `Mon 23 Nov 2026, 09:11:05 WET`.
pub fn moment(at: i64, zone: &TimeZone) -> String {
    zoned(at, zone).map_or_else(String::new, |moment| moment.strftime("%a %-d %b %Y, %H:%M:%S %Z").to_string())
}

/// A moment without its year: `23 Nov, 09:11:05`.
pub fn clock(at: i64, zone: &TimeZone) -> String {
    zoned(at, zone).map_or_else(String::new, |moment| moment.strftime("%-d %b, %H:%M:%S").to_string())
}

/// A moment for programs, the `datetime` of a `time` element.
pub fn datetime(at: i64) -> String {
    Timestamp::from_millisecond(at).map_or_else(|_| String::new(), |moment| moment.to_string())
}

/// A day: `4 Oct 2025`.
pub fn day(day: Date) -> String {
    day.strftime("%-d %b %Y").to_string()
}

fn zoned(at: i64, zone: &TimeZone) -> Option<ZonedDateTime> {
    Timestamp::from_millisecond(at).ok().map(|moment| moment.to_zoned_datetime(zone.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1284, "1,284"), (1_000_000, "1,000,000")] {
            assert_eq!(count(number), text);
        }
        assert_eq!(plural(1, "session"), "1 session");
        assert_eq!(plural(0, "session"), "0 sessions");
    }

    #[test]
    fn short_counts_never_reach_five_digits() {
        for (number, text) in [
            (96, "96"),
            (999, "999"),
            (1000, "1.0K"),
            (612_480, "612.5K"),
            (999_949, "999.9K"),
            (999_950, "1.0M"),
            (1_300_000, "1.3M"),
            (519_200_000, "519.2M"),
            (1_100_000_000, "1.1B"),
        ] {
            assert_eq!(short(number), text);
        }
        assert_eq!(tokens(None), "n/a");
    }

    #[test]
    fn unknown_money_is_not_zero() {
        for (micro, text) in [
            (0, "$0.00"),
            (1, "<$0.01"),
            (9_999, "<$0.01"),
            (10_000, "$0.01"),
            (7_815_000, "$7.82"),
            (2_452_100_000, "$2,452.10"),
        ] {
            assert_eq!(money(Some(MicroDollars(micro))), text);
        }
        assert_eq!(money(None), "n/a");
        assert_eq!(
            money_title(Some(MicroDollars(7_815_000)), true),
            "At least $7.8150, estimated from list prices; some models have no known price"
        );
    }

    #[test]
    fn durations_have_two_units() {
        for (milliseconds, text) in [
            (0, "<1s"),
            (999, "<1s"),
            (5_000, "5s"),
            (1_900_000, "31m 40s"),
            (7_500_000, "2h 5m"),
            (273_600_000, "3d 4h"),
        ] {
            assert_eq!(duration(milliseconds), text);
        }
    }

    #[test]
    fn spans_and_sizes_in_sentences() {
        assert_eq!(seconds(840), "0.8 s");
        assert_eq!(seconds(4000), "4 s");
        assert_eq!(seconds(42_400), "42 s");
        assert_eq!(seconds(200_000), "3 min");
        assert_eq!(bytes(312_400_000), "312 MB");
        assert_eq!(bytes(1_400_000_000), "1.4 GB");
        assert_eq!(bytes(999), "999 B");
    }

    #[test]
    fn time_ago_becomes_a_date() {
        let zone = TimeZone::get("Europe/Lisbon").unwrap();
        let now: Timestamp = "2026-11-23T09:30:00Z".parse().unwrap();
        let before = |span: i64| ago(now.as_millisecond() - span, now, &zone);
        for (span, text) in [
            (-5_000, "just now"),
            (59_999, "just now"),
            (18 * MINUTE, "18m ago"),
            (23 * HOUR, "23h ago"),
            (3 * DAY, "3d ago"),
            (8 * DAY - 1, "7d ago"),
            (9 * DAY, "14 Nov"),
            (50 * DAY, "4 Oct"),
            (415 * DAY, "4 Oct 2025"),
        ] {
            assert_eq!(before(span), text);
        }
    }

    #[test]
    fn exact_moments_are_in_the_viewers_zone() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let at = opensync_core::time::parse("2026-11-23T09:11:05Z").unwrap();
        assert_eq!(moment(at, &zone), "Mon 23 Nov 2026, 04:11:05 EST");
        assert_eq!(clock(at, &zone), "23 Nov, 04:11:05");
        assert_eq!(datetime(at), "2026-11-23T09:11:05Z");
        assert_eq!(moment(i64::MAX, &zone), "");
    }
}
