//! The row above a conversation: finding in it, its prompts, and how much of it is shown.

use super::links::{Links, Reading};
use super::strip::Strip;
use super::{Around, Window};
use crate::format;

/// What the row is filled with.
#[derive(Debug)]
pub(super) struct Tools {
    pub(super) find: Find,
    pub(super) prompts: Option<Prompts>,
    /// The two ways to read it: name, address, and whether it is this one.
    pub(super) views: [(&'static str, String, bool); 2],
    /// What can be open from the start: its name in the cookie, what it is called, and whether it is.
    pub(super) folds: [(&'static str, &'static str, bool); 4],
    /// The page with its changes set the other way.
    pub(super) diff: String,
    pub(super) strip: Option<Strip>,
}

/// The form that finds words.
#[derive(Debug)]
pub(super) struct Find {
    /// Where it is sent.
    pub(super) action: String,
    /// What else is sent.
    pub(super) fields: Vec<(String, String)>,
    pub(super) words: String,
    /// `3 of 17`, when something was looked for.
    pub(super) count: Option<String>,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
    /// The page without it.
    pub(super) clear: Option<String>,
}

/// Where the reader is among the prompts.
#[derive(Debug)]
pub(super) struct Prompts {
    /// From 1.
    pub(super) current: usize,
    pub(super) total: usize,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
}

impl Tools {
    pub(super) fn new(window: &Window, around: &Around, links: &Links) -> Self {
        let reading = &around.reading;
        let view = |is_chat| links.reading(&Reading { is_chat, ..reading.clone() });
        Self {
            find: Find::new(around, links),
            prompts: Prompts::new(window, &around.outline.prompts, links),
            strip: Strip::new(&window.messages, around, links),
            diff: links.diff(!around.folds.split),
            folds: [
                ("tools", "Tool calls open", around.folds.tools),
                ("thinking", "Thinking open", around.folds.thinking),
                ("system", "System messages open", around.folds.system),
                ("split", "Changes side by side", around.folds.split),
            ],
            views: [("Everything", view(false), !reading.is_chat), ("Chat only", view(true), reading.is_chat)],
        }
    }
}

impl Find {
    fn new(around: &Around, links: &Links) -> Self {
        let reading = &around.reading;
        let (action, mut fields) = links.form();
        if reading.is_chat {
            fields.push(("view".to_owned(), "chat".to_owned()));
        }
        let (mut previous, mut next) = (None, None);
        let count = around.found.as_ref().map(|(found, number)| {
            if found.total > 1 {
                previous = Some(links.hit(if *number > 1 { number - 1 } else { found.total }));
                next = Some(links.hit(if *number < found.total { number + 1 } else { 1 }));
            }
            match found.total {
                0 => "No matches".to_owned(),
                total => format!("{} of {}", format::count(*number as u64), format::count(total as u64)),
            }
        });
        let without = Reading { find: String::new(), ..reading.clone() };
        Self {
            action: action.to_owned(),
            fields,
            words: reading.find.clone(),
            count,
            previous,
            next,
            clear: (!reading.find.is_empty()).then(|| links.reading(&without)),
        }
    }
}

impl Prompts {
    fn new(window: &Window, prompts: &[(u64, String)], links: &Links) -> Option<Self> {
        let first = window.messages.first().map_or(0, |stored| stored.seq);
        let current = match window.at {
            Some(at) => prompts.partition_point(|(seq, _)| *seq <= at).saturating_sub(1),
            None => prompts.partition_point(|(seq, _)| *seq < first).min(prompts.len().saturating_sub(1)),
        };
        let href = |at: usize| prompts.get(at).map(|(_, id)| links.at(id));
        (!prompts.is_empty()).then(|| Self {
            current: current + 1,
            total: prompts.len(),
            previous: current.checked_sub(1).and_then(href),
            next: href(current + 1),
        })
    }
}
