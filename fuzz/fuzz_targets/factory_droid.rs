#![no_main]

use opensync_fuzz::{file, part};
use opensync_sources::factory_droid::FactoryDroid;

opensync_fuzz::target!(
    FactoryDroid,
    [file("sessions/-shop/S1.jsonl"), part("sessions/-shop/S2.settings.json", "sessions/-shop/S2.jsonl")],
    beside [
        ("sessions/-shop/S1.settings.json", r#"{"tokenUsage":{"inputTokens":1}}"#),
        ("sessions/-shop/S2.jsonl", r#"{"type":"message","id":"m1","message":{"role":"user","content":"Go"}}"#),
    ]
);
