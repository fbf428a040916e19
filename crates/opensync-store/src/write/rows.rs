//! The rows of one batch, gathered from core types and inserted many at a time.

use std::collections::{BTreeMap, HashMap};

use opensync_core::import::{Discarded, ImportedSession, Response};
use opensync_core::price::Cost;
use opensync_core::{Body, Message, Part, Usage, UserId, text};

use super::change::{Change, Fate, Old, digest};
use super::{FileRead, MOST, Name, figure, stored_name};
use crate::Result;
use crate::pool::Tx;
use crate::sql::{Sql, Value, count_to_int};

/// Rows of one batch, gathered so that they can be inserted many at a time.
#[derive(Default)]
pub(super) struct Rows {
    messages: Vec<Vec<Value>>,
    parts: Vec<Vec<Value>>,
    bodies: HashMap<[u8; 16], Vec<u8>>,
    responses: Vec<(ResponseRow, Option<PriceName>)>,
    files: BTreeMap<Name, FileRows>,
    user: String,
    scratch: Vec<u8>,
}

/// The row of a file and those of its problems.
type FileRows = (Vec<Value>, Vec<Vec<Value>>);
type ResponseRow = Vec<Value>;
type PriceName = (String, String);
type SharedBody = ([u8; 16], Vec<u8>);

/// Where `price_key` stands in a row of `response`.
const PRICE_COLUMN: usize = 17;
/// The ordinal of the first discarded record: behind all responses, so that one more does not move them.
const DISCARDED_FROM: i64 = 1 << 40;
/// Where `state` stands in a row of `response`.
const STATE_COLUMN: usize = 3;
/// Where `hash` stands in a row of `part`.
const HASH_COLUMN: usize = 9;

impl Rows {
    pub(super) fn file(&mut self, user: &UserId, file: &FileRead, now: i64) {
        user.as_str().clone_into(&mut self.user);
        let print = &file.fingerprint;
        let row = vec![
            Value::text(user.as_str()),
            Value::text(&file.source),
            Value::text(&file.path),
            Value::int(count_to_int(print.size)),
            Value::int(print.mtime_ns),
            Value::int(print.file_id.cast_signed()),
            Value::text(&print.note),
            Value::int(count_to_int(file.sessions.len() as u64 + file.unchanged)),
            Value::int(now),
        ];
        let problems = file.problems.iter().enumerate().map(|(n, problem)| {
            vec![
                Value::text(user.as_str()),
                Value::text(&file.source),
                Value::text(&file.path),
                Value::int(n as i64),
                Value::opt_count(problem.line),
                Value::text(problem.kind.as_str()),
                Value::text(&problem.reason),
                Value::int(now),
            ]
        });
        // The same file twice in one batch: the later reading wins.
        self.files.insert(stored_name(&file.source, &file.path), (row, problems.collect()));
    }

    /// Drops what was gathered of a session; answers the hashes its parts named.
    pub(super) fn forget(&mut self, key: i64) -> Vec<Vec<u8>> {
        let other = |row: &Vec<Value>| !matches!(row.first(), Some(Value::Int(Some(k))) if *k == key);
        self.messages.retain(other);
        self.responses.retain(|(row, _)| other(row));
        let mut hashes = Vec::new();
        self.parts.retain(|row| {
            if let (false, Value::Bytes(Some(hash))) = (other(row), &row[HASH_COLUMN]) {
                hashes.push(hash.clone());
            }
            other(row)
        });
        hashes
    }

    /// Gathers the rows of a session that differ from those in the archive, `old`; answers which.
    pub(super) fn session(&mut self, key: i64, session: ImportedSession, costs: Vec<Cost>, old: &Old) -> Change {
        let mut change = Change::default();
        let count = session.messages.len() as i64;
        for (seq, message) in session.messages.into_iter().enumerate() {
            self.message(key, seq as i64, message, old, &mut change);
        }
        change.messages_end(old, count);
        let mut costs = costs.into_iter();
        for (ordinal, response) in session.responses.into_iter().enumerate() {
            let row = response_row(key, ordinal as i64, response, costs.next());
            self.response(row, old, &mut change);
        }
        for (n, record) in session.discarded.into_iter().enumerate() {
            self.response((discarded_row(key, DISCARDED_FROM + n as i64, &record), None), old, &mut change);
        }
        change.responses_end(old);
        change
    }

    fn response(&mut self, (mut row, price): (ResponseRow, Option<PriceName>), old: &Old, change: &mut Change) {
        let Value::Int(Some(ordinal)) = row[1] else { return };
        let name = price.as_ref().map(|(name, origin)| [Value::text(name), Value::text(origin)]);
        let digest = digest(&mut self.scratch, row.iter().skip(2).chain(name.iter().flatten()));
        let name = match &row[2] {
            Value::Text(Some(name)) => name.as_str(),
            _ => "",
        };
        match change.response(old, ordinal, name, digest) {
            Fate::Same => return,
            Fate::Changed(state) => row[STATE_COLUMN] = Value::text(state),
            Fate::New => {}
        }
        row.push(Value::int(digest));
        self.responses.push((row, price));
    }

