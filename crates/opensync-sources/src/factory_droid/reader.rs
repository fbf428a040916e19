//! Takes the records of one file in order and makes a session of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use opensync_core::import::{Discarded, ImportedSession, Problem, TitleRank};
use opensync_core::{Message, Part, Relation, Role};
use serde::de::Error;
use serde_json::value::RawValue;

use super::content::{self, Piece};
use super::expected;
use super::lineage::Origin;
use super::prompt::{self, Typed};
use super::record::{self, Record};
use super::settings::{self, Settings};
use crate::collect::{self, Messages, Span, Unknown, ranked};
use crate::expect::Expected;
use crate::lenient::Content;

/// Records that are known and hold nothing to show.
const SKIPPED: &[&str] = &["todo_state", "session_settings", "session_end", "session_event"];

/// The session of a file while it is read.
#[derive(Clone)]
pub(super) struct Reader {
    path: PathBuf,
    pub(super) settings: Option<Settings>,
    header: Option<Header>,
    /// The session it was made of, when it is a fork.
    pub(super) origin: Option<Origin>,
    messages: Messages,
    /// Ids of messages that were read, with their moments.
    seen: HashMap<String, Option<i64>>,
    span: Span,
    own_span: Span,
    pub(super) inherited: u64,
    summary: Option<String>,
    /// A compaction stood before the first message: the conversation goes on from a summary alone.
    pub(super) continues: bool,
    command: Option<String>,
    /// Model of the last answer.
    model: Option<String>,
    /// Model and provider that injected text names.
    told: Option<(String, String)>,
    worked_ms: Option<u64>,
    /// Whether a tool was called that starts sub-agents.
    pub(super) delegates: bool,
    pub(super) discarded: Vec<Discarded>,
    unknown: Unknown,
    pub(super) problems: Vec<Problem>,
    pub(super) expected: Expected,
}

/// What `session_start` says.
#[derive(Clone)]
struct Header {
    /// It says which version of the format it is in.
    is_versioned: bool,
    title: Option<String>,
    session_title: Option<String>,
    named: bool,
    cwd: Option<String>,
    parent: Option<String>,
    caller: Option<(String, Option<String>)>,
}

/// A message record while it is taken apart.
struct Entry {
    id: String,
    at: Option<i64>,
    inherited: bool,
}

impl Reader {
    pub(super) fn of(path: &Path) -> Self {
        let mut problems = Vec::new();
        Self {
            path: path.to_owned(),
            settings: settings::read(path, &mut problems),
            header: None,
            origin: None,
            messages: Messages::default(),
            seen: HashMap::new(),
            span: Span::default(),
            own_span: Span::default(),
            inherited: 0,
            summary: None,
            continues: false,
            command: None,
            model: None,
            told: None,
            worked_ms: None,
            delegates: false,
            discarded: Vec::new(),
            unknown: Unknown::default(),
            problems,
            expected: Expected::default(),
        }
    }

    /// Takes one line. On an error nothing has changed.
    pub(super) fn record(&mut self, number: u64, text: &str) -> Result<(), serde_json::Error> {
        let record: Record<'_> = serde_json::from_str(text)?;
        let Some(kind) = record.kind.get() else { return Err(Error::missing_field("type")) };
        match kind {
            "session_start" => {
                let mut nested = [record.session, record.session_start].into_iter().flatten().map(RawValue::get);
                let nested = nested.find(|json| json.starts_with('{'));
                let header = serde_json::from_str(nested.unwrap_or(text))?;
                expected::header(&mut self.expected, &header);
                self.header(&header);
            }
            "message" => self.message(number, &record)?,
            "compaction_state" => {
                expected::compaction(&mut self.expected, &record);
                self.compaction(number, &record);
            }
            "agent_turn_outcome" => {
                if let Some(reason) = record.reason.filled().filter(|reason| *reason != "completed") {
                    let entry = self.entry(number, &record);
                    self.push(&entry, "", Role::System, vec![Part::Text(format!("Turn ended: {reason}"))]);
                }
            }
            _ if SKIPPED.contains(&kind) => {
                if record.duration.0.is_some() {
                    self.worked_ms = Some(record.duration.count());
                }
            }
            _ => self.unknown.add(number, kind),
        }
        Ok(())
    }

