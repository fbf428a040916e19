//! A text as readers see it, with the way back to its bytes.

use std::borrow::Cow;
use std::ops::Range;

/// A text after something was written out or left out.
#[derive(Debug)]
pub(super) struct View<'a> {
    text: Cow<'a, str>,
    /// Where pieces begin here, and what bytes of the original they stand for; empty when it is the original.
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
struct Piece {
    at: usize,
    raw: Range<usize>,
    /// Stands for its bytes one by one.
    same: bool,
}

/// All views of a text in which something can be found: the text without control sequences, and,
/// where they differ, with escapes written out as often as they are nested.
pub(super) fn of(text: &str) -> Vec<View<'_>> {
    let mut views = vec![View { text: Cow::Borrowed(text), pieces: Vec::new() }];
    if text.bytes().any(|byte| byte == 0x1b || byte == 0xe2 || byte < 9) {
        views[0] = views[0].decoded(plain).unwrap_or_else(|| View { text: Cow::Borrowed(text), pieces: Vec::new() });
    }
    // Escapes stand in JSON within JSON; three times is more than tools write.
    for decode in [unescaped as Decode, percent, entity] {
        let mut from = 0;
        for _ in 0..3 {
            let Some(next) = views[from].decoded(decode) else { break };
            views.push(next);
            from = views.len() - 1;
        }
    }
    views
}

/// What the bytes at the beginning of a text stand for, and how many they are.
type Decode = fn(&str) -> Option<(Option<char>, usize)>;

impl<'a> View<'a> {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original that a range here stands for.
    pub(super) fn range(&self, range: Range<usize>) -> Range<usize> {
        if self.pieces.is_empty() || range.is_empty() {
            return range;
        }
        let first = self.piece(range.start);
        let last = self.piece(range.end - 1);
        let start = if first.same { first.raw.start + (range.start - first.at) } else { first.raw.start };
        let end = if last.same { last.raw.start + (range.end - last.at) } else { last.raw.end };
        start..end
    }

    fn piece(&self, at: usize) -> &Piece {
        let n = self.pieces.partition_point(|piece| piece.at <= at);
        &self.pieces[n.saturating_sub(1)]
    }

    /// The same with what `decode` knows written out; `None` when there is nothing of it.
    fn decoded(&self, decode: Decode) -> Option<View<'a>> {
        let text = self.text();
        let mut out = String::new();
        let mut pieces = Vec::new();
        let mut from = 0;
        let mut at = 0;
        let keep = |out: &mut String, pieces: &mut Vec<Piece>, range: Range<usize>| {
            let mut start = range.start;
            // A piece of this view may be several of the view below.
            while start < range.end {
                let end = if self.pieces.is_empty() {
                    range.end
                } else {
                    let n = self.pieces.partition_point(|piece| piece.at <= start);
                    self.pieces.get(n).map_or(range.end, |piece| piece.at.min(range.end))
                };
                let same = self.pieces.is_empty() || self.piece(start).same;
                pieces.push(Piece { at: out.len(), raw: self.range(start..end), same });
                out.push_str(&text[start..end]);
                start = end;
            }
        };
        while let Some(found) = text.as_bytes()[at..].iter().position(|byte| is_special(*byte)) {
            at += found;
            let Some((c, length)) = text.get(at..).and_then(decode) else {
                at += 1;
                continue;
            };
            keep(&mut out, &mut pieces, from..at);
            if let Some(c) = c {
                pieces.push(Piece { at: out.len(), raw: self.range(at..at + length), same: false });
                out.push(c);
            }
            at += length;
            from = at;
        }
        if from == 0 {
            return None;
        }
        keep(&mut out, &mut pieces, from..text.len());
        Some(View { text: Cow::Owned(out), pieces })
    }
}

/// With which something that is decoded can begin.
fn is_special(byte: u8) -> bool {
    matches!(byte, b'\\' | b'%' | b'&' | 0x1b | 0xe2) || byte < 9
}

/// Control sequences of terminals, control characters and characters without width: none of them shows.
fn plain(text: &str) -> Option<(Option<char>, usize)> {
    let bytes = text.as_bytes();
    if bytes[0] == 0x1b {
        let length = match bytes.get(1) {
            Some(b'[') => 2 + bytes[2..].iter().take(64).take_while(|byte| !(0x40..=0x7e).contains(*byte)).count() + 1,
            Some(b']') => {
                let end = bytes[2..].iter().take(2048).position(|byte| matches!(byte, 7 | 0x1b | b'\n'));
                2 + end.map_or(0, |end| end + if bytes[2 + end] == 0x1b { 2 } else { 1 })
            }
            Some(byte) if byte.is_ascii() => 2,
            _ => 1,
        };
        let length = length.min(text.len());
        return text.is_char_boundary(length).then_some((None, length)).or(Some((None, 1)));
    }
    if bytes[0] < 9 {
        return Some((None, 1));
    }
    let c = text.chars().next()?;
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}').then_some((None, c.len_utf8()))
}

/// What JSON and Markdown write with a backslash.
fn unescaped(text: &str) -> Option<(Option<char>, usize)> {
    let rest = text.strip_prefix('\\')?;
    let c = match rest.chars().next()? {
        'n' | 'r' => '\n',
        't' => '\t',
        'u' => {
            let code = rest.get(1..5)?;
            let c = char::from_u32(u32::from_str_radix(code, 16).ok()?).unwrap_or('\u{fffd}');
            return Some((Some(c), 6));
        }
        c if c.is_ascii_punctuation() => c,
        _ => return None,
    };
    Some((Some(c), 2))
}

/// What addresses write as `%40`.
fn percent(text: &str) -> Option<(Option<char>, usize)> {
    let code = text.strip_prefix('%')?.get(..2)?;
    let byte = u8::from_str_radix(code, 16).ok()?;
    byte.is_ascii().then_some((Some(char::from(byte)), 3))
}

/// What HTML and Markdown write as `&#64;`.
fn entity(text: &str) -> Option<(Option<char>, usize)> {
    const NAMES: [(&str, char); 12] = [
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&apos;", '\''),
        ("&commat;", '@'),
        ("&sol;", '/'),
        ("&colon;", ':'),
        ("&equals;", '='),
        ("&lowbar;", '_'),
        ("&period;", '.'),
        ("&plus;", '+'),
    ];
    if let Some((name, c)) = NAMES.iter().find(|(name, _)| text.starts_with(name)) {
        return Some((Some(*c), name.len()));
    }
    let rest = text.strip_prefix("&#")?;
    let end = rest.bytes().take(9).position(|byte| byte == b';')?;
    let code = rest.get(..end)?;
    let code = match code.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => code.parse(),
    };
    Some((Some(char::from_u32(code.ok()?)?), end + 3))
}
