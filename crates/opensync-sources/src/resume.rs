//! The command that goes on with a session in its own tool.

use opensync_core::Session;
use opensync_core::session::Relation;

use crate::KNOWN;

/// What to type in a shell to go on with a session, in its project folder when that is known.
/// `None` for sessions no tool can take up again: those of sub-agents, and of unknown tools.
pub fn resume(session: &Session) -> Option<String> {
    let about = KNOWN.iter().find(|about| about.id == session.source)?;
    let id = &session.external_id;
    // A sub-agent has no session of its own, and an id that is no plain word is not one of a tool.
    if session.relation == Some(Relation::SubAgent) || !is_plain(id) {
        return None;
    }
    let command = format!("{} {id}", about.resume?);
    let folder = session.project_path.as_deref().filter(|path| !path.contains(|c: char| c.is_control()));
    Some(match folder {
        None => command,
        // PowerShell does not know `&&` everywhere.
        Some(path) if path.contains('\\') => format!("cd '{}'; {command}", path.replace('\'', "''")),
        Some(path) => format!("cd {} && {command}", quoted(path)),
    })
}

fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with('-')
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// A word of a POSIX shell.
fn quoted(text: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+' | ',' | ':' | '@');
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_safe) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_quoted_for_the_shell() {
        assert_eq!(quoted("/home/ana/shop"), "/home/ana/shop");
        assert_eq!(quoted("/home/ana/my shop; rm -rf ~"), "'/home/ana/my shop; rm -rf ~'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("$(x)"), "'$(x)'");
    }

    #[test]
    fn only_plain_ids_are_put_into_a_command() {
        assert!(is_plain("4b1e7c92-0d5a") && is_plain("ses_1a"));
        assert!(!is_plain("") && !is_plain("-x") && !is_plain("a b") && !is_plain("a;b") && !is_plain("../x/y"));
    }

    #[test]
    fn every_source_says_how_it_goes_on() {
        assert!(KNOWN.iter().all(|about| about.resume.is_some()));
    }
}
