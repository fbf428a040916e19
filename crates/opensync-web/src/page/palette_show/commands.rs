//! What the palette can do.

use opensync_core::filter::ListQuery;
use opensync_core::search::{Term, matches};

use super::{Act, Asked};
use crate::page::session_list::{Density, list_href, sorts, with_query};
use crate::page::shell::Theme;

/// Something to do.
pub(super) struct Command {
    pub icon: &'static str,
    pub label: String,
    /// Further words it is found by.
    words: &'static str,
    /// Whether it is offered before anything was typed.
    shown: bool,
    /// The keys that do the same.
    pub key: &'static str,
    pub act: Act,
}

impl Command {
    /// All that make sense over the list that is open.
    pub(super) fn all(asked: &Asked, theme: Option<Theme>) -> Vec<Self> {
        let command =
            |icon, label: &str, words, key, act| Self { icon, label: label.to_owned(), words, shown: true, key, act };
        let go = |address: &str| Act::Go(address.to_owned());
        let mut all = vec![
            command("list", "Go to sessions", "list home", "g s", go("/sessions")),
            command("bookmark", "Go to saved views", "edit rename delete", "g v", go("/views")),
            command("wrench", "Go to settings", "preferences sources doctor archive", "g ,", go("/settings")),
            Self {
                shown: false,
                ..command("key", "API keys", "settings token create revoke", "", go("/settings#keys"))
            },
            Self {
                shown: false,
                ..command("link", "Connect plugins", "settings sync push hooks", "", go("/settings#plugins"))
            },
            command("download", "Import now", "sync read update", "", Act::Send("/import")),
        ];
        let list = asked.list.first_page();
        if list.filter.is_active() {
            let cleared = ListQuery { sort: list.sort, order: list.order, ..ListQuery::default() };
            all.push(command("x", "Clear all filters", "remove reset", "", Act::Go(list_href(&cleared))));
            all.push(command("plus", "Save these filters as a view", "name keep", "", Act::Script("save-view")));
        }
        for (label, href, current) in sorts(&list) {
            let label = format!("Sort: {}", label.to_lowercase());
            let sort = command("down", &label, "order by", "", Act::Go(href));
            if !current {
                all.push(Self { shown: false, ..sort });
            }
        }
        let key = list.to_query();
        let density = |density: Density| {
            let gap = if key.is_empty() { "" } else { "&" };
            Act::Go(with_query("/sessions", &format!("{key}{gap}density={}", density.as_str())))
        };
        all.push(match asked.density {
            Density::Comfortable => {
                command("table", "Show sessions as a table", "density compact rows", "", density(Density::Compact))
            }
            Density::Compact => {
                command("rows", "Show sessions as cards", "density comfortable rows", "", density(Density::Comfortable))
            }
        });
        for (name, icon, label, act) in [
            (None, "auto", "Theme: like the system", "theme-system"),
            (Some(Theme::Light), "sun", "Theme: light", "theme-light"),
            (Some(Theme::Dark), "moon", "Theme: dark", "theme-dark"),
        ] {
            if name != theme {
                all.push(command(icon, label, "switch colour color mode appearance", "", Act::Script(act)));
            }
        }
        all.push(command("info", "Show all keys", "keyboard shortcuts help", "?", Act::Script("keys")));
        all
    }

    /// Whether somebody who typed this can mean it.
    pub(super) fn is_meant(&self, terms: &[Term]) -> bool {
        if terms.is_empty() { self.shown } else { matches(&format!("{} {}", self.label, self.words), terms) }
    }
}
