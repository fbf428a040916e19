//! Where in sessions the words are: for the rows of one page, by reading what the index points at.

use std::collections::HashMap;
use std::ops::Range;

use opensync_core::filter::Selection;
use opensync_core::search::{Sieve, Snippet, Term, found, snippet};
use opensync_core::{SessionId, UserId};
use tokio::task::JoinSet;

use super::slice::for_each_text;
use super::{ROW_BITS, RowIds, SUMMARY, row_id};
use crate::sql::{Sql, Value, int_to_count};
use crate::{Result, Store};

/// The words in a session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hit {
    /// Messages that hold one of them.
    pub matches: u64,
    /// The external id of the message that holds the most of them, the first of those; nothing when
    /// only the title or the summary does.
    pub message: Option<String>,
    /// A piece of that message, one line.
    pub text: String,
    /// The words in `text`, in bytes.
    pub marks: Vec<Range<usize>>,
}

/// Characters of a snippet.
const WIDTH: usize = 180;

/// How many read texts at once, and how many spans each has at least.
const READERS: usize = 3;
const LEAST_SPANS: usize = 8;

/// Messages of one session: key, first and last.
type Span = (i64, i64, i64);

impl Store {
    /// Where the words of a selection are in sessions, by id. Sessions without any are left out.
    pub async fn hits(
        &self,
        user: &UserId,
        selection: &Selection,
        ids: &[SessionId],
    ) -> Result<HashMap<SessionId, Hit>> {
        let mut hits = HashMap::new();
        if selection.wanted.is_empty() || ids.is_empty() {
            return Ok(hits);
        }
        let catalog = self.catalog(user).await?;
        for some in ids.chunks(200) {
            let mut sql =
                Sql::new("select row_key, id from session where user_id || '' = $1 and id in ").text(user.as_str());
            sql.push_list(some.iter().map(|id| Value::text(id.as_str())));
            let names: HashMap<i64, String> = self.pool.rows::<(i64, String)>(sql).await?.into_iter().collect();
            let mut best: HashMap<i64, Best> = HashMap::new();
            for tools in [false, true] {
                if tools && !selection.in_tools {
                    continue;
                }
                let mut rows = Vec::new();
                for term in &selection.wanted {
                    rows.push(catalog.rows(self, term, tools).await?);
                }
                let spans = self.spans(names.keys().copied(), tools, &rows).await?;
                if tools {
                    self.read_tools(&spans, &selection.wanted, &mut best).await?;
                } else {
                    best = self.read_all_texts(&spans, &selection.wanted).await?;
                }
            }
            let found = best.into_iter().filter_map(|(key, best)| Some((names.get(&key)?.clone(), best)));
            hits.extend(found.map(|(id, best)| (SessionId::from_stored(id), best.hit())));
        }
        Ok(hits)
    }

    /// The messages of the slices that have one of `rows`.
    async fn spans(&self, keys: impl Iterator<Item = i64>, tools: bool, rows: &[RowIds]) -> Result<Vec<Span>> {
        let keys: Vec<i64> = keys.filter(|key| rows.iter().any(|rows| within(rows, *key, 0, 1 << ROW_BITS))).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql = Sql::new("select session_key, n, rows, first_seq, last_seq from search_slice where tools = ");
        sql.push_value(Value::Bool(Some(tools)));
        sql.push(" and session_key in ");
        sql.push_list(keys.into_iter().map(Value::int));
        sql.push(" order by session_key, n");
        let slices: Vec<(i64, i64, i64, i64, i64)> = self.pool.rows(sql).await?;
        let wanted = slices.into_iter().filter(|(key, n, count, ..)| {
            (tools || *n > SUMMARY) && rows.iter().any(|rows| within(rows, *key, *n, *count))
        });
        Ok(wanted.map(|(key, _, _, first, last)| (key, first, last)).collect())
    }

    /// Reads on several connections and cores at once.
    async fn read_all_texts(&self, spans: &[Span], terms: &[Term]) -> Result<HashMap<i64, Best>> {
        let mut best = HashMap::new();
        let mut readers = JoinSet::new();
        for some in parts(spans) {
            let (store, spans, terms) = (self.clone(), some.to_vec(), terms.to_vec());
            readers.spawn(async move {
                let mut best = HashMap::new();
                store.read_texts(&spans, &terms, &mut best).await.map(|()| best)
            });
        }
        while let Some(read) = readers.join_next().await {
            match read {
                Ok(found) => best.extend(found?),
                // Only a panic ends a task early, and it goes on here.
                Err(error) => {
                    if let Ok(panic) = error.try_into_panic() {
                        std::panic::resume_unwind(panic);
                    }
                }
            }
        }
        Ok(best)
    }

    async fn read_texts(&self, spans: &[Span], terms: &[Term], best: &mut HashMap<i64, Best>) -> Result<()> {
        let mut sieve = Sieve::new(terms);
        for some in spans.chunks(100) {
            // The spans come first, or SQLite reads all messages there are. One row for each span: one for
            // each message would take longer than reading their texts.
            let mut sql = Sql::new(
                "select span.column1, string_agg(m.seq || ' ' || octet_length(m.external_id) || ' ' || \
                 octet_length(m.text) || ' ' || m.external_id || m.text, '' order by m.seq) from (values ",
            );
            for (n, (key, first, last)) in some.iter().enumerate() {
                sql.push(if n > 0 { ", " } else { "" });
                sql.push_list([key, first, last].map(|number| Value::int(*number)));
            }
            sql.push(
                ") as span cross join message m where m.session_key = span.column1 \
                 and m.seq between span.column2 and span.column3 and m.off_path = false and m.text <> '' \
                 group by span.column1, span.column2, span.column3 order by span.column1, span.column2",
            );
            for (key, messages) in self.pool.rows::<(i64, String)>(sql).await? {
                let mut rest = messages.as_str();
                while let Some((seq, id, text, after)) = next_message(rest) {
                    if sieve.passes(text) {
                        best.entry(key).or_default().add(seq, id, text, terms);
                    }
                    rest = after;
                }
            }
        }
        Ok(())
    }

