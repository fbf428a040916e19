//! Asks the engines which rows hold a term.

use std::sync::Arc;

use opensync_core::search::{Phrase, Sieve, Term, found};

use super::document::beginning;
use super::slice::for_each_text;
use super::{ROW_BITS, row_id};
use crate::pool::Pool;
use crate::sql::{Sql, Value};
use crate::{Result, Store};

/// Ids of rows, ascending.
pub(crate) type RowIds = Arc<Vec<i64>>;

/// The rows that hold a term: of what was said, or of what tools did.
pub(crate) async fn find(store: &Store, term: &Term, tools: bool) -> Result<RowIds> {
    let pool = &store.pool;
    if !tools {
        return Ok(Arc::new(ids(pool, text_query(pool, term.phrases())).await?));
    }
    let (single, several): (Vec<&Phrase>, Vec<&Phrase>) =
        term.phrases().iter().partition(|phrase| phrase.tokens.len() == 1);
    let mut rows = if single.is_empty() { Vec::new() } else { ids(pool, tools_query(pool, &single)).await? };
    if !several.is_empty() {
        // The index does not know the order of tokens, so what may have the phrase is read.
        let mut candidates = ids(pool, tools_query(pool, &several)).await?;
        candidates.retain(|id| rows.binary_search(id).is_err());
        rows.extend(store.holding(&candidates, term).await?);
        rows.sort_unstable();
    }
    Ok(Arc::new(rows))
}

async fn ids(pool: &Pool, sql: Sql) -> Result<Vec<i64>> {
    // All ids in one value: a row for each would take longer than the search.
    let found: Option<(Option<String>,)> = pool.row(sql).await?;
    let list = found.and_then(|(list,)| list).unwrap_or_default();
    let mut ids: Vec<i64> = list.split(',').filter_map(|id| id.parse().ok()).collect();
    if !ids.is_sorted() {
        ids.sort_unstable();
    }
    Ok(ids)
}

fn text_query(pool: &Pool, phrases: &[Phrase]) -> Sql {
    if pool.is_sqlite() {
        let phrases: Vec<String> = phrases.iter().map(fts_phrase).collect();
        let sql = Sql::new("select group_concat(rowid) from search_text where search_text match $1");
        return sql.text(phrases.join(" OR "));
    }
    let mut sql = Sql::new("select string_agg(id::text, ',') from search_text where ");
    for (n, phrase) in phrases.iter().enumerate() {
        sql.push(if n > 0 { " or (tokens @@ " } else { "(tokens @@ " });
        sql.push_value(Value::text(ts_query(phrase)));
        sql.push("::tsquery");
        if phrase.tokens.len() > 1 {
            // Tokens are letters, digits and marks, so nothing in them is special to `like`.
            sql.push(" and stream like ");
            let end = if phrase.prefix { "%" } else { " %" };
            sql.push_value(Value::text(format!("% {}{end}", phrase.tokens.join(" "))));
        }
        sql.push(")");
    }
    sql
}

fn tools_query(pool: &Pool, phrases: &[&Phrase]) -> Sql {
    if pool.is_sqlite() {
        let all = |phrase: &&Phrase| {
            let tokens: Vec<String> = each_token(phrase).map(|(token, prefix)| fts_token(&token, prefix)).collect();
            format!("({})", tokens.join(" AND "))
        };
        let phrases: Vec<String> = phrases.iter().map(all).collect();
        let sql = Sql::new("select group_concat(rowid) from search_tools where search_tools match $1");
        return sql.text(phrases.join(" OR "));
    }
    let phrases: Vec<String> = phrases.iter().map(|phrase| format!("({})", ts_query(phrase))).collect();
    let sql = Sql::new("select string_agg(id::text, ',') from search_tools where tokens @@ $1::tsquery");
    sql.text(phrases.join(" | "))
}

/// The tokens of a phrase, and whether each is the beginning of one. A short beginning is a token itself.
fn each_token(phrase: &Phrase) -> impl Iterator<Item = (String, bool)> {
    let last = phrase.tokens.len() - 1;
    phrase.tokens.iter().enumerate().map(move |(n, token)| {
        let prefix = phrase.prefix && n == last;
        match beginning(token).filter(|_| prefix) {
            Some(beginning) => (beginning, false),
            None => (token.clone(), prefix),
        }
    })
}

fn fts_token(token: &str, prefix: bool) -> String {
    if prefix { format!("\"{token}\" *") } else { format!("\"{token}\"") }
}

fn fts_phrase(phrase: &Phrase) -> String {
    match phrase.tokens.as_slice() {
        [_] => each_token(phrase).map(|(token, prefix)| fts_token(&token, prefix)).collect(),
        tokens => fts_token(&tokens.join(" "), phrase.prefix),
    }
}

fn ts_query(phrase: &Phrase) -> String {
    let token = |(token, prefix): (String, bool)| format!("'{token}'{}", if prefix { ":*" } else { "" });
    each_token(phrase).map(token).collect::<Vec<_>>().join(" & ")
}

impl Store {
    /// Those rows of what tools did that hold a term, by reading it.
    async fn holding(&self, rows: &[i64], term: &Term) -> Result<Vec<i64>> {
        let mut holding = Vec::new();
        let terms = [term.clone()];
        let mut sieve = Sieve::new(&terms);
        for some in rows.chunks(200) {
            for (key, n, first, last) in self.tool_slices(some).await? {
                let messages = self.messages_between(key, first, last).await?;
                let mut has = false;
                for_each_text(true, messages.iter().map(|stored| &stored.message), |text| {
                    has = has || (sieve.passes(text) && found(text, &terms)[0]);
                });
                if has {
                    holding.push(row_id(key, n));
                }
            }
        }
        Ok(holding)
    }

    /// Session, number, first and last message of the slices that have some rows.
    async fn tool_slices(&self, rows: &[i64]) -> Result<Vec<(i64, i64, i64, i64)>> {
        let keys: std::collections::BTreeSet<i64> = rows.iter().map(|id| id >> ROW_BITS).collect();
        let mut sql = Sql::new(
            "select session_key, n, rows, first_seq, last_seq from search_slice where tools = true and session_key in ",
        );
        sql.push_list(keys.into_iter().map(Value::int));
        let slices: Vec<(i64, i64, i64, i64, i64)> = self.pool.rows(sql).await?;
        let is_wanted = |key: i64, n: i64, count: i64| {
            let at = rows.partition_point(|id| *id < row_id(key, n));
            rows.get(at).is_some_and(|id| *id < row_id(key, n + count))
        };
        let wanted = slices.into_iter().filter(|(key, n, count, ..)| is_wanted(*key, *n, *count));
        Ok(wanted.map(|(key, n, _, first, last)| (key, n, first, last)).collect())
    }
}
