//! What the user wrote, among what the client writes in the user's name.

use super::output;
use super::records::{Content, Str};

use opensync_core::Part;
use opensync_core::text::clean;

/// Tags of blocks the client puts before or in place of a prompt.
const BLOCKS: &[&str] = &[
    "environment_context",
    "user_instructions",
    "INSTRUCTIONS",
    "permissions instructions",
    "skills_instructions",
    "skill",
    "turn_aborted",
    "subagent_notification",
    "user_shell_command",
    "recommended_plugins",
    "collaboration_mode",
    "model_switch",
    "goal_context",
    "codex_internal_context",
];
const AGENTS_FILE: &str = "# AGENTS.md instructions";
const HANDOVER: &str = "Another language model started to solve this problem";
const HANDOVER_END: &str = "assist with your own analysis:";
const IDE_CONTEXT: &str = "# Context from my IDE setup:";
const IDE_REQUEST: &str = "## My request for Codex:";

/// A user record taken apart.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// What the client put in.
    pub injected: Vec<String>,
    /// What the user wrote.
    pub parts: Vec<Part>,
    /// The record itself says that a user wrote it.
    pub sure: bool,
}

impl Written {
    /// Takes a record apart. `kinds` says what each piece is, where the client wrote that down.
    pub(super) fn read(contents: &[Content<'_>], kinds: &[Str<'_>]) -> Self {
        let mut written = Self::default();
        for (index, content) in contents.iter().enumerate() {
            let kind = kinds.get(index).and_then(Str::some).filter(|kind| *kind != "unknown");
            let from_user = kind.map(|kind| kind.starts_with("user."));
            written.sure |= from_user == Some(true);
            match from_user {
                Some(false) if !content.text.trim().is_empty() => {
                    written.injected.push(clean(&content.text).into_owned());
                }
                Some(false) => {}
                _ => written.piece(content, from_user == Some(true)),
            }
        }
        written
    }

    /// What the user wrote, told by an event. `filter` says that it may hold more than that.
    pub(super) fn event(text: &str, filter: bool) -> Vec<Part> {
        let mut written = Self::default();
        written.text(text, !filter);
        written.parts
    }

    fn piece(&mut self, content: &Content<'_>, from_user: bool) {
        if let Some(image) = output::image(content) {
            self.parts.push(image);
        } else if !content.text.is_empty() {
            self.text(&content.text, from_user);
        } else if !matches!(&*content.kind, "input_text" | "output_text" | "text" | "Text") {
            self.parts.push(Part::Unknown { kind: content.kind.to_string(), json: content.json.into() });
        }
    }

    fn text(&mut self, text: &str, from_user: bool) {
        if is_image_tag(text) {
            return;
        }
        let (before, rest) = split(text, from_user);
        if !before.trim().is_empty() {
            self.injected.push(clean(before.trim()).into_owned());
        }
        if !rest.is_empty() {
            self.parts.push(Part::Text(clean(rest).into_owned()));
        }
    }
}

/// Cuts a text where the user's own words begin.
fn split(text: &str, from_user: bool) -> (&str, &str) {
    let mut rest = text.trim();
    if !from_user {
        while let Some(end) = block_end(rest) {
            rest = rest[end..].trim_start();
        }
    }
    if rest.starts_with(IDE_CONTEXT)
        && let Some(at) = rest.find(IDE_REQUEST)
    {
        rest = rest[at + IDE_REQUEST.len()..].trim_start();
    }
    let before = text.trim().len() - rest.len();
    text.trim().split_at(before)
}

/// Where the injected block at the start of the text ends; a block that is not closed takes it all.
fn block_end(text: &str) -> Option<usize> {
    let close = |tag: &str| {
        let tag = format!("</{tag}>");
        text.find(&tag).map_or(text.len(), |at| at + tag.len())
    };
    if text.starts_with(AGENTS_FILE) {
        return Some(close("INSTRUCTIONS"));
    }
    if text.starts_with(HANDOVER) {
        return Some(text.len());
    }
    let name = text.strip_prefix('<')?;
    // A tag may have attributes, and one of the tags has two words.
    let is = |tag: &&&str| name.strip_prefix(**tag).is_some_and(|after| after.starts_with(['>', ' ', '\n']));
    BLOCKS.iter().find(is).map(|tag| close(tag))
}

/// Images are wrapped by text pieces that hold nothing but a tag.
fn is_image_tag(text: &str) -> bool {
    let text = text.trim();
    text == "</image>" || (text.starts_with("<image") && text.ends_with('>') && text.find('>') == Some(text.len() - 1))
}

/// The summary in a compaction's text, without the words that hand it over.
pub(super) fn summary(text: &str) -> &str {
    let text = text.trim();
    if !text.starts_with(HANDOVER) {
        return text;
    }
    text.find(HANDOVER_END).map_or(text, |at| text[at + HANDOVER_END.len()..].trim_start())
}

/// The working directory an injected block names: the only place it is found in mid 2025.
pub(super) fn working_directory(injected: &str) -> Option<&str> {
    if !injected.starts_with("<environment_context>") {
        return None;
    }
    let path = match injected.split_once("<cwd>") {
        Some((_, rest)) => rest.split_once("</cwd>")?.0,
        None => injected.split_once("Current working directory:")?.1.lines().next()?,
    };
    Some(path.trim()).filter(|path| !path.is_empty())
}

/// Whether two texts have the same words.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}
