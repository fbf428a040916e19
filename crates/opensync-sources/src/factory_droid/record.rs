//! The records of a session file, borrowed from their line.

use opensync_core::Usage;
use serde_json::value::RawValue;

use crate::lenient::{Content, Flag, Moment, Number, Text, fields};

/// The content of a message: text, or blocks that are read one by one.
pub(super) type Blocks<'a> = Content<'a, &'a RawValue>;

fields! {
    /// One line. Which fields are filled depends on its type.
    Record<'a> {
        "type" => kind: Text<'a>,
        "id" => id: Text<'a>,
        "timestamp" => at: Moment,
        "message" => message: Message<'a>,
        "role" => role: Text<'a>,
        "text" => text: Text<'a>,
        "visibility" => visibility: Text<'a>,
        "entry_type" => entry_type: Text<'a>,
        "action" => action: Text<'a>,
        "summaryText" => summary_text: Text<'a>,
        "summary" => summary: Summary<'a>,
        "reason" => reason: Text<'a>,
        "durationMs" => duration: Number,
        "session" => session: Option<&'a RawValue>,
        "session_start" => session_start: Option<&'a RawValue>,
    }
}

fields! {
    /// What `session_start` says, wherever in the line it stands.
    Header<'a> {
        "title" => title: Text<'a>,
        "sessionTitle" => session_title: Text<'a>,
        "isSessionTitleManuallySet" => named: Flag,
        "version" => version: Number,
        "cwd" => cwd: Text<'a>,
        "parent" => parent: Text<'a>,
        "callingSessionId" => caller: Text<'a>,
        "callingToolUseId" => call: Text<'a>,
    }
}

fields! {
    Message<'a> {
        "role" => role: Text<'a>,
        "content" => content: Blocks<'a>,
        "visibility" => visibility: Text<'a>,
        "hiddenFromUserViews" => hidden: Flag,
        "modelId" => model_id: Text<'a>,
        "model" => model: Text<'a>,
        "chatCompletionReasoningContent" => reasoning: Text<'a>,
        "usage" => usage: Counters<'a>,
    }
}

fields! {
    Block<'a> {
        "type" => kind: Text<'a>,
        "text" => text: Text<'a>,
        "thinking" => thinking: Text<'a>,
        "id" => id: Text<'a>,
        "name" => name: Text<'a>,
        "input" => input: Option<&'a RawValue>,
        "tool_use_id" => call: Text<'a>,
        "content" => content: Option<&'a RawValue>,
        "is_error" => is_error: Flag,
        "exitCode" => exit_code: Number,
        "source" => source: Source<'a>,
    }
}

fields! {
    /// Where an image or document comes from.
    Source<'a> {
        "type" => kind: Text<'a>,
        "media_type" => media_type: Text<'a>,
        "mime" => mime: Text<'a>,
        "data" => data: Text<'a>,
        "name" => name: Text<'a>,
        "path" => path: Text<'a>,
        "url" => url: Text<'a>,
    }
}

fields! {
    /// A compaction's summary as older versions wrote it.
    Summary<'a> {
        "title" => title: Text<'a>,
        "body" => body: Text<'a>,
    }
}

fields! {
    /// The sidecar, `<session id>.settings.json`.
    Settings<'a> {
        "model" => model: Text<'a>,
        "providerLock" => provider: Text<'a>,
        "providerLockTimestamp" => provider_at: Moment,
        "assistantActiveTimeMs" => active: Number,
        "archivedAt" => archived: Option<&'a RawValue>,
        "tags" => tags: Content<'a, Tag<'a>>,
        "tokenUsage" => usage: Counters<'a>,
        "inclusiveTokenUsage" => with_children: Counters<'a>,
        "childInclusiveTokenUsageBySessionId" => children: Option<&'a RawValue>,
    }
}

fields! {
    Tag<'a> {
        "name" => name: Text<'a>,
        "metadata" => metadata: Caller<'a>,
    }
}

fields! {
    /// Who started a sub-agent.
    Caller<'a> {
        "callingSessionId" => session: Text<'a>,
        "callingToolUseId" => call: Text<'a>,
    }
}

fields! {
    /// Tokens, as the sidecar writes them; the names with underscores are those of converted files.
    Counters<'a> {
        "inputTokens" => input: Number,
        "outputTokens" => output: Number,
        "cacheCreationTokens" => cache_write: Number,
        "cacheReadTokens" => cache_read: Number,
        "thinkingTokens" => thinking: Number,
        "input_tokens" => message_input: Number,
        "output_tokens" => message_output: Number,
        "cache_creation_input_tokens" => message_cache_write: Number,
        "cache_read_input_tokens" => message_cache_read: Number,
    }
}

/// Whether thinking tokens come on top of the output tokens. Nothing says so: they are shown as
/// the part of the output they are everywhere else.
const THINKING_IS_EXTRA: bool = false;

impl Counters<'_> {
    /// In disjoint counters; `None` when no counter was recorded.
    pub(super) fn usage(&self) -> Option<Usage> {
        let either = |one: Number, other: Number| Number(one.0.or(other.0));
        let input = either(self.input, self.message_input);
        let output = either(self.output, self.message_output);
        let cache_write = either(self.cache_write, self.message_cache_write);
        let cache_read = either(self.cache_read, self.message_cache_read);
        if [input, output, cache_write, cache_read].iter().all(|counter| counter.0.is_none()) {
            return None;
        }
        let thinking = self.thinking.count();
        let output = output.count().saturating_add(if THINKING_IS_EXTRA { thinking } else { 0 });
        Some(Usage {
            fresh: input.count(),
            cache_read: cache_read.count(),
            cache_write_5m: cache_write.count(),
            cache_write_1h: 0,
            output,
            reasoning: thinking.min(output),
        })
    }
}
