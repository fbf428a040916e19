//! SQL text with its values. User text never becomes SQL: it is always a value.

/// A value bound to a statement.
#[derive(Debug, Clone)]
pub enum Value {
    /// An integer.
    Int(Option<i64>),
    /// Text; NUL, which PostgreSQL refuses, is replaced when the value is bound.
    Text(Option<String>),
    /// A truth value.
    Bool(Option<bool>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
}

/// A statement: text with `$1`, `$2`, ... and as many values.
#[derive(Debug, Clone)]
pub struct Sql {
    pub(crate) text: String,
    pub(crate) values: Vec<Value>,
}

impl Sql {
    /// A statement of our own text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    /// The same with room for so many values.
    pub fn with_room(text: &str, values: usize) -> Self {
        let mut room = String::with_capacity(text.len() + values * 3 + 64);
        room.push_str(text);
        Self { text: room, values: Vec::with_capacity(values) }
    }

    /// Appends our own text.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends a placeholder for `value`.
    pub fn push_value(&mut self, value: Value) {
        self.values.push(value.cleaned());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
    }

    /// Appends `(value, value, ...)` with placeholders that have no name when `nameless`: SQLite and
    /// its driver look a name up for every value they bind, which takes most of the time of a
    /// statement with a thousand of them. PostgreSQL knows numbers only.
    pub fn push_row(&mut self, values: Vec<Value>, nameless: bool) {
        if !nameless {
            return self.push_list(values);
        }
        self.text.push('(');
        for (n, value) in values.into_iter().enumerate() {
            self.values.push(value.cleaned());
            self.text.push_str(if n > 0 { ",?" } else { "?" });
        }
        self.text.push(')');
    }

    /// Appends `(value, value, ...)`.
    pub fn push_list(&mut self, values: impl IntoIterator<Item = Value>) {
        self.text.push('(');
        for (n, value) in values.into_iter().enumerate() {
            if n > 0 {
                self.text.push_str(", ");
            }
            self.push_value(value);
        }
        self.text.push(')');
    }

    /// Binds the next value.
    #[must_use]
    pub fn value(mut self, value: Value) -> Self {
        self.values.push(value.cleaned());
        self
    }

    /// Binds text.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.value(Value::Text(Some(text.into())))
    }

    /// Binds text or null.
    #[must_use]
    pub fn opt_text(self, text: Option<impl Into<String>>) -> Self {
        self.value(Value::Text(text.map(Into::into)))
    }

    /// Binds an integer.
    #[must_use]
    pub fn int(self, int: i64) -> Self {
        self.value(Value::Int(Some(int)))
    }

    /// Binds an integer or null.
    #[must_use]
    pub fn opt_int(self, int: Option<i64>) -> Self {
        self.value(Value::Int(int))
    }

    /// Binds a count; counts beyond the range of a bigint become its largest.
    #[must_use]
    pub fn count(self, count: u64) -> Self {
        self.int(count_to_int(count))
    }

    /// Binds a truth value.
    #[must_use]
    pub fn bool(self, bool: bool) -> Self {
        self.value(Value::Bool(Some(bool)))
    }
}

impl Value {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Some(text.into()))
    }

    /// An integer.
    pub fn int(int: i64) -> Self {
        Self::Int(Some(int))
    }

    /// A count or null.
    pub fn opt_count(count: Option<u64>) -> Self {
        Self::Int(count.map(count_to_int))
    }

    fn cleaned(self) -> Self {
        match self {
            Self::Text(Some(text)) if memchr::memchr(0, text.as_bytes()).is_some() => {
                Self::Text(Some(opensync_core::text::clean(&text).into_owned()))
            }
            other => other,
        }
    }
}

/// A count as a bigint.
pub fn count_to_int(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A bigint that counts something.
pub fn int_to_count(int: i64) -> u64 {
    u64::try_from(int).unwrap_or(0)
}

/// Turns a [`Sql`] into an sqlx query on whatever engine the context asks for. The only place where
/// text built at run time is declared safe.
macro_rules! prepared {
    ($make:path, $sql:expr) => {{
        let sql: $crate::sql::Sql = $sql;
        let mut query = $make(sqlx::AssertSqlSafe(sql.text));
        for value in sql.values {
            query = match value {
                $crate::sql::Value::Int(value) => query.bind(value),
                $crate::sql::Value::Text(value) => query.bind(value),
                $crate::sql::Value::Bool(value) => query.bind(value),
                $crate::sql::Value::Bytes(value) => query.bind(value),
            };
        }
        query
    }};
}
pub(crate) use prepared;
