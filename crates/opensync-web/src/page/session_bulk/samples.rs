//! Every step, to look at and to test.

use opensync_core::label::LabelChange;
use opensync_core::{MicroDollars, SessionId};
use opensync_store::Chosen;

use super::{Choice, Doing, SessionBulkPage};
use crate::bulk::Action;
use crate::page::shell::Shell;

/// Names and pages.
pub fn samples(shell: &Shell) -> Vec<(&'static str, SessionBulkPage)> {
    let id = |n: u64| SessionId::from_stored(format!("sample{n}"));
    let list = || "source=pi".to_owned();
    let some = Choice { ids: (0..3).map(id).collect(), list: list(), ..Choice::default() };
    let all = Choice { query: Some(list()), except: vec![id(9)], list: list(), ..Choice::default() };
    let three = Chosen {
        found: (0..3).map(id).collect(),
        messages: 146,
        tokens: Some(1_400_120),
        cost: Some(MicroDollars(5_440_000)),
        cost_partial: true,
        public: 1,
        ..Chosen::default()
    };
    let many = Chosen { found: (0..1284).map(id).collect(), tokens: None, cost: None, public: 0, ..three.clone() };
    let doing = |action, done, failed: u64, finished| Doing {
        id: "1-1".to_owned(),
        action,
        total: 10_000,
        done,
        failed,
        finished,
        failures: (0..failed.min(2))
            .map(|n| {
                let title = (n == 0).then(|| "Round <b>invoices</b> half to even".to_owned());
                (format!("sample{n}"), title, "There is no such session".to_owned())
            })
            .collect(),
    };
    let tag = LabelChange { add_tags: vec!["bug".to_owned()], ..LabelChange::default() };
    let ask = |choice: &Choice, own: &Chosen, whole: &Chosen, agents, changed| {
        SessionBulkPage::confirm(shell.clone(), choice, (own, whole), agents, "3-abc".to_owned(), changed)
    };
    let say = |doing| SessionBulkPage::doing(shell.clone(), "source=pi", doing);
    vec![
        ("bulk-choose", SessionBulkPage::choose(shell.clone(), &some, &three)),
        ("bulk-choose-all", SessionBulkPage::choose(shell.clone(), &all, &many)),
        ("bulk-confirm", ask(&some, &three, &many, 4, false)),
        ("bulk-confirm-again", ask(&all, &many, &many, 0, true)),
        ("bulk-deleting", say(doing(Action::Delete, 4_200, 1, false))),
        ("bulk-deleted", say(doing(Action::Delete, 10_000, 0, true))),
        ("bulk-tagged", say(doing(Action::Label(tag), 9_969, 31, true))),
    ]
}
