//! Colours for code, as the six classes the style sheet knows.
//!
//! Grammars are syntect's with those of bat. They cost: loading takes some milliseconds once, and
//! parsing about a millisecond per kilobyte. So a response has a [`Budget`], and code that was
//! coloured before is taken from a small memory of recent texts.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use super::Html;

/// Longer lines are minified code or data: regular expressions crawl on them and nobody reads them.
const LONGEST_LINE: usize = 2_000;
/// Longer blocks are plain in a window of messages, whatever is left of the budget.
const LONGEST_BLOCK: usize = 24 * 1024;
/// How much coloured code is remembered, in bytes.
const REMEMBERED: usize = 6 * 1024 * 1024;

static GRAMMARS: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);
static RECENT: LazyLock<Mutex<Recent>> = LazyLock::new(Mutex::default);

/// How much code one response may still colour: 64 KB, and no more time than a reader notices.
/// What was coloured before costs nothing.
#[derive(Debug, Clone)]
pub struct Budget {
    bytes: usize,
    time: Duration,
    longest: usize,
    refused: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: 64 * 1024, time: Duration::from_millis(30), longest: LONGEST_BLOCK, refused: false }
    }
}

impl Budget {
    /// No new colours at all.
    pub fn none() -> Self {
        Self { bytes: 0, time: Duration::ZERO, ..Self::default() }
    }

    /// For a part that somebody looks at.
    pub fn of_part() -> Self {
        Self { bytes: 256 * 1024, time: Duration::from_millis(500), longest: 128 * 1024, refused: false }
    }

    /// Whether code stayed plain since this was asked last that a larger budget would colour.
    pub fn was_refused(&mut self) -> bool {
        std::mem::take(&mut self.refused)
    }

    fn take(&mut self, bytes: usize) -> bool {
        let enough = bytes <= self.bytes.min(self.longest) && !self.time.is_zero();
        if enough {
            self.bytes -= bytes;
        }
        self.refused |= !enough;
        enough
    }
}

/// `code` with its words coloured; plain when the language is unknown or the budget is used up.
/// `language` is a name, an alias or a file extension, such as `rust`, `ts` or `Dockerfile`.
pub fn code(code: &str, language: &str, budget: &mut Budget) -> Html {
    let Some(colours) = colours(code, language, budget) else { return Html::text(code) };
    let mut html = Html::default();
    for (line, spans) in code.split_inclusive('\n').zip(colours.iter()) {
        push_line(&mut html, line, spans, None);
    }
    html
}

/// The coloured ranges of each line of `lines`, read as one text; all empty when plain.
/// Lines come without their line feeds.
pub fn lines(lines: &[&str], language: &str, budget: &mut Budget) -> Vec<Vec<Span>> {
    match colours(&lines.join("\n"), language, budget) {
        Some(colours) => (0..lines.len()).map(|at| colours.get(at).cloned().unwrap_or_default()).collect(),
        None => vec![Vec::new(); lines.len()],
    }
}

/// The coloured ranges of each line, remembered or found within the budget.
fn colours(text: &str, language: &str, budget: &mut Budget) -> Option<Colours> {
    if text.is_empty() || text.len() > Budget::of_part().longest {
        return None;
    }
    let grammar = grammar(language)?;
    let key = (grammar.name.clone(), text.to_owned());
    if let Some(colours) = recent().get(&key) {
        return Some(colours);
    }
    if !budget.take(text.len()) {
        return None;
    }
    let begun = Instant::now();
    let mut painter = Painter::new(grammar);
    let colours: Colours = text.split_inclusive('\n').map(|line| painter.line(line)).collect();
    budget.time = budget.time.saturating_sub(begun.elapsed());
    recent().put(key, colours.clone());
    Some(colours)
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
    /// Names that begin with a capital are types.
    capitals: bool,
}

impl Painter {
    fn new(grammar: &SyntaxReference) -> Self {
        let capitals = CAPITALS.contains(&grammar.name.as_str());
        Self { state: ParseState::new(grammar), scopes: ScopeStack::new(), damaged: false, capitals }
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
            self.paint(&mut spans, line, from..at);
            from = from.max(at);
            if self.scopes.apply(&change).is_err() {
                self.damaged = true;
                return spans;
            }
        }
        self.paint(&mut spans, line, from..line.len());
        spans
    }

    fn paint(&self, spans: &mut Vec<Span>, line: &str, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let Some(class) = class_of(&self.scopes.scopes) else {
            if self.capitals {
                push_types(spans, line, range);
            }
            return;
        };
        match spans.last_mut() {
            Some((last, same)) if last.end == range.start && *same == class => last.end = range.end,
            _ => spans.push((range, class)),
        }
    }
}

/// Grammars that leave the names of types to themselves.
const CAPITALS: [&str; 10] =
    ["Rust", "TypeScript", "TypeScriptReact", "JavaScript (Babel)", "Java", "Kotlin", "Swift", "C#", "Scala", "Go"];

/// Adds the words of a piece of plain code that are names of types: `Instant`, not `MAX`.
fn push_types(spans: &mut Vec<Span>, line: &str, range: Range<usize>) {
    let piece = line.get(range.clone()).unwrap_or_default();
    let mut rest = piece;
    while let Some(start) = rest.find(|c: char| c.is_alphanumeric() || c == '_') {
        let word = &rest[start..];
        let end = word.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(word.len());
        let at = range.start + piece.len() - word.len();
        if word.starts_with(|c: char| c.is_ascii_uppercase()) && word[..end].contains(|c: char| c.is_lowercase()) {
            spans.push((at..at + end, "tt"));
        }
        rest = &word[end..];
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

/// The coloured ranges of each line of a text.
type Colours = Arc<[Vec<Span>]>;

/// Texts coloured lately, in two generations: when the younger one is full it becomes the older.
#[derive(Default)]
struct Recent {
    young: HashMap<(String, String), Colours>,
    old: HashMap<(String, String), Colours>,
    young_bytes: usize,
}

impl Recent {
    fn get(&mut self, key: &(String, String)) -> Option<Colours> {
        if let Some(colours) = self.young.get(key) {
            return Some(colours.clone());
        }
        let colours = self.old.remove(key)?;
        self.put(key.clone(), colours.clone());
        Some(colours)
    }

    fn put(&mut self, key: (String, String), colours: Colours) {
        let spans: usize = colours.iter().map(|line| line.len() + 1).sum();
        self.young_bytes += key.1.len() + spans * size_of::<Span>();
        self.young.insert(key, colours);
        if self.young_bytes > REMEMBERED / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

fn recent() -> std::sync::MutexGuard<'static, Recent> {
    RECENT.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
