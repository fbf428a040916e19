//! What a tool call says at a glance: its icon, the one argument that matters, and what kind of
//! body it has.
//!
//! Agents name the same thing differently (`Bash`, `exec_command`, `Execute`), so calls are mostly
//! told apart by the arguments they carry.

use serde_json::{Map, Value};

use super::diff::FileDiff;
use super::{clip, terminal};

mod edit;
mod output;
mod steps;

pub use output::{Output, output};
pub use steps::{Step, StepState};

/// Longer arguments are cut in a summary; the whole text is in the body.
const SUMMARY_CHARS: usize = 200;

/// A tool call, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// The tool's name as people read it.
    pub name: String,
    /// An icon of the sprite.
    pub icon: &'static str,
    /// One line: the argument that tells this call from another.
    pub summary: String,
    /// The whole command, for tools that run one.
    pub command: Option<String>,
    /// The file it is about, as written.
    pub path: Option<String>,
    /// What it changed, for tools that edit.
    pub edits: Vec<FileDiff>,
    /// The list it wrote, for tools that plan.
    pub steps: Vec<Step>,
    /// Whether it starts another agent.
    pub is_agent: bool,
    /// The arguments as indented JSON, or as they were written.
    pub arguments: String,
}

/// Reads a call. `project` is the session's folder: paths below it are shown without it. `details`
/// are the extras of its result, which know the line numbers of an edit.
pub fn read(name: &str, arguments: &str, project: Option<&str>, details: Option<&Value>) -> Tool {
    let parsed: Option<Value> = serde_json::from_str(arguments).ok();
    let empty = Map::new();
    let object = parsed.as_ref().and_then(Value::as_object).unwrap_or(&empty);
    let kind = name.rsplit("__").next().unwrap_or(name).to_ascii_lowercase();
    let mut edits = edit::edits(&kind, object, arguments, details);
    for file in &mut edits {
        file.path = shorten(&file.path, project).to_owned();
    }
    let steps = steps::steps(object);
    let command = command(object);
    let path = text(object, PATHS).map(str::to_owned).or_else(|| Some(edits.first()?.path.clone()));
    let is_agent = matches!(kind.as_str(), "task" | "agent" | "spawn_agent" | "delegate" | "subagent");
    let summary = if steps.is_empty() {
        summary(&kind, object, command.as_deref(), &edits, project)
            .unwrap_or_else(|| if parsed.is_some() { String::new() } else { arguments.to_owned() })
    } else {
        steps::summary(&steps)
    };
    let icon = if !steps.is_empty() {
        "check"
    } else if !edits.is_empty() {
        "pencil"
    } else if is_agent {
        "sub"
    } else if command.is_some() {
        "term"
    } else {
        icon(&kind, object)
    };
    Tool {
        name: readable_name(name),
        icon,
        summary: one_line(&summary),
        command,
        path,
        edits,
        steps,
        is_agent,
        arguments: match &parsed {
            Some(value) => serde_json::to_string_pretty(value).unwrap_or_default(),
            None => arguments.to_owned(),
        },
    }
}

/// The name of a call or of the call a result answers: `mcp__github__list_issues` is read as `github · list_issues`.
pub fn readable_name(name: &str) -> String {
    let name = terminal::plain(name);
    match name.strip_prefix("mcp__").and_then(|rest| rest.split_once("__")) {
        Some((server, tool)) => format!("{server} · {tool}"),
        None if name.trim().is_empty() => "Tool".to_owned(),
        None => name,
    }
}

/// `path` without the session's folder.
pub fn shorten<'a>(path: &'a str, project: Option<&str>) -> &'a str {
    let Some(project) = project.map(|project| project.trim_end_matches(['/', '\\'])).filter(|p| !p.is_empty()) else {
        return path;
    };
    match path.strip_prefix(project) {
        Some(rest) if rest.starts_with(['/', '\\']) && rest.len() > 1 => &rest[1..],
        _ => path,
    }
}

/// The extension (or name) by which a grammar is found.
pub fn language_of(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(_, extension)| extension)
}

const PATHS: &[&str] = &[
    "file_path",
    "filePath",
    "path",
    "notebook_path",
    "target_file",
    "file",
    "filename",
    "relative_path",
    "directory",
];
const PATTERNS: &[&str] = &["pattern", "regex", "query", "search_query", "q", "glob_pattern", "globPattern"];
const WORDS: &[&str] = &[
    "url",
    "description",
    "skill",
    "prompt",
    "message",
    "question",
    "title",
    "name",
    "subject",
    "task",
    "id",
    "task_id",
    "session_id",
    "input",
    "text",
];

