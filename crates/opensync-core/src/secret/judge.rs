//! Whether what stands behind a word such as `password` is a secret, or a type, a variable, a
//! placeholder.

use super::rules::Check;

/// Whether a value is believed. `quoted` when a quote stands before it, `next` what follows it.
pub(super) fn believes(check: Check, value: &str, quoted: bool, next: Option<char>) -> bool {
    match check {
        Check::None => true,
        Check::Real => !is_placeholder(value),
        Check::Word => !is_placeholder(value) && !is_path(value) && !is_number(value) && !is_code(value),
        Check::Mixed => {
            let (letters, digits) = count(value);
            let is_name = !quoted && digits <= 2 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            !is_placeholder(value)
                && !is_path(value)
                && !is_moment(value)
                && !is_code(value)
                && !is_name
                && next != Some('(')
                && letters > 0
                && digits > 0
                && entropy(value) >= 2.8
        }
        Check::Password => {
            let (letters, digits) = count(value);
            let plain = value.chars().all(|c| c.is_alphanumeric() || c == '_');
            let code = !quoted && (matches!(next, Some('(' | '[')) || (plain && digits == 0) || is_member(value));
            !is_placeholder(value) && !is_path(value) && !is_code(value) && !code && (letters > 0 || digits > 3)
        }
    }
}

/// What stands where a secret would: `<token>`, `$TOKEN`, `********`, `your-key-here`.
fn is_placeholder(value: &str) -> bool {
    const WORDS: [&str; 16] = [
        "true",
        "false",
        "null",
        "none",
        "undefined",
        "string",
        "number",
        "boolean",
        "redacted",
        "placeholder",
        "changeme",
        "change-me",
        "todo",
        "password",
        "secret",
        "process.env",
    ];
    const BEGINNINGS: [&str; 6] = ["your", "my-", "my_", "example", "insert", "process.env"];
    let lower = value.to_ascii_lowercase();
    let first = lower.chars().next().unwrap_or_default();
    let same = lower.chars().all(|c| c == first);
    same || value.contains(['⟦', '⟧', '…', '•', '*'])
        || lower.contains("...")
        || lower.contains("xxxx")
        || matches!(first, '$' | '%' | '<' | '{' | '&' | '!' if lower.len() < 4 || first != '!')
        || WORDS.contains(&lower.as_str())
        || (BEGINNINGS.iter().any(|beginning| lower.starts_with(beginning)) && count(value).1 == 0)
}

fn is_path(value: &str) -> bool {
    ["/", "./", "../", "~", "http://", "https://", "file:"].iter().any(|beginning| value.starts_with(beginning))
        && !value.contains('@')
}

/// `Password::Md5`
fn is_code(value: &str) -> bool {
    value.starts_with(':') || value.contains("::")
}

fn is_number(value: &str) -> bool {
    let value = value.trim_end_matches([',', ';']);
    if let Some(hex) = value.strip_prefix("0x") {
        return hex.bytes().all(|b| b.is_ascii_hexdigit());
    }
    value.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'_' | b','))
}

/// `2026-11-29T…`
fn is_moment(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[..4].iter().all(u8::is_ascii_digit)
}

/// `request.body.password`
fn is_member(value: &str) -> bool {
    value.contains('.')
        && value.split('.').all(|name| {
            name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        })
}

fn count(value: &str) -> (usize, usize) {
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    (letters, value.bytes().filter(u8::is_ascii_digit).count())
}

/// Bits a byte.
fn entropy(value: &str) -> f64 {
    let mut counts = [0u32; 256];
    for byte in value.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let all = value.len() as f64;
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / all).map(|p| -p * p.log2()).sum()
}
