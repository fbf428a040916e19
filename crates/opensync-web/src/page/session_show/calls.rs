//! A tool call with its result, as one fold.

use opensync_core::{Body, Part, Session};
use serde_json::Value;

use super::content::{Contents, Place, Unread};
use super::folds::Folds;
use super::links::Links;
use super::results::Answer;
use super::view::{AgentLink, Call, EditView, ImageView, Output, ResultView, Status};
use crate::format;
use crate::render::clip;
use crate::render::diff::FileDiff;
use crate::render::tool::{self, Tool};

/// Above this size the arguments are read as text, not as JSON.
const READ_ARGUMENTS: u64 = 4 * 1024 * 1024;

/// The view of a call's first line.
const HEAD: &str = "head";
/// The view of the list it wrote.
const STEPS: &str = "steps";
/// The view of its arguments.
const ARGUMENTS: &str = "arguments";

/// What calls of one session have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) session: &'a Session,
    pub(super) sub_agents: &'a [Session],
    pub(super) links: &'a Links,
    pub(super) folds: Folds,
}

/// Builds the fold of a call. `cut_off` says that its result may be on a later page.
pub(super) fn call(
    scene: Scene<'_>,
    contents: &mut Contents<'_>,
    (name, arguments): (&str, &Body),
    answer: Option<Answer<'_>>,
    images: Vec<ImageView>,
    place: Place,
    cut_off: bool,
) -> Call {
    let details = answer.and_then(|answer| details(answer.details));
    let tool = read(name, arguments, scene.session, details.as_ref());
    let text = answer.map(|answer| contents.text(answer.output, Place { folded: true, ..place }));
    let status = match (answer, &text) {
        (Some(answer), Some(text)) => status(answer, text.as_deref().unwrap_or_default(), details.as_ref()),
        _ if cut_off => Status::Done,
        _ => Status::Unanswered,
    };
    let is_edit = !tool.edits.is_empty();
    // A new file is long and rarely what a reader looks for; a change is.
    let answered = answer.map(|answer| Place { seq: answer.stored.seq, index: answer.index, folded: false });
    let is_now = contents.is_now(place) || answered.is_some_and(|place| contents.is_now(place));
    let open = tool.edits.iter().any(|file| !file.is_new())
        || matches!(status, Status::Failed(_))
        || scene.folds.tools
        || (is_now && !contents.is_now_in(place, HEAD));
    // What is open because all tools are is still fetched when it is seen.
    let folded = !open || (scene.folds.tools && !is_now && !is_edit && status == Status::Done);
    let place = Place { folded, ..place };
    let before = contents.tally().map_or(0, |tally| tally.total());
    let mut head = contents.texts(&[&tool.name, &tool.summary], place, HEAD).into_iter();
    let head = (head.next().unwrap_or_default(), head.next().unwrap_or_default());
    let texts: Vec<&str> = tool.steps.iter().map(|step| step.text.as_str()).collect();
    let marked = contents.texts(&texts, place, STEPS);
    let steps = tool.steps.iter().cloned().zip(marked).collect();
    let changed = is_edit
        .then(|| tool.edits.iter().map(FileDiff::counts).fold((0, 0), |sum, file| (sum.0 + file.0, sum.1 + file.1)));
    let edits = edits(contents, &tool, place);
    let shown = contents.tally().map_or(0, |tally| tally.total()) - before;
    // What an edit says when it went well repeats its head.
    let told = answer.filter(|_| !is_edit || matches!(status, Status::Failed(_)));
    let output = told.zip(text).map(|(answer, text)| {
        // A failure is shown at once, however long it is.
        let text = if !folded && text == Err(Unread::Large) { contents.text(answer.output, place) } else { text };
        output(contents, answer, text, tool.command.as_deref(), details.as_ref(), !folded)
    });
    let agent = tool.is_agent.then(|| agent(scene, &tool, details.as_ref())).flatten();
    let language = if tool.arguments.starts_with(['{', '[']) { "json" } else { "" };
    let arguments = contents.code(&tool.arguments, language, Place { folded: true, ..place }, ARGUMENTS);
    // They mostly repeat what is shown of them.
    if let Some(tally) = contents.tally() {
        tally.keep_more_than(shown, place, ARGUMENTS);
    }
    Call {
        id: contents.id(place, HEAD),
        steps_id: contents.id(place, STEPS),
        head,
        is_now,
        arguments_open: contents.is_now_in(place, ARGUMENTS),
        size: output.as_ref().filter(|_| !is_edit).and_then(|(_, lines)| size(*lines)),
        duration: answer.and_then(|answer| answer.duration_ms).map(format::seconds),
        duration_ms: answer.and_then(|answer| answer.duration_ms),
        output: output.map(|(output, _)| output),
        arguments,
        name: tool.name,
        icon: tool.icon,
        summary: tool.summary,
        steps,
        is_agent: tool.is_agent,
        status,
        changed,
        open,
        is_edit,
        agent,
        edits,
        images,
    }
}

