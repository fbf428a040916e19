//! The records of a session file, borrowed from their line.

use opensync_core::Usage;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::lenient::{Content, Flag, Moment, Number, Text, anything, fields, ignored};

/// The content of a message: text, or blocks that are read one by one.
pub(super) type Blocks<'a> = Content<'a, &'a RawValue>;

fields! {
    /// One line: the header or an entry. Which fields are filled depends on its type.
    Record<'a> {
        "type" => kind: Text<'a>,
        "id" => id: Text<'a>,
        "parentId" => parent: Parent,
        "timestamp" => at: Moment,
        "version" => version: Number,
        "cwd" => cwd: Text<'a>,
        "parentSession" => parent_session: Text<'a>,
        "branchedFrom" => branched_from: Text<'a>,
        "provider" => provider: Text<'a>,
        "modelId" => model: Text<'a>,
        "message" => message: Message<'a>,
        "content" => content: Blocks<'a>,
        "summary" => summary: Text<'a>,
        "name" => name: Text<'a>,
        "title" => title: Text<'a>,
    }
}

fields! {
    Message<'a> {
        "role" => role: Text<'a>,
        "content" => content: Blocks<'a>,
        "timestamp" => at: Moment,
        "provider" => provider: Text<'a>,
        "model" => model: Text<'a>,
        "usage" => usage: Counters<'a>,
        "stopReason" => stop_reason: Text<'a>,
        "errorMessage" => error: Text<'a>,
        "responseId" => response: Text<'a>,
        "toolCallId" => call: Text<'a>,
        "toolName" => tool: Text<'a>,
        "isError" => is_error: Flag,
        "details" => details: Option<&'a RawValue>,
        "command" => command: Text<'a>,
        "output" => output: Text<'a>,
        "exitCode" => exit_code: Number,
        "cancelled" => cancelled: Flag,
        "truncated" => truncated: Flag,
        "fullOutputPath" => full_output: Text<'a>,
        "summary" => summary: Text<'a>,
    }
}

fields! {
    Block<'a> {
        "type" => kind: Text<'a>,
        "text" => text: Text<'a>,
        "thinking" => thinking: Text<'a>,
        "id" => id: Text<'a>,
        "name" => name: Text<'a>,
        "arguments" => arguments: Option<&'a RawValue>,
        "data" => data: Text<'a>,
        "mimeType" => media_type: Text<'a>,
    }
}

fields! {
    /// Tokens and cost. `cache` and `cacheCreation` are how programs that share the format write it.
    Counters<'a> {
        "input" => input: Number,
        "output" => output: Number,
        "cacheRead" => cache_read: Number,
        "cacheWrite" => cache_write: Number,
        "cacheCreation" => cache_creation: Number,
        "cache" => cache: Cache<'a>,
        "cost" => cost: Cost<'a>,
    }
}

fields! {
    Cache<'a> {
        "read" => read: Number,
        "write" => write: Number,
    }
}

fields! {
    Cost<'a> {
        "total" => total: Number,
    }
}

impl Counters<'_> {
    /// In disjoint counters; `None` when no counter was recorded.
    pub(super) fn usage(&self) -> Option<Usage> {
        let read = Number(self.cache_read.0.or(self.cache.read.0));
        let written = Number(self.cache_write.0.or(self.cache_creation.0).or(self.cache.write.0));
        if [self.input, self.output, read, written].iter().all(|counter| counter.0.is_none()) {
            return None;
        }
        Some(Usage {
            fresh: self.input.count(),
            cache_read: read.count(),
            cache_write_5m: written.count(),
            output: self.output.count(),
            ..Usage::default()
        })
    }
}

/// What an entry continues.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Parent {
    /// Nobody says: the entry before it (version 1).
    #[default]
    Before,
    /// Nothing: it begins a conversation.
    Root,
    /// The entry with this id.
    Entry(Box<str>),
}

impl<'de> Deserialize<'de> for Parent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Link;
        impl<'de> Visitor<'de> for Link {
            type Value = Parent;
            anything!();
            fn visit_str<E>(self, id: &str) -> Result<Parent, E> {
                Ok(Parent::Entry(id.into()))
            }
            fn visit_unit<E>(self) -> Result<Parent, E> {
                Ok(Parent::Root)
            }
            ignored!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);
            ignored!(seq);
            ignored!(map);
        }
        deserializer.deserialize_any(Link)
    }
}