    async fn read_tools(&self, spans: &[Span], terms: &[Term], best: &mut HashMap<i64, Best>) -> Result<()> {
        let mut sieve = Sieve::new(terms);
        for (key, first, last) in spans {
            for stored in self.messages_between(*key, *first, *last).await? {
                let (seq, message) = (stored.seq.cast_signed(), &stored.message);
                if !message.off_path {
                    for_each_text(true, std::iter::once(message), |text| {
                        if sieve.passes(text) {
                            best.entry(*key).or_default().add(seq, &message.external_id, text, terms);
                        }
                    });
                }
            }
        }
        Ok(())
    }
}

/// Place, external id and text of the first of some messages that stand one behind the other, each with the
/// lengths of both in front; and what follows it.
fn next_message(messages: &str) -> Option<(i64, &str, &str, &str)> {
    let mut fields = messages.splitn(4, ' ');
    let mut number = || fields.next()?.parse::<i64>().ok();
    let (seq, id, text) = (number()?, number()?, number()?);
    let (id, rest) = fields.next()?.split_at_checked(usize::try_from(id).ok()?)?;
    let (text, rest) = rest.split_at_checked(usize::try_from(text).ok()?)?;
    Some((seq, id, text, rest))
}

/// Cuts spans between sessions into parts that are worth a connection each.
fn parts(spans: &[Span]) -> Vec<&[Span]> {
    let mut parts = Vec::new();
    let least = (spans.len() / READERS).max(LEAST_SPANS);
    let mut rest = spans;
    while !rest.is_empty() {
        let end = (least..rest.len()).find(|at| rest[*at].0 != rest[*at - 1].0).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
    }
    parts
}

/// Whether `rows` has one of `count` rows of a session from `n` on.
fn within(rows: &[i64], key: i64, n: i64, count: i64) -> bool {
    let at = rows.partition_point(|id| *id < row_id(key, n));
    rows.get(at).is_some_and(|id| *id < (key << ROW_BITS) + n + count)
}

/// The best place of a session so far.
#[derive(Default)]
struct Best {
    /// Places of messages that hold a word.
    seqs: std::collections::BTreeSet<i64>,
    terms: usize,
    message: String,
    text: String,
    marks: Vec<Range<usize>>,
}

impl Best {
    fn add(&mut self, seq: i64, message: &str, text: &str, terms: &[Term]) {
        let count = found(text, terms).into_iter().filter(|found| *found).count();
        if count == 0 {
            return;
        }
        self.seqs.insert(seq);
        if count > self.terms
            && let Some(piece) = snippet(text, terms, WIDTH)
        {
            self.terms = count;
            message.clone_into(&mut self.message);
            (self.text, self.marks) = line(text, &piece);
        }
    }

    fn hit(self) -> Hit {
        let message = (!self.message.is_empty()).then_some(self.message);
        Hit { matches: int_to_count(self.seqs.len() as i64), message, text: self.text, marks: self.marks }
    }
}

/// A snippet on one line, with an ellipsis where the text goes on.
fn line(text: &str, piece: &Snippet) -> (String, Vec<Range<usize>>) {
    let mut out = String::with_capacity(piece.range.len() + 8);
    let mut marks = Vec::with_capacity(piece.marks.len());
    if piece.range.start > 0 {
        out.push('…');
    }
    let (mut next, mut open, mut gap) = (piece.marks.iter().peekable(), None, false);
    for (at, c) in text[piece.range.clone()].char_indices().map(|(at, c)| (piece.range.start + at, c)) {
        if let Some((_, begin)) = open.take_if(|(end, _)| at >= *end) {
            marks.push(begin..out.len());
        }
        if c.is_whitespace() || c.is_control() {
            gap = true;
            continue;
        }
        if std::mem::take(&mut gap) && !out.is_empty() {
            out.push(' ');
        }
        if let Some(mark) = next.next_if(|mark| at >= mark.start) {
            open = Some((mark.end, out.len()));
        }
        out.push(c);
    }
    if let Some((_, begin)) = open {
        marks.push(begin..out.len());
    }
    if piece.range.end < text.len() {
        out.push('…');
    }
    (out, marks)
}

#[cfg(test)]
mod tests {
    use opensync_core::search::terms;

    use super::*;

    #[test]
    fn parts_are_whole_sessions() {
        let spans: Vec<Span> = (0..40).map(|n| (n / 7, n, n)).collect();
        let parts = parts(&spans);
        assert_eq!(parts.concat(), spans);
        assert!(parts.len() > 1 && parts.windows(2).all(|pair| pair[0].last().unwrap().0 != pair[1][0].0));
        assert_eq!(super::parts(&[]).len(), 0);
    }

    #[test]
    fn a_snippet_is_one_line_with_its_marks() {
        let text =
            format!("{}\n\nthe  auth\n middleware fails\t\u{7}here {}", "before ".repeat(90), "after ".repeat(90));
        let terms = terms("auth middleware");
        let (line, marks) = line(&text, &snippet(&text, &terms, 60).unwrap());
        assert!(line.starts_with('…') && line.ends_with('…') && !line.contains(['\n', '\t', '\u{7}']), "{line}");
        assert!(line.contains("the auth middleware fails here"), "{line}");
        let marked: Vec<&str> = marks.into_iter().map(|mark| &line[mark]).collect();
        assert_eq!(marked, ["auth", "middleware"]);
    }
}
