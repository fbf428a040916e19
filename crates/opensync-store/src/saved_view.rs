//! Saved views: filters with a name.

use opensync_core::UserId;

use crate::sql::Sql;
use crate::{Result, Store};

/// A list with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// What its owner calls it; unique among the owner's views.
    pub name: ViewName,
    /// The canonical query of the list's address, without a place in the list.
    pub query: String,
    /// When it was saved first, Unix milliseconds.
    pub created_at: i64,
}

/// The name of a view: 1 to [`ViewName::LONGEST`] characters, without control characters and without
/// spaces around it or two in a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewName(String);

/// Why a text is no name of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadName {
    /// Nothing is in it.
    Empty,
    /// It has more than [`ViewName::LONGEST`] characters.
    Long,
}

/// What became of a view that was to be saved or to get another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It is there now.
    New,
    /// It is there in place of another of its name.
    Replaced,
    /// Nothing changed: there is another of its name.
    Taken,
    /// Nothing changed: there are [`Store::MOST_VIEWS`] already.
    Full,
    /// Nothing changed: there is no such view.
    Missing,
}

impl ViewName {
    /// The most characters of a name.
    pub const LONGEST: usize = 80;

    /// Tidies what somebody typed.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match name.chars().count() {
            0 => Err(BadName::Empty),
            1..=Self::LONGEST => Ok(Self(name)),
            _ => Err(BadName::Long),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Store {
    /// The most views of one user.
    pub const MOST_VIEWS: u64 = 100;

    /// All views of a user, by name.
    pub async fn saved_views(&self, user: &UserId) -> Result<Vec<SavedView>> {
        let sql = Sql::new(format!(
            "select name, query, created_at from saved_view where user_id = $1 order by lower(name) {}, name {}",
            self.pool.by_bytes(),
            self.pool.by_bytes()
        ));
        let rows: Vec<(String, String, i64)> = self.pool.rows(sql.text(user.as_str())).await?;
        Ok(rows.into_iter().map(|(name, query, created_at)| view(name, query, created_at)).collect())
    }

    /// Keeps a list under a name. Another one of that name is replaced when `replace` says so, else
    /// it stays.
    pub async fn save_view(&self, user: &UserId, name: &ViewName, query: &str, replace: bool) -> Result<Saved> {
        if replace {
            let sql = Sql::new("update saved_view set query = $1 where user_id = $2 and name = $3");
            if self.pool.execute(sql.text(query).text(user.as_str()).text(name.as_str())).await? > 0 {
                return Ok(Saved::Replaced);
            }
        }
        let sql = Sql::new(
            "insert into saved_view (user_id, name, query, created_at) select $1, $2, $3, $4 \
             where (select count(*) from saved_view where user_id = $5) < $6 on conflict (user_id, name) do nothing",
        );
        let sql = sql.text(user.as_str()).text(name.as_str()).text(query).int(crate::now_ms());
        match self.pool.execute(sql.text(user.as_str()).count(Self::MOST_VIEWS)).await? {
            0 if self.saved_view(user, name).await?.is_some() => Ok(Saved::Taken),
            0 => Ok(Saved::Full),
            _ => Ok(Saved::New),
        }
    }

    /// Gives a view another name, unless another view has it.
    pub async fn rename_view(&self, user: &UserId, name: &ViewName, new: &ViewName) -> Result<Saved> {
        if name == new {
            return Ok(if self.saved_view(user, name).await?.is_some() { Saved::Replaced } else { Saved::Missing });
        }
        let sql = Sql::new(
            "update saved_view set name = $1 where user_id = $2 and name = $3 \
             and not exists (select 1 from saved_view other where other.user_id = $4 and other.name = $5)",
        );
        let sql = sql.text(new.as_str()).text(user.as_str()).text(name.as_str());
        match self.pool.execute(sql.text(user.as_str()).text(new.as_str())).await? {
            0 if self.saved_view(user, name).await?.is_none() => Ok(Saved::Missing),
            0 => Ok(Saved::Taken),
            _ => Ok(Saved::Replaced),
        }
    }

    /// Forgets a view and answers what it was; `None` when there is none of that name.
    pub async fn delete_view(&self, user: &UserId, name: &ViewName) -> Result<Option<SavedView>> {
        let found = self.saved_view(user, name).await?;
        let sql = Sql::new("delete from saved_view where user_id = $1 and name = $2");
        let deleted = self.pool.execute(sql.text(user.as_str()).text(name.as_str())).await?;
        Ok(found.filter(|_| deleted > 0))
    }

    /// One view; `None` when there is none of that name.
    pub async fn saved_view(&self, user: &UserId, name: &ViewName) -> Result<Option<SavedView>> {
        let sql = Sql::new("select name, query, created_at from saved_view where user_id = $1 and name = $2");
        let row: Option<(String, String, i64)> = self.pool.row(sql.text(user.as_str()).text(name.as_str())).await?;
        Ok(row.map(|(name, query, created_at)| view(name, query, created_at)))
    }
}

fn view(name: String, query: String, created_at: i64) -> SavedView {
    SavedView { name: ViewName(name), query, created_at }
}
