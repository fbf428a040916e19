//! The part of the settings about API keys.

use askama::Template;
use opensync_store::{ListedKey, NAME_CHARS, Scope};

use super::Moment;
use crate::format;
use crate::page::shell::Shell;
use crate::render::terminal;

/// What may be asked of a key, and what each right is for.
const RIGHTS: [(Scope, &str, &str); 3] = [
    (Scope::Sync, "Sync", "send sessions: for plugins"),
    (Scope::Read, "Read", "read sessions: for scripts and dashboards"),
    (Scope::Admin, "Admin", "change and delete sessions"),
];

/// The keys of a user, and a form for a new one.
#[derive(Debug, Clone, Template)]
#[template(path = "settings_show/keys.html")]
pub struct Keys {
    rows: Vec<Row>,
    form: KeyForm,
    /// The key that was just made: its name and its text.
    made: Option<(String, String)>,
    /// What was just done.
    said: Option<String>,
}

#[derive(Debug, Clone)]
struct Row {
    id: String,
    name: String,
    prefix: String,
    may: String,
    created: Moment,
    used: Option<Moment>,
    /// It was asked whether it should be revoked.
    asks: bool,
}

/// What is typed into the form for a new key.
#[derive(Debug, Clone)]
pub struct KeyForm {
    /// Its name.
    pub name: String,
    /// Its rights.
    pub scopes: Vec<Scope>,
    /// Why no key was made of it.
    pub complaint: Option<String>,
}

impl Default for KeyForm {
    fn default() -> Self {
        Self { name: String::new(), scopes: vec![Scope::Sync, Scope::Read], complaint: None }
    }
}

impl Keys {
    /// The keys of a user.
    pub fn new(keys: &[ListedKey], shell: &Shell) -> Self {
        let row = |key: &ListedKey| Row {
            id: key.id.clone(),
            name: terminal::plain(&key.name),
            prefix: key.prefix.clone(),
            may: key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", "),
            created: Moment::new(key.created_at, shell),
            used: key.last_used_at.map(|at| Moment::new(at, shell)),
            asks: false,
        };
        Self { rows: keys.iter().map(row).collect(), form: KeyForm::default(), made: None, said: None }
    }

    /// The same with the question whether the key of this id should be revoked.
    #[must_use]
    pub fn asking(mut self, id: &str) -> Self {
        for row in &mut self.rows {
            row.asks = row.id == id;
        }
        self
    }

    /// The same with a form that is filled in.
    #[must_use]
    pub fn filled(mut self, form: KeyForm) -> Self {
        self.form = form;
        self
    }

    /// The same with a key that was just made.
    #[must_use]
    pub fn showing(mut self, name: &str, secret: &str) -> Self {
        self.made = Some((name.to_owned(), secret.to_owned()));
        self
    }

    /// The same with what was just done.
    #[must_use]
    pub fn saying(mut self, said: Option<String>) -> Self {
        self.said = said;
        self
    }

    fn count(&self) -> String {
        match self.rows.len() as u64 {
            0 => "No keys yet".to_owned(),
            count => format::plural(count, "key"),
        }
    }

    /// Name, label and use of each right, and whether it is ticked.
    fn rights(&self) -> impl Iterator<Item = (&'static str, &'static str, &'static str, bool)> {
        RIGHTS.into_iter().map(|(scope, label, used)| (scope.as_str(), label, used, self.form.scopes.contains(&scope)))
    }
}
