//! What an edit changed: line by line, with the words that differ.

use std::ops::Range;

use super::highlight::{self, Mark};
use super::{Budget, Html, clip, terminal};

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;
/// Changed lines that are still compared one by one; beyond it all old lines are followed by all
/// new ones.
const COMPARED: usize = 600;

/// The changes of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileDiff {
    /// Its path; empty when the call itself names it.
    pub path: String,
    /// What else happened to it, such as `deleted`.
    pub note: String,
    /// Its changes in order.
    pub hunks: Vec<Hunk>,
}

impl FileDiff {
    /// Lines added and lines removed.
    pub fn counts(&self) -> (usize, usize) {
        let count = |kind| self.hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.kind == kind).count();
        (count(Kind::Added), count(Kind::Removed))
    }

    /// Whether every line is new: the file was written, not changed.
    pub fn is_new(&self) -> bool {
        self.hunks.iter().flat_map(|hunk| &hunk.lines).all(|line| line.kind == Kind::Added)
    }
}

/// Neighbouring changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hunk {
    /// Where it is, such as the name of a function; often empty.
    pub head: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// What happened to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Same,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

/// One line of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What happened to it.
    pub kind: Kind,
    /// Its number before, from 1, when known.
    pub old: Option<u64>,
    /// Its number after, from 1, when known.
    pub new: Option<u64>,
    /// Its text.
    pub text: String,
    /// The bytes that differ from the line it replaces or is replaced by.
    pub mark: Option<Range<usize>>,
}

/// The difference of two texts, without line numbers: an edit names a piece of a file, not where it is.
pub fn between(old: &str, new: &str) -> Vec<Hunk> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut lines: Vec<Line> = old[..head].iter().map(|text| line(Kind::Same, text)).collect();
    compare(&old[head..old.len() - tail], &new[head..new.len() - tail], &mut lines);
    lines.extend(old[old.len() - tail..].iter().map(|text| line(Kind::Same, text)));
    mark_changes(&mut lines);
    with_context(lines)
}

/// A new file: every line is added, numbered from 1.
pub fn created(text: &str) -> Vec<Hunk> {
    let lines: Vec<Line> =
        text.lines().zip(1..).map(|(text, number)| Line { new: Some(number), ..line(Kind::Added, text) }).collect();
    if lines.is_empty() { Vec::new() } else { vec![Hunk { head: String::new(), lines }] }
}

/// Marks what differs between a removed line and the added one that replaces it.
pub fn mark_changes(lines: &mut [Line]) {
    let mut at = 0;
    while at < lines.len() {
        let removed = lines[at..].iter().take_while(|line| line.kind == Kind::Removed).count();
        let added = lines[at + removed..].iter().take_while(|line| line.kind == Kind::Added).count();
        if removed == added {
            for pair in at..at + removed {
                let (first, second) = lines.split_at_mut(pair + removed);
                if let (Some(old), Some(new)) = (first.get_mut(pair), second.first_mut()) {
                    (old.mark, new.mark) = differing(&old.text, &new.text);
                }
            }
        }
        at += (removed + added).max(1);
    }
}

