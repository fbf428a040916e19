//! Takes in sessions that another archive pushes, whole or as the messages that are new.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use opensync_core::export::Marks;
use opensync_core::{Message, SessionId, UserId};

use crate::message::first_messages;
use crate::pool::Tx;
use crate::restore::{label, rename};
use crate::sql::{Sql, Value};
use crate::{FileRead, Kept, Result, Store, write};

/// A session as it is pushed.
#[derive(Debug, Clone)]
pub struct Pushed {
    /// The session, with the messages that are sent.
    pub kept: Kept,
    /// What they go together with.
    pub marks: Marks,
}

/// What became of a session that was pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Accepted {
    /// It is new.
    Imported,
    /// It was there, and differs now.
    Updated,
    /// It is as it was.
    Unchanged,
    /// It was deleted here, and stays so.
    Deleted,
    /// It was left alone: another machine told more of it.
    Older,
    /// It was left alone: its messages do not fit. All of it is needed.
    Resend,
}

impl Accepted {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Deleted => "deleted",
            Self::Older => "older",
            Self::Resend => "resend",
        }
    }

    /// Reads the name.
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Self::Imported, Self::Updated, Self::Unchanged, Self::Deleted, Self::Older, Self::Resend];
        all.into_iter().find(|accepted| accepted.as_str() == name)
    }
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    id: String,
    row_key: i64,
    updated_at: i64,
    machine: Option<String>,
    push_mark: Option<String>,
}

impl Store {
    /// Writes what is pushed, all in one transaction; answers what became of each, in the same order. No
    /// session may be among them twice.
    ///
    /// A machine always replaces what it said itself, and what nobody knows the machine of; what another
    /// one said only with a later last moment. Labels and titles come as from a file.
    pub async fn accept(&self, user: &UserId, sessions: Vec<Pushed>) -> Result<Vec<(SessionId, Accepted)>> {
        let mut tx = self.pool.begin().await?;
        let id = |pushed: &Pushed| SessionId::derive(user, &pushed.kept.source, &pushed.kept.session.external_id);
        let ids: Vec<SessionId> = sessions.iter().map(id).collect();
        let known = known(&mut tx, user, &ids).await?;
        let mut accepted: Vec<Option<Accepted>> = Vec::with_capacity(ids.len());
        let (mut files, mut extras, mut marks) = (Vec::new(), Vec::new(), Vec::new());
        for (id, pushed) in ids.iter().zip(sessions) {
            let Pushed { mut kept, marks: its } = pushed;
            let here = known.get(id);
            let decided = match (&its.after, here) {
                (_, None) if is_deleted(&mut tx, user, &kept).await? => Some(Accepted::Deleted),
                (None, Some(here)) => left_alone(here, &kept),
                (None, None) => None,
                (Some(after), Some(here)) if here.push_mark.as_ref() == Some(after) => None,
                (Some(_), _) => Some(Accepted::Resend),
            };
            let decided = match (decided, here) {
                (None, Some(here))
                    if (its.after.is_some() || its.more)
                        && !put_in_place(&mut tx, here.row_key, &its, &mut kept).await? =>
                {
                    Some(Accepted::Resend)
                }
                (decided, _) => decided,
            };
            accepted.push(decided);
            if !matches!(decided, Some(Accepted::Deleted | Accepted::Resend)) {
                extras.push((id, kept.edited_title, kept.labels));
            }
            if decided.is_none() {
                marks.extend(its.mark.map(|mark| (id, mark)));
                files.push(FileRead {
                    path: kept.file.unwrap_or_default(),
                    machine: kept.machine,
                    ..FileRead::without_file(kept.source, kept.session, kept.costs)
                });
            }
        }
        let mut changed = HashSet::new();
        if !files.is_empty() {
            changed.extend(write::write(&mut tx, user, files, write::From::Elsewhere).await?.ids);
        }
        for (id, mark) in marks {
            set_mark(&mut tx, user, id, &mark).await?;
        }
        for (id, title, labels) in extras {
            let renamed = match title {
                Some(title) => rename(&mut tx, user, id, &title).await?,
                None => false,
            };
            if label(&mut tx, user, id, labels).await? || renamed {
                changed.insert(id.clone());
            }
        }
        tx.commit().await?;
        let state = |id: &SessionId, decided: Option<Accepted>| match decided {
            None if !known.contains_key(id) => Accepted::Imported,
            None | Some(Accepted::Unchanged) if changed.contains(id) => Accepted::Updated,
            None => Accepted::Unchanged,
            Some(decided) => decided,
        };
        Ok(ids.iter().zip(accepted).map(|(id, decided)| (id.clone(), state(id, decided))).collect())
    }
}

