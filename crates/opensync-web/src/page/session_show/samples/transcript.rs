//! A session as agents write them: a flaky test is found, fixed and proved.

use opensync_core::{Body, Part, Role, StoredMessage};
use serde_json::json;

use super::{call, message, numbered, result, text};

const SYSTEM: &str = "# Repository rules\n\nRun the tests with `cargo nextest`. Never commit to `main`.\n\n<env>\nWorking directory: /home/mara/src/ledgerline\n</env>";

const CAUSE: &str = "Cause found: the loop asks *“is there time left?”* with the real clock, while the test controls only the sleep. On a busy runner the three real requests take long enough that the fourth attempt is past the deadline.

| Measure | Laptop | CI, idle | CI, busy |
|---|--:|--:|--:|
| Time per attempt | 4 ms | 11 ms | 72 ms |
| Attempts inside 200 ms | 4 | 4 | 3 |
| Failure rate | 0 % | 2 % | 21 % |

So both reads of time should come from one place that the test owns:

```rust crates/dispatcher/src/clock.rs
/// Time as the dispatcher sees it. Tests hand in a clock they can move.
pub trait Clock: Send + Sync {
    fn now(&self) -> Instant;
    fn since(&self, start: Instant) -> Duration { self.now() - start }
    fn sleep(&self, d: Duration) -> BoxFuture<'_, ()>;
}

const FIRST_DELAY: Duration = Duration::from_millis(250); // doubled per attempt
static HEADER: &str = \"retry-after\";
```
";

const FAILING: &str = "Exit code 100\n\u{1b}[1m\u{1b}[32m   Compiling\u{1b}[0m dispatcher v0.14.2\n\u{1b}[1m\u{1b}[32m    Finished\u{1b}[0m `test` profile [unoptimized + debuginfo] in 6.84s\n\u{1b}[1m\u{1b}[32m    Starting\u{1b}[0m 6 tests across 2 binaries\n\u{1b}[32;1m        PASS\u{1b}[0m [   0.011s] \u{1b}[36mdispatcher::retry\u{1b}[0m gives_up_after_deadline\n\u{1b}[32;1m        PASS\u{1b}[0m [   0.009s] \u{1b}[36mdispatcher::retry\u{1b}[0m honours_retry_after_header\n\u{1b}[31;1m        FAIL\u{1b}[0m [   0.214s] \u{1b}[36mdispatcher::retry\u{1b}[0m retries_with_backoff\n  \u{1b}[31massertion `left == right` failed: attempts\u{1b}[0m\n\u{1b}[31m  left: 3\u{1b}[0m\n\u{1b}[31m right: 4\u{1b}[0m\n\u{1b}[33;1m     Summary\u{1b}[0m [   0.231s] 6 tests run: \u{1b}[32m5 passed\u{1b}[0m, \u{1b}[31m1 failed\u{1b}[0m\n";

const CLOCK: &str = "//! Time as the dispatcher sees it.\n\nuse std::time::{Duration, Instant};\n\nuse futures::future::BoxFuture;\n\n/// Tests hand in a clock they can move.\npub trait Clock: Send + Sync {\n    fn now(&self) -> Instant;\n    fn since(&self, start: Instant) -> Duration {\n        self.now() - start\n    }\n    fn sleep(&self, d: Duration) -> BoxFuture<'_, ()>;\n}\n\n/// The clock of the machine.\n#[derive(Debug, Clone, Copy)]\npub struct SystemClock;\n\nimpl Clock for SystemClock {\n    fn now(&self) -> Instant {\n        Instant::now()\n    }\n}\n";