/// The bytes of each that the other has not; nothing when most of the line differs.
fn differing(old: &str, new: &str) -> (Option<Range<usize>>, Option<Range<usize>>) {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut head: usize = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    while head > 0 && old[..head].ends_with(word) && (old[head..].starts_with(word) || new[head..].starts_with(word)) {
        head = old[..head].char_indices().next_back().map_or(0, |(at, _)| at);
    }
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let mut tail: usize =
        old_rest.chars().rev().zip(new_rest.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    while tail > 0
        && old_rest[old_rest.len() - tail..].starts_with(word)
        && (old_rest[..old_rest.len() - tail].ends_with(word) || new_rest[..new_rest.len() - tail].ends_with(word))
    {
        tail -= old_rest[old_rest.len() - tail..].chars().next().map_or(tail, char::len_utf8);
    }
    let same = old[..head].trim_start().len() + old_rest[old_rest.len() - tail..].trim_end().len();
    if same * 3 < old.trim().len().max(new.trim().len()) {
        return (None, None);
    }
    let range = |text: &str| (text.len() - tail > head).then_some(head..text.len() - tail);
    (range(old), range(new))
}

fn line(kind: Kind, text: &str) -> Line {
    Line { kind, old: None, new: None, text: text.to_owned(), mark: None }
}

/// The shortest edit by longest common subsequence, quadratic in the number of changed lines.
fn compare(old: &[&str], new: &[&str], out: &mut Vec<Line>) {
    if old.len() > COMPARED || new.len() > COMPARED {
        out.extend(old.iter().map(|text| line(Kind::Removed, text)));
        out.extend(new.iter().map(|text| line(Kind::Added, text)));
        return;
    }
    let width = new.len() + 1;
    let mut common = vec![0u16; (old.len() + 1) * width];
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            common[i * width + j] = if a == b {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            out.push(line(Kind::Same, old[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || common[(i + 1) * width + j] >= common[i * width + j + 1]) {
            out.push(line(Kind::Removed, old[i]));
            i += 1;
        } else {
            out.push(line(Kind::Added, new[j]));
            j += 1;
        }
    }
}

/// Splits into hunks with a few unchanged lines around each change.
fn with_context(lines: Vec<Line>) -> Vec<Hunk> {
    let changed: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].kind != Kind::Same).collect();
    let mut keep = vec![false; lines.len()];
    for at in changed {
        let end = (at + CONTEXT + 1).min(lines.len());
        keep[at.saturating_sub(CONTEXT)..end].fill(true);
    }
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut inside = false;
    for (line, keep) in lines.into_iter().zip(keep) {
        if keep {
            if !inside {
                hunks.push(Hunk::default());
            }
            if let Some(hunk) = hunks.last_mut() {
                hunk.lines.push(line);
            }
        }
        inside = keep;
    }
    hunks
}

/// Some lines of a diff: `count` from `from` on.
pub fn some_lines(hunks: &[Hunk], from: usize, count: usize) -> Vec<Hunk> {
    let mut before = 0;
    let cut = |hunk: &Hunk| {
        let skipped = from.saturating_sub(before).min(hunk.lines.len());
        let until = (from + count).saturating_sub(before).min(hunk.lines.len());
        before += hunk.lines.len();
        let lines = hunk.lines.get(skipped..until).filter(|lines| !lines.is_empty())?;
        Some(Hunk { head: hunk.head.clone(), lines: lines.to_vec() })
    };
    hunks.iter().filter_map(cut).collect()
}

/// The diff as rows: old number, new number, sign, text. At most `most` lines; `language` is a
/// name or a file extension. Changed lines stand in a group, and unchanged ones have their text twice, so
/// that a style sheet can set the sides next to each other.
pub fn html(hunks: &[Hunk], language: &str, most: usize, budget: &mut Budget) -> Html {
    let numbered = hunks.iter().flat_map(|hunk| &hunk.lines).any(|line| line.old.or(line.new).is_some());
    let mut html = Html::default();
    html.push_markup(if numbered { "<div class=\"diff\"" } else { "<div class=\"diff bare\"" });
    html.push_markup(" role=\"group\" tabindex=\"0\" aria-label=\"Changes\">");
    let mut left = most;
    for (at, hunk) in hunks.iter().enumerate() {
        if left == 0 {
            break;
        }
        let lines = &hunk.lines[..hunk.lines.len().min(left)];
        left -= lines.len();
        if at > 0 || !hunk.head.is_empty() {
            html.push_markup("<div class=\"h\"><code>@@ ");
            html.push_text(&terminal::plain(&hunk.head));
            html.push_markup("</code></div>");
        }
        push_lines(&mut html, lines, numbered, language, budget);
    }
    html.push_markup("</div>");
    html
}

fn push_lines(html: &mut Html, lines: &[Line], numbered: bool, language: &str, budget: &mut Budget) {
    let colours = colours(lines, language, budget);
    let mut changed = false;
    for (line, spans) in lines.iter().zip(&colours) {
        if changed != (line.kind != Kind::Same) {
            html.push_markup(if changed { "</div>" } else { "<div class=\"x\">" });
            changed = !changed;
        }
        let (row, sign) = match line.kind {
            Kind::Same => ("<div class=\"c\">", "<b></b>"),
            Kind::Added => ("<div class=\"a\">", "<b>+</b>"),
            Kind::Removed => ("<div class=\"d\">", "<b>\u{2212}</b>"),
        };
        html.push_markup(row);
        if numbered {
            for number in [line.old, line.new] {
                html.push_markup("<i>");
                html.push_text(&number.map(|number| number.to_string()).unwrap_or_default());
                html.push_markup("</i>");
            }
        }
        html.push_markup(sign);
        html.push_markup("<code>");
        push_text(html, line, spans);
        html.push_markup("</code>");
        if line.kind == Kind::Same {
            html.push_markup("<samp aria-hidden=\"true\">");
            push_text(html, line, spans);
            html.push_markup("</samp>");
        }
        html.push_markup("</div>");
    }
    if changed {
        html.push_markup("</div>");
    }
}

fn push_text(html: &mut Html, line: &Line, spans: &[highlight::Span]) {
    let text = &line.text[..line.text.floor_char_boundary(clip::BYTES)];
    if terminal::is_plain(text) {
        let mark = if line.kind == Kind::Added { Mark::Inserted } else { Mark::Deleted };
        let marked = line.mark.clone().filter(|range| range.end <= text.len()).map(|range| (range, mark));
        highlight::push_line(html, text, spans, marked);
    } else {
        html.push_text(&terminal::plain(text));
    }
}

/// Colours both sides as the texts they were, so that a comment opened in one does not leak into
/// the other.
fn colours(lines: &[Line], language: &str, budget: &mut Budget) -> Vec<Vec<highlight::Span>> {
    let mut colours = vec![Vec::new(); lines.len()];
    for gone in [Kind::Removed, Kind::Added] {
        let side: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].kind != gone).collect();
        let texts: Vec<&str> = side.iter().map(|at| lines[*at].text.as_str()).collect();
        for (at, spans) in side.into_iter().zip(highlight::lines(&texts, language, budget)) {
            colours[at] = spans;
        }
    }
    colours
}