    fn message(&mut self, key: i64, seq: i64, mut message: Message, old: &Old, change: &mut Change) {
        for part in &mut message.parts {
            if let Part::Text(piece) = part
                && piece.contains('\0')
            {
                *piece = text::clean(piece).into_owned();
            }
        }
        let mut row = vec![
            Value::int(key),
            Value::int(seq),
            Value::text(&message.external_id),
            Value::text(message.role.as_str()),
            Value::text(message.text()),
            Value::Text(message.model),
            Value::Int(message.created_at),
            Value::opt_count(message.prompt_tokens),
            Value::opt_count(message.completion_tokens),
            Value::Bool(Some(message.inherited)),
            Value::Bool(Some(message.off_path)),
        ];
        let (parts, bodies): (Vec<_>, Vec<_>) =
            message.parts.into_iter().enumerate().map(|(idx, part)| part_row(key, seq, idx as i64, part)).unzip();
        let digest = digest(&mut self.scratch, row.iter().skip(2).chain(parts.iter().flat_map(|part| &part[3..])));
        if !change.message(old, seq, digest) {
            return;
        }
        row.push(Value::int(digest));
        self.messages.push(row);
        self.parts.extend(parts);
        for (hash, bytes) in bodies.into_iter().flatten() {
            self.bodies.entry(hash).or_insert(bytes);
        }
    }

    /// Gives the ledger rows the keys of their price list entries.
    pub(super) async fn price_keys(&mut self, tx: &mut Tx) -> Result<()> {
        let mut wanted: Vec<PriceName> = self.responses.iter().filter_map(|(_, price)| price.clone()).collect();
        wanted.sort();
        wanted.dedup();
        let mut keys = HashMap::new();
        for price in wanted {
            let find =
                Sql::new("select row_key from price where name = $1 and origin = $2").text(&price.0).text(&price.1);
            let key = if let Some((key,)) = tx.row::<(i64,)>(find).await? {
                key
            } else {
                // The update answers the key when another process was faster.
                let add = Sql::new(
                    "insert into price (name, origin) values ($1, $2) \
                     on conflict (name, origin) do update set name = excluded.name returning row_key",
                )
                .text(&price.0)
                .text(&price.1);
                tx.row::<(i64,)>(add).await?.map_or(0, |(key,)| key)
            };
            keys.insert(price, key);
        }
        for (row, price) in &mut self.responses {
            if let Some(price) = price {
                row[PRICE_COLUMN] = Value::Int(keys.get(price).copied());
            }
        }
        Ok(())
    }

    pub(super) async fn insert(self, tx: &mut Tx) -> Result<()> {
        tx.insert_all(
            "insert into message (session_key, seq, external_id, role, text, model, created_at, prompt_tokens, \
             completion_tokens, inherited, off_path, digest) values",
            "",
            self.messages,
        )
        .await?;
        let mut bodies: Vec<_> = self.bodies.into_iter().collect();
        // In order, so that two writers cannot wait for each other.
        bodies.sort_unstable_by_key(|(hash, _)| *hash);
        let bodies =
            bodies.into_iter().map(|(hash, bytes)| vec![Value::Bytes(Some(hash.to_vec())), Value::Bytes(Some(bytes))]);
        tx.insert_all("insert into body (hash, bytes) values", " on conflict (hash) do nothing", bodies.collect())
            .await?;
        tx.insert_all(
            "insert into part (session_key, seq, idx, kind, name, call_id, body, size, packed, hash, is_error, \
             duration_ms, details, details_size, details_packed) values",
            "",
            self.parts,
        )
        .await?;
        tx.insert_all(
            "insert into response (session_key, ordinal, key, state, why, message_id, model, provider, at, fresh, \
             cache_read, cache_write_5m, cache_write_1h, output, reasoning, cost, cost_status, price_key, incomplete, \
             line, records, digest) values",
            "",
            self.responses.into_iter().map(|(row, _)| row).collect(),
        )
        .await?;
        let (mut files, mut problems) = (Vec::new(), Vec::new());
        for ((source, path), (file, its_problems)) in self.files {
            let sql = Sql::new("delete from problem where user_id = $1 and source = $2 and path = $3");
            tx.execute(sql.text(&self.user).text(source).text(path)).await?;
            files.push(file);
            problems.extend(its_problems);
        }
        tx.insert_all(
            "insert into problem (user_id, source, path, ordinal, line, kind, reason, seen_at) values",
            "",
            problems,
        )
        .await?;
        tx.insert_all(
            "insert into import (user_id, source, path, size, mtime_ns, file_id, note, sessions, imported_at) values",
            " on conflict (user_id, source, path) do update set size = excluded.size, mtime_ns = excluded.mtime_ns, \
             file_id = excluded.file_id, note = excluded.note, sessions = excluded.sessions, \
             imported_at = excluded.imported_at",
            files,
        )
        .await
    }
}

