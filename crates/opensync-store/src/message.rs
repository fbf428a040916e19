//! Reads messages in windows: a session of 50,000 opens as fast as one of 50.

use std::collections::BTreeMap;

use opensync_core::{Body, Message, Part, Role, SessionId, StoredMessage, UserId};

use crate::pool::Tx;
use crate::sql::{Sql, Value, int_to_count};
use crate::{Result, Store};

/// Which messages of a session to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Around {
    /// From the first.
    Start,
    /// Those before a place.
    Before(u64),
    /// Those after a place.
    After(u64),
    /// Those around the message with this external id; from the first when there is none.
    Message(String),
    /// Those around a place.
    Place(u64),
}

/// Some messages of a session, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// The messages.
    pub messages: Vec<StoredMessage>,
    /// Place of the first, when there are more before it.
    pub before: Option<u64>,
    /// Place of the last, when there are more after it.
    pub after: Option<u64>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct MessageRow {
    seq: i64,
    external_id: String,
    role: String,
    text: String,
    model: Option<String>,
    created_at: Option<i64>,
    prompt_tokens: Option<i64>,
    completion_tokens: Option<i64>,
    inherited: bool,
    off_path: bool,
}

#[derive(sqlx::FromRow)]
pub(crate) struct PartRow {
    seq: i64,
    kind: String,
    name: Option<String>,
    call_id: Option<String>,
    body: Option<Vec<u8>>,
    size: i64,
    packed: bool,
    hash: Option<Vec<u8>>,
    is_error: Option<bool>,
    duration_ms: Option<i64>,
    details: Option<Vec<u8>>,
    details_size: Option<i64>,
    details_packed: Option<bool>,
}

pub(crate) const MESSAGE: &str = "m.seq, m.external_id, m.role, m.text, m.model, m.created_at, m.prompt_tokens, \
    m.completion_tokens, m.inherited, m.off_path";
pub(crate) const PART: &str = "p.seq, p.kind, p.name, p.call_id, coalesce(p.body, b.bytes) as body, p.size, p.packed, p.hash, \
    p.is_error, p.duration_ms, p.details, p.details_size, p.details_packed";

impl Store {
    /// At most `limit` messages of a session, those off the active branch left out; empty when
    /// there is no such session.
    pub async fn messages(&self, user: &UserId, session: &SessionId, around: &Around, limit: u64) -> Result<Window> {
        let Some(key) = self.row_key(user, session).await? else { return Ok(Window::default()) };
        match around {
            Around::Start => self.after(key, None, limit).await,
            Around::After(seq) => self.after(key, Some(*seq), limit).await,
            Around::Before(seq) => self.before(key, *seq, limit).await,
            Around::Message(external_id) => {
                let sql = Sql::new("select min(seq) from message where session_key = $1 and external_id = $2");
                let found: Option<(Option<i64>,)> = self.pool.row(sql.int(key).text(external_id)).await?;
                let Some(seq) = found.and_then(|(seq,)| seq).map(int_to_count) else {
                    return self.after(key, None, limit).await;
                };
                self.around(key, seq, limit).await
            }
            Around::Place(seq) => self.around(key, *seq, limit).await,
        }
    }

    /// All messages of a session in order, those off the active branch left out.
    pub async fn all_messages(&self, user: &UserId, session: &SessionId) -> Result<Vec<StoredMessage>> {
        Ok(self.messages(user, session, &Around::Start, i64::MAX as u64 - 1).await?.messages)
    }

    /// Places and external ids of all prompts of a session, in order.
    pub async fn prompts(&self, user: &UserId, session: &SessionId) -> Result<Vec<(u64, String)>> {
        let Some(key) = self.row_key(user, session).await? else { return Ok(Vec::new()) };
        let sql = Sql::new(
            "select seq, external_id from message where session_key = $1 and role = 'user' and off_path = false \
             order by seq",
        );
        let rows: Vec<(i64, String)> = self.pool.rows(sql.int(key)).await?;
        Ok(rows.into_iter().map(|(seq, id)| (int_to_count(seq), id)).collect())
    }

    /// How many of a session's messages, as lists count them, are copies from the session it forks.
    pub async fn inherited_messages(&self, user: &UserId, session: &SessionId) -> Result<u64> {
        let sql = Sql::new(
            "select count(*) from message m join session s on s.row_key = m.session_key \
             where s.user_id = $1 and s.id = $2 and m.inherited = true and m.off_path = false \
             and m.role in ('user', 'assistant')",
        );
        self.pool.count(sql.text(user.as_str()).text(session.as_str())).await
    }

