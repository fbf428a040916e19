//! Text that is safe to print on a terminal, and fences that hold any text.

/// Text without escape sequences and control characters.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' => plain.push(c),
            '\r' if chars.peek() != Some(&'\n') => plain.push('\n'),
            '\u{1b}' => match chars.next() {
                // Up to its last letter.
                Some('[') => while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
                // A title or a link: up to a bell or `ESC \`.
                Some(']' | 'P' | '_' | '^' | 'X') => {
                    while let Some(c) = chars.next_if(|c| *c != '\n') {
                        if c == '\u{7}' {
                            break;
                        }
                        if c == '\u{1b}' {
                            chars.next_if_eq(&'\\');
                            break;
                        }
                    }
                }
                _ => {}
            },
            c if c.is_control() => {}
            c => plain.push(c),
        }
    }
    plain
}

/// A fence longer than any run of backticks in `text`.
pub(super) fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat((longest + 1).max(3))
}

/// Appends `text` as a block of code and a line feed.
pub(super) fn push_fenced(out: &mut String, language: &str, text: &str) {
    let fence = fence(text);
    let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    for piece in [fence.as_str(), language, "\n", text, end, fence.as_str()] {
        out.push_str(piece);
    }
    out.push('\n');
}

/// `4,521`.
pub(super) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_any_inside() {
        assert_eq!(fence("x"), "```");
        assert_eq!(fence("a ``` b ````c"), "`````");
        assert_eq!(fence("``"), "```");
    }

    #[test]
    fn thousands_are_parted() {
        for (count, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(count), text);
        }
    }
}
