//! Writes slices, in the transaction that writes their sessions.

use std::collections::HashMap;

use opensync_core::import::ImportedSession;

use super::document::Document;
use super::slice::{Slice, plan};
use super::{SUMMARY, Slices, row_id};
use crate::Result;
use crate::pool::Tx;
use crate::sql::{Sql, Value};

/// What the index holds of a session: of each slice how many rows it has, and its digest.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<(bool, i64), (i64, i64)>);

/// What the index holds of sessions.
pub(crate) async fn known(tx: &mut Tx, keys: &[i64]) -> Result<HashMap<i64, Known>> {
    let mut found: HashMap<i64, Known> = HashMap::new();
    for some in keys.chunks(500) {
        let mut sql = Sql::new("select session_key, tools, n, rows, digest from search_slice where session_key in ");
        sql.push_list(some.iter().map(|key| Value::int(*key)));
        for (key, tools, n, rows, digest) in tx.rows::<(i64, bool, i64, i64, i64)>(sql).await? {
            found.entry(key).or_default().0.insert((tools, n), (rows, digest));
        }
    }
    Ok(found)
}

/// Changes of the index that are written together.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    sessions: HashMap<i64, SessionChange>,
}

#[derive(Debug, Default)]
struct SessionChange {
    gone: Vec<(bool, i64, i64)>,
    new: Vec<Slice>,
}

impl Pending {
    /// Takes the messages of a session; `ready` are their slices when they were made already.
    pub(crate) fn messages(
        &mut self,
        key: i64,
        session: &ImportedSession,
        ready: Option<Slices>,
        known: Option<&Known>,
    ) {
        // The same session twice in one batch: the later one wins.
        let change = self.sessions.entry(key).or_default();
        *change = SessionChange::default();
        let mut slices = ready.unwrap_or_else(|| plan(session));
        let known = known.map(|known| &known.0);
        let is_kept = |slice: &Slice| {
            known
                .and_then(|known| known.get(&(slice.tools, slice.n)))
                .is_some_and(|(_, digest)| *digest == slice.digest)
        };
        for (&(tools, n), &(rows, _)) in known.into_iter().flatten() {
            let stays = slices.0.iter().any(|slice| (slice.tools, slice.n) == (tools, n) && is_kept(slice));
            if !stays && (tools || n > SUMMARY) {
                change.gone.push((tools, n, rows));
            }
        }
        slices.0.retain(|slice| !is_kept(slice));
        slices.fill(session);
        change.new.extend(slices.0);
    }

    /// Takes the title and the summary of a session.
    pub(crate) fn titles(&mut self, key: i64, titles: Slices, known: Option<&Known>) {
        let change = self.sessions.entry(key).or_default();
        for slice in titles.0 {
            match known.and_then(|known| known.0.get(&(false, slice.n))) {
                Some((_, digest)) if *digest == slice.digest => continue,
                Some((rows, _)) => change.gone.push((false, slice.n, *rows)),
                None => {}
            }
            change.new.retain(|other| (other.tools, other.n) != (false, slice.n));
            change.new.push(slice);
        }
    }

    /// Writes it all. FTS5 writes what it gathered to disk when a statement begins that changes many
    /// rows of whatever table, so this is best done last in a transaction.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<()> {
        let mut slices = Vec::new();
        let mut rows = [Vec::new(), Vec::new()];
        for (key, change) in self.sessions {
            remove_slices(tx, key, &change.gone).await?;
            for slice in change.new {
                let documents = slice.documents.unwrap_or_default();
                slices.push(vec![
                    Value::int(key),
                    Value::Bool(Some(slice.tools)),
                    Value::int(slice.n),
                    Value::int(documents.len() as i64),
                    Value::int(slice.first),
                    Value::int(slice.last),
                    Value::int(slice.digest),
                ]);
                for (n, document) in documents.into_iter().enumerate() {
                    rows[usize::from(slice.tools)].push((row_id(key, slice.n + n as i64), document));
                }
            }
        }
        tx.insert_all(
            "insert into search_slice (session_key, tools, n, rows, first_seq, last_seq, digest) values",
            "",
            slices,
        )
        .await?;
        let [text, tools] = rows;
        insert(tx, false, text).await?;
        insert(tx, true, tools).await
    }
}

async fn insert(tx: &mut Tx, tools: bool, mut rows: Vec<(i64, Document)>) -> Result<()> {
    // FTS5 writes rows faster in their order.
    rows.sort_unstable_by_key(|(id, _)| *id);
    let lite = tx.is_sqlite();
    let row = |(id, document): (i64, Document)| {
        let Document { mut tokens, beginnings } = document;
        if lite {
            tokens.push_str(&beginnings);
            return vec![Value::int(id), Value::text(tokens)];
        }
        let distinct = Document { tokens, beginnings };
        let mut row = vec![Value::int(id), Value::text(distinct.distinct())];
        if !tools {
            row.push(Value::text(distinct.tokens));
        }
        row
    };
    let (head, tail) = match (lite, tools) {
        (true, false) => ("insert into search_text (rowid, tokens) values", ""),
        (true, true) => ("insert into search_tools (rowid, tokens) values", ""),
        (false, false) => (
            "insert into search_text (id, tokens, stream) \
             select id, array_to_tsvector(string_to_array(tokens, ' ')), stream from (values",
            ") as row (id, tokens, stream)",
        ),
        (false, true) => (
            "insert into search_tools (id, tokens) select id, array_to_tsvector(string_to_array(tokens, ' ')) from (values",
            ") as row (id, tokens)",
        ),
    };
    if !lite {
        return tx.insert_all(head, tail, rows.into_iter().map(row).collect()).await;
    }
    for row in rows.into_iter().map(row) {
        tx.insert_all(head, tail, vec![row]).await?;
    }
    Ok(())
}

async fn remove_slices(tx: &mut Tx, key: i64, gone: &[(bool, i64, i64)]) -> Result<()> {
    let column = if tx.is_sqlite() { "rowid" } else { "id" };
    for tools in [false, true] {
        let slices: Vec<_> = gone.iter().filter(|slice| slice.0 == tools).collect();
        let table = if tools { "search_tools" } else { "search_text" };
        let ids: Vec<i64> = slices.iter().flat_map(|(_, n, rows)| (*n..n + rows).map(|n| row_id(key, n))).collect();
        for some in ids.chunks(500) {
            let mut sql = Sql::new(format!("delete from {table} where {column} in "));
            sql.push_list(some.iter().map(|id| Value::int(*id)));
            tx.execute(sql).await?;
        }
        for some in slices.chunks(500) {
            let mut sql = Sql::new("delete from search_slice where session_key = $1 and tools = $2 and n in ")
                .int(key)
                .bool(tools);
            sql.push_list(some.iter().map(|(_, n, _)| Value::int(*n)));
            tx.execute(sql).await?;
        }
    }
    Ok(())
}

/// Removes sessions from the index.
pub(crate) async fn remove(tx: &mut Tx, keys: &[i64]) -> Result<()> {
    for (key, known) in known(tx, keys).await? {
        let gone: Vec<_> = known.0.into_iter().map(|((tools, n), (rows, _))| (tools, n, rows)).collect();
        remove_slices(tx, key, &gone).await?;
    }
    Ok(())
}
