//! What a person typed, and what only looks like it.
//!
//! The client sends a lot as user text that nobody typed: reminders, command output, notices of
//! finished tasks. It marks most of it with tags at the start of the text.

use std::borrow::Cow;

/// One piece of user text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed<'a> {
    /// A prompt, without the blocks put in front of it.
    Prompt(&'a str),
    /// A slash command, as `/name arguments`.
    Command(String),
    /// Anything else, as it is best shown. Empty when there is nothing to show.
    Noise(Cow<'a, str>),
}

/// Starts of texts nobody typed.
const NOT_TYPED: &[&str] = &[
    "This session is being continued from a previous conversation",
    "<local-command-caveat>",
    "<local-command-stdout>",
    "<local-command-stderr>",
    "<bash-input>",
    "<bash-stdout>",
    "<bash-stderr>",
    "<task-notification>",
    "[Request interrupted by user",
    "Stop hook feedback:",
    "<user-prompt-submit-hook>",
    "<teammate-message",
    "Caveat: The messages below",
];

/// Blocks that are put in front of a prompt.
const IN_FRONT: &[(&str, &str)] = &[
    ("<system-reminder>", "</system-reminder>"),
    ("<ide_opened_file>", "</ide_opened_file>"),
    ("<ide_selection>", "</ide_selection>"),
];

/// Tells what `text` is. `sidechain`: it is in a sub-agent's transcript.
pub(super) fn classify(text: &str, sidechain: bool) -> Typed<'_> {
    let trimmed = trim(text);
    let mut prompt = trimmed;
    while let Some((_, end)) = IN_FRONT.iter().find(|(start, _)| prompt.starts_with(start)) {
        match prompt.find(end) {
            Some(at) => prompt = trim(&prompt[at + end.len()..]),
            None => return Typed::Noise(Cow::Borrowed(trimmed)),
        }
    }
    if prompt.is_empty() || (sidechain && prompt == "Warmup") {
        return Typed::Noise(Cow::Borrowed(trimmed));
    }
    if let Some(command) = command(prompt) {
        return Typed::Command(command);
    }
    if NOT_TYPED.iter().any(|start| prompt.starts_with(start)) {
        return Typed::Noise(unwrapped(prompt));
    }
    // Without a block in front, the prompt stays exactly as it was typed.
    Typed::Prompt(if prompt.len() == trimmed.len() { text } else { prompt })
}

/// The text of a compaction summary without the instructions around it.
pub(super) fn summary(text: &str) -> &str {
    let text = text.split_once("Summary:\n").map_or(text, |(_, summary)| summary);
    let ends = ["\n\nIf you need specific details from before compaction", "\nPlease continue the conversation from"];
    let end = ends.iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
    trim(&text[..end])
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// `/name arguments` when the text is a command's wrapper and nothing else: people also paste the
/// tags in prose.
fn command(text: &str) -> Option<String> {
    if !text.starts_with("<command-") {
        return None;
    }
    let (mut name, mut arguments) = ("", "");
    for (tag, inner) in tags(text)? {
        match tag {
            "command-name" => name = inner.trim(),
            "command-args" => arguments = inner.trim(),
            "command-message" | "skill-format" => {}
            _ => return None,
        }
    }
    let name = name.trim_start_matches('/');
    if name.is_empty() {
        return None;
    }
    Some(if arguments.is_empty() { format!("/{name}") } else { format!("/{name} {arguments}") })
}

/// Output of a command without its tags; input of a user's shell command as `! command`.
fn unwrapped(text: &str) -> Cow<'_, str> {
    const OUTPUT: &[&str] = &["local-command-stdout", "local-command-stderr", "bash-stdout", "bash-stderr"];
    let Some(tags) = tags(text) else { return Cow::Borrowed(text) };
    let mut shown = Vec::new();
    for (tag, inner) in tags {
        match tag {
            "bash-input" => shown.push(format!("! {}", inner.trim())),
            _ if !OUTPUT.contains(&tag) => return Cow::Borrowed(text),
            _ if inner.trim().is_empty() => {}
            _ => shown.push(inner.trim_matches('\n').to_owned()),
        }
    }
    Cow::Owned(shown.join("\n"))
}

/// The tags of a text that consists of tags and white space only.
fn tags(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut tags = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.strip_prefix('<')?.split_once('>')?;
        let mut pieces = after.match_indices("</").map(|(at, _)| at);
        let end = pieces.find(|&at| after[at + 2..].strip_prefix(name).is_some_and(|tail| tail.starts_with('>')))?;
        tags.push((name, &after[..end]));
        rest = after[end + name.len() + 3..].trim_start();
    }
    Some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(text: &str) -> bool {
        matches!(classify(text, false), Typed::Noise(_))
    }

    #[test]
    fn a_command_wrapper_is_read_in_any_order_and_spacing() {
        let wrapper = "<command-message>review is running…</command-message>\n   <command-name>/review</command-name>\n <command-args> 12 --fast </command-args>";
        assert_eq!(classify(wrapper, false), Typed::Command("/review 12 --fast".to_owned()));
        assert_eq!(classify("<command-name>clear</command-name>", false), Typed::Command("/clear".to_owned()));
    }

    #[test]
    fn tags_in_prose_are_a_prompt() {
        let prose = "<command-name>/x</command-name> is what I see, why?";
        assert_eq!(classify(prose, false), Typed::Prompt(prose));
    }

    #[test]
    fn blocks_in_front_of_a_prompt_are_removed() {
        let text = "\u{feff}<system-reminder>a</system-reminder>\n<ide_opened_file>b</ide_opened_file>\nFix it";
        assert_eq!(classify(text, false), Typed::Prompt("Fix it"));
        assert!(noise("<ide_selection>only this</ide_selection>"));
        assert!(noise("<system-reminder>never closed"));
    }

    #[test]
    fn injected_text_is_no_prompt() {
        for text in NOT_TYPED {
            assert!(noise(&format!("  {text} and more")), "{text}");
        }
        assert!(noise(" \n"));
        assert_eq!(classify("Warmup", true), Typed::Noise(Cow::Borrowed("Warmup")));
        assert_eq!(classify("Warmup", false), Typed::Prompt("Warmup"));
    }

    #[test]
    fn output_of_commands_is_shown_without_its_tags() {
        let text = "<bash-stdout>a\nb</bash-stdout><bash-stderr></bash-stderr>";
        assert_eq!(classify(text, false), Typed::Noise(Cow::Borrowed("a\nb")));
        assert_eq!(classify("<bash-input>ls</bash-input>", false), Typed::Noise(Cow::Borrowed("! ls")));
    }

    #[test]
    fn a_compaction_summary_loses_its_frame() {
        let text = "This session is being continued. The summary below.\n\nSummary:\nWe fixed it.\n\nIf you need specific details from before compaction, read";
        assert_eq!(summary(text), "We fixed it.");
        assert_eq!(summary("plain"), "plain");
    }
}
