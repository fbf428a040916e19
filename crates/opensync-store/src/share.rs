//! Public links, and the copies they show. What a copy holds is made elsewhere
//! ([`opensync_core::share`]); here it is kept apart from the session it was made of.

use opensync_core::share::{Frozen, slug};
use opensync_core::{Body, SessionId, UserId};

use crate::pool::Tx;
use crate::sql::{Sql, Value, count_to_int, int_to_count};
use crate::{Error, Result, Store};

mod read;

pub use read::{CopyWindow, Shared};

/// A link as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The last segment of the link.
    pub slug: String,
    /// When the link was made, Unix milliseconds.
    pub created_at: i64,
    /// When the copy was made.
    pub published_at: i64,
    /// When it ends; `None` for never.
    pub expires_at: Option<i64>,
    /// The first message that is meant; `None` for the first of all.
    pub from: Option<u64>,
    /// The last message that is meant; `None` for all that were there.
    pub to: Option<u64>,
    /// What was found, as who made the copy wrote it.
    pub findings: String,
    /// How often it was opened.
    pub views: u64,
    /// Messages of the session that came after the copy, when all were meant.
    pub newer: u64,
}

/// What is published.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Publication {
    /// What the page says of the session, as JSON.
    pub head: String,
    /// What was found, as JSON.
    pub findings: String,
    /// When it ends; `None` for never.
    pub expires_at: Option<i64>,
    /// The first message that is meant; `None` for the first of all.
    pub from: Option<u64>,
    /// The last message that is meant; `None` for all there are.
    pub to: Option<u64>,
    /// The copy, in order.
    pub messages: Vec<Frozen>,
}

#[derive(sqlx::FromRow)]
struct ShareRow {
    slug: String,
    created_at: i64,
    published_at: i64,
    expires_at: Option<i64>,
    from_seq: Option<i64>,
    to_seq: Option<i64>,
    findings: String,
    views: i64,
    newer: i64,
}

const TABLES: [&str; 3] = ["share", "share_message", "share_image"];

impl Store {
    /// The link of a session; `None` when it has none.
    pub async fn share(&self, user: &UserId, id: &SessionId) -> Result<Option<Share>> {
        let sql = Sql::new(
            "select h.slug, h.created_at, h.published_at, h.expires_at, h.from_seq, h.to_seq, h.findings, h.views, \
             case when h.to_seq is null then (select count(*) from message m where m.session_key = h.session_key \
             and m.seq > h.last_seq and m.off_path = false and m.role in ('user', 'assistant')) else 0 end as newer \
             from share h join session s on s.row_key = h.session_key \
             where s.user_id = $1 and s.id = $2 and s.deleting_at is null",
        );
        let row: Option<ShareRow> = self.pool.row(sql.text(user.as_str()).text(id.as_str())).await?;
        Ok(row.map(|row| Share {
            slug: row.slug,
            created_at: row.created_at,
            published_at: row.published_at,
            expires_at: row.expires_at,
            from: row.from_seq.map(int_to_count),
            to: row.to_seq.map(int_to_count),
            findings: row.findings,
            views: int_to_count(row.views),
            newer: int_to_count(row.newer),
        }))
    }

    /// Makes a copy public, in place of an earlier one. The link a session has or had stays; one that
    /// never had any gets one with words of `title`. Answers the link; `None` when there is no such session.
    pub async fn publish(
        &self,
        user: &UserId,
        id: &SessionId,
        publication: Publication,
        title: &str,
        now: i64,
    ) -> Result<Option<String>> {
        let mut tx = self.pool.begin().await?;
        let Some((key, old)) = owned(&mut tx, user, id).await? else { return Ok(None) };
        let slug = match old {
            Some(slug) => slug,
            None => new_slug(title)?,
        };
        let earlier = Sql::new("select created_at, views from share where session_key = $1").int(key);
        let (created_at, views) = tx.row::<(i64, i64)>(earlier).await?.unwrap_or((now, 0));
        remove(&mut tx, &[key]).await?;
        let last = publication.messages.last().map_or(-1, |message| count_to_int(message.seq));
        let int = |seq: Option<u64>| Value::opt_count(seq);
        let row = vec![
            Value::int(key),
            Value::text(&slug),
            Value::int(created_at),
            Value::int(now),
            Value::Int(publication.expires_at),
            int(publication.from),
            int(publication.to),
            Value::int(last),
            Value::text(publication.head),
            Value::text(publication.findings),
            Value::int(views),
        ];
        tx.insert_all(
            "insert into share (session_key, slug, created_at, published_at, expires_at, from_seq, to_seq, last_seq, \
             head, findings, views) values",
            "",
            vec![row],
        )
        .await?;
        insert(&mut tx, key, publication.messages).await?;
        mark(&mut tx, key, true, Some(&slug)).await?;
        tx.commit().await?;
        Ok(Some(slug))
    }

