//! Markup that is already safe, and the few ways to make some.

use std::fmt;

use askama::filters::HtmlSafe;

use crate::assets::asset;

/// Finished HTML: a template writes it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Html(String);

impl HtmlSafe for Html {}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Html {
    /// Plain text, escaped.
    pub fn text(text: &str) -> Self {
        let mut html = Self::default();
        html.push_text(text);
        html
    }

    /// Markup whose every text the caller has escaped.
    pub(super) fn from_markup(markup: String) -> Self {
        Self(markup)
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds markup that is written in our own source.
    pub fn push_markup(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// Adds text, escaped for content and for quoted attributes.
    pub fn push_text(&mut self, text: &str) {
        push_escaped(&mut self.0, text);
    }

    /// Adds finished markup.
    pub fn push(&mut self, other: &Html) {
        self.0.push_str(&other.0);
    }

    /// Adds text in a `<span>` of that class; without a class, just the text.
    pub fn push_span(&mut self, class: &'static str, text: &str) {
        if class.is_empty() {
            return self.push_text(text);
        }
        self.0.push_str("<span class=\"");
        self.0.push_str(class);
        self.0.push_str("\">");
        self.push_text(text);
        self.0.push_str("</span>");
    }

    /// Adds a small icon of the sprite; hidden from assistive technology.
    pub fn push_icon(&mut self, name: &'static str) {
        self.0.push_str("<svg class=\"icon s\" aria-hidden=\"true\"><use href=\"");
        self.0.push_str(asset("icons.svg"));
        self.0.push_str("#i-");
        self.0.push_str(name);
        self.0.push_str("\"/></svg>");
    }
}

/// Escapes `text` into `out`. Characters that HTML parsers reject or drop become U+FFFD.
pub fn push_escaped(out: &mut String, text: &str) {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            0 => "\u{fffd}",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(escaped);
        from = at + 1;
    }
    out.push_str(&text[from..]);
}

/// `text` for one segment of a path, one value of a query or a fragment of a URL.
pub fn percent(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    out
}
