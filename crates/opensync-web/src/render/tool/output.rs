//! What a tool answered, without the wrapping some tools put around it.

use std::borrow::Cow;

use serde_json::Value;

/// An answer, unwrapped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output<'a> {
    /// The text to show.
    pub text: Cow<'a, str>,
    /// The exit code, when one is recorded anywhere.
    pub exit: Option<i64>,
}

/// Unwraps an answer. Three wrappings are known: JSON with `output` and `metadata` (older Codex), a
/// head that ends in `Output:` (newer Codex), and a first line `Exit code 1` (failed commands of
/// Claude Code).
pub fn output<'a>(text: &'a str, details: Option<&Value>) -> Output<'a> {
    let recorded = details.and_then(exit_in);
    if text.starts_with("{\"output\"")
        && let Ok(Value::Object(mut object)) = serde_json::from_str::<Value>(text)
        && let Some(Value::String(inner)) = object.remove("output")
    {
        let exit = recorded.or_else(|| exit_in(object.get("metadata")?));
        return Output { text: Cow::Owned(inner), exit };
    }
    if let Some((head, body)) = text.split_once("\nOutput:\n")
        && is_codex_head(head)
    {
        return Output { text: Cow::Borrowed(body), exit: recorded.or_else(|| codex_exit(head)) };
    }
    if let Some(rest) = text.strip_prefix("Exit code ") {
        let (code, body) = rest.split_once('\n').unwrap_or((rest, ""));
        if let Ok(code) = code.trim().parse() {
            return Output { text: Cow::Borrowed(body), exit: recorded.or(Some(code)) };
        }
    }
    Output { text: Cow::Borrowed(text), exit: recorded }
}

fn exit_in(value: &Value) -> Option<i64> {
    ["exit_code", "exitCode", "exit"].iter().find_map(|name| value.get(*name)?.as_i64())
}

/// Whether the lines before an output are what Codex puts there.
fn is_codex_head(head: &str) -> bool {
    const KNOWN: [&str; 6] = [
        "Chunk ID:",
        "Wall time:",
        "Process exited with code",
        "Process running with session ID",
        "Original token count:",
        "Exit code:",
    ];
    head.lines().all(|line| KNOWN.iter().any(|known| line.starts_with(known)))
}

/// The exit code in such a head; none while the process still runs.
fn codex_exit(head: &str) -> Option<i64> {
    head.lines().find_map(|line| {
        line.strip_prefix("Process exited with code ").or_else(|| line.strip_prefix("Exit code: "))?.trim().parse().ok()
    })
}