    /// One part of a message; `None` when there is none at that place.
    pub async fn part(&self, user: &UserId, session: &SessionId, seq: u64, idx: u64) -> Result<Option<Part>> {
        let Some(key) = self.row_key(user, session).await? else { return Ok(None) };
        let message = self.with_parts(key, self.message_rows(key, seq, seq).await?).await?;
        let idx = usize::try_from(idx).unwrap_or(usize::MAX);
        Ok(message.into_iter().next().and_then(|message| message.message.parts.into_iter().nth(idx)))
    }

    /// Messages of a session by place, `first` and `last` included, whatever branch they are on.
    pub(crate) async fn messages_between(&self, key: i64, first: i64, last: i64) -> Result<Vec<StoredMessage>> {
        let rows = self.message_rows(key, int_to_count(first), int_to_count(last)).await?;
        self.with_parts(key, rows).await
    }

    pub(crate) async fn row_key(&self, user: &UserId, session: &SessionId) -> Result<Option<i64>> {
        let sql = Sql::new("select row_key from session where user_id = $1 and id = $2 and deleting_at is null");
        let row: Option<(i64,)> = self.pool.row(sql.text(user.as_str()).text(session.as_str())).await?;
        Ok(row.map(|(key,)| key))
    }

    async fn message_rows(&self, key: i64, first: u64, last: u64) -> Result<Vec<MessageRow>> {
        let sql = Sql::new(format!(
            "select {MESSAGE} from message m where m.session_key = $1 and m.seq between $2 and $3 order by m.seq"
        ));
        self.pool.rows(sql.int(key).count(first).count(last)).await
    }

    async fn after(&self, key: i64, seq: Option<u64>, limit: u64) -> Result<Window> {
        let sql = Sql::new(format!(
            "select {MESSAGE} from message m where m.session_key = $1 and m.seq > $2 and m.off_path = false \
             order by m.seq limit $3"
        ));
        let from = seq.map_or(-1, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
        let mut rows: Vec<MessageRow> = self.pool.rows(sql.int(key).int(from).count(limit.saturating_add(1))).await?;
        let more = rows.len() as u64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let after = rows.last().filter(|_| more).map(|row| int_to_count(row.seq));
        let earlier =
            Sql::new("select exists (select 1 from message where session_key = $1 and seq < $2 and off_path = false)");
        let before = match (seq, rows.first()) {
            (Some(_), Some(first)) => self.edge(earlier, key, first.seq).await?,
            _ => None,
        };
        Ok(Window { before, after, messages: self.with_parts(key, rows).await? })
    }

    async fn before(&self, key: i64, seq: u64, limit: u64) -> Result<Window> {
        let sql = Sql::new(format!(
            "select {MESSAGE} from message m where m.session_key = $1 and m.seq < $2 and m.off_path = false \
             order by m.seq desc limit $3"
        ));
        let mut rows: Vec<MessageRow> = self.pool.rows(sql.int(key).count(seq).count(limit.saturating_add(1))).await?;
        let more = rows.len() as u64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        rows.reverse();
        // With no room at all the place itself is where earlier messages end.
        let before = if more { Some(rows.first().map_or(seq, |row| int_to_count(row.seq))) } else { None };
        let later =
            Sql::new("select exists (select 1 from message where session_key = $1 and seq > $2 and off_path = false)");
        let after = match rows.last() {
            Some(last) => self.edge(later, key, last.seq).await?,
            None => None,
        };
        Ok(Window { before, after, messages: self.with_parts(key, rows).await? })
    }

    async fn around(&self, key: i64, seq: u64, limit: u64) -> Result<Window> {
        let above = self.before(key, seq, limit / 4).await?;
        let below = self.after(key, seq.checked_sub(1), limit - limit / 4).await?;
        let mut messages = above.messages;
        messages.extend(below.messages);
        Ok(Window { messages, before: above.before, after: below.after })
    }

    /// The place, when there are messages beyond it.
    async fn edge(&self, beyond: Sql, key: i64, seq: i64) -> Result<Option<u64>> {
        let row: Option<(bool,)> = self.pool.row(beyond.int(key).int(seq)).await?;
        Ok(row.filter(|(more,)| *more).map(|_| int_to_count(seq)))
    }

    async fn with_parts(&self, key: i64, rows: Vec<MessageRow>) -> Result<Vec<StoredMessage>> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Vec::new()) };
        let sql = Sql::new(format!(
            "select {PART} from part p left join body b on b.hash = p.hash \
             where p.session_key = $1 and p.seq between $2 and $3 order by p.seq, p.idx"
        ));
        let parts: Vec<PartRow> = self.pool.rows(sql.int(key).int(first.seq).int(last.seq)).await?;
        Ok(stored_messages(rows, parts))
    }

    /// Messages and parts of all sessions together, for statistics.
    pub async fn message_count(&self, user: &UserId) -> Result<u64> {
        let mut sql = Sql::new("select cast(coalesce(sum(message_count), 0) as bigint) from session where user_id = ");
        sql.push_value(Value::text(user.as_str()));
        sql.push(" and deleting_at is null");
        self.pool.count(sql).await
    }
}

