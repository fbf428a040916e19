//! Saved views above a list: to choose one, and to save the list that is shown.

use askama::Template;
use opensync_store::SavedView;

use crate::format;
use crate::page::session_list::{list_query, with_query};

/// The saved views, and the form that saves one more.
#[derive(Debug)]
pub(crate) struct ViewMenu {
    pub choices: Vec<ViewChoice>,
    pub save: SaveForm,
    /// Whether the list that is shown is worth a name and has none.
    pub is_new: bool,
}

/// A view to go to.
#[derive(Debug)]
pub(crate) struct ViewChoice {
    pub name: String,
    pub href: String,
    pub current: bool,
}

/// The form that saves a list under a name.
#[derive(Debug, Clone, Default)]
pub struct SaveForm {
    /// The name as typed.
    pub name: String,
    /// The query of the list.
    pub query: String,
    /// What was wrong with it.
    pub complaint: Option<String>,
    /// Whether it stands in a list, which then shows that it is saved.
    pub in_list: bool,
    /// Whether to offer to replace the view that has the name.
    pub replace: bool,
}

/// The form alone: the answer to one that could not be used.
#[derive(Debug, Template)]
#[template(path = "view_form.html")]
pub struct SaveFormPart<'a> {
    save: &'a SaveForm,
}

impl SaveForm {
    /// The form without anything around it.
    pub fn as_part(&self) -> SaveFormPart<'_> {
        SaveFormPart { save: self }
    }
}

impl ViewMenu {
    /// `key` is the query of the list that is shown.
    pub(crate) fn new(views: &[SavedView], key: &str) -> Self {
        let choices: Vec<ViewChoice> = views
            .iter()
            .map(|view| ViewChoice {
                name: view.name.as_str().to_owned(),
                href: with_query("/sessions", &view.query),
                // Read again: an earlier version may have spelled it in another way.
                current: list_query(&view.query).first_page().to_query() == key,
            })
            .collect();
        Self {
            is_new: !key.is_empty() && !choices.iter().any(|choice| choice.current),
            save: SaveForm { query: key.to_owned(), in_list: true, ..SaveForm::default() },
            choices,
        }
    }

    /// How many views there are, in words.
    pub(crate) fn count(&self) -> String {
        format::plural(self.choices.len() as u64, "view")
    }

    /// The name of the view that is shown.
    pub(crate) fn current(&self) -> Option<&str> {
        self.choices.iter().find(|choice| choice.current).map(|choice| choice.name.as_str())
    }
}
