//! Names as plugins spell them: sources, roles, models, providers, titles.

use crate::{Role, text};

/// What a call is of when nobody ever says: one plugin does not.
pub const ASSUMED_SOURCE: &str = "opencode";
/// About so many characters of a prompt become a title.
const PROMPT_CHARS: usize = 80;

/// A source in its canonical spelling.
pub fn source(name: &str) -> String {
    let name = name.trim().to_lowercase();
    if name == "cursor-sync" { "cursor".to_owned() } else { name }
}

/// A role we know.
pub(super) fn role(name: &str) -> Option<Role> {
    let name = name.trim().to_lowercase();
    [Role::User, Role::Assistant, Role::System, Role::Tool].into_iter().find(|role| role.as_str() == name)
}

/// A model's name that says something.
pub(super) fn model(name: String) -> Option<String> {
    (!name.trim().eq_ignore_ascii_case("unknown")).then_some(name)
}

/// The provider a plugin names, else the one that a model's name belongs to.
pub fn provider(name: Option<&str>, model: Option<&str>) -> Option<String> {
    let name = name.unwrap_or_default().trim().to_lowercase().replace(' ', "-");
    let known = [("anthropic", "anthropic"), ("antigravity", "google"), ("openai", "openai")];
    if let Some((_, provider)) = known.iter().find(|(part, _)| name.contains(part)) {
        return Some((*provider).to_owned());
    }
    let name = name.strip_suffix("-oauth").unwrap_or(&name);
    if !name.is_empty() && name != "unknown" {
        return Some(name.to_owned());
    }
    maker(model?).map(str::to_owned)
}

fn maker(model: &str) -> Option<&'static str> {
    const MAKERS: [(&str, &[&str]); 8] = [
        ("anthropic", &["claude", "anthropic"]),
        ("openai", &["gpt", "davinci", "curie", "text-embedding", "codex"]),
        ("google", &["gemini", "palm", "bard"]),
        ("mistral", &["mistral", "mixtral"]),
        ("cohere", &["command", "cohere"]),
        ("meta", &["llama", "meta"]),
        ("deepseek", &["deepseek"]),
        ("groq", &["groq"]),
    ];
    let model = model.to_lowercase();
    let name = model.rsplit('/').next().unwrap_or_default();
    if name.starts_with("o1") || name.starts_with("o3") || name.starts_with("o4") {
        return Some("openai");
    }
    MAKERS.iter().find(|(_, words)| words.iter().any(|word| model.contains(word))).map(|(maker, _)| *maker)
}

/// A title without the mark of a fork, and that mark.
pub(super) fn fork(title: &str) -> (Option<&str>, &str) {
    let title = title.trim();
    match title.strip_prefix("[Fork::").and_then(|rest| rest.find(']')) {
        Some(end) if end <= 40 => {
            let (mark, rest) = title.split_at("[Fork::".len() + end + 1);
            (Some(mark), rest.trim())
        }
        _ => (None, title),
    }
}

/// Whether a title says nothing.
pub(super) fn is_placeholder(source: &str, title: &str) -> bool {
    let title = title.trim().to_lowercase();
    matches!(title.as_str(), "" | "untitled" | "untitled session")
        || title.strip_prefix("new session - ").or(title.strip_prefix("child session - ")).is_some_and(is_date)
        || (source == "claude-code" && is_slug(&title))
}

fn is_date(text: &str) -> bool {
    text.len() >= 10 && text.bytes().take(10).all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// Two or three words with hyphens, such as Claude Code makes up: `quiet-fox`.
fn is_slug(title: &str) -> bool {
    let words: Vec<&str> = title.split('-').collect();
    (2..=3).contains(&words.len())
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// A title made of a prompt: the first line that says something.
pub(super) fn of_prompt(prompt: &str) -> Option<String> {
    prompt.lines().find_map(|line| text::line(line, PROMPT_CHARS))
}

/// Whether a plugin's test made this session: `test-` and the time.
pub(super) fn is_test(external_id: &str) -> bool {
    external_id
        .strip_prefix("test-")
        .is_some_and(|time| !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit()))
}
