//! Reads what people type: `fix "log in" -draft source:pi cost:>1 after:7d`.

use std::ops::Range as Bytes;

use jiff::civil::Date;

use super::bounds::{Bounds, Unit};
use super::field::{Field, Is, Status};
use super::lex::{is_quote, read_items, read_quoted};
use super::range::{Range, day};
use super::{Filter, Word};

/// What could not be used of a text. Everything else of it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The piece, bytes of the text, on character boundaries.
    pub range: Bytes<usize>,
    /// What is wrong and how to write it: a sentence or two for people, plain text.
    pub text: String,
}

impl Filter {
    /// Reads what somebody typed, also while it is being typed. Words and `"phrases"` must be found,
    /// with `-` in front must not; `name:value` is a filter, several values are separated by
    /// commas, those with spaces stand in quotes. A word with a colon that is no filter, such as
    /// `http://x`, `std::fs` or `12:30`, is a word.
    pub fn parse_text(text: &str) -> (Self, Vec<Complaint>) {
        let mut reader = Reader { text, filter: Self::default(), complaints: Vec::new(), after: None, before: None };
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            at = if c.is_whitespace() { at + c.len_utf8() } else { reader.piece(at) };
        }
        reader.dates();
        reader.filter.tidy();
        reader.complaints.sort_by_key(|complaint| complaint.range.start);
        (reader.filter, reader.complaints)
    }
}

struct Reader<'t> {
    text: &'t str,
    filter: Filter,
    complaints: Vec<Complaint>,
    after: Option<After>,
    before: Option<(Date, Bytes<usize>)>,
}

enum After {
    Day(Date),
    Span(Range),
}

