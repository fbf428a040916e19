//! The session list of an archive that has no session yet.

use std::borrow::Cow;

use askama::Template;
use opensync_sources::About;

use crate::page::shell::Shell;

/// What was found of one tool on this machine.
#[derive(Debug, Clone)]
pub struct Found {
    /// The tool.
    pub about: &'static About,
    /// Where its store was looked for, and whether something is there.
    pub looked_at: Vec<(String, bool)>,
    /// Whether this version can read the store.
    pub importable: bool,
}

impl Found {
    fn is_here(&self) -> bool {
        self.looked_at.iter().any(|(_, exists)| *exists)
    }
}

/// The page of an empty archive: for every tool, what was found and what to do. `as_results()` is
/// the part that a list replaces as soon as there is one.
#[derive(Debug, Template)]
#[template(path = "empty.html", blocks = ["results"])]
pub struct EmptyPage {
    shell: Shell,
    tools: Vec<Found>,
}

impl EmptyPage {
    /// A page about `tools`, all of them, in the order lists show them.
    pub fn new(shell: Shell, tools: Vec<Found>) -> Self {
        Self { shell, tools }
    }

    fn heading(&self) -> Cow<'static, str> {
        let mut names = self.tools.iter().filter(|tool| tool.importable && tool.is_here()).map(|tool| tool.about.name);
        match (names.next(), names.next(), names.count()) {
            _ if self.shell.is_importing() => "Your sessions are being read".into(),
            (None, ..) => "No sessions that this version reads were found on this machine".into(),
            (Some(only), None, _) => format!("{only} has sessions on this machine").into(),
            (Some(first), Some(second), 0) => format!("{first} and {second} have sessions on this machine").into(),
            (Some(first), Some(second), more) => {
                format!("{first}, {second} and {more} more have sessions on this machine").into()
            }
        }
    }

    fn text(&self) -> &'static str {
        let found = self.tools.iter().any(|tool| tool.importable && tool.is_here());
        if self.shell.is_importing() {
            "They appear here as soon as they are in. The tools' own files are read and never changed."
        } else if found {
            "Import reads the tools' own files, never changes them, and can run again at any time."
        } else {
            "Use one of the tools below once, then import. Doctor shows where OpenSync looks and what it finds."
        }
    }

    /// One page for each thing that can be found.
    pub fn samples(shell: &Shell) -> Vec<(&'static str, Self)> {
        let tools = |here: &[usize]| -> Vec<Found> {
            opensync_sources::KNOWN
                .iter()
                .enumerate()
                .map(|(at, about)| Found {
                    about,
                    looked_at: (about.roots.iter().enumerate())
                        .map(|(place, root)| (format!("~/{root}"), place == 0 && here.contains(&at)))
                        .collect(),
                    importable: opensync_sources::ALL.iter().any(|source| source.about().id == about.id),
                })
                .collect()
        };
        let importing = Shell {
            progress: Some(opensync_core::progress::Progress { running: true, ..Default::default() }),
            ..shell.clone()
        };
        let idle = Shell { progress: None, ..shell.clone() };
        vec![
            ("empty", Self::new(idle.clone(), tools(&[1, 2, 3]))),
            ("empty-nothing", Self::new(idle, tools(&[]))),
            ("empty-importing", Self::new(importing, tools(&[1]))),
        ]
    }
}