/// Those of the sessions that are here.
async fn known(tx: &mut Tx, user: &UserId, ids: &[SessionId]) -> Result<HashMap<SessionId, KnownRow>> {
    let mut known = HashMap::new();
    for some in ids.chunks(500) {
        let mut sql = Sql::new(
            "select id, row_key, updated_at, machine, push_mark from session where user_id || '' = $1 and id in ",
        )
        .text(user.as_str());
        sql.push_list(some.iter().map(|id| Value::text(id.as_str())));
        let rows: Vec<KnownRow> = tx.rows(sql).await?;
        known.extend(rows.into_iter().map(|row| (SessionId::from_stored(row.id.clone()), row)));
    }
    Ok(known)
}

async fn is_deleted(tx: &mut Tx, user: &UserId, kept: &Kept) -> Result<bool> {
    let sql = Sql::new("select deleted_at from tombstone where user_id = $1 and source = $2 and external_id = $3");
    let sql = sql.text(user.as_str()).text(&kept.source).text(&kept.session.external_id);
    Ok(tx.row::<(i64,)>(sql).await?.is_some())
}

/// Whether what is here stays as it is, because another machine told as much of it or more.
fn left_alone(here: &KnownRow, kept: &Kept) -> Option<Accepted> {
    if here.machine.is_none() || here.machine == kept.machine {
        return None;
    }
    let last = kept.session.updated_at.or(kept.session.created_at).unwrap_or(0);
    match here.updated_at.cmp(&last) {
        Ordering::Less => None,
        Ordering::Equal => Some(Accepted::Unchanged),
        Ordering::Greater => Some(Accepted::Older),
    }
}

/// Puts the messages that stay around those that were sent; false when there are not so many before them.
async fn put_in_place(tx: &mut Tx, key: i64, marks: &Marks, kept: &mut Kept) -> Result<bool> {
    let before = if marks.after.is_some() { marks.keep.unwrap_or(i64::MAX as u64) } else { 0 };
    let most = if marks.more { i64::MAX as u64 } else { before };
    let stored = first_messages(tx, key, most).await?;
    let complete = stored.iter().enumerate().all(|(n, stored)| stored.seq == n as u64)
        && (marks.keep.is_none() || before <= stored.len() as u64);
    if complete {
        let mut stored = stored.into_iter().map(|stored| stored.message);
        let mut messages: Vec<Message> = stored.by_ref().take(usize::try_from(before).unwrap_or(usize::MAX)).collect();
        let sent = kept.session.messages.len();
        messages.append(&mut kept.session.messages);
        messages.extend(stored.skip(sent));
        kept.session.messages = messages;
    }
    Ok(complete)
}

async fn set_mark(tx: &mut Tx, user: &UserId, id: &SessionId, mark: &str) -> Result<()> {
    let sql = Sql::new(
        "update session set push_mark = $1, revision = (select number from revision) \
         where user_id || '' = $2 and id = $3 and (push_mark is null or push_mark <> $1)",
    );
    tx.execute(sql.text(mark).text(user.as_str()).text(id.as_str())).await?;
    Ok(())
}
