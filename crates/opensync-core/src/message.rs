//! Messages and their parts.

use crate::Body;

/// Who a message is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A prompt a person (or, in a sub-agent, the calling agent) wrote.
    User,
    /// An answer of the model.
    Assistant,
    /// Anything the tool put in: notices, commands, compaction summaries, failed calls.
    System,
    /// Results of tool calls.
    Tool,
}

impl Role {
    /// The name used in storage and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::System => "system",
            Self::Tool => "tool",
        }
    }

    /// The name people read.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Assistant => "Assistant",
            Self::System => "System",
            Self::Tool => "Tool",
        }
    }

    /// Reads the wire name; anything unknown is `System`, which shows it folded.
    pub fn parse(name: &str) -> Self {
        match name {
            "user" => Self::User,
            "assistant" => Self::Assistant,
            "tool" => Self::Tool,
            _ => Self::System,
        }
    }
}

/// One message of a session, in display order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Message {
    /// The source's own id, unique within the session and stable over re-imports.
    pub external_id: String,
    /// Who it is from.
    pub role: Role,
    /// The model that answered, on assistant messages.
    pub model: Option<String>,
    /// When it was written, Unix milliseconds.
    pub created_at: Option<i64>,
    /// Prompt tokens of the first response that answers it (user), null when nobody recorded them.
    pub prompt_tokens: Option<u64>,
    /// Completion tokens of its response (assistant), null when nobody recorded them.
    pub completion_tokens: Option<u64>,
    /// Copied from the session this one was forked from or resumed.
    pub inherited: bool,
    /// Not on the branch the user last was on, or rolled back: kept, not shown, not counted.
    pub off_path: bool,
    /// Its parts in order.
    pub parts: Vec<Part>,
}

impl Message {
    /// A message without parts.
    pub fn new(external_id: impl Into<String>, role: Role, created_at: Option<i64>) -> Self {
        Self {
            external_id: external_id.into(),
            role,
            model: None,
            created_at,
            prompt_tokens: None,
            completion_tokens: None,
            inherited: false,
            off_path: false,
            parts: Vec::new(),
        }
    }

    /// The readable text: all text parts, an empty line between two.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            if let Part::Text(piece) = part {
                if !text.is_empty() {
                    text.push_str("\n\n");
                }
                text.push_str(piece);
            }
        }
        text
    }

    /// Whether it adds to the session's message count.
    pub fn counted(&self) -> bool {
        !self.off_path && matches!(self.role, Role::User | Role::Assistant)
    }
}

/// One piece of a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// Readable text, Markdown for most tools.
    Text(String),
    /// What the model thought; empty when the provider hid it.
    Thinking(Body),
    /// A call of a tool.
    ToolCall {
        /// Pairs the call with its result.
        call_id: Option<String>,
        /// The tool's name as the agent knows it.
        name: String,
        /// Arguments: JSON text, or free text for tools that take it.
        arguments: Body,
    },
    /// What a tool answered.
    ToolResult {
        /// The call it answers.
        call_id: Option<String>,
        /// The tool's name, when the record or its call says so.
        name: Option<String>,
        /// The output as text.
        output: Body,
        /// Whether the call failed; null when nobody recorded it.
        is_error: Option<bool>,
        /// How long it took, in milliseconds.
        duration_ms: Option<u64>,
        /// Structured extras as JSON (a patch, an exit code), when the source keeps them.
        details: Option<Body>,
    },
    /// An image or document.
    Image {
        /// Such as `image/png`.
        media_type: String,
        /// A file name, when there is one.
        name: Option<String>,
        /// The bytes; empty when the source keeps only a reference.
        body: Body,
    },
    /// Anything else: kept as JSON so that it can be shown.
    Unknown {
        /// The source's name for it.
        kind: String,
        /// The record.
        json: Body,
    },
}

impl Part {
    /// Bytes its content takes as it is kept: packed, where it was worth it.
    pub fn stored_bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Thinking(body)
            | Self::ToolCall { arguments: body, .. }
            | Self::ToolResult { output: body, .. }
            | Self::Image { body, .. }
            | Self::Unknown { json: body, .. } => body.stored().0.len(),
        }
    }
}

/// A message as the archive holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its place in the session, from 0; gaps are possible.
    pub seq: u64,
    /// The message.
    pub message: Message,
}
