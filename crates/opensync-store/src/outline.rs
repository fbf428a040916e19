//! What a page says about a session as a whole. It takes a look at every message, so it is remembered until
//! the session is written to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use opensync_core::{SessionId, UserId};

use crate::sql::Sql;
use crate::strip::Run;
use crate::{Result, Store};

/// Runs of a strip at most.
const RUNS: u64 = 250;
/// Sessions that are remembered.
const REMEMBERED: usize = 64;

/// A session as a whole.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// Places and external ids of all prompts, in order.
    pub prompts: Vec<(u64, String)>,
    /// How many of its messages, as lists count them, are copies from the session it forks.
    pub inherited: u64,
    /// Its messages in at most 250 runs.
    pub strip: Vec<Run>,
}

/// Outlines by row, each with the revision of the session it was made of.
#[derive(Debug, Default)]
pub(crate) struct Outlines(Mutex<HashMap<i64, (i64, Arc<Outline>)>>);

impl Store {
    /// The outline of a session; empty when there is none.
    pub async fn outline(&self, user: &UserId, session: &SessionId) -> Result<Arc<Outline>> {
        let sql = Sql::new("select row_key, revision from session where user_id = $1 and id = $2");
        let row: Option<(i64, i64)> = self.pool.row(sql.text(user.as_str()).text(session.as_str())).await?;
        let Some((key, revision)) = row else { return Ok(Arc::default()) };
        if let Some(known) = self.outlines.get(key, revision) {
            return Ok(known);
        }
        // Made after the revision was read: what is written meanwhile is newer than its name, never older.
        let outline = Arc::new(Outline {
            prompts: self.prompts(user, session).await?,
            inherited: self.inherited_messages(user, session).await?,
            strip: self.strip(user, session, RUNS).await?,
        });
        self.outlines.put(key, revision, outline.clone());
        Ok(outline)
    }
}

impl Outlines {
    fn get(&self, key: i64, revision: i64) -> Option<Arc<Outline>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&key).filter(|(of, _)| *of == revision).map(|(_, outline)| outline.clone())
    }

    fn put(&self, key: i64, revision: i64, outline: Arc<Outline>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key, (revision, outline));
    }
}
