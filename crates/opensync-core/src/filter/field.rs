//! The filters there are, by the names people type.

/// A verdict of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// An example of how it should be.
    Golden,
    /// Right.
    Correct,
    /// Wrong.
    Incorrect,
    /// Somebody should look.
    NeedsReview,
    /// Without a verdict.
    None,
}

/// A yes-or-no property of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Is {
    /// Shared by a public link.
    Public,
    /// Being written right now.
    Live,
    /// Started by another session.
    SubAgent,
    /// Marked as ready for evaluation.
    EvalReady,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Golden, Self::Correct, Self::Incorrect, Self::NeedsReview, Self::None];

    /// The name in texts and URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Golden => "golden",
            Self::Correct => "correct",
            Self::Incorrect => "incorrect",
            Self::NeedsReview => "needs_review",
            Self::None => "none",
        }
    }

    /// The name people read.
    pub fn name(self) -> &'static str {
        match self {
            Self::Golden => "Golden",
            Self::Correct => "Correct",
            Self::Incorrect => "Incorrect",
            Self::NeedsReview => "Needs review",
            Self::None => "None",
        }
    }

    /// Reads the name; `needs-review` is `needs_review`.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.to_lowercase().replace('-', "_");
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

impl Is {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Public, Self::Live, Self::SubAgent, Self::EvalReady];

    /// The name in texts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Live => "live",
            Self::SubAgent => "subagent",
            Self::EvalReady => "evalready",
        }
    }

    /// Reads the name; hyphens and underscores make no difference.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.to_lowercase().replace(['-', '_'], "");
        Self::ALL.into_iter().find(|is| is.as_str() == name)
    }
}

/// A filter's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Source,
    Project,
    Model,
    Provider,
    Branch,
    Machine,
    Tag,
    Status,
    Is,
    In,
    Cost,
    Tokens,
    Messages,
    After,
    Before,
}

/// Every filter, its name, and an example of its value.
const FIELDS: [(Field, &str, &str); 15] = [
    (Field::Source, "source", "pi"),
    (Field::Project, "project", "\"my app\""),
    (Field::Model, "model", "opus"),
    (Field::Provider, "provider", "anthropic"),
    (Field::Branch, "branch", "main"),
    (Field::Machine, "machine", "laptop"),
    (Field::Tag, "tag", "bug"),
    (Field::Status, "status", "golden"),
    (Field::Is, "is", "public"),
    (Field::In, "in", "tools"),
    (Field::Cost, "cost", ">1"),
    (Field::Tokens, "tokens", "<10k"),
    (Field::Messages, "messages", ">100"),
    (Field::After, "after", "7d"),
    (Field::Before, "before", "2026-10-01"),
];

impl Field {
    pub(super) fn parse(name: &str) -> Option<Self> {
        FIELDS.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name)).map(|(field, ..)| *field)
    }

    pub(super) fn name(self) -> &'static str {
        FIELDS.iter().find(|(field, ..)| *field == self).map_or("", |(_, name, _)| name)
    }

    /// How to write it, such as `tokens:<10k`.
    pub(super) fn example(self) -> String {
        FIELDS
            .iter()
            .find(|(field, ..)| *field == self)
            .map_or(String::new(), |(_, name, value)| format!("{name}:{value}"))
    }

    /// `source:, project:, ... and before:`.
    pub(super) fn all() -> String {
        let names: Vec<String> = FIELDS.iter().map(|(_, name, _)| format!("{name}:")).collect();
        match names.split_last() {
            Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
            None => String::new(),
        }
    }
}
