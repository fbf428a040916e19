//! Reads the patches agents write and their tools record, into `diff` files.

use serde_json::Value;

use super::diff::{self, FileDiff, Hunk, Kind, Line};

/// Files changed by a patch in the form of `apply_patch` (`*** Update File: …`) or of `diff -u`.
/// Lines that belong to no file are left out; a text without a single change gives an empty list.
pub fn parse(patch: &str) -> Vec<FileDiff> {
    let mut files: Vec<FileDiff> = Vec::new();
    let mut numbers = Numbers::default();
    let mut lines = patch.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some((verb, path)) = apply_patch_header(line) {
            match (verb, files.last_mut()) {
                ("Move to", Some(file)) => file.note = format!("moved to {path}"),
                _ => files.push(file(path, if verb == "Delete File" { "deleted" } else { "" })),
            }
            numbers = Numbers::default();
        } else if line.starts_with("--- ") && lines.peek().is_some_and(|next| next.starts_with("+++ ")) {
            let new = lines.next().unwrap_or_default();
            files.push(unified_file(line, new));
            numbers = Numbers::default();
        } else if let Some(head) = line.strip_prefix("@@") {
            let Some(file) = files.last_mut() else { continue };
            numbers = Numbers::from_head(head);
            file.hunks.push(Hunk { head: head_text(head), lines: Vec::new() });
        } else if let Some(file) = files.last_mut()
            && let Some(line) = numbers.line(line)
        {
            if file.hunks.is_empty() {
                file.hunks.push(Hunk::default());
            }
            if let Some(hunk) = file.hunks.last_mut() {
                hunk.lines.push(line);
            }
        }
    }
    files.retain(|file| file.hunks.iter().any(|hunk| !hunk.lines.is_empty()) || !file.note.is_empty());
    for file in &mut files {
        file.hunks.retain(|hunk| !hunk.lines.is_empty());
        for hunk in &mut file.hunks {
            diff::mark_changes(&mut hunk.lines);
        }
    }
    files
}

/// The hunks of a recorded `structuredPatch`, with the line numbers of the real file. `None` when
/// there is none or it is empty.
pub fn structured(details: &Value) -> Option<Vec<Hunk>> {
    let recorded = details.get("structuredPatch")?.as_array()?;
    let hunks: Vec<Hunk> = recorded.iter().filter_map(structured_hunk).collect();
    (!hunks.is_empty()).then_some(hunks)
}

fn structured_hunk(hunk: &Value) -> Option<Hunk> {
    let start = |name| hunk.get(name).and_then(Value::as_u64);
    let mut numbers = Numbers { old: start("oldStart"), new: start("newStart") };
    let mut lines: Vec<Line> =
        hunk.get("lines")?.as_array()?.iter().filter_map(|line| numbers.line(line.as_str()?)).collect();
    diff::mark_changes(&mut lines);
    (!lines.is_empty()).then(|| Hunk { head: String::new(), lines })
}

fn file(path: &str, note: &str) -> FileDiff {
    FileDiff { path: path.trim().to_owned(), note: note.to_owned(), hunks: Vec::new() }
}

fn unified_file(old: &str, new: &str) -> FileDiff {
    let name = |line: &str| {
        let path = line[4..].split('\t').next().unwrap_or_default().trim();
        let path = path.strip_prefix("a/").or_else(|| path.strip_prefix("b/")).unwrap_or(path);
        path.to_owned()
    };
    let (old, new) = (name(old), name(new));
    if new == "/dev/null" { file(&old, "deleted") } else { file(&new, "") }
}

fn apply_patch_header(line: &str) -> Option<(&'static str, &str)> {
    let rest = line.strip_prefix("*** ")?;
    ["Update File", "Add File", "Delete File", "Move to"]
        .into_iter()
        .find_map(|verb| Some((verb, rest.strip_prefix(verb)?.strip_prefix(": ")?)))
}

/// What a hunk head says besides its numbers: the function it is in.
fn head_text(head: &str) -> String {
    match head.split_once("@@") {
        Some((_, context)) => context.trim().to_owned(),
        None => head.trim().to_owned(),
    }
}

/// Counts lines on both sides; unknown until a hunk head names them.
#[derive(Debug, Clone, Copy, Default)]
struct Numbers {
    old: Option<u64>,
    new: Option<u64>,
}

impl Numbers {
    /// Reads ` -12,5 +12,6 @@ …`.
    fn from_head(head: &str) -> Self {
        let mut words = head.split_whitespace();
        let mut start = |sign: char| {
            let word = words.next()?.strip_prefix(sign)?;
            word.split(',').next()?.parse().ok()
        };
        Self { old: start('-'), new: start('+') }
    }

    fn line(&mut self, line: &str) -> Option<Line> {
        let (kind, text) = match line.chars().next() {
            None => (Kind::Same, ""),
            Some('+') => (Kind::Added, &line[1..]),
            Some('-') => (Kind::Removed, &line[1..]),
            Some(' ') => (Kind::Same, &line[1..]),
            Some(_) => return None,
        };
        let take = |side: &mut Option<u64>| {
            let number = *side;
            *side = side.map(|number| number.saturating_add(1));
            number
        };
        let old = if kind == Kind::Added { None } else { take(&mut self.old) };
        let new = if kind == Kind::Removed { None } else { take(&mut self.new) };
        Some(Line { kind, old, new, text: text.to_owned(), mark: None })
    }
}
