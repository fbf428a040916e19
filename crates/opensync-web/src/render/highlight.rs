//! Colours for code, as the six classes the style sheet knows.
//!
//! Grammars are syntect's with those of bat. They cost: loading takes some milliseconds once, and
//! parsing about a millisecond per kilobyte. So a response has a [`Budget`], and code that was coloured before
//! is taken from a small memory of recent blocks.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{LazyLock, Mutex};

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use super::Html;

/// Longer lines are minified code or data: regular expressions crawl on them and nobody reads them.
const LONGEST_LINE: usize = 2_000;
/// Longer blocks stay plain whatever is left of the budget.
const LONGEST_BLOCK: usize = 24 * 1024;
/// How much coloured code is remembered, in bytes of HTML and source.
const REMEMBERED: usize = 6 * 1024 * 1024;

static GRAMMARS: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);
static RECENT: LazyLock<Mutex<Recent>> = LazyLock::new(Mutex::default);

/// How much code one response may still colour.
#[derive(Debug, Clone)]
pub struct Budget {
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: 64 * 1024 }
    }
}

impl Budget {
    /// No colours at all.
    pub fn none() -> Self {
        Self { bytes: 0 }
    }

    fn take(&mut self, bytes: usize) -> bool {
        let enough = bytes <= self.bytes.min(LONGEST_BLOCK);
        if enough {
            self.bytes -= bytes;
        }
        enough
    }
}

/// `code` with its words coloured; plain when the language is unknown or the budget is used up.
/// `language` is a name, an alias or a file extension, such as `rust`, `ts` or `Dockerfile`.
pub fn code(code: &str, language: &str, budget: &mut Budget) -> Html {
    let Some(grammar) = grammar(language) else { return Html::text(code) };
    let key = (grammar.name.clone(), code.to_owned());
    if let Some(html) = recent().get(&key) {
        return html;
    }
    if !budget.take(code.len()) {
        return Html::text(code);
    }
    let mut painter = Painter::new(grammar);
    let mut html = Html::default();
    for line in code.split_inclusive('\n') {
        push_line(&mut html, line, &painter.line(line), None);
    }
    recent().put(key, &html);
    html
}

/// The coloured ranges of each line of `lines`, read as one text; all empty when plain.
/// Lines come without their line feeds.
pub fn lines(lines: &[&str], language: &str, budget: &mut Budget) -> Vec<Vec<Span>> {
    let size = lines.iter().map(|line| line.len() + 1).sum();
    match grammar(language) {
        Some(grammar) if budget.take(size) => {
            let mut painter = Painter::new(grammar);
            lines.iter().map(|line| painter.line(&format!("{line}\n"))).collect()
        }
        _ => vec![Vec::new(); lines.len()],
    }
}

/// A coloured piece of a line: bytes and class.
pub type Span = (Range<usize>, &'static str);

/// Adds a line with its colours; the bytes of `mark` are wrapped in that element as well.
pub fn push_line(html: &mut Html, line: &str, spans: &[Span], mark: Option<(Range<usize>, Mark)>) {
    let Some((range, mark)) = mark else { return push_range(html, line, spans, 0..line.len()) };
    push_range(html, line, spans, 0..range.start);
    html.push_markup(mark.open());
    push_range(html, line, spans, range.clone());
    html.push_markup(mark.close());
    push_range(html, line, spans, range.end..line.len());
}

/// What is new or gone in a changed line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// New words.
    Inserted,
    /// Words that are gone.
    Deleted,
}

impl Mark {
    fn open(self) -> &'static str {
        match self {
            Self::Inserted => "<ins>",
            Self::Deleted => "<del>",
        }
    }

    fn close(self) -> &'static str {
        match self {
            Self::Inserted => "</ins>",
            Self::Deleted => "</del>",
        }
    }
}

fn push_range(html: &mut Html, line: &str, spans: &[Span], within: Range<usize>) {
    let mut from = within.start;
    for (range, class) in spans {
        let (start, end) = (range.start.max(from), range.end.min(within.end).min(line.len()));
        if start >= end {
            continue;
        }
        html.push_text(line.get(from..start).unwrap_or_default());
        html.push_span(class, line.get(start..end).unwrap_or_default());
        from = end;
    }
    html.push_text(line.get(from..within.end.min(line.len())).unwrap_or_default());
}

fn grammar(language: &str) -> Option<&'static SyntaxReference> {
    let name = match language.trim().to_ascii_lowercase().as_str() {
        "" | "text" | "txt" | "plain" | "plaintext" | "output" => return None,
        "shell" | "console" | "shell-session" | "zsh" => "bash",
        "jsonl" | "ndjson" | "json5" | "jsonc" => "json",
        "golang" => "go",
        "mjs" | "cjs" => "js",
        "mts" | "cts" => "ts",
        other => return GRAMMARS.find_syntax_by_token(other),
    };
    GRAMMARS.find_syntax_by_token(name)
}

