#![no_main]

use opensync_fuzz::file;
use opensync_sources::cursor::Cursor;

opensync_fuzz::target!(
    Cursor,
    [
        file("User/globalStorage/state.vscdb"),
        file("User/workspaceStorage/w/state.vscdb"),
        file(".cursor/chats/x/id/store.db"),
        file(".cursor/projects/shop/agent-transcripts/id/id.jsonl"),
    ]
);
