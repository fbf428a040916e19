//! The saved views: to go to one, to give it another name, to delete it.

use askama::Template;
use opensync_store::SavedView;

use crate::format;
use crate::page::session_list::{described, list_query, with_query};
use crate::page::shell::Shell;
use crate::page::view_menu::SaveForm;

/// The page of the saved views.
#[derive(Debug, Template)]
#[template(path = "view_list.html")]
pub struct ViewListPage {
    shell: Shell,
    views: Vec<ViewLine>,
    /// A list that could not be saved, as it was typed.
    save: Option<SaveForm>,
    /// A view that was just deleted.
    deleted: Option<SaveForm>,
}

/// One view.
#[derive(Debug)]
struct ViewLine {
    name: String,
    href: String,
    /// What it shows, in pairs of a field and its value.
    shows: Vec<(&'static str, String)>,
    /// The new name as typed.
    typed: String,
    /// What was wrong with it.
    complaint: Option<String>,
}

impl ViewListPage {
    /// A page of all views.
    pub fn new(shell: Shell, views: &[SavedView]) -> Self {
        let line = |view: &SavedView| ViewLine {
            name: view.name.as_str().to_owned(),
            href: with_query("/sessions", &view.query),
            shows: described(&list_query(&view.query).first_page()),
            typed: view.name.as_str().to_owned(),
            complaint: None,
        };
        Self { shell, views: views.iter().map(line).collect(), save: None, deleted: None }
    }

    /// The same with a list that could not be saved.
    #[must_use]
    pub fn with_save(mut self, save: SaveForm) -> Self {
        self.save = Some(save);
        self
    }

    /// The same with a way to bring a view back that was just deleted.
    #[must_use]
    pub fn with_deleted(mut self, name: String, query: String) -> Self {
        self.deleted = Some(SaveForm { name, query, ..SaveForm::default() });
        self
    }

    /// The same with a name that the view called `name` could not get.
    #[must_use]
    pub fn with_rename(mut self, name: &str, typed: &str, complaint: String) -> Self {
        if let Some(line) = self.views.iter_mut().find(|line| line.name == name) {
            typed.clone_into(&mut line.typed);
            line.complaint = Some(complaint);
        }
        self
    }

    fn count(&self) -> String {
        format::plural(self.views.len() as u64, "view")
    }

    /// One page for each thing that can be seen.
    pub fn samples(shell: &Shell) -> Vec<(&'static str, Self)> {
        let views = sample_views();
        let page = |views: &[SavedView]| Self::new(shell.clone(), views);
        let taken = SaveForm {
            name: "Costly this week".to_owned(),
            query: "source=pi".to_owned(),
            complaint: Some("There is a view of this name already.".to_owned()),
            in_list: false,
            replace: true,
        };
        vec![
            ("views", page(&views).with_deleted("Talks".to_owned(), "project=talks".to_owned())),
            ("views-taken", page(&views).with_save(taken)),
            ("views-renamed", page(&views).with_rename("Costly this week", " ", "Give the view a name.".to_owned())),
            ("views-none", page(&[])),
        ]
    }
}

/// Views to look at and to test with.
pub(crate) fn sample_views() -> Vec<SavedView> {
    let views = [
        ("Costly this week", "min_cost=1&range=7d&sort=cost"),
        ("Ledgerline, without sub-projects and everything that was only a draft of something", "project=ledgerline"),
        ("To review", "q=fix+-draft+%22log+in%22&source=claude-code,codex-cli&eval=needs_review"),
    ];
    let view = |(name, query): (&str, &str)| {
        let name = opensync_store::ViewName::parse(name).ok()?;
        Some(SavedView { name, query: query.to_owned(), created_at: 0 })
    };
    views.into_iter().filter_map(view).collect()
}
