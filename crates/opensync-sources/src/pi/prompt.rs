//! What a person typed, and what Pi put in front of it.
//!
//! `@file` arguments and `/skill:name` are written into the prompt as `<file name="…">…</file>` and
//! `<skill name="…" …>…</skill>` blocks before the typed text. A picture is an empty file block
//! and an image of its own.

/// A piece of user text, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Prompt<'a> {
    /// Attached texts, with their tags.
    pub(super) files: Vec<&'a str>,
    /// Names of attached pictures.
    pub(super) pictures: Vec<&'a str>,
    /// Texts of skills, with their tags, and the names of these.
    pub(super) skills: Vec<(&'a str, &'a str)>,
    /// What was typed.
    pub(super) typed: &'a str,
}

/// Takes `text` apart.
pub(super) fn split(text: &str) -> Prompt<'_> {
    let mut prompt = Prompt::default();
    let mut rest = text;
    loop {
        let start = rest.trim_start();
        let Some((tag, whole, name, inner)) = block(start, "file").or_else(|| block(start, "skill")) else { break };
        match tag {
            "skill" => prompt.skills.push((whole, name)),
            _ if inner.trim().is_empty() => prompt.pictures.push(name),
            _ => prompt.files.push(whole),
        }
        rest = &start[whole.len()..];
    }
    // Without a block in front, the prompt stays exactly as it was typed.
    prompt.typed = if rest.len() == text.len() { text } else { rest.trim() };
    prompt
}

/// Whether the text is a slash command and nothing else: Pi sends those it does not know as text.
pub(super) fn is_command(text: &str) -> bool {
    let text = text.trim();
    let name = text.split_whitespace().next().and_then(|word| word.strip_prefix('/'));
    name.is_some_and(|name| !name.is_empty() && !name.contains('/')) && !text.contains('\n')
}

/// The block that `text` starts with: tag, all of it, its name and what is in it.
fn block<'a>(text: &'a str, tag: &'static str) -> Option<(&'static str, &'a str, &'a str, &'a str)> {
    let after = text.strip_prefix('<')?.strip_prefix(tag)?.strip_prefix(" name=\"")?;
    let (name, after) = after.split_once('"')?;
    let (attributes, inner) = after.split_once('>')?;
    if name.contains('\n') || attributes.contains('\n') {
        return None;
    }
    let end = format!("</{tag}>");
    // A file may hold the end tag itself: the block ends at one that ends its line.
    let ends_line = |at: &usize| matches!(inner.as_bytes().get(at + end.len()), None | Some(b'\n' | b'\r'));
    let at = inner.match_indices(&end).map(|(at, _)| at).find(ends_line).or_else(|| inner.find(&end))?;
    let length = text.len() - inner.len() + at + end.len();
    Some((tag, &text[..length], name, &inner[..at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachments_stand_in_front_of_the_prompt() {
        let text =
            "<file name=\"/a/logo.png\"></file>\n<file name=\"/a/b.md\">\nsays </file> here\n</file>\nName it.\n";
        let prompt = split(text);
        assert_eq!(prompt.pictures, ["/a/logo.png"]);
        assert_eq!(prompt.files, ["<file name=\"/a/b.md\">\nsays </file> here\n</file>"]);
        assert_eq!(prompt.typed, "Name it.");
    }

    #[test]
    fn a_skill_is_no_prompt_but_what_follows_is() {
        let text = "<skill name=\"review\" location=\"/s/SKILL.md\">\nHow to review.\n</skill>\n\nthe last commit";
        let prompt = split(text);
        assert_eq!((prompt.skills[0].1, prompt.typed), ("review", "the last commit"));
        assert_eq!(split("<skill name=\"x\">y</skill>").typed, "");
    }

    #[test]
    fn other_text_stays_as_it_was_typed() {
        for text in
            ["  hello\n", "<file name=\"x\">never closed", "<filet name=\"x\"></filet>", "see <file name=\"x\"></file>"]
        {
            assert_eq!(split(text), Prompt { typed: text, ..Prompt::default() });
        }
    }

    #[test]
    fn a_command_is_told_from_a_path() {
        assert!(is_command(" /mode\n") && is_command("/model opus"));
        assert!(!is_command("/home/ana is full") && !is_command("/ alone") && !is_command("/x\nand more"));
    }
}