impl Reader<'_> {
    /// Reads the piece at `start`; answers where it ends.
    fn piece(&mut self, start: usize) -> usize {
        let rest = &self.text[start..];
        // A dash excludes when a word begins behind it, so `--flag` and `->` are what they are.
        let negated =
            rest.strip_prefix('-').filter(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || is_quote(c)));
        let (excluded, at) = negated.map_or((false, start), |_| (true, start + 1));
        if let Some(quoted) = read_quoted(self.text, at) {
            // As long as the quote is open, the last word is still being typed.
            let going_on = !quoted.closed && !quoted.text.is_empty() && !quoted.text.ends_with('*');
            let text = if going_on { format!("{}*", quoted.text.trim_end()) } else { quoted.text };
            match Word::phrase(&text) {
                Some(word) => self.filter.words.push(if excluded { word.excluded() } else { word }),
                None if text.trim().is_empty() => {}
                None => self.complain(start..quoted.end, "there is no letter or digit in it to search for."),
            }
            return quoted.end;
        }
        let end = at + self.text[at..].find(char::is_whitespace).unwrap_or(self.text.len() - at);
        let chunk = &self.text[at..end];
        if let Some((name, value)) = chunk.split_once(':')
            && !value.starts_with(':')
            && !value.starts_with("//")
        {
            let value_at = at + name.len() + 1;
            if let Some(field) = Field::parse(name) {
                return self.filter_piece(field, start, value_at, excluded);
            }
            if is_meant_as_filter(name, value) {
                let end = read_items(self.text, value_at).end;
                let why = format!(
                    "There is no filter `{name}:`. There are {}. To search for the text, put it in quotes.",
                    Field::all()
                );
                self.complaints.push(Complaint { range: start..end, text: why });
                return end;
            }
        }
        match Word::typed(chunk, excluded) {
            Some(word) => self.filter.words.push(word),
            None => self.complain(start..end, "there is no letter or digit in it to search for."),
        }
        end
    }

    fn filter_piece(&mut self, field: Field, start: usize, at: usize, excluded: bool) -> usize {
        let read = read_items(self.text, at);
        let piece = start..read.end;
        if excluded {
            self.complain(piece, "only words and phrases can be excluded with a dash.");
        } else if read.values.is_empty() {
            self.complain(piece, &format!("needs a value, such as {}.", field.example()));
        } else {
            if !read.closed {
                self.complain(piece.clone(), "the closing quote is missing.");
            }
            self.apply(field, read.values, &piece);
        }
        read.end
    }

    fn apply(&mut self, field: Field, items: Vec<String>, piece: &Bytes<usize>) {
        let filter = &mut self.filter;
        match field {
            Field::Source => filter.sources.extend(items.iter().map(|item| item.to_lowercase())),
            Field::Project => filter.projects.extend(items),
            Field::Model => filter.models.extend(items),
            Field::Provider => filter.providers.extend(items),
            Field::Branch => filter.branches.extend(items),
            Field::Machine => filter.machines.extend(items),
            Field::Tag => filter.tags.extend(items),
            Field::Status => {
                for item in items {
                    match Status::parse(&item) {
                        Some(status) => self.filter.statuses.push(status),
                        None => self.unknown(piece, &item, &Status::ALL.map(Status::as_str)),
                    }
                }
            }
            Field::Is => {
                for item in items {
                    match Is::parse(&item) {
                        Some(is) => self.filter.is.push(is),
                        None => self.unknown(piece, &item, &Is::ALL.map(Is::as_str)),
                    }
                }
            }
            Field::In => {
                for item in items {
                    if item.eq_ignore_ascii_case("tools") {
                        self.filter.in_tools = true;
                    } else {
                        self.unknown(piece, &item, &["tools"]);
                    }
                }
            }
            Field::Cost => self.number(field, &items, piece, Unit::Dollars, "cost:>1 or cost:0.50..2"),
            Field::Tokens => self.number(field, &items, piece, Unit::Count, "tokens:<10k or tokens:1k..2m"),
            Field::Messages => self.number(field, &items, piece, Unit::Count, "messages:>100 or messages:10..20"),
            Field::After => match items.as_slice() {
                [item] if let Some(after) = after(item) => self.after = Some(after),
                _ => self.complain(piece.clone(), "not a date. Write after:7d, after:today or after:2026-10-01."),
            },
            Field::Before => match items.as_slice() {
                [item] if let Some(day) = day(item) => self.before = Some((day, piece.clone())),
                _ => self.complain(piece.clone(), "not a date. Write before:2026-10-01."),
            },
        }
    }

    fn number(&mut self, field: Field, items: &[String], piece: &Bytes<usize>, unit: Unit, examples: &str) {
        let bounds = match items {
            [item] => Bounds::parse(item, unit),
            _ => None,
        };
        let Some(bounds) = bounds else {
            return self.complain(piece.clone(), &format!("not a number. Write {examples}."));
        };
        let limit = match field {
            Field::Cost => &mut self.filter.cost,
            Field::Tokens => &mut self.filter.tokens,
            _ => &mut self.filter.messages,
        };
        if let Some(both) = limit.and(bounds) {
            *limit = both;
        } else {
            let why = format!("no number is in this and in the {}: before it.", field.name());
            self.complain(piece.clone(), &why);
        }
    }

    /// Puts `after:` and `before:` together. The day after which is included, the other not.
    fn dates(&mut self) {
        let before = self.before.take();
        let last = before.as_ref().and_then(|(day, _)| day.yesterday().ok()).filter(|day| day.year() > 0);
        self.filter.range = match (self.after.take(), before) {
            (None, None) => Range::All,
            (Some(After::Span(span)), None) => span,
            (Some(After::Day(from)), None) => Range::between(Some(from), None),
            (Some(After::Span(span)), Some((_, piece))) => {
                self.complain(piece, "goes together with a date only, such as after:2026-09-01.");
                span
            }
            (Some(After::Day(from)), Some((day, _))) if from > day => Range::between(Some(day), from.yesterday().ok()),
            (Some(After::Day(from)), Some((day, piece))) if from == day => {
                self.complain(piece, "no day is before this and after the same day.");
                Range::between(Some(from), None)
            }
            (from, Some((_, piece))) => {
                let from = match from {
                    Some(After::Day(day)) => Some(day),
                    _ => None,
                };
                if last.is_none() {
                    self.complain(piece, "there is no day before this one.");
                }
                Range::between(from, last)
            }
        };
    }

    fn unknown(&mut self, piece: &Bytes<usize>, item: &str, known: &[&str]) {
        let known = match known.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => known.concat(),
        };
        self.complain(piece.clone(), &format!("there is no `{}`. There is {known}.", short(item)));
    }

    fn complain(&mut self, range: Bytes<usize>, why: &str) {
        let text = format!("`{}`: {why}", short(&self.text[range.clone()]));
        self.complaints.push(Complaint { range, text });
    }
}

/// Whether somebody who writes `name:value` thinks of a filter, and not of `localhost:3000`,
/// `TypeError:` or `C:\work`.
fn is_meant_as_filter(name: &str, value: &str) -> bool {
    (2..=20).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        && value.starts_with(|c: char| c.is_alphabetic() || is_quote(c) || matches!(c, '<' | '>' | '='))
}

fn after(item: &str) -> Option<After> {
    let item = item.to_ascii_lowercase();
    if let Some(day) = day(&item) {
        return Some(After::Day(day));
    }
    let span = match item.strip_suffix('w') {
        Some(weeks) => Range::Days(weeks.parse::<u16>().ok()?.checked_mul(7).filter(|days| *days > 0)?),
        None => Range::parse(&item).filter(|range| *range != Range::All)?,
    };
    Some(After::Span(span))
}

/// The beginning of a piece, to name it by.
fn short(piece: &str) -> String {
    match piece.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &piece[..at]),
        None => piece.to_owned(),
    }
}
