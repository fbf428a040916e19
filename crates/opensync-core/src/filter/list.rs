//! A question to a list: which sessions, in which order, from where on.

use std::fmt;

use super::Filter;

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum SortKey {
    /// Creation time.
    #[default]
    Date,
    /// Total tokens.
    Tokens,
    /// Cost.
    Cost,
    /// Message count.
    Messages,
    /// How well the words fit; only where there are words.
    Relevance,
}

/// Direction of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Order {
    /// Largest or newest first.
    #[default]
    Desc,
    /// Smallest or oldest first.
    Asc,
}

/// A complete question to the session list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListQuery {
    /// Which sessions.
    pub filter: Filter,
    /// Sorted by.
    pub sort: SortKey,
    /// In which direction.
    pub order: Order,
    /// Where the page starts; the beginning when absent.
    pub cursor: Option<Cursor>,
}

/// The place after a row, in a given order. Opaque to programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The row's value of the sort column, for relevance its score; `None` when unknown.
    pub value: Option<i64>,
    /// Its creation time.
    pub created_at: i64,
    /// Its row key.
    pub key: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            Some(value) => write!(f, "{value}_{}_{}", self.created_at, self.key),
            None => write!(f, "n_{}_{}", self.created_at, self.key),
        }
    }
}

impl Cursor {
    /// Reads what [`Cursor`] displays as; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split('_');
        let value = match fields.next()? {
            "n" => None,
            number => Some(number.parse().ok()?),
        };
        let cursor = Self { value, created_at: fields.next()?.parse().ok()?, key: fields.next()?.parse().ok()? };
        fields.next().is_none().then_some(cursor)
    }
}

impl SortKey {
    /// Those that are columns, in their order.
    pub const ALL: [Self; 4] = [Self::Messages, Self::Tokens, Self::Cost, Self::Date];

    /// The name in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Tokens => "tokens",
            Self::Cost => "cost",
            Self::Messages => "messages",
            Self::Relevance => "relevance",
        }
    }

    /// Reads the name in URLs.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().chain([Self::Relevance]).find(|key| key.as_str() == name)
    }
}

impl Order {
    /// The name in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Desc => "desc",
            Self::Asc => "asc",
        }
    }

    /// Reads the name in URLs.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "desc" => Some(Self::Desc),
            "asc" => Some(Self::Asc),
            _ => None,
        }
    }

    /// The other direction.
    #[must_use]
    pub fn flipped(self) -> Self {
        match self {
            Self::Desc => Self::Asc,
            Self::Asc => Self::Desc,
        }
    }
}
