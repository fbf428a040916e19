//! What the templates of a conversation are filled with.

use opensync_core::Role;

use crate::render::Html;
use crate::render::tool::Step;

/// What stands in the conversation, from top to bottom.
#[derive(Debug)]
pub(super) enum Entry {
    /// A line between two origins of messages.
    Divider {
        /// What it says.
        text: String,
        /// Where the messages come from, address and title, and what follows it.
        link: Option<(String, String)>,
        rest: String,
    },
    /// A message, with the calls of those that follow it.
    Message(Box<MessageView>),
}

/// One article.
#[derive(Debug)]
pub(super) struct MessageView {
    pub(super) head: Head,
    pub(super) role: Role,
    /// The first words, for a folded system message.
    pub(super) preview: String,
    /// Whether its fold is open, when it has one.
    pub(super) open: bool,
    pub(super) blocks: Vec<Block>,
}

impl MessageView {
    pub(super) fn role_name(&self) -> &'static str {
        role_name(self.role)
    }

    pub(super) fn icon(&self) -> &'static str {
        match self.role {
            Role::User => "user",
            Role::Assistant => "spark",
            Role::System => "cpu",
            Role::Tool => "wrench",
        }
    }

    pub(super) fn is_folded(&self) -> bool {
        self.role == Role::System
    }
}

pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::User => "User",
        Role::Assistant => "Assistant",
        Role::System => "System",
        Role::Tool => "Tool",
    }
}

/// What is said about a message beside its content.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) anchor: String,
    pub(super) href: String,
    /// What assistive technology calls it.
    pub(super) label: String,
    /// `1,108 completion tokens`.
    pub(super) tokens: Option<String>,
    /// `+00:02:47`.
    pub(super) stamp: String,
    pub(super) stamp_title: String,
    /// The model, when it is not the session's main one.
    pub(super) model: Option<String>,
    pub(super) seq: u64,
    /// The last message shown in the same article.
    pub(super) last: u64,
    /// Its number among the prompts, from 1.
    pub(super) prompt: Option<usize>,
    /// It is an answer that can be made the expected output.
    pub(super) is_answer: bool,
}

impl Head {
    /// `1,108 tokens`, where there is no room to say which.
    pub(super) fn tokens_short(&self) -> String {
        self.tokens.as_deref().unwrap_or_default().replace(" completion", "")
    }
}

/// A piece of a message.
#[derive(Debug)]
pub(super) enum Block {
    Prose(Content),
    Thinking(Thinking),
    Calls(Vec<Item>),
    Result(ResultView),
    Image(ImageView),
    Unknown {
        kind: String,
        open: bool,
        content: Content,
    },
    /// Nothing was recorded.
    Empty,
}

/// Text that may be cut, or not be there yet.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// The `id` of its element, by which "show all" replaces it.
    pub(super) id: String,
    pub(super) html: Html,
    pub(super) more: Option<More>,
    /// Where the other pieces of a long text are.
    pub(super) pager: Option<Box<Pager>>,
    /// Where it is with colours, when it is plain for lack of time.
    pub(super) colours: Option<String>,
}

/// One piece of a long text among the others.
#[derive(Debug)]
pub(super) struct Pager {
    /// `Lines 2,001 to 4,000 of 200,000`.
    pub(super) about: String,
    /// `20 MB`.
    pub(super) size: String,
    /// From 0.
    pub(super) number: usize,
    pub(super) earlier: Option<String>,
    pub(super) later: Option<String>,
}

/// A link to the whole of what is cut.
#[derive(Debug)]
pub(super) struct More {
    pub(super) href: String,
    /// `Show all 2,310 lines`.
    pub(super) label: String,
    /// `212 KB`.
    pub(super) size: String,
    /// Fetched as soon as it is on screen: its fold was opened.
    pub(super) eager: bool,
}

/// What the model thought.
#[derive(Debug)]
pub(super) struct Thinking {
    pub(super) preview: String,
    pub(super) open: bool,
    /// `None` when the provider hid it.
    pub(super) content: Option<Content>,
}

