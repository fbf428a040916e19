//! Cutting long text: a page shows the start and says how much there is.

/// Lines a block shows before "Show all".
pub const LINES: usize = 40;
/// Bytes a block shows before "Show all".
pub const BYTES: usize = 16 * 1024;

/// The start of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clip<'a> {
    /// At most [`LINES`] lines and [`BYTES`] bytes of it.
    pub shown: &'a str,
    /// Lines of the whole text.
    pub lines: usize,
    /// Whether something was left out.
    pub cut: bool,
}

/// The start of `text`, cut at the end of a line where possible and never inside a character.
pub fn clip(text: &str) -> Clip<'_> {
    to(text, LINES, BYTES)
}

/// Like [`clip`], with other limits.
pub fn to(text: &str, most_lines: usize, most_bytes: usize) -> Clip<'_> {
    let text = text.trim_end_matches(['\n', '\r']);
    let lines = count(text);
    let mut end = text.match_indices('\n').nth(most_lines.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    if end > most_bytes {
        end = text.floor_char_boundary(most_bytes);
        if let Some(line_end) = text[..end].rfind('\n').filter(|at| *at > most_bytes / 2) {
            end = line_end;
        }
    }
    Clip { shown: &text[..end], lines, cut: end < text.len() }
}

/// Lines of a text; a line feed at its end starts none.
pub fn count(text: &str) -> usize {
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() { 0 } else { text.bytes().filter(|byte| *byte == b'\n').count() + 1 }
}
