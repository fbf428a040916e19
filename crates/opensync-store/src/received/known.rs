//! What is known of a session that plugins told of.

use opensync_core::UserId;
use opensync_core::received::SessionFacts;

use crate::pool::Tx;
use crate::sql::Sql;
use crate::{Error, Result};

/// A row of `received_session`.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: i64,
    pub(super) source: String,
    pub(super) external_id: String,
    /// Nobody said which tool it is from.
    pub(super) is_assumed: bool,
    pub(super) facts: SessionFacts,
    pub(super) arrived_at: i64,
    pub(super) changed_at: i64,
    /// Of the transaction that wrote it last.
    pub(super) revision: i64,
    /// A call said something new.
    pub(super) is_changed: bool,
}

#[derive(sqlx::FromRow)]
pub(super) struct EntryRow {
    row_key: i64,
    source: String,
    external_id: String,
    assumed: bool,
    facts: String,
    arrived_at: i64,
    changed_at: i64,
    revision: i64,
}

pub(super) const COLUMNS: &str =
    "row_key, source, external_id, assumed, facts, arrived_at, changed_at, revision from received_session";

impl TryFrom<EntryRow> for Entry {
    type Error = Error;

    fn try_from(row: EntryRow) -> Result<Self> {
        let damaged = |_| Error::Damaged("what is known of a received session cannot be read".to_owned());
        Ok(Self {
            key: row.row_key,
            facts: serde_json::from_str(&row.facts).map_err(damaged)?,
            source: row.source,
            external_id: row.external_id,
            is_assumed: row.assumed,
            arrived_at: row.arrived_at,
            changed_at: row.changed_at,
            revision: row.revision,
            is_changed: false,
        })
    }
}

impl Entry {
    /// Makes a row of which nothing is known yet.
    pub(super) async fn insert(
        tx: &mut Tx,
        user: &UserId,
        (source, external_id): (String, String),
        is_assumed: bool,
        now: i64,
    ) -> Result<Self> {
        let sql = Sql::new(
            "insert into received_session (user_id, source, external_id, assumed, facts, arrived_at, changed_at, \
             revision) values ($1, $2, $3, $4, '{}', $5, $5, 0) returning row_key",
        );
        let sql = sql.text(user.as_str()).text(&source).text(&external_id).bool(is_assumed).int(now);
        let row: Option<(i64,)> = tx.row(sql).await?;
        let (key,) = row.ok_or_else(|| Error::Damaged("an insert returned no row".to_owned()))?;
        let facts = SessionFacts::default();
        let (arrived_at, changed_at) = (now, now);
        Ok(Self { key, source, external_id, is_assumed, facts, arrived_at, changed_at, revision: 0, is_changed: true })
    }

    pub(super) async fn save(&self, tx: &mut Tx) -> Result<()> {
        let facts = serde_json::to_string(&self.facts)
            .map_err(|_| Error::Damaged("what is known of a received session cannot be written".to_owned()))?;
        let sql = Sql::new(
            "update received_session set source = $1, assumed = $2, facts = $3, changed_at = $4, revision = $5 \
             where row_key = $6",
        );
        let sql = sql.text(&self.source).bool(self.is_assumed).text(facts).int(self.changed_at).int(self.revision);
        tx.execute(sql.int(self.key)).await?;
        Ok(())
    }
}