/// Colours line after line.
struct Painter {
    state: ParseState,
    scopes: ScopeStack,
    damaged: bool,
}

impl Painter {
    fn new(grammar: &SyntaxReference) -> Self {
        Self { state: ParseState::new(grammar), scopes: ScopeStack::new(), damaged: false }
    }

    fn line(&mut self, line: &str) -> Vec<Span> {
        if self.damaged || line.len() > LONGEST_LINE {
            return Vec::new();
        }
        let Ok(changes) = self.state.parse_line(line, &GRAMMARS) else {
            self.damaged = true;
            return Vec::new();
        };
        let mut spans: Vec<Span> = Vec::new();
        let mut from = 0;
        for (at, change) in changes {
            self.paint(&mut spans, from..at);
            from = from.max(at);
            if self.scopes.apply(&change).is_err() {
                self.damaged = true;
                return spans;
            }
        }
        self.paint(&mut spans, from..line.len());
        spans
    }

    fn paint(&self, spans: &mut Vec<Span>, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let Some(class) = class_of(&self.scopes.scopes) else { return };
        match spans.last_mut() {
            Some((last, same)) if last.end == range.start && *same == class => last.end = range.end,
            _ => spans.push((range, class)),
        }
    }
}

/// The class of the innermost scope that has one.
fn class_of(stack: &[Scope]) -> Option<&'static str> {
    for (depth, scope) in stack.iter().enumerate().rev() {
        for (prefix, class) in CLASSES.iter() {
            if !prefix.is_prefix_of(*scope) {
                continue;
            }
            if *class == "ts" && depth > 0 && stack[..depth].iter().any(|outer| KEY.is_prefix_of(*outer)) {
                return Some("tf");
            }
            return (!class.is_empty()).then_some(*class);
        }
    }
    None
}

static KEY: LazyLock<Scope> = LazyLock::new(|| scope("meta.mapping.key"));

/// Scopes and their classes, more specific ones first. An empty class stops the search: code inside
/// a string is code, and operators keep the colour of text.
static CLASSES: LazyLock<Vec<(Scope, &'static str)>> = LazyLock::new(|| {
    [
        ("comment", "tc"),
        ("meta.interpolation", ""),
        ("meta.template.expression", ""),
        ("punctuation.section.interpolation", ""),
        ("punctuation.separator.key-value", ""),
        ("keyword.operator.word", "tk"),
        ("keyword.operator.logical.python", "tk"),
        ("keyword.operator", ""),
        ("keyword.other.unit", "tn"),
        ("keyword", "tk"),
        ("storage.type.numeric", "tn"),
        ("storage", "tk"),
        ("variable.language", "tk"),
        ("constant.character", "ts"),
        ("constant", "tn"),
        ("string", "ts"),
        ("entity.name.function", "tf"),
        ("entity.name.tag", "tk"),
        ("entity.name.type", "tt"),
        ("entity.name.class", "tt"),
        ("entity.name.struct", "tt"),
        ("entity.name.enum", "tt"),
        ("entity.name.trait", "tt"),
        ("entity.name.impl", "tt"),
        ("entity.name.interface", "tt"),
        ("entity.name.namespace", "tt"),
        ("entity.name.section", "tf"),
        ("entity.name.constant", "tn"),
        ("entity.other.inherited-class", "tt"),
        ("entity.other.attribute-name", "tf"),
        ("support.function", "tf"),
        ("support.macro", "tf"),
        ("support.type.property-name", "tf"),
        ("support.type", "tt"),
        ("support.class", "tt"),
        ("support.constant", "tn"),
        ("variable.function", "tf"),
        ("variable.annotation", "tf"),
        ("markup.heading", "tk"),
        ("markup.raw", "ts"),
        ("markup.inserted", "ts"),
        ("markup.deleted", "tn"),
        ("meta.diff.header", "tc"),
        ("meta.diff.range", "tt"),
    ]
    .into_iter()
    .map(|(name, class)| (scope(name), class))
    .collect()
});

fn scope(name: &str) -> Scope {
    Scope::new(name).expect("a scope of at most eight plain words")
}

/// Blocks coloured lately, in two generations: when the younger one is full it becomes the older.
#[derive(Default)]
struct Recent {
    young: HashMap<(String, String), Html>,
    old: HashMap<(String, String), Html>,
    young_bytes: usize,
}

impl Recent {
    fn get(&mut self, key: &(String, String)) -> Option<Html> {
        if let Some(html) = self.young.get(key) {
            return Some(html.clone());
        }
        let html = self.old.remove(key)?;
        self.put(key.clone(), &html);
        Some(html)
    }

    fn put(&mut self, key: (String, String), html: &Html) {
        self.young_bytes += key.1.len() + html.as_str().len();
        self.young.insert(key, html.clone());
        if self.young_bytes > REMEMBERED / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

fn recent() -> std::sync::MutexGuard<'static, Recent> {
    RECENT.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