/// Calls that stand together.
#[derive(Debug)]
pub(super) enum Item {
    Group(Group),
    Single(Chunk),
}

/// Two or more calls in one fold.
#[derive(Debug)]
pub(super) struct Group {
    /// `4 tool calls`.
    pub(super) label: String,
    /// `Read ×2, Grep, Bash`.
    pub(super) names: String,
    /// `1 failed`.
    pub(super) failed: Option<String>,
    pub(super) duration: Option<String>,
    pub(super) open: bool,
    pub(super) chunks: Vec<Chunk>,
}

/// Rows of one message.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The message, when it is not the one the article began with.
    pub(super) head: Option<Head>,
    pub(super) rows: Vec<Row>,
}

impl Chunk {
    /// The message a row has to name: the first row of a message that has no head of its own.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    pub(super) fn step(&self, first: &bool) -> Option<&Head> {
        self.head.as_ref().filter(|_| *first)
    }
}

/// One fold among calls.
#[derive(Debug)]
pub(super) enum Row {
    Call(Box<Call>),
    Thinking(Box<Thinking>),
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    /// Well, or nobody knows.
    Done,
    /// Badly: the word for it, such as `exit 1`.
    Failed(String),
    /// No result was recorded.
    Unanswered,
}

/// A tool call with its result.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of the template")]
pub(super) struct Call {
    /// The `id` of its head, ...
    pub(super) id: String,
    /// ... and of its list.
    pub(super) steps_id: String,
    pub(super) name: String,
    pub(super) icon: &'static str,
    pub(super) summary: String,
    /// Name and summary with their marks.
    pub(super) head: (Html, Html),
    /// Whether the mark that is read is in it, ...
    pub(super) is_now: bool,
    /// ... and whether in its arguments.
    pub(super) arguments_open: bool,
    pub(super) status: Status,
    /// Lines added and removed, of edits.
    pub(super) changed: Option<(usize, usize)>,
    /// `186 lines`.
    pub(super) size: Option<String>,
    pub(super) duration: Option<String>,
    pub(super) duration_ms: Option<u64>,
    pub(super) open: bool,
    pub(super) is_edit: bool,
    pub(super) agent: Option<AgentLink>,
    pub(super) is_agent: bool,
    pub(super) steps: Vec<(Step, Html)>,
    pub(super) edits: Vec<EditView>,
    pub(super) arguments: Content,
    pub(super) output: Option<Output>,
    pub(super) images: Vec<ImageView>,
}

impl Call {
    pub(super) fn failed(&self) -> Option<&str> {
        match &self.status {
            Status::Failed(word) => Some(word),
            _ => None,
        }
    }

    pub(super) fn is_unanswered(&self) -> bool {
        self.status == Status::Unanswered
    }
}

/// What a tool answered.
#[derive(Debug)]
pub(super) struct Output {
    /// Where its text is, without anything around it.
    pub(super) raw: String,
    /// The command, shown as a prompt line.
    pub(super) command: Option<String>,
    pub(super) is_empty: bool,
    pub(super) content: Content,
}

/// The changes of one file in a call.
#[derive(Debug)]
pub(super) struct EditView {
    /// Shown when a call changes several files.
    pub(super) path: Option<String>,
    pub(super) note: String,
    pub(super) content: Content,
}

/// The session of a sub-agent a call started.
#[derive(Debug)]
pub(super) struct AgentLink {
    pub(super) href: String,
    /// Its messages, to be read in place.
    pub(super) fragment: String,
    pub(super) title: String,
    pub(super) figures: String,
}

/// A result whose call is not on the page.
#[derive(Debug)]
pub(super) struct ResultView {
    pub(super) name: String,
    pub(super) failed: Option<String>,
    pub(super) duration: Option<String>,
    pub(super) output: Output,
}

/// An image or document.
#[derive(Debug)]
pub(super) struct ImageView {
    /// Where its bytes are; `None` when they are not stored or no browser should draw them.
    pub(super) src: Option<String>,
    pub(super) name: String,
    pub(super) alt: String,
    /// `image/png · 88 KB`.
    pub(super) about: String,
}
