//! The records of a transcript, borrowed from their line.

use opensync_core::Usage;
use serde_json::value::RawValue;

use crate::lenient::{Content, Flag, Number, Text, fields};

fields! {
    /// One line. Which fields are filled depends on its type.
    Record<'a> {
        "type" => kind: Text<'a>,
        "uuid" => uuid: Text<'a>,
        "parentUuid" => parent: Text<'a>,
        "logicalParentUuid" => logical_parent: Text<'a>,
        "sessionId" => session: Text<'a>,
        "timestamp" => timestamp: Text<'a>,
        "cwd" => cwd: Text<'a>,
        "gitBranch" => branch: Text<'a>,
        "version" => version: Text<'a>,
        "isSidechain" => sidechain: Flag,
        "isMeta" => meta: Flag,
        "isCompactSummary" => compact_summary: Flag,
        "isVisibleInTranscriptOnly" => transcript_only: Flag,
        "isApiErrorMessage" => api_error: Flag,
        "sourceToolUseID" => injected_by: Text<'a>,
        "requestId" => request: Text<'a>,
        "costUSD" => cost: Number,
        "durationMs" => duration: Number,
        "message" => message: Message<'a>,
        "toolUseResult" => extra: Extra<'a>,
        "forkedFrom" => forked_from: ForkedFrom<'a>,
        "attachment" => attachment: Attachment<'a>,
        "data" => progress: Progress<'a>,
        "parentToolUseID" => parent_call: Text<'a>,
        "subtype" => subtype: Text<'a>,
        "content" => content: Text<'a>,
        "summary" => summary: Text<'a>,
        "leafUuid" => leaf: Text<'a>,
        "customTitle" => custom_title: Text<'a>,
        "aiTitle" => ai_title: Text<'a>,
    }
}

fields! {
    Message<'a> {
        "id" => id: Text<'a>,
        "model" => model: Text<'a>,
        "stop_reason" => stop_reason: Text<'a>,
        "content" => content: Content<'a, Block<'a>>,
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
        "content" => content: Content<'a, &'a RawValue>,
        "is_error" => is_error: Flag,
        "source" => source: Source<'a>,
        "title" => title: Text<'a>,
        "url" => url: Text<'a>,
        "tool_name" => tool_name: Text<'a>,
    }
}

fields! {
    /// Where an image or document comes from.
    Source<'a> {
        "type" => kind: Text<'a>,
        "media_type" => media_type: Text<'a>,
        "data" => data: Text<'a>,
        "url" => url: Text<'a>,
    }
}

fields! {
    Counters<'a> {
        "input_tokens" => input: Number,
        "output_tokens" => output: Number,
        "cache_creation_input_tokens" => cache_write: Number,
        "cache_read_input_tokens" => cache_read: Number,
        "cache_creation" => split: Split<'a>,
        "output_tokens_details" => details: OutputDetails<'a>,
    }
}

fields! {
    Split<'a> {
        "ephemeral_5m_input_tokens" => five_minutes: Number,
        "ephemeral_1h_input_tokens" => one_hour: Number,
    }
}

fields! {
    OutputDetails<'a> {
        "thinking_tokens" => thinking: Number,
    }
}

fields! {
    /// `toolUseResult` as far as it adds something to the result block. It may be a plain string.
    Extra<'a> {
        "structuredPatch" => patch: Option<&'a RawValue>,
        "interrupted" => interrupted: Flag,
        "returnCodeInterpretation" => code_meaning: Text<'a>,
        "durationMs" => duration: Number,
        "durationSeconds" => seconds: Number,
        "totalDurationMs" => total_duration: Number,
        "agentId" => agent: Text<'a>,
        "usage" => usage: Counters<'a>,
    }
}

fields! {
    ForkedFrom<'a> {
        "sessionId" => session: Text<'a>,
    }
}

fields! {
    Attachment<'a> {
        "type" => kind: Text<'a>,
        "prompt" => prompt: Content<'a, Block<'a>>,
        "commandMode" => mode: Text<'a>,
    }
}

fields! {
    Progress<'a> {
        "type" => kind: Text<'a>,
        "agentId" => agent: Text<'a>,
        "message" => copy: Copied<'a>,
    }
}

fields! {
    /// The record that an `agent_progress` repeats.
    Copied<'a> {
        "message" => message: CopiedMessage<'a>,
    }
}

fields! {
    CopiedMessage<'a> {
        "usage" => usage: Counters<'a>,
    }
}

fields! {
    /// Arguments of the tool that starts a sub-agent.
    Spawn<'a> {
        "description" => description: Text<'a>,
        "prompt" => prompt: Text<'a>,
    }
}

fields! {
    /// A sub-agent's `agent-<id>.meta.json`.
    Meta<'a> {
        "description" => description: Text<'a>,
        "toolUseId" => call: Text<'a>,
    }
}

impl Counters<'_> {
    /// In disjoint counters; `None` when no counter was recorded.
    pub(super) fn usage(&self) -> Option<Usage> {
        let counters = [self.input, self.output, self.cache_write, self.cache_read];
        if counters.iter().all(|counter| counter.0.is_none()) {
            return None;
        }
        let one_hour = self.split.one_hour.count();
        let written = match self.cache_write.0 {
            Some(_) => self.cache_write.count(),
            None => one_hour.saturating_add(self.split.five_minutes.count()),
        };
        // The split divides the sum; what it leaves open is priced as five minutes.
        let one_hour = one_hour.min(written);
        let output = self.output.count();
        Some(Usage {
            fresh: self.input.count(),
            cache_read: self.cache_read.count(),
            cache_write_5m: written - one_hour,
            cache_write_1h: one_hour,
            output,
            reasoning: self.details.thinking.count().min(output),
        })
    }
}