fn response_row(key: i64, ordinal: i64, response: Response, cost: Option<Cost>) -> (ResponseRow, Option<PriceName>) {
    let usage = response.usage;
    let amount = cost.as_ref().and_then(|cost| cost.amount).map(|amount| amount.0.min(MOST as i64));
    let status = cost.as_ref().map_or("unpriced", |cost| cost.status.as_str());
    let price = cost.and_then(|cost| cost.price).map(|price| (price.key.to_string(), price.origin.to_string()));
    let mut row = vec![
        Value::int(key),
        Value::int(ordinal),
        Value::text(response.key),
        Value::text("owned"),
        Value::Text(None),
        Value::Text(response.message_id),
        Value::Text(response.model),
        Value::Text(response.provider),
        Value::Int(response.at),
    ];
    row.extend(usage_columns(&usage));
    row.extend([
        Value::Int(amount),
        Value::text(status),
        Value::Int(None),
        Value::Bool(Some(response.incomplete)),
        Value::int(count_to_int(response.line)),
        Value::int(i64::from(response.records)),
    ]);
    debug_assert!(matches!(row[PRICE_COLUMN], Value::Int(None)));
    (row, price)
}

fn discarded_row(key: i64, ordinal: i64, record: &Discarded) -> ResponseRow {
    let none = || Value::Text(None);
    let mut row = vec![Value::int(key), Value::int(ordinal), Value::text(""), Value::text("discarded")];
    row.extend([Value::text(record.why.as_ref()), none(), none(), none(), Value::Int(None)]);
    row.extend(usage_columns(&record.usage));
    row.extend([
        Value::Int(None),
        Value::text("unpriced"),
        Value::Int(None),
        Value::Bool(Some(false)),
        Value::int(count_to_int(record.line)),
        Value::int(1),
    ]);
    row
}

fn usage_columns(usage: &Usage) -> [Value; 6] {
    [usage.fresh, usage.cache_read, usage.cache_write_5m, usage.cache_write_1h, usage.output, usage.reasoning]
        .map(|count| Value::int(figure(count)))
}

fn part_row(key: i64, seq: i64, idx: i64, part: Part) -> (Vec<Value>, Option<SharedBody>) {
    let mut row = vec![Value::int(key), Value::int(seq), Value::int(idx)];
    let none = || Value::Text(None);
    let (kind, name, call_id, body, is_error, duration, details) = match part {
        // The bytes of a text part are in the message's text.
        Part::Text(piece) => {
            row.extend([Value::text("text"), none(), none(), Value::Bytes(None)]);
            row.extend([Value::int(piece.len() as i64), Value::Bool(Some(false)), Value::Bytes(None)]);
            row.extend([Value::Bool(None), Value::Int(None), Value::Bytes(None), Value::Int(None), Value::Bool(None)]);
            return (row, None);
        }
        Part::Thinking(body) => ("thinking", None, None, body, None, None, None),
        Part::ToolCall { call_id, name, arguments } => ("tool-call", Some(name), call_id, arguments, None, None, None),
        Part::ToolResult { call_id, name, output, is_error, duration_ms, details } => {
            ("tool-result", name, call_id, output, is_error, duration_ms, details)
        }
        // The media type and the name share a column: `image/png logo.png`. In a media type a
        // space means nothing.
        Part::Image { media_type, name, body } => {
            let media_type = media_type.replace(' ', "");
            let name = name.map_or_else(|| media_type.clone(), |name| format!("{media_type} {name}"));
            ("image", Some(name), None, body, None, None, None)
        }
        Part::Unknown { kind, json } => ("unknown", Some(kind), None, json, None, None, None),
    };
    let size = body.size();
    let packed = body.stored().1;
    let hash = body.hash();
    row.extend([Value::text(kind), Value::Text(name), Value::Text(call_id)]);
    let stored = body.into_stored();
    let mut shared = None;
    row.push(Value::Bytes(match hash {
        Some(hash) => {
            shared = Some((hash, stored));
            None
        }
        None => Some(stored),
    }));
    row.extend([
        Value::int(count_to_int(size)),
        Value::Bool(Some(packed)),
        Value::Bytes(hash.map(|hash| hash.to_vec())),
        Value::Bool(is_error),
        Value::opt_count(duration),
    ]);
    row.extend(details_columns(details));
    (row, shared)
}

fn details_columns(details: Option<Body>) -> [Value; 3] {
    match details {
        None => [Value::Bytes(None), Value::Int(None), Value::Bool(None)],
        Some(details) => {
            let (size, packed) = (details.size(), details.stored().1);
            [Value::Bytes(Some(details.into_stored())), Value::int(count_to_int(size)), Value::Bool(Some(packed))]
        }
    }
}