pub(super) fn conversation() -> Vec<StoredMessage> {
    let project = "/home/mara/src/ledgerline";
    let file = |path: &str| format!("{project}/{path}");
    let source: String =
        (1..=186).map(|line| format!("{line:>6}\t// line {line} of the retry loop\n")).collect::<Vec<_>>().concat();
    let runs: String = (0..2310)
        .map(|run| {
            format!(
                "\u{1b}[32;1m     Summary\u{1b}[0m [   0.0{}s] 6 tests run: \u{1b}[32m6 passed\u{1b}[0m, 0 skipped\n",
                36 + run % 7
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let patch = json!({ "structuredPatch": [{
        "oldStart": 112, "oldLines": 9, "newStart": 112, "newLines": 10,
        "lines": [
            "     let mut attempt = 0;", "-    let started = Instant::now();", "+    let started = self.clock.now();", "     loop {",
            "         match self.send(&event).await {", "             Ok(receipt) => return Ok(receipt),",
            "-            Err(_) if started.elapsed() < self.deadline => {", "-                tokio::time::sleep(self.backoff(attempt)).await;",
            "+            Err(err) if err.is_transient() && self.clock.since(started) < self.deadline => {",
            "+                self.clock.sleep(self.backoff(attempt)).await;", "                 attempt += 1;", "             }"
        ]
    }]});
    let todos = json!({ "todos": [
        { "content": "Find where the deadline is measured", "status": "completed" },
        { "content": "Inject a clock", "status": "in_progress" },
        { "content": "Run the tests under load", "status": "pending" }
    ]});
    let picture = Part::Image {
        media_type: "image/png".to_owned(),
        name: Some("ci-retries.png".to_owned()),
        body: Body::raw(vec![0; 88_000]),
    };
    numbered(vec![
        message("s1", Role::System, 0, None, vec![text(SYSTEM)]),
        message(
            "u1",
            Role::User,
            0,
            Some(186),
            vec![
                text(
                    "The dispatcher test `retries_with_backoff` fails about one run in five on CI and never on my laptop. Find out why and fix the cause. Please do not just raise the timeout.\nRepo is `~/src/ledgerline`; the alert goes to `ops@ledgerline.example`.",
                ),
                picture,
            ],
        ),
        message(
            "a1",
            Role::Assistant,
            14,
            Some(1_108),
            vec![
                Part::Thinking(Body::from(
                    "A count of attempts that is off by one, only under load. That smells like elapsed wall time inside the loop condition rather than anything in the mock server. Check where the deadline is measured before touching the test.",
                )),
                text(
                    "Reproduced on the ninth run under load. I will read the retry loop and its test before changing anything.",
                ),
                call("t1", "Read", &json!({ "file_path": file("crates/dispatcher/src/retry.rs") })),
            ],
        ),
        message("r1", Role::Tool, 15, None, vec![result("t1", "Read", &source, Some(false), Some(100), None)]),
        message(
            "a2",
            Role::Assistant,
            21,
            Some(212),
            vec![
                call(
                    "t2",
                    "Read",
                    &json!({ "file_path": file("crates/dispatcher/tests/retry.rs"), "offset": 40, "limit": 79 }),
                ),
                call("t3", "Grep", &json!({ "pattern": "Instant::now|elapsed\\(", "path": file("crates/dispatcher") })),
            ],
        ),
        message(
            "r2",
            Role::Tool,
            22,
            None,
            vec![
                result("t2", "Read", "one line", Some(false), Some(110), None),
                result(
                    "t3",
                    "Grep",
                    "Found 7 files\nsrc/retry.rs:113\nsrc/retry.rs:117\nsrc/retry.rs:118\nsrc/queue.rs:9\nsrc/queue.rs:44\ntests/retry.rs:71",
                    None,
                    Some(200),
                    None,
                ),
            ],
        ),
        message(
            "a3",
            Role::Assistant,
            40,
            Some(96),
            vec![call(
                "t4",
                "Bash",
                &json!({ "command": "cargo nextest run -p dispatcher retries", "description": "Run the retry tests" }),
            )],
        ),
        message("r3", Role::Tool, 48, None, vec![result("t4", "Bash", FAILING, Some(true), Some(7_700), None)]),
        message(
            "a4",
            Role::Assistant,
            167,
            Some(1_764),
            vec![
                text(CAUSE),
                call(
                    "t5",
                    "Edit",
                    &json!({ "file_path": file("crates/dispatcher/src/retry.rs"), "old_string": "Instant::now()", "new_string": "self.clock.now()" }),
                ),
                call("t6", "Write", &json!({ "file_path": file("crates/dispatcher/src/clock.rs"), "content": CLOCK })),
                call("t7", "TodoWrite", &todos),
            ],
        ),
        message(
            "r4",
            Role::Tool,
            168,
            None,
            vec![
                result("t5", "Edit", "The file has been updated.", Some(false), Some(100), Some(patch)),
                result("t6", "Write", "File created successfully", Some(false), Some(90), None),
                result("t7", "TodoWrite", "Todos have been modified", Some(false), None, None),
            ],
        ),
        message(
            "u2",
            Role::User,
            751,
            Some(64),
            vec![text("Good. Prove it: run the retries tests a couple of thousand times with the machine under load.")],
        ),
        message(
            "a5",
            Role::Assistant,
            759,
            Some(322),
            vec![
                call(
                    "t8",
                    "Task",
                    &json!({ "description": "Load the machine while tests run", "prompt": "Keep all cores busy for twenty minutes.", "subagent_type": "general-purpose" }),
                ),
                call("t9", "mcp__ci__start_run", &json!({ "workflow": "stress", "runs": 2000 })),
            ],
        ),
        message("r5", Role::Tool, 1_865, None, vec![result("gone", "Bash", &runs, Some(false), Some(1_082_000), None)]),
        message(
            "r6",
            Role::Tool,
            1_866,
            None,
            vec![result(
                "t8",
                "Task",
                "All cores were busy for 18 minutes.",
                Some(false),
                Some(1_082_000),
                Some(json!({ "agentId": "a3710820d03a2738d" })),
            )],
        ),
        message(
            "a6",
            Role::Assistant,
            1_882,
            Some(418),
            vec![
                Part::Thinking(Body::default()),
                text(
                    "2,000 of 2,000 runs passed with all cores busy; before the change 417 failed. What changed:\n\n- `Clock` is injected; production uses `SystemClock`, tests use `ManualClock`.\n- The loop retries only transient errors. A 410 from the receiver now stops at once.\n- No timeout was raised and no test was marked as flaky.\n\n1. [x] Cause found\n2. [x] Fixed\n3. [ ] Deployed, see https://ci.ledgerline.example/runs/8812\n",
                ),
                Part::Unknown {
                    kind: "server_note".to_owned(),
                    json: Body::from("{\"level\":\"info\",\"text\":\"context 41 % full\"}"),
                },
            ],
        ),
    ])
}
