//! What a person typed, and what only looks like it.
//!
//! Droid sends reminders, summaries and what slash commands expand to as text of the user.

/// One piece of user text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed<'a> {
    /// A prompt, and the blocks that were put in front of it.
    Prompt { text: &'a str, injected: &'a str },
    /// A slash command, as `/name arguments`.
    Command(String),
    /// Anything else. Empty when there is nothing to show.
    Noise(&'a str),
}

const REMINDER: (&str, &str) = ("<system-reminder>", "</system-reminder>");

/// The brief of a sub-agent.
const BRIEF: &str = "# Task Tool Invocation";

/// The summary with which a compacted session goes on.
const SUMMARY: &str = "A previous instance of Droid has summarized the conversation";

/// Tells what `text` is. `brief`: it may be what a sub-agent was told.
pub(super) fn classify(text: &str, brief: bool) -> Typed<'_> {
    let trimmed = text.trim();
    let mut prompt = trimmed;
    while prompt.starts_with(REMINDER.0) {
        match prompt.find(REMINDER.1) {
            Some(at) => prompt = prompt[at + REMINDER.1.len()..].trim_start(),
            None => return Typed::Noise(trimmed),
        }
    }
    if prompt.is_empty() || prompt.starts_with(SUMMARY) || (prompt.starts_with(BRIEF) && !brief) {
        return Typed::Noise(trimmed);
    }
    if prompt.starts_with("<command-") {
        return command(prompt).map_or(Typed::Noise(trimmed), Typed::Command);
    }
    let injected = trimmed[..trimmed.len() - prompt.len()].trim_end();
    // Without a block in front, the prompt stays exactly as it was typed.
    Typed::Prompt { text: if injected.is_empty() { text } else { prompt }, injected }
}

/// What of a prompt, or of a stored title that repeats one, can be a title.
pub(super) fn titled(text: &str) -> &str {
    let Typed::Prompt { text, .. } = classify(text, true) else { return "" };
    let Some(brief) = text.trim_start().strip_prefix(BRIEF) else { return text };
    match brief.split_once("\n\n") {
        Some((_, task)) => task,
        None => brief.trim_start().trim_start_matches("Subagent type:"),
    }
}

/// The model and the provider in a line `Model: name [provider]` of injected text.
pub(super) fn model(text: &str) -> Option<(&str, &str)> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("Model: ")?.strip_suffix(']'))?;
    let (model, provider) = line.rsplit_once('[')?;
    Some((model.trim(), provider.trim())).filter(|(model, provider)| !model.is_empty() && !provider.is_empty())
}

/// `/name arguments` of a command's wrapper.
fn command(text: &str) -> Option<String> {
    let tag = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        let (inner, _) = rest.split_once(&format!("</{name}>"))?;
        Some(inner.trim())
    };
    let name = tag("command-name")?.trim_start_matches('/');
    let arguments = tag("command-args").unwrap_or_default();
    (!name.is_empty()).then(|| format!("/{name} {arguments}").trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reminders_in_front_of_a_prompt_are_set_apart() {
        let text = "<system-reminder>a</system-reminder>\n<system-reminder>b</system-reminder>\n\nFix it";
        let injected = "<system-reminder>a</system-reminder>\n<system-reminder>b</system-reminder>";
        assert_eq!(classify(text, false), Typed::Prompt { text: "Fix it", injected });
        assert_eq!(classify(" Fix it\n", false), Typed::Prompt { text: " Fix it\n", injected: "" });
    }

    #[test]
    fn injected_text_is_no_prompt() {
        for text in [
            "<system-reminder>only this</system-reminder>",
            "<system-reminder>never closed",
            "A previous instance of Droid has summarized the conversation thus far as follows:\n\n<summary>\nx\n</summary>",
            "# Task Tool Invocation\nSubagent type: explorer\n\nLook.",
            "<command-message>no name</command-message>",
            " \n",
        ] {
            assert_eq!(classify(text, false), Typed::Noise(text.trim()));
        }
        let wrapper =
            "<command-message>x</command-message><command-name>/review</command-name><command-args>12</command-args>";
        assert_eq!(classify(wrapper, false), Typed::Command("/review 12".to_owned()));
    }

    #[test]
    fn a_brief_is_titled_by_its_task() {
        assert_eq!(titled("# Task Tool Invocation\nSubagent type: explorer\n\nList the exports."), "List the exports.");
        assert_eq!(titled("<system-reminder>x</system-reminder>Go on"), "Go on");
        assert_eq!(titled("<system-reminder>x</system-reminder>"), "");
    }

    #[test]
    fn a_model_is_found_in_injected_text() {
        assert_eq!(model("System\n Model: Claude Opus 4.5 [Anthropic]\n"), Some(("Claude Opus 4.5", "Anthropic")));
        assert_eq!(model("Model: none"), None);
    }
}
