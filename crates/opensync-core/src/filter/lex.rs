//! Quotes and commas of what people type.

/// Quotes that begin something, also those that phones make of `"`.
pub(super) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”')
}

/// What stands between quotes, and how far it reaches.
pub(super) struct Quoted {
    pub text: String,
    /// First byte behind it.
    pub end: usize,
    /// Whether there was a closing quote.
    pub closed: bool,
}

/// Reads the quotes that begin at `at`. Inside, `\"` is a quote and `\\` a backslash.
pub(super) fn read_quoted(text: &str, at: usize) -> Option<Quoted> {
    let mut chars = text.get(at..)?.char_indices().peekable();
    let (_, open) = chars.next().filter(|(_, c)| is_quote(*c))?;
    let closes = |c: char| if open == '"' { c == '"' } else { is_quote(c) };
    let mut out = String::new();
    while let Some((n, c)) = chars.next() {
        match c {
            '\\' => match chars.next_if(|(_, next)| *next == '\\' || is_quote(*next)) {
                Some((_, escaped)) => out.push(escaped),
                None => out.push(c),
            },
            _ if closes(c) => return Some(Quoted { text: out, end: at + n + c.len_utf8(), closed: true }),
            _ => out.push(c),
        }
    }
    Some(Quoted { text: out, end: text.len(), closed: false })
}

/// The text in quotes, as [`read_quoted`] reads it.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The values of a filter, separated by commas.
pub(super) struct Items {
    /// Trimmed, none of them empty.
    pub values: Vec<String>,
    /// First byte behind them.
    pub end: usize,
    /// Whether every quote was closed.
    pub closed: bool,
}

/// Reads values up to the next white space outside quotes.
pub(super) fn read_items(text: &str, start: usize) -> Items {
    let mut read = Items { values: Vec::new(), end: start, closed: true };
    let mut item = String::new();
    let mut fresh = true;
    while let Some(c) = text[read.end..].chars().next() {
        if fresh && let Some(found) = read_quoted(text, read.end) {
            item.push_str(&found.text);
            read.closed &= found.closed;
            read.end = found.end;
            fresh = false;
            continue;
        }
        if c.is_whitespace() {
            break;
        }
        read.end += c.len_utf8();
        if c == ',' {
            read.values.push(std::mem::take(&mut item));
        } else {
            item.push(c);
        }
        fresh = c == ',';
    }
    read.values.push(item);
    read.values = read.values.iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect();
    read
}

/// Values as [`read_items`] reads them.
pub(super) fn spell_items<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let spell = |item: &str| {
        let bare = !item.contains(|c: char| c.is_whitespace() || c == ',')
            && !item.starts_with(is_quote)
            && !item.starts_with([':', '/']);
        if bare { item.to_owned() } else { quoted(item) }
    };
    items.into_iter().map(spell).collect::<Vec<_>>().join(",")
}
