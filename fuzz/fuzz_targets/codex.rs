#![no_main]

use opensync_fuzz::file;
use opensync_sources::codex::Codex;

opensync_fuzz::target!(
    Codex,
    [
        file("sessions/2026/03/02/rollout-2026-03-02T10-00-00-019caa00-0000-7000-8000-000000000001.jsonl"),
        file("sessions/rollout-2026-03-02-019caa00-0000-7000-8000-000000000002.json"),
        file("sessions/2026/03/02/rollout-2026-03-02T10-00-00-019caa00-0000-7000-8000-000000000003.jsonl.zst"),
    ]
);
