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
    let end = end(text, most_lines, most_bytes);
    Clip { shown: &text[..end], lines: count(text), cut: end < text.len() }
}

/// Where to cut.
fn end(text: &str, most_lines: usize, most_bytes: usize) -> usize {
    let within = &text[..text.floor_char_boundary(most_bytes.min(text.len()))];
    let line_end = within.match_indices('\n').nth(most_lines.saturating_sub(1)).map(|(at, _)| at);
    let cut = || within.rfind('\n').filter(|at| *at > most_bytes / 2).unwrap_or(within.len());
    line_end.unwrap_or_else(|| if within.len() < text.len() { cut() } else { text.len() })
}

/// Lines of one piece of a text that is shown whole.
pub const PIECE_LINES: usize = 4_000;
/// Bytes of such a piece.
pub const PIECE_BYTES: usize = 256 * 1024;

/// One piece of a long text: browsers and readers alike choke on all of it at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Its number, from 0.
    pub number: usize,
    /// What stands before it.
    pub before: &'a str,
    /// The piece.
    pub text: &'a str,
    /// The line it begins with, from 1.
    pub line: usize,
    /// Whether there are more pieces.
    pub more: bool,
}

/// The pieces of a text, at least one; cut at the ends of lines where possible.
pub fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let text = text.trim_end_matches(['\n', '\r']);
    let mut next = Some((0, 0, 1));
    std::iter::from_fn(move || {
        let (number, from, line) = next?;
        let rest = &text[from..];
        let length = end(rest, PIECE_LINES, PIECE_BYTES);
        let behind = rest[length..].strip_prefix('\n').map_or(length, |_| length + 1);
        let more = behind < rest.len() && behind > 0;
        let lines = rest[..behind].bytes().filter(|byte| *byte == b'\n').count();
        next = more.then_some((number + 1, from + behind, line + lines));
        Some(Piece { number, before: &text[..from], text: &rest[..length], line, more })
    })
}

/// Lines of a text; a line feed at its end starts none.
pub fn count(text: &str) -> usize {
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() { 0 } else { text.bytes().filter(|byte| *byte == b'\n').count() + 1 }
}