    /// Ends a link at once. Publishing again brings the same link back.
    pub async fn unshare(&self, user: &UserId, id: &SessionId) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        let Some((key, slug)) = owned(&mut tx, user, id).await? else { return Ok(false) };
        remove(&mut tx, &[key]).await?;
        mark(&mut tx, key, false, slug.as_deref()).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Gives a public session another link, with words of `title`; the old one ends at once. Answers
    /// the link; `None` when the session is not public.
    pub async fn relink(&self, user: &UserId, id: &SessionId, title: &str, now: i64) -> Result<Option<String>> {
        let slug = new_slug(title)?;
        let mut tx = self.pool.begin().await?;
        let Some((key, _)) = owned(&mut tx, user, id).await? else { return Ok(None) };
        let sql = Sql::new("update share set slug = $1, created_at = $2, views = 0 where session_key = $3");
        if tx.execute(sql.text(&slug).int(now).int(key)).await? == 0 {
            return Ok(None);
        }
        mark(&mut tx, key, true, Some(&slug)).await?;
        tx.commit().await?;
        Ok(Some(slug))
    }

    /// Sets when the link of a session ends; `None` for never. False when it is not public.
    pub async fn set_expiry(&self, user: &UserId, id: &SessionId, expires_at: Option<i64>) -> Result<bool> {
        let sql = Sql::new(
            "update share set expires_at = $1 where session_key = \
             (select row_key from session where user_id = $2 and id = $3 and deleting_at is null)",
        );
        let sql = sql.opt_int(expires_at).text(user.as_str()).text(id.as_str());
        Ok(self.pool.execute(sql).await? > 0)
    }

    /// Removes the copies of links that ended; answers how many. They showed nothing any more.
    pub async fn remove_expired_shares(&self, now: i64) -> Result<u64> {
        let mut tx = self.pool.begin().await?;
        let sql = Sql::new("select session_key from share where expires_at <= $1 limit 500").int(now);
        let keys: Vec<i64> = tx.rows::<(i64,)>(sql).await?.into_iter().map(|(key,)| key).collect();
        if keys.is_empty() {
            return Ok(0);
        }
        remove(&mut tx, &keys).await?;
        for key in &keys {
            let sql = Sql::new(
                "update session set is_public = false, revision = (select number from revision) where row_key = $1",
            );
            tx.execute(sql.int(*key)).await?;
        }
        tx.commit().await?;
        Ok(keys.len() as u64)
    }
}

fn new_slug(title: &str) -> Result<String> {
    let mut random = [0u8; 16];
    getrandom::fill(&mut random).map_err(|error| Error::Random(error.to_string()))?;
    Ok(slug(title, &random))
}

/// Key and present or former link of a session of a user.
async fn owned(tx: &mut Tx, user: &UserId, id: &SessionId) -> Result<Option<(i64, Option<String>)>> {
    let sql =
        Sql::new("select row_key, public_slug from session where user_id = $1 and id = $2 and deleting_at is null");
    tx.row(sql.text(user.as_str()).text(id.as_str())).await
}

async fn mark(tx: &mut Tx, key: i64, is_public: bool, slug: Option<&str>) -> Result<()> {
    let sql = Sql::new(
        "update session set is_public = $1, public_slug = $2, revision = (select number from revision) \
         where row_key = $3",
    );
    tx.execute(sql.bool(is_public).opt_text(slug).int(key)).await?;
    Ok(())
}

async fn insert(tx: &mut Tx, key: i64, messages: Vec<Frozen>) -> Result<()> {
    let mut images = Vec::new();
    let mut rows = Vec::with_capacity(messages.len());
    for message in messages {
        let seq = count_to_int(message.seq);
        let (size, packed) = (message.body.size(), message.body.stored().1);
        rows.push(vec![
            Value::int(key),
            Value::int(seq),
            Value::Bool(Some(message.is_prompt)),
            Value::int(count_to_int(size)),
            Value::Bool(Some(packed)),
            Value::Bytes(Some(Body::into_stored(message.body))),
        ]);
        images.extend(message.images.into_iter().map(|image| {
            vec![
                Value::int(key),
                Value::int(seq),
                Value::int(image.index as i64),
                Value::text(image.media_type),
                Value::Bytes(Some(image.bytes)),
            ]
        }));
    }
    tx.insert_all("insert into share_message (session_key, seq, is_prompt, size, packed, body) values", "", rows)
        .await?;
    tx.insert_all("insert into share_image (session_key, seq, idx, media_type, bytes) values", "", images).await
}

/// Removes links and copies of sessions.
pub(crate) async fn remove(tx: &mut Tx, keys: &[i64]) -> Result<()> {
    for some in keys.chunks(500) {
        for table in TABLES {
            let mut sql = Sql::new(format!("delete from {table} where session_key in "));
            sql.push_list(some.iter().map(|key| Value::int(*key)));
            tx.execute(sql).await?;
        }
    }
    Ok(())
}
