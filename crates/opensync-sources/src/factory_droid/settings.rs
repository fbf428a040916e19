//! The sidecar of a session: its totals, its model and what the user did with it.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use opensync_core::Usage;
use opensync_core::import::{Problem, ProblemKind};
use serde_json::value::RawValue;

use super::{expected, record};
use crate::expect::Expected;
use crate::lenient::Content;

/// Real ones are a few kilobytes.
const LARGEST: u64 = 8 << 20;

/// What is used of a sidecar.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    pub(super) model: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) provider_at: Option<i64>,
    pub(super) active_ms: Option<u64>,
    pub(super) archived: bool,
    pub(super) is_agent: bool,
    /// The session that started this one, and the call that did.
    pub(super) caller: Option<(String, Option<String>)>,
    /// Tokens of this session alone.
    pub(super) usage: Option<Usage>,
    /// Tokens with those of its sub-agents.
    pub(super) with_children: Option<Usage>,
    /// Whether it names sub-agents with tokens of their own.
    pub(super) has_children: bool,
    pub(super) expected: Expected,
}

/// Where the sidecar of a session is.
pub(super) fn path(session: &Path) -> PathBuf {
    session.with_extension("settings.json")
}

/// Reads the sidecar of a session; `None` when there is none.
pub(super) fn read(session: &Path, problems: &mut Vec<Problem>) -> Option<Settings> {
    let path = path(session);
    let mut problem = |kind, reason: String| problems.push(Problem { line: None, kind, reason });
    // It is replaced while it is read: what is no JSON now may be a moment later.
    for last in [false, true] {
        let text = match text(&path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return None,
            Err(cause) => {
                problem(ProblemKind::Unreadable, format!("the session's settings: {cause}"));
                return None;
            }
        };
        match serde_json::from_str::<record::Settings<'_>>(text.trim_start_matches('\u{feff}')) {
            Ok(settings) => return Some(Settings::of(&settings)),
            Err(_) if last => {
                let reason = "the session's settings are not readable: its tokens are unknown";
                problem(ProblemKind::Damaged, reason.to_owned());
            }
            Err(_) => {}
        }
    }
    None
}

fn text(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

impl Settings {
    fn of(settings: &record::Settings<'_>) -> Self {
        let tags = match &settings.tags {
            Content::Blocks(tags) => tags.as_slice(),
            _ => &[],
        };
        let agent = tags.iter().find(|tag| tag.name.get() == Some("subagent"));
        let caller = agent.and_then(|tag| Some((tag.metadata.session.owned()?, tag.metadata.call.owned())));
        let says = |json: Option<&RawValue>| json.map_or("", RawValue::get).len() > "{}".len();
        Self {
            model: settings.model.owned(),
            provider: settings.provider.owned(),
            provider_at: settings.provider_at.0,
            active_ms: settings.active.0.map(|_| settings.active.count()),
            archived: settings.archived.is_some_and(|at| at.get() != "false"),
            is_agent: agent.is_some(),
            caller,
            usage: settings.usage.usage(),
            with_children: settings.with_children.usage(),
            has_children: says(settings.children),
            expected: expected::settings(settings),
        }
    }
}
