//! Who a sub-agent's file belongs to, and what started it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use memchr::memmem;
use opensync_core::import::{ImportedSession, Problem};

use super::record::{Meta, Record, Spawn};
use crate::lenient::Content;
use crate::{Sink, jsonl};

/// Names of the harness's own agents, as they begin agent ids: they cost tokens but nobody asked
/// for them.
const HARNESS: &[&str] = &[
    "acompact",
    "aprompt-suggestion",
    "aprompt_suggestion",
    "aside-question",
    "aside_question",
    "asession-memory",
    "asession_memory",
    "aextract-memories",
    "aextract_memories",
    "aaway-summary",
    "aaway_summary",
];

/// What the path of a sub-agent's file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Agent {
    /// Its id, without `agent-`.
    pub(super) id: String,
    /// The session it works for, when its folder tells.
    pub(super) session: Option<String>,
    /// The folder of that session's transcript.
    project: PathBuf,
}

/// What is known about the call that started it.
#[derive(Debug, Default)]
pub(super) struct Origin {
    pub(super) call_id: Option<String>,
    pub(super) description: Option<String>,
}

impl Agent {
    /// The agent whose file this is; `None` for a main transcript.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let id = path.file_stem()?.to_string_lossy().strip_prefix("agent-")?.to_owned();
        let subagents = path.ancestors().skip(1).find(|folder| folder.ends_with("subagents"));
        let folder = subagents.and_then(Path::parent);
        Some(Self {
            id,
            session: folder.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()),
            project: folder.or(Some(path)).and_then(Path::parent).unwrap_or(path).to_owned(),
        })
    }

    /// Started by the client for itself.
    pub(super) fn is_harness(&self) -> bool {
        HARNESS
            .iter()
            .any(|name| self.id.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_'])))
    }

    /// Where its session keeps large outputs.
    pub(super) fn results(&self) -> Option<PathBuf> {
        Some(self.project.join(self.session.as_ref()?).join("tool-results"))
    }

    /// Reads what started it: from the file beside it, or from the transcript of `session`.
    pub(super) fn origin(&self, path: &Path, session: Option<&str>) -> Origin {
        let mut origin = meta(path);
        if (origin.call_id.is_none() || origin.description.is_none())
            && !self.is_harness()
            && let Some(session) = session.filter(|session| !session.contains(['/', '\\']))
        {
            let found = self.search(&self.project.join(format!("{session}.jsonl")), origin.call_id.clone());
            origin.call_id = origin.call_id.or(found.call_id);
            origin.description = origin.description.or(found.description);
        }
        origin
    }

    /// Looks for the call in the parent's transcript, which names the agent in the call's result
    /// and in notes about its progress.
    fn search(&self, parent: &Path, mut call: Option<String>) -> Origin {
        let agent = memmem::Finder::new(self.id.as_bytes());
        let tools = [memmem::Finder::new(r#""Task""#), memmem::Finder::new(r#""Agent""#)];
        let mut descriptions = Vec::new();
        let read = jsonl::read(parent, &mut Deaf, |_, text, _| {
            let bytes = text.as_bytes();
            let named = call.is_none() && agent.find(bytes).is_some();
            if !named && tools.iter().all(|tool| tool.find(bytes).is_none()) {
                return Ok(());
            }
            let record: Record<'_> = serde_json::from_str(text)?;
            let id = Some(self.id.as_str());
            if named && record.progress.agent.get() == id {
                call = record.parent_call.owned();
            }
            let Content::Blocks(blocks) = &record.message.content else { return Ok(()) };
            for block in blocks {
                match block.kind.get() {
                    Some("tool_result") if named && record.extra.agent.get() == id => call = block.call.owned(),
                    Some("tool_use") if matches!(block.name.get(), Some("Task" | "Agent")) => {
                        let input = block.input.map(|input| serde_json::from_str::<Spawn<'_>>(input.get()));
                        if let (Some(Ok(input)), Some(id)) = (input, block.id.owned()) {
                            descriptions.push((id, input.description.owned()));
                        }
                    }
                    _ => {}
                }
            }
            Ok(())
        });
        // Without the parent's transcript nothing more is known, which is no problem of this file.
        if read.is_err() {
            return Origin::default();
        }
        let described = descriptions.into_iter().find(|(id, _)| Some(id) == call.as_ref());
        Origin { description: described.and_then(|(_, description)| description), call_id: call }
    }
}

/// The file beside `path` that describes the agent.
pub(super) fn meta_path(path: &Path) -> PathBuf {
    path.with_extension("meta.json")
}

fn meta(path: &Path) -> Origin {
    const ENOUGH: u64 = 1 << 20;
    let mut text = String::new();
    let read = File::open(meta_path(path)).and_then(|file| file.take(ENOUGH).read_to_string(&mut text));
    if read.is_err() {
        return Origin::default();
    }
    let meta: Meta<'_> = serde_json::from_str(&text).unwrap_or_default();
    Origin { call_id: meta.call.owned(), description: meta.description.owned() }
}

/// Reads along without telling anyone: the parent's file reports its own problems.
struct Deaf;

impl Sink for Deaf {
    fn session(&mut self, _: ImportedSession) {}
    fn problem(&mut self, _: Problem) {}
    fn advanced(&mut self, _: u64) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_the_folder_above_subagents() {
        for path in ["/p/x/S1/subagents/agent-a1.jsonl", "/p/x/S1/subagents/workflows/wf/agent-a1.jsonl"] {
            let agent = Agent::of(Path::new(path)).unwrap();
            assert_eq!((agent.id.as_str(), agent.session.as_deref()), ("a1", Some("S1")));
            assert_eq!(agent.project, Path::new("/p/x"));
        }
        let beside = Agent::of(Path::new("/p/x/agent-0badcafe.jsonl")).unwrap();
        assert_eq!((beside.session, beside.project), (None, PathBuf::from("/p/x")));
        assert_eq!(Agent::of(Path::new("/p/x/S1.jsonl")), None);
    }

    #[test]
    fn only_the_harness_is_hidden() {
        let harness = |id: &str| Agent::of(Path::new(&format!("/p/agent-{id}.jsonl"))).unwrap().is_harness();
        assert!(harness("acompact-fffbd0"));
        assert!(harness("aprompt_suggestion-12"));
        assert!(!harness("ac0ffee"));
        assert!(!harness("acompactor"));
    }
}
