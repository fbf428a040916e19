//! What somebody sees who has a link. Nothing here knows a user, or reads a session's own rows.

use opensync_core::share::thaw;
use opensync_core::{Body, StoredMessage};

use crate::message::Around;
use crate::sql::{Sql, int_to_count};
use crate::{Result, Store};

/// A copy that can be read now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    key: i64,
    /// The last segment of the link.
    pub slug: String,
    /// What the page says of the session, as JSON.
    pub head: String,
    /// When it ends; `None` for never.
    pub expires_at: Option<i64>,
}

/// Some messages of a copy, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CopyWindow {
    /// The messages.
    pub messages: Vec<StoredMessage>,
    /// Place of the first, when there are more before it.
    pub before: Option<u64>,
    /// Place of the last, when there are more after it.
    pub after: Option<u64>,
}

impl Store {
    /// What a link shows; `None` for one that never was, that ended, or whose session is being deleted.
    /// All of these are one look at one index.
    pub async fn shared(&self, slug: &str, now: i64) -> Result<Option<Shared>> {
        let sql = Sql::new(
            "select h.session_key, h.slug, h.head, h.expires_at from share h \
             join session s on s.row_key = h.session_key where h.slug = $1 and s.is_public = true \
             and s.deleting_at is null and (h.expires_at is null or h.expires_at > $2)",
        );
        let row: Option<(i64, String, String, Option<i64>)> = self.pool.row(sql.text(slug).int(now)).await?;
        Ok(row.map(|(key, slug, head, expires_at)| Shared { key, slug, head, expires_at }))
    }

    /// At most `limit` messages of a copy; messages are named by their places.
    pub async fn shared_messages(&self, shared: &Shared, around: &Around, limit: u64) -> Result<CopyWindow> {
        match around {
            Around::Start => self.copy_after(shared.key, -1, limit).await,
            Around::After(seq) => self.copy_after(shared.key, crate::sql::count_to_int(*seq), limit).await,
            Around::Before(seq) => self.copy_before(shared.key, crate::sql::count_to_int(*seq), limit).await,
            Around::Message(name) => match name.parse::<u32>() {
                Ok(seq) => self.copy_around(shared.key, i64::from(seq), limit).await,
                Err(_) => self.copy_after(shared.key, -1, limit).await,
            },
            Around::Place(seq) => self.copy_around(shared.key, crate::sql::count_to_int(*seq), limit).await,
        }
    }

    async fn copy_around(&self, key: i64, seq: i64, limit: u64) -> Result<CopyWindow> {
        let above = self.copy_before(key, seq, limit / 4).await?;
        let mut below = self.copy_after(key, seq.saturating_sub(1), limit - limit / 4).await?;
        if below.messages.is_empty() {
            return self.copy_after(key, -1, limit).await;
        }
        let mut messages = above.messages;
        messages.append(&mut below.messages);
        Ok(CopyWindow { messages, before: above.before, after: below.after })
    }

    /// Places of the prompts of a copy, in order.
    pub async fn shared_prompts(&self, shared: &Shared) -> Result<Vec<u64>> {
        let sql = Sql::new("select seq from share_message where session_key = $1 and is_prompt = true order by seq");
        let rows: Vec<(i64,)> = self.pool.rows(sql.int(shared.key)).await?;
        Ok(rows.into_iter().map(|(seq,)| int_to_count(seq)).collect())
    }

    /// Media type and bytes of an image of a copy.
    pub async fn shared_image(&self, shared: &Shared, seq: u64, index: u64) -> Result<Option<(String, Vec<u8>)>> {
        let sql =
            Sql::new("select media_type, bytes from share_image where session_key = $1 and seq = $2 and idx = $3");
        self.pool.row(sql.int(shared.key).count(seq).count(index)).await
    }

    /// Counts that a link was opened.
    pub async fn count_view(&self, shared: &Shared) -> Result<()> {
        let sql = Sql::new("update share set views = views + 1 where session_key = $1 and slug = $2");
        self.pool.execute(sql.int(shared.key).text(&shared.slug)).await?;
        Ok(())
    }

    async fn copy_after(&self, key: i64, seq: i64, limit: u64) -> Result<CopyWindow> {
        let sql = "select seq, size, packed, body from share_message where session_key = $1 and seq > $2 \
                   order by seq limit $3";
        let (messages, more) = self.copies(Sql::new(sql).int(key).int(seq), limit).await?;
        let after = messages.last().filter(|_| more).map(|last| last.seq);
        let before = match messages.first() {
            Some(first) if seq >= 0 => self.is_before(key, first.seq).await?.then_some(first.seq),
            _ => None,
        };
        Ok(CopyWindow { messages, before, after })
    }

    async fn copy_before(&self, key: i64, seq: i64, limit: u64) -> Result<CopyWindow> {
        let sql = "select seq, size, packed, body from share_message where session_key = $1 and seq < $2 \
                   order by seq desc limit $3";
        let (mut messages, more) = self.copies(Sql::new(sql).int(key).int(seq), limit).await?;
        messages.reverse();
        let before = messages.first().filter(|_| more).map(|first| first.seq);
        let sql = Sql::new("select exists (select 1 from share_message where session_key = $1 and seq >= $2)");
        let beyond: Option<(bool,)> = self.pool.row(sql.int(key).int(seq)).await?;
        let beyond = beyond.is_some_and(|(is,)| is);
        let after = messages.last().filter(|_| beyond).map(|last| last.seq);
        Ok(CopyWindow { messages, before, after })
    }

    async fn copies(&self, sql: Sql, limit: u64) -> Result<(Vec<StoredMessage>, bool)> {
        let mut rows: Vec<(i64, i64, bool, Vec<u8>)> = self.pool.rows(sql.count(limit.saturating_add(1))).await?;
        let more = rows.len() as u64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let message =
            |(seq, size, packed, body)| thaw(int_to_count(seq), &Body::from_stored(body, int_to_count(size), packed));
        Ok((rows.into_iter().filter_map(message).collect(), more))
    }

    async fn is_before(&self, key: i64, seq: u64) -> Result<bool> {
        let sql = Sql::new("select exists (select 1 from share_message where session_key = $1 and seq < $2)");
        let row: Option<(bool,)> = self.pool.row(sql.int(key).count(seq)).await?;
        Ok(row.is_some_and(|(is,)| is))
    }
}
