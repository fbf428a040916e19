#![no_main]

use opensync_fuzz::{file, part};
use opensync_sources::opencode::OpenCode;

opensync_fuzz::target!(
    OpenCode,
    [
        file("opencode.db"),
        file("storage/session/p/ses_1.json"),
        part("storage/message/ses_2/msg_1.json", "storage/session/p/ses_2.json"),
        part("storage/part/msg_2/prt_1.json", "storage/session/p/ses_3.json"),
    ],
    beside [
        ("storage/session/p/ses_2.json", "{}"),
        ("storage/session/p/ses_3.json", "{}"),
        ("storage/message/ses_3/msg_2.json", r#"{"role":"assistant"}"#),
    ]
);