    /// Reads the settings again. False when they, or the session this one was made of, would make
    /// something else of the lines so far.
    pub(super) fn look_again(&mut self) -> bool {
        self.problems.clear();
        let now = settings::read(&self.path, &mut self.problems);
        let who = |settings: Option<&Settings>| settings.map(|settings| (settings.is_agent, settings.caller.clone()));
        let same = who(now.as_ref()).unwrap_or_default() == who(self.settings.as_ref()).unwrap_or_default();
        self.settings = now;
        same && self.origin.as_ref().is_none_or(|origin| origin.known)
    }

    /// About how many bytes of memory it takes.
    pub(super) fn size(&self) -> u64 {
        collect::weight(&self.messages.list) + self.origin.as_ref().map_or(0, Origin::weight)
    }

    fn header(&mut self, header: &record::Header<'_>) {
        if self.header.is_some() {
            return;
        }
        let caller = header.caller.owned().map(|caller| (caller, header.call.owned()));
        let header = Header {
            is_versioned: header.version.0.is_some(),
            title: header.title.owned(),
            session_title: header.session_title.owned(),
            named: header.named.set(),
            cwd: header.cwd.owned(),
            parent: header.parent.owned(),
            caller: caller.or_else(|| self.settings.as_ref()?.caller.clone()),
        };
        if header.caller.is_none()
            && let Some(parent) = &header.parent
        {
            self.origin = Some(Origin::read(&self.path, parent));
        }
        self.header = Some(header);
    }