/// A result that stands alone.
pub(super) fn result(contents: &mut Contents<'_>, answer: Answer<'_>) -> ResultView {
    let details = details(answer.details);
    let place = Place { seq: answer.stored.seq, index: answer.index, folded: false };
    let text = contents.text(answer.output, place);
    let failed = match status(answer, text.as_deref().unwrap_or_default(), details.as_ref()) {
        Status::Failed(word) => Some(word),
        _ => None,
    };
    ResultView {
        name: answer.name.map_or_else(|| "Tool".to_owned(), tool::readable_name),
        failed,
        duration: answer.duration_ms.map(format::seconds),
        output: output(contents, answer, text, None, details.as_ref(), true).0,
    }
}

/// Reads a call and what its result knows of it.
pub(super) fn read(name: &str, arguments: &Body, session: &Session, details: Option<&Value>) -> Tool {
    let text = match arguments.size() {
        0..READ_ARGUMENTS => arguments.text().unwrap_or_default(),
        size => format!("{} of arguments", format::bytes(size)),
    };
    tool::read(name, &text, session.project_path.as_deref(), details)
}

/// The structured extras of a result.
pub(super) fn details(body: Option<&Body>) -> Option<Value> {
    let body = body.filter(|body| body.size() < READ_ARGUMENTS)?;
    serde_json::from_str(&body.text().ok()?).ok()
}

/// The extras of a part, when it is a result.
pub(super) fn details_of(part: &Part) -> Option<Value> {
    match part {
        Part::ToolResult { details: body, .. } => details(body.as_ref()),
        _ => None,
    }
}

/// The files a call changed, each with its diff.
pub(super) fn edits(contents: &mut Contents<'_>, tool: &Tool, place: Place) -> Vec<EditView> {
    let several = tool.edits.len() > 1;
    let view = |(number, file): (usize, &FileDiff)| {
        let view = if several { format!("file-{number}") } else { String::new() };
        EditView {
            path: several.then(|| file.path.clone()),
            note: file.note.clone(),
            content: contents.diff(&file.hunks, tool::language_of(&file.path), place, &view),
        }
    };
    tool.edits.iter().enumerate().map(view).collect()
}

/// A failed command is recorded as an error or as an exit code, by some tools as both.
fn status(answer: Answer<'_>, text: &str, details: Option<&Value>) -> Status {
    match (answer.is_error, tool::output(text, details).exit) {
        (_, Some(code)) if code != 0 => Status::Failed(format!("exit {code}")),
        (Some(true), _) => Status::Failed("failed".to_owned()),
        _ => Status::Done,
    }
}

fn output(
    contents: &mut Contents<'_>,
    answer: Answer<'_>,
    text: Result<String, Unread>,
    command: Option<&str>,
    details: Option<&Value>,
    open: bool,
) -> (Output, usize) {
    let place = Place { seq: answer.stored.seq, index: answer.index, folded: !open };
    let (content, lines, is_empty) = match text {
        Ok(text) => {
            let shown = tool::output(&text, details);
            let shown = shown.text.trim_matches(['\n', '\r']);
            (contents.output(shown, place), clip::count(shown), shown.trim().is_empty())
        }
        Err(why) => (contents.unread(why, answer.output, place), 0, false),
    };
    let raw = contents.links.part_raw(place.seq, place.index);
    (Output { raw, command: command.map(tool::command_line), is_empty, content }, lines)
}

fn size(lines: usize) -> Option<String> {
    (lines > 1).then(|| format::plural(lines as u64, "line"))
}

/// The sub-agent a call started: the one its result names, or the only one with its title.
fn agent(scene: Scene<'_>, tool: &Tool, details: Option<&Value>) -> Option<AgentLink> {
    let named = ["agentId", "agent_id", "session_id", "new_thread_id", "receiver_thread_id"]
        .iter()
        .find_map(|name| details?.get(*name)?.as_str())
        .and_then(|id| scene.sub_agents.iter().find(|agent| agent.external_id.ends_with(id)));
    let mut titled = scene.sub_agents.iter().filter(|agent| agent.title == tool.summary);
    let agent = named.or_else(|| titled.next().filter(|_| titled.next().is_none()))?;
    Some(AgentLink {
        href: scene.links.other(&agent.id),
        fragment: Links::inside(&agent.id),
        title: agent.title.clone(),
        figures: format!("{} tokens · {}", format::tokens(agent.total_tokens), format::money(agent.cost)),
    })
}
