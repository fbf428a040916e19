#![no_main]

use opensync_fuzz::file;
use opensync_sources::pi::Pi;

opensync_fuzz::target!(Pi, [file("sessions/--shop--/2026-04-01T08-00-00-000Z_S1.jsonl")]);