fn text<'a>(object: &'a Map<String, Value>, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| object.get(*name)?.as_str()).filter(|text| !text.trim().is_empty())
}

fn number(object: &Map<String, Value>, names: &[&str]) -> Option<u64> {
    names.iter().find_map(|name| object.get(*name)?.as_u64())
}

/// What it ran. `["bash", "-lc", "ls"]` is `ls`.
fn command(object: &Map<String, Value>) -> Option<String> {
    let value = ["command", "cmd", "script", "commands"].iter().find_map(|name| object.get(*name))?;
    let command = match value {
        Value::String(command) => command.clone(),
        Value::Array(words) => {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            match words.as_slice() {
                [_, flag, script] if flag.starts_with('-') && flag.ends_with('c') => (*script).to_owned(),
                words => words.join(" "),
            }
        }
        _ => return None,
    };
    (!command.trim().is_empty()).then_some(command)
}

fn summary(
    kind: &str,
    object: &Map<String, Value>,
    command: Option<&str>,
    edits: &[FileDiff],
    project: Option<&str>,
) -> Option<String> {
    if let [first, .., _] = edits {
        let more = edits.len() - 1;
        return Some(format!("{} and {more} more", first.path));
    }
    if let [only] = edits
        && !only.path.is_empty()
    {
        let note = if only.note.is_empty() { String::new() } else { format!(" ({})", only.note) };
        return Some(format!("{}{note}", only.path));
    }
    if let Some(command) = command {
        return Some(command.to_owned());
    }
    let path = text(object, PATHS).map(|path| shorten(path, project));
    if let Some(pattern) = text(object, PATTERNS) {
        return Some(path.map_or_else(|| pattern.to_owned(), |path| format!("{pattern} in {path}")));
    }
    if let Some(path) = path {
        let first = number(object, &["offset", "start_line", "startLine", "start_line_one_indexed"]);
        let last = number(object, &["end_line", "endLine", "end_line_one_indexed_inclusive"])
            .or_else(|| Some(first?.saturating_add(number(object, &["limit"])?).saturating_sub(1)));
        return Some(match (first, last) {
            (Some(first), Some(last)) => format!("{path}:{first}-{last}"),
            (Some(first), None) => format!("{path}:{first}"),
            _ => path.to_owned(),
        });
    }
    if kind == "write_stdin" {
        return Some(text(object, &["chars"]).map_or_else(|| "waits for output".to_owned(), str::to_owned));
    }
    text(object, WORDS).or_else(|| object.values().find_map(Value::as_str)).map(str::to_owned)
}

fn icon(kind: &str, object: &Map<String, Value>) -> &'static str {
    if kind.contains("web") || kind.contains("fetch") || kind.contains("browser") || object.contains_key("url") {
        "globe"
    } else if kind.contains("grep") || kind.contains("search") || kind.contains("glob") || kind.contains("find") {
        "search"
    } else if kind.contains("image") {
        "image"
    } else if kind == "ls" || kind.contains("list_dir") {
        "folder"
    } else if kind.contains("stdin") || kind.contains("shell") || kind.contains("bash") || kind.contains("terminal") {
        "term"
    } else if text(object, PATHS).is_some() {
        "file"
    } else {
        "wrench"
    }
}

/// A command as a prompt shows it: the first lines, without control characters.
pub fn command_line(command: &str) -> String {
    let plain = terminal::plain(command);
    let clip = clip::to(&plain, 12, 2_000);
    if clip.cut { format!("{}…", clip.shown) } else { clip.shown.to_owned() }
}

/// White space folded, without control characters, cut to a length no row shows anyway.
pub fn one_line(text: &str) -> String {
    let start = &text[..text.floor_char_boundary(SUMMARY_CHARS * 8)];
    let plain = terminal::plain(start);
    let mut line = String::new();
    for word in plain.split_whitespace() {
        if line.chars().count() + word.chars().count() > SUMMARY_CHARS {
            line.extend(word.chars().take(SUMMARY_CHARS.saturating_sub(line.chars().count())));
            line.push('…');
            return line;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if start.len() < text.len() {
        line.push('…');
    }
    line
}