/// The first messages of a session, at most `count`, whatever branch they are on.
pub(crate) async fn first_messages(tx: &mut Tx, key: i64, count: u64) -> Result<Vec<StoredMessage>> {
    let messages = format!("select {MESSAGE} from message m where m.session_key = $1 and m.seq < $2 order by m.seq");
    let parts = format!(
        "select {PART} from part p left join body b on b.hash = p.hash \
         where p.session_key = $1 and p.seq < $2 order by p.seq, p.idx"
    );
    let rows = tx.rows(Sql::new(messages).int(key).count(count)).await?;
    let parts = tx.rows(Sql::new(parts).int(key).count(count)).await?;
    Ok(stored_messages(rows, parts))
}

/// Messages with their parts.
pub(crate) fn stored_messages(rows: Vec<MessageRow>, parts: Vec<PartRow>) -> Vec<StoredMessage> {
    let mut by_seq: BTreeMap<i64, Vec<PartRow>> = BTreeMap::new();
    for part in parts {
        by_seq.entry(part.seq).or_default().push(part);
    }
    let stored = |row: MessageRow| {
        let parts = by_seq.remove(&row.seq).unwrap_or_default();
        stored_message(row, parts)
    };
    rows.into_iter().map(stored).collect()
}

fn stored_message(row: MessageRow, parts: Vec<PartRow>) -> StoredMessage {
    let mut text = row.text.as_str();
    let mut message = Message::new(row.external_id, Role::parse(&row.role), row.created_at);
    let mut separated = false;
    for part in parts {
        if part.kind == "text" {
            // As `Message::text` joins them: nothing stands before the first text that is not empty.
            if separated {
                text = text.strip_prefix("\n\n").unwrap_or(text);
            }
            let size = usize::try_from(part.size).unwrap_or(0);
            let (piece, rest) = text.split_at_checked(size).unwrap_or((text, ""));
            message.parts.push(Part::Text(piece.to_owned()));
            text = rest;
            separated |= !piece.is_empty();
        } else {
            message.parts.push(other_part(part));
        }
    }
    message.model = row.model;
    message.prompt_tokens = row.prompt_tokens.map(int_to_count);
    message.completion_tokens = row.completion_tokens.map(int_to_count);
    message.inherited = row.inherited;
    message.off_path = row.off_path;
    StoredMessage { seq: int_to_count(row.seq), message }
}

fn other_part(row: PartRow) -> Part {
    let hash = row.hash.and_then(|hash| hash.try_into().ok());
    let body = Body::from_stored(row.body.unwrap_or_default(), int_to_count(row.size), row.packed).with_hash(hash);
    let name = row.name;
    match row.kind.as_str() {
        "thinking" => Part::Thinking(body),
        "tool-call" => Part::ToolCall { call_id: row.call_id, name: name.unwrap_or_default(), arguments: body },
        "tool-result" => Part::ToolResult {
            call_id: row.call_id,
            name,
            output: body,
            is_error: row.is_error,
            duration_ms: row.duration_ms.map(int_to_count),
            details: row.details.map(|bytes| {
                let size = row.details_size.map_or(bytes.len() as u64, int_to_count);
                Body::from_stored(bytes, size, row.details_packed.unwrap_or(false))
            }),
        },
        "image" => {
            let name = name.unwrap_or_default();
            let (media_type, name) = match name.split_once(' ') {
                Some((media_type, name)) => (media_type.to_owned(), Some(name.to_owned())),
                None => (name, None),
            };
            Part::Image { media_type, name, body }
        }
        kind => Part::Unknown { kind: name.unwrap_or_else(|| kind.to_owned()), json: body },
    }
}