    fn message(&mut self, number: u64, record: &Record<'_>) -> Result<(), serde_json::Error> {
        let said = &record.message;
        let Some(role) = said.role.filled().or(record.role.filled()) else {
            // A note on permissions that got among the messages.
            let audit = record.entry_type.filled().is_some() || record.action.filled().is_some();
            return if audit { Ok(()) } else { Err(Error::missing_field("role")) };
        };
        let flat = Content::Text(record.text.get().unwrap_or_default().into());
        let mut pieces = content::pieces(match &said.content {
            Content::Nothing => &flat,
            content => content,
        })?;
        let is_versioned = self.header.as_ref().is_some_and(|header| header.is_versioned);
        expected::message(&mut self.expected, role, is_versioned, record, &pieces);
        if let Some(usage) = said.usage.usage() {
            // Converted files only: the session's totals are in its settings.
            self.discarded.push(Discarded { line: number, why: "part of the session's total".into(), usage });
        }
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.trim().is_empty()));
        // A reasoning model behind the plain chat interface: the same text may stand in a block.
        let thought = pieces.iter().any(|piece| matches!(piece, Piece::Other(Part::Thinking(_))));
        if let Some(reasoning) = said.reasoning.filled().filter(|_| !thought) {
            pieces.insert(0, Piece::Other(Part::Thinking(reasoning.into())));
        }
        let entry = self.entry(number, record);
        // A copy of a record that is in the file already.
        if self.seen.get(&entry.id) == Some(&entry.at) {
            return Ok(());
        }
        self.seen.insert(entry.id.clone(), entry.at);
        self.span.add(entry.at);
        if entry.inherited {
            self.inherited += 1;
        } else {
            self.own_span.add(entry.at);
        }
        let visibility = said.visibility.filled().or(record.visibility.filled());
        let hidden = said.hidden.set() || matches!(visibility, Some("llm_only" | "user_only"));
        match role {
            "assistant" if !hidden => self.assistant(&entry, said, pieces),
            "user" if !hidden => self.user(&entry, pieces),
            "tool" => self.push(&entry, "", Role::Tool, parts(pieces)),
            _ => self.notice(&entry, parts(pieces)),
        }
        Ok(())
    }

    fn entry(&self, number: u64, record: &Record<'_>) -> Entry {
        let id = record.id.filled();
        let inherited = self.origin.as_ref().is_some_and(|origin| origin.has(id, record.at.0));
        Entry { id: id.map_or_else(|| format!("line-{number}"), str::to_owned), at: record.at.0, inherited }
    }

    fn assistant(&mut self, entry: &Entry, said: &record::Message<'_>, pieces: Vec<Piece>) {
        let model = said.model_id.owned().or_else(|| said.model.owned());
        let usage = said.usage.usage();
        let parts = parts(pieces);
        if parts.is_empty() {
            return;
        }
        let calls = |part: &Part| matches!(part, Part::ToolCall { name, .. } if name == "Task");
        self.delegates |= parts.iter().any(calls);
        let place = self.messages.list.len();
        self.push(entry, "", Role::Assistant, parts);
        self.messages.list[place].model.clone_from(&model);
        self.messages.list[place].completion_tokens = usage.map(|usage| usage.output);
        self.model = model.or(self.model.take());
    }

    fn user(&mut self, entry: &Entry, pieces: Vec<Piece>) {
        let (mut results, mut shown, mut notes, mut prompted) = (Vec::new(), Vec::new(), Vec::new(), false);
        // What the calling agent told a sub-agent is the first thing in its session.
        let first = !self.messages.list.iter().any(|message| message.role == Role::User);
        let brief = first || self.is_agent();
        for piece in pieces {
            match piece {
                Piece::Result(mut parts) => results.append(&mut parts),
                Piece::Other(part) => {
                    prompted |= matches!(part, Part::Image { .. });
                    shown.push(part);
                }
                Piece::Text(text) => match prompt::classify(&text, brief) {
                    Typed::Prompt { text, injected } => {
                        prompted = true;
                        if !injected.is_empty() {
                            notes.push(Part::Text(injected.to_owned()));
                        }
                        shown.push(Part::Text(text.to_owned()));
                    }
                    Typed::Command(command) => {
                        notes.push(Part::Text(command.clone()));
                        self.command.get_or_insert(command);
                    }
                    Typed::Noise(noise) => notes.push(Part::Text(noise.to_owned())),
                },
            }
        }
        if !prompted {
            notes.append(&mut shown);
        }
        let beside = !results.is_empty();
        self.push(entry, "", Role::Tool, results);
        self.notice_as(entry, if beside || prompted { ":note" } else { "" }, notes);
        self.push(entry, if beside { ":text" } else { "" }, Role::User, shown);
    }

    fn compaction(&mut self, number: u64, record: &Record<'_>) {
        let older = || {
            let pieces = [record.summary.title.filled(), record.summary.body.filled()];
            pieces.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
        };
        let summary = record.summary_text.owned().unwrap_or_else(older);
        self.continues |= self.messages.list.is_empty();
        if !summary.is_empty() {
            let entry = self.entry(number, record);
            self.push(&entry, "", Role::System, vec![Part::Text(summary.clone())]);
            self.summary = Some(summary);
        }
    }

    fn notice(&mut self, entry: &Entry, parts: Vec<Part>) {
        self.notice_as(entry, "", parts);
    }

    /// Adds what nobody typed.
    fn notice_as(&mut self, entry: &Entry, suffix: &str, parts: Vec<Part>) {
        for part in &parts {
            if let (None, Part::Text(text)) = (&self.told, part) {
                self.told =
                    prompt::model(text).map(|(model, provider)| (model.to_owned(), provider.to_ascii_lowercase()));
            }
        }
        self.push(entry, suffix, Role::System, parts);
    }

    fn push(&mut self, entry: &Entry, suffix: &str, role: Role, parts: Vec<Part>) {
        if parts.is_empty() {
            return;
        }
        let mut message = Message::new(format!("{}{suffix}", entry.id), role, entry.at);
        message.inherited = entry.inherited;
        message.parts = parts;
        self.messages.push(message);
    }

    fn is_agent(&self) -> bool {
        self.header.as_ref().is_some_and(|header| header.caller.is_some())
            || self.settings.as_ref().is_some_and(|settings| settings.is_agent)
    }

    /// The session with everything but its tokens; `None` when nothing was said in it.
    pub(super) fn session(&mut self) -> Option<ImportedSession> {
        self.problems.extend(self.unknown.problems());
        let answered = self.messages.list.iter().any(|message| message.role == Role::Assistant);
        if let Some(settings) = self.settings.as_ref().filter(|_| answered) {
            self.expected.add_all(&settings.expected);
        }
        if self.messages.list.is_empty() {
            return None;
        }
        let sidechain = self.is_agent();
        let messages = std::mem::take(&mut self.messages).finish();
        let title = self.title(&messages);
        let settings = self.settings.as_ref();
        let header = self.header.take();
        let caller = header.as_ref().and_then(|header| header.caller.clone());
        let caller = caller.or_else(|| settings?.caller.clone());
        let (cwd, parent) = header.map(|header| (header.cwd, header.parent)).unwrap_or_default();
        let link = |external_id, relation, call_id| opensync_core::import::Parent { external_id, relation, call_id };
        let (told_model, told_provider) = self.told.take().unzip();
        let model = settings.and_then(|settings| settings.model.clone()).or_else(|| self.model.clone()).or(told_model);
        let lock = settings.and_then(|settings| settings.provider.clone());
        let provider = lock.or(told_provider).or_else(|| maker(model.as_deref()?).map(str::to_owned));
        Some(ImportedSession {
            external_id: self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            parent: caller
                .map(|(id, call)| link(id, Relation::SubAgent, call))
                .or_else(|| Some(link(parent?, Relation::Fork, None))),
            title,
            summary: self.summary.take(),
            project_path: cwd,
            provider,
            model,
            created_at: self.span.first,
            updated_at: self.span.last,
            born_at: self.own_span.first.or(self.span.first),
            duration_ms: settings.and_then(|settings| settings.active_ms).or(self.worked_ms),
            archived: settings.is_some_and(|settings| settings.archived),
            sidechain,
            messages,
            ..ImportedSession::default()
        })
    }

    fn title(&self, messages: &[Message]) -> Option<(String, TitleRank)> {
        let header = self.header.as_ref();
        let given = |title: Option<&String>| title.cloned().filter(|title| title.trim() != "New Session");
        let prompts = || messages.iter().filter(|message| message.role == Role::User).map(Message::text);
        let prompt = prompts().find_map(|text| ranked(prompt::titled(&text), TitleRank::Prompt));
        let stored = |title: &str, named: bool| {
            let rank = if named { TitleRank::Named } else { TitleRank::Generated };
            ranked(if named { title } else { prompt::titled(title) }, rank)
        };
        // The stored title often is the first prompt, whole or cut.
        let repeats = |title: &str| {
            let start = title.trim_end_matches(['…', '.']);
            !start.is_empty() && prompt.as_ref().is_some_and(|(prompt, _)| prompt.starts_with(start))
        };
        let named = header.is_some_and(|header| header.named);
        None.or_else(|| stored(&given(header?.session_title.as_ref())?, named))
            .or_else(|| {
                let title = stored(&given(header?.title.as_ref())?, named)?;
                if !named && repeats(&title.0) { prompt.clone() } else { Some(title) }
            })
            .or_else(|| prompt.clone())
            .or_else(|| ranked(self.command.as_deref()?, TitleRank::Placeholder))
    }
}

fn parts(pieces: Vec<Piece>) -> Vec<Part> {
    let mut parts = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match piece {
            Piece::Text(text) => parts.push(Part::Text(text)),
            Piece::Result(mut result) => parts.append(&mut result),
            Piece::Other(part) => parts.push(part),
        }
    }
    parts
}

/// Who makes a model, as the sidecar names providers.
fn maker(model: &str) -> Option<&'static str> {
    const MAKERS: &[(&str, &str)] =
        &[("claude", "anthropic"), ("gpt-", "openai"), ("gemini", "google"), ("grok", "xai")];
    let model = model.to_ascii_lowercase();
    MAKERS.iter().find(|(start, _)| model.starts_with(start)).map(|(_, maker)| *maker)
}
