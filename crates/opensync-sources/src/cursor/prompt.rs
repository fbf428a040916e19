//! Prompts: what the user wrote, without what the client wraps around it.

use opensync_core::Role;
use opensync_core::text::title;

/// Blocks the client puts into a prompt.
const BLOCKS: [&str; 3] = ["timestamp", "system_reminder", "system-reminder"];
/// Names a conversation has until it gets one.
const PLACEHOLDERS: [&str; 4] = ["New Agent", "New Chat", "New Composer", "Untitled"];

/// A prompt as it is shown, and whom it is from.
pub(super) fn unwrapped(text: &str) -> (Role, String) {
    let mut rest = text.to_owned();
    for block in BLOCKS {
        let (open, close) = (format!("<{block}>"), format!("</{block}>"));
        while let Some((from, to)) = span(&rest, &open, &close) {
            rest.replace_range(from..to, "");
        }
    }
    let rest = rest.trim();
    let inner = span(rest, "<user_query>", "</user_query>")
        .map(|(from, to)| rest[from + "<user_query>".len()..to - "</user_query>".len()].trim().to_owned());
    match inner {
        Some(query) => (Role::User, query),
        None if rest.is_empty() => (Role::System, text.trim().to_owned()),
        None if rest.starts_with("<user_info>") || rest.starts_with("<system_notification>") => {
            (Role::System, rest.to_owned())
        }
        None => (Role::User, rest.to_owned()),
    }
}

fn span(text: &str, open: &str, close: &str) -> Option<(usize, usize)> {
    let from = text.find(open)?;
    let to = text[from + open.len()..].find(close)?;
    Some((from, from + open.len() + to + close.len()))
}

/// The name a conversation was given.
pub(super) fn given_name(name: Option<String>) -> Option<String> {
    title(&name.filter(|name| !PLACEHOLDERS.contains(&name.trim()))?)
}

/// A model's name, unless it says that the client chooses.
pub(super) fn model(name: Option<String>) -> Option<String> {
    name.filter(|name| !matches!(name.trim(), "" | "default" | "auto"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_client_adds_is_taken_off() {
        let (role, text) = unwrapped("<timestamp>Monday</timestamp>\n<user_query>\nAdd a test\n</user_query>");
        assert_eq!((role, text.as_str()), (Role::User, "Add a test"));
        assert_eq!(unwrapped("<user_info>\nOS: linux\n</user_info>").0, Role::System);
        assert_eq!(unwrapped("<timestamp>x</timestamp> <system_notification>done").0, Role::System);
        assert_eq!(unwrapped("plain <user_query> text").1, "plain <user_query> text");
    }
}
