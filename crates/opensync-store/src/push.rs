//! What other archives have of the sessions here, so that only what is new is sent to them.

use opensync_core::{SessionId, UserId};

use crate::pool::Tx;
use crate::sql::{Sql, Value};
use crate::{Result, Store, key};

/// A session that another archive may not have as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its id here.
    pub id: SessionId,
    /// Its state: what is read of it later is of this one or a later one.
    pub revision: i64,
    /// The source's id.
    pub source: String,
    /// First working directory.
    pub project_path: Option<String>,
    /// Last segment of `project_path`.
    pub project_name: Option<String>,
}

/// What another archive acknowledged of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its id here.
    pub id: SessionId,
    /// The state it was read in.
    pub revision: i64,
    /// A digest of all but its messages.
    pub head: i64,
    /// What tells which messages were sent; nothing when the other archive left it alone.
    pub trail: Option<Vec<u8>>,
    /// It was deleted there, so it is not sent again.
    pub gone: bool,
}

#[derive(sqlx::FromRow)]
struct CandidateRow {
    id: String,
    revision: i64,
    source: String,
    project_path: Option<String>,
    project_name: Option<String>,
}

impl Store {
    /// A name for what this archive holds of a user: another one when it is made anew.
    pub async fn archive_id(&self, user: &UserId) -> Result<String> {
        let sql = Sql::new(r#"select created_at from "user" where id = $1"#).text(user.as_str());
        let born = self.pool.row::<(i64,)>(sql).await?.map_or(0, |(at,)| at);
        let mut id = key::hash(&format!("{} {born}", user.as_str()));
        id.truncate(16);
        Ok(id)
    }

    /// Sessions written after the transaction `since` that `archive` did not acknowledge as they are,
    /// newest first. Hidden ones and sub-agents are among them.
    pub async fn push_candidates(&self, user: &UserId, archive: &str, since: i64) -> Result<Vec<Candidate>> {
        let bytes = self.pool.by_bytes();
        let sql = Sql::new(format!(
            "select s.id, s.revision, s.source, s.project_path, s.project_name from session s \
             left join push p on p.user_id = $1 and p.archive = $2 and p.session_id = s.id \
             where s.user_id = $1 and s.revision > $3 and s.deleting_at is null \
             and (p.revision is null or (p.revision < s.revision and p.gone = false)) \
             order by s.created_at desc, s.id {bytes}"
        ));
        let rows: Vec<CandidateRow> = self.pool.rows(sql.text(user.as_str()).text(archive).int(since)).await?;
        let candidate = |row: CandidateRow| {
            let CandidateRow { id, revision, source, project_path, project_name } = row;
            Candidate { id: SessionId::from_stored(id), revision, source, project_path, project_name }
        };
        Ok(rows.into_iter().map(candidate).collect())
    }

    /// What `archive` has of a session; `None` when it was never told of it.
    pub async fn sent(&self, user: &UserId, archive: &str, id: &SessionId) -> Result<Option<Sent>> {
        let sql = Sql::new(
            "select revision, head, sent, gone from push where user_id = $1 and archive = $2 and session_id = $3",
        );
        let sql = sql.text(user.as_str()).text(archive).text(id.as_str());
        let row: Option<(i64, i64, Option<Vec<u8>>, bool)> = self.pool.row(sql).await?;
        Ok(row.map(|(revision, head, trail, gone)| Sent { id: id.clone(), revision, head, trail, gone }))
    }

    /// Notes what `archive` acknowledged.
    pub async fn note_sent(&self, user: &UserId, archive: &str, sessions: &[Sent]) -> Result<()> {
        let now = crate::now_ms();
        for some in sessions.chunks(100) {
            let mut sql = Sql::new(
                "insert into push (user_id, archive, session_id, revision, head, sent, gone, pushed_at) values",
            );
            for (n, sent) in some.iter().enumerate() {
                sql.push(if n > 0 { ", " } else { " " });
                let row = vec![
                    Value::text(user.as_str()),
                    Value::text(archive),
                    Value::text(sent.id.as_str()),
                    Value::int(sent.revision),
                    Value::int(sent.head),
                    Value::Bytes(sent.trail.clone()),
                    Value::Bool(Some(sent.gone)),
                    Value::int(now),
                ];
                sql.push_row(row, self.pool.is_sqlite());
            }
            sql.push(
                " on conflict (user_id, archive, session_id) do update set revision = excluded.revision, \
                 head = excluded.head, sent = excluded.sent, gone = excluded.gone, pushed_at = excluded.pushed_at",
            );
            self.pool.execute(sql).await?;
        }
        Ok(())
    }

    /// Forgets what `archive` acknowledged, so that all is sent again; answers of how many sessions.
    pub async fn forget_sent(&self, user: &UserId, archive: &str) -> Result<u64> {
        let sql = Sql::new("delete from push where user_id = $1 and archive = $2");
        self.pool.execute(sql.text(user.as_str()).text(archive)).await
    }

    /// The digest of each message of a session, in order, those off the active branch included. 0 is one
    /// that is not known.
    pub async fn message_digests(&self, user: &UserId, id: &SessionId) -> Result<Vec<i64>> {
        let Some(key) = self.row_key(user, id).await? else { return Ok(Vec::new()) };
        let sql = Sql::new("select digest from message where session_key = $1 order by seq").int(key);
        Ok(self.pool.rows::<(i64,)>(sql).await?.into_iter().map(|(digest,)| digest).collect())
    }
}

/// Forgets what was sent of sessions that are deleted.
pub(crate) async fn forget(tx: &mut Tx, keys: &[i64]) -> Result<()> {
    let mut sql = Sql::new("delete from push where session_id in (select id from session where row_key in ");
    sql.push_list(keys.iter().map(|key| Value::int(*key)));
    sql.push(")");
    tx.execute(sql).await?;
    Ok(())
}
