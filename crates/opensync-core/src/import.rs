//! What an importer makes of one session, before the archive knows it.

use std::borrow::Cow;

use crate::{Message, MicroDollars, Relation, Usage};

/// Where a title came from; a higher rank is a better title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TitleRank {
    /// Nothing better was found: a slash command, or project and date.
    Placeholder,
    /// The first real prompt.
    Prompt,
    /// Written by the tool's own model, or by the agent that started this one.
    Generated,
    /// Given by the user inside the tool.
    Named,
}

impl TitleRank {
    /// The name in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Placeholder => "placeholder",
            Self::Prompt => "prompt",
            Self::Generated => "generated",
            Self::Named => "named",
        }
    }

    /// Reads the name; `None` for anything else.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Placeholder, Self::Prompt, Self::Generated, Self::Named].into_iter().find(|rank| rank.as_str() == name)
    }
}

/// A link to another session of the same source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Parent {
    /// The other session's own id.
    pub external_id: String,
    /// How the two are related.
    pub relation: Relation,
    /// The tool call in the parent that started this session, when known.
    pub call_id: Option<String>,
}

/// One session as its source tells it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ImportedSession {
    /// The source's own id; with the source it names the session for good.
    pub external_id: String,
    /// The session it was forked from or started by.
    pub parent: Option<Parent>,
    /// One line, cleaned with [`crate::text::title`].
    pub title: Option<(String, TitleRank)>,
    /// A summary the tool stored.
    pub summary: Option<String>,
    /// First working directory, as written by the tool.
    pub project_path: Option<String>,
    /// Last known branch.
    pub git_branch: Option<String>,
    /// Provider of the models, such as `anthropic`.
    pub provider: Option<String>,
    /// Model to show when no owned response names one.
    pub model: Option<String>,
    /// Version of the client that wrote it last.
    pub client_version: Option<String>,
    /// First and last moment of the conversation, Unix milliseconds.
    pub created_at: Option<i64>,
    /// Last moment of the conversation, Unix milliseconds.
    pub updated_at: Option<i64>,
    /// When this copy began to be written: later than `created_at` in a fork. Decides which session
    /// owns a response that several contain.
    pub born_at: Option<i64>,
    /// Working time in milliseconds when the tool measures it.
    pub duration_ms: Option<u64>,
    /// Not for lists: monitor probes and the harness's own calls.
    pub hidden: bool,
    /// The user archived it in the tool.
    pub archived: bool,
    /// A sub-agent's transcript: an ordinary session that contains the same response owns it.
    pub sidechain: bool,
    /// Messages in display order, inherited history included.
    pub messages: Vec<Message>,
    /// Paid responses, in the order they were made. Copies inherited from another session may be
    /// included when they carry their natural key: the archive gives each to one owner.
    pub responses: Vec<Response>,
    /// Records with usage that were not counted, and why.
    pub discarded: Vec<Discarded>,
}

/// One paid model call: a row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Response {
    /// Natural key, unique for the source over all its sessions; copies share it.
    pub key: String,
    /// `external_id` of the message it produced.
    pub message_id: Option<String>,
    /// Model that answered.
    pub model: Option<String>,
    /// Provider that answered, when the record says so.
    pub provider: Option<String>,
    /// When, Unix milliseconds.
    pub at: Option<i64>,
    /// Its tokens.
    pub usage: Usage,
    /// Cost the tool itself recorded.
    pub stored_cost: Option<MicroDollars>,
    /// The recorded output is implausibly small (a stream's placeholder).
    pub incomplete: bool,
    /// Line of its first record, from 1.
    pub line: u64,
    /// How many records were merged into it, itself included.
    pub records: u32,
}

/// A record with usage that is no paid response of this session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Discarded {
    /// Its line, from 1.
    pub line: u64,
    /// Why it does not count, in a few words.
    pub why: Cow<'static, str>,
    /// The usage it claimed.
    pub usage: Usage,
}

/// Something an importer could not use. Nothing is dropped in silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line in the file, from 1, when it is about one.
    pub line: Option<u64>,
    /// What kind, for counting.
    pub kind: ProblemKind,
    /// What was wrong, without any content of the record.
    pub reason: String,
}

/// Kinds of [`Problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProblemKind {
    /// The file could not be opened or read.
    Unreadable,
    /// A record is no valid JSON.
    Damaged,
    /// The last line has no end yet; it is read when it is complete.
    Unfinished,
    /// A record of a type this version does not know; it is kept where it can be shown.
    Unknown,
    /// A known thing that is not supported.
    Unsupported,
}

impl ProblemKind {
    /// The name used in storage and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Damaged => "damaged",
            Self::Unfinished => "unfinished",
            Self::Unknown => "unknown",
            Self::Unsupported => "unsupported",
        }
    }
}
