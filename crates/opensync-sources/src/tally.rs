//! Counts what could not be used, so that a database with a million odd rows gives one problem.

use std::collections::BTreeMap;

use opensync_core::import::{Problem, ProblemKind};

use crate::Sink;
use crate::expect::Expected;

/// Problems by kind and reason, and fields that may be missing.
#[derive(Clone, Default)]
pub(crate) struct Tally {
    problems: BTreeMap<(ProblemKind, String), u64>,
    expected: Expected,
}

impl Tally {
    /// Counts one. `reason` holds no content of a record.
    pub(crate) fn add(&mut self, kind: ProblemKind, reason: impl Into<String>) {
        *self.problems.entry((kind, reason.into())).or_default() += 1;
    }

    /// Counts a type nobody told us about. A name that may be content is not repeated.
    pub(crate) fn unknown(&mut self, what: &str, name: &str) {
        self.add(ProblemKind::Unknown, format!("{what} `{}`", plain(name)));
    }

    /// Counts a record that should have these fields; see [`Expected::count`].
    pub(crate) fn expect(&mut self, records: &'static str, fields: &[(&'static str, bool)]) {
        self.expected.count(records, fields);
    }

    /// Counts all of another one.
    pub(crate) fn add_all(&mut self, other: &Self) {
        self.expected.add_all(&other.expected);
        for ((kind, reason), count) in &other.problems {
            *self.problems.entry((*kind, reason.clone())).or_default() += count;
        }
    }

    /// Hands everything over, one problem for each reason.
    pub(crate) fn report(self, sink: &mut dyn Sink) {
        self.expected.problems().into_iter().for_each(|problem| sink.problem(problem));
        for ((kind, reason), count) in self.problems {
            let reason = if count == 1 { reason } else { format!("{reason} ({count} times)") };
            sink.problem(Problem { line: None, kind, reason });
        }
    }
}

/// A name of a type as it may be shown: what is no plain word is not.
pub(crate) fn plain(name: &str) -> &str {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    if !name.is_empty() && name.len() <= 60 && name.bytes().all(is_plain) { name } else { "?" }
}
