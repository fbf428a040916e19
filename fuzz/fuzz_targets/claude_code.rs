#![no_main]

use opensync_fuzz::file;
use opensync_sources::claude_code::ClaudeCode;

opensync_fuzz::target!(
    ClaudeCode,
    [file("projects/-shop/S1.jsonl"), file("projects/-shop/S1/subagents/agent-a1.jsonl")]
);
