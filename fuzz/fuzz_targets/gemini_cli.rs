#![no_main]

use opensync_fuzz::file;
use opensync_sources::gemini_cli::GeminiCli;

opensync_fuzz::target!(
    GeminiCli,
    [
        file(".gemini/tmp/shop/chats/session-2026-04-01T08-00-abcd1234.jsonl"),
        file(".gemini/tmp/shop/chats/session-2026-04-01T08-00-abcd1234.json"),
    ]
);
