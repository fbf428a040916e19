//! What can go wrong, by what the caller can do about it.

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The archive cannot be opened: wrong address, no right, no server.
    #[error("the archive cannot be opened: {0}")]
    Open(String),
    /// The database refused or broke off a statement.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    /// A stored value has a form this version does not know.
    #[error("a stored value is damaged: {0}")]
    Damaged(String),
    /// Another process holds what is needed; trying again later may work.
    #[error("the archive is in use")]
    Busy,
    /// The system gives no random numbers.
    #[error("no random numbers: {0}")]
    Random(String),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}
