//! Moments as Unix milliseconds UTC.

use jiff::Timestamp;

/// Reads RFC 3339 text such as `2026-05-04T09:00:00.010Z`. `None` when it is no moment between
/// the years 1 and 9999.
pub fn parse(text: &str) -> Option<i64> {
    text.trim().parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

/// A moment to the second, for terminals and programs: `2026-11-23T09:11:05Z`. Empty when there is no such moment.
pub fn second(at: i64) -> String {
    Timestamp::from_second(at.div_euclid(1000)).map_or_else(|_| String::new(), |moment| moment.to_string())
}

/// A number that is a moment in seconds or milliseconds, told apart by its size.
pub fn from_number(number: f64) -> Option<i64> {
    if !number.is_finite() || number <= 0.0 || number > 2.0e14 {
        return None;
    }
    Some(if number < 1.0e11 { (number * 1000.0) as i64 } else { number as i64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_agents_write() {
        assert_eq!(parse("2026-05-04T09:00:00.010Z"), Some(1_777_885_200_010));
        assert_eq!(parse("2026-05-04T11:00:00.010+02:00"), Some(1_777_885_200_010));
        assert_eq!(parse("yesterday"), None);
        assert_eq!(from_number(1_777_885_200.0), Some(1_777_885_200_000));
        assert_eq!(from_number(1_777_885_200_010.0), Some(1_777_885_200_010));
        assert_eq!(from_number(f64::NAN), None);
    }

    #[test]
    fn writes_moments_to_the_second() {
        assert_eq!(second(1_777_885_200_999), "2026-05-04T09:00:00Z");
        assert_eq!(second(-1), "1969-12-31T23:59:59Z");
        assert_eq!(second(i64::MAX), "");
    }
}
