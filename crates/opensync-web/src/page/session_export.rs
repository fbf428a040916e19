//! What sessions are exported as: the choice of it, and what will be in the file. A page, and a dialog.

use askama::Template;
use opensync_core::filter::Status;

use super::session_bulk::{Choice, back};
use crate::export::{FORMATS, Format, Kind, Options, TurnMode};
use crate::format;
use crate::page::shell::Shell;

pub mod samples;

/// Which verdicts sessions must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verdicts {
    /// Whatever they have.
    #[default]
    Any,
    /// An example of how it should be.
    Golden,
    /// That, or right.
    Good,
    /// Wrong.
    Incorrect,
    /// Somebody should look.
    NeedsReview,
}

impl Verdicts {
    const ALL: [Self; 5] = [Self::Any, Self::Golden, Self::Good, Self::Incorrect, Self::NeedsReview];

    /// Reads the name; anything unknown means any.
    pub fn parse(name: &str) -> Self {
        Self::ALL.into_iter().find(|verdicts| verdicts.as_str() == name).unwrap_or_default()
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Golden => "golden",
            Self::Good => "golden,correct",
            Self::Incorrect => "incorrect",
            Self::NeedsReview => "needs_review",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Any => "Any, or none",
            Self::Golden => Status::Golden.name(),
            Self::Good => "Golden and Correct",
            Self::Incorrect => Status::Incorrect.name(),
            Self::NeedsReview => Status::NeedsReview.name(),
        }
    }

    /// Whether a session of this verdict is meant.
    pub fn has(self, status: Option<Status>) -> bool {
        match self {
            Self::Any => true,
            Self::Golden => status == Some(Status::Golden),
            Self::Good => matches!(status, Some(Status::Golden | Status::Correct)),
            Self::Incorrect => status == Some(Status::Incorrect),
            Self::NeedsReview => status == Some(Status::NeedsReview),
        }
    }
}

/// What a form asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// As what.
    pub format: &'static Format,
    /// What of them.
    pub options: Options,
    /// Which of them.
    pub verdicts: Verdicts,
    /// With their sub-agents; as the format has it when nobody said.
    pub agents: Option<bool>,
}

/// How large a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// So many bytes.
    Exactly(u64),
    /// As far as its beginning tells.
    About(u64),
}

/// What will be in the file.
#[derive(Debug, Clone)]
pub struct Preview {
    /// How it is named.
    pub name: String,
    /// How large it is.
    pub size: Size,
    sessions: u64,
    cases: u64,
    /// Sessions or cases of each, most first.
    sources: Vec<(String, u64)>,
    statuses: Vec<(&'static str, u64)>,
    /// Sessions with cases and no expected output.
    unexpected: u64,
    /// Sessions without any case.
    skipped: u64,
}

impl Default for Preview {
    fn default() -> Self {
        Self {
            name: String::new(),
            size: Size::Exactly(0),
            sessions: 0,
            cases: 0,
            sources: Vec::new(),
            statuses: Vec::new(),
            unexpected: 0,
            skipped: 0,
        }
    }
}

impl Preview {
    /// Takes a session in; `cases` when the format has test cases.
    pub fn add(&mut self, source: &str, status: Option<Status>, expected: bool, cases: Option<u64>) {
        if cases == Some(0) {
            self.skipped += 1;
            return;
        }
        self.sessions += 1;
        self.cases += cases.unwrap_or(0);
        self.unexpected += u64::from(cases.is_some() && !expected);
        let more = cases.unwrap_or(1);
        match self.sources.iter_mut().find(|(name, _)| name == source) {
            Some((_, count)) => *count += more,
            None => self.sources.push((source.to_owned(), more)),
        }
        let status = match status {
            Some(Status::None) | None => "No verdict",
            Some(status) => status.name(),
        };
        match self.statuses.iter_mut().find(|(name, _)| *name == status) {
            Some((_, count)) => *count += more,
            None => self.statuses.push((status, more)),
        }
    }

    /// Puts what there is most of first.
    pub fn sort(&mut self) {
        self.sources.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        self.statuses.sort_by_key(|(name, _)| {
            Status::ALL.iter().position(|status| status.name() == *name).unwrap_or(Status::ALL.len())
        });
    }
}

/// The page. `as_body()` is what a dialog shows.
#[derive(Debug, Template)]
#[template(path = "session_export.html", blocks = ["body"])]
pub struct SessionExportPage {
    shell: Shell,
    back: String,
    /// Which sessions, as fields of the form.
    fields: Vec<(&'static str, String)>,
    asked: Asked,
    preview: Preview,
    /// Sub-agents below the sessions.
    agents: u64,
}

/// A box of the form: name, label, whether it is ticked.
type Tick = (&'static str, &'static str, bool);

impl SessionExportPage {
    /// About some sessions, which have so many sub-agents below them.
    pub fn new(shell: Shell, choice: &Choice, asked: Asked, preview: Preview, agents: u64) -> Self {
        // A single session that was not chosen in a list is where one came from.
        let back = match choice.ids.as_slice() {
            [id] if choice.list.is_empty() => format!("/sessions/{}", crate::render::html::percent(id.as_str())),
            _ => back(&choice.list),
        };
        Self { shell, back, fields: choice.fields(), asked, preview, agents }
    }

    fn groups() -> [(&'static str, Vec<&'static Format>); 2] {
        let (cases, others) = FORMATS.iter().copied().partition(|format| format.has_cases());
        [("For evaluations", cases), ("To read and to keep", others)]
    }

    fn ticks(&self) -> Vec<Tick> {
        let (format, options) = (self.asked.format, &self.asked.options);
        let mut ticks = Vec::new();
        if format.kind != Kind::Whole {
            ticks.push(("anonymise", "Replace home folders in paths", options.anonymise_paths));
            ticks.push(("tools", "Include tool calls", options.tool_calls));
            ticks.push(("system", "Include system prompts", options.system_prompts));
            if format.kind == Kind::Reading {
                ticks.push(("thinking", "Include thinking", options.thinking));
            }
            if format.kind == Kind::Cases && options.turn_mode != TurnMode::Session && format.id != "promptfoo" {
                ticks.push(("context", "Include earlier messages", options.context));
            }
        }
        if self.agents > 0 {
            let ticked = self.asked.agents.unwrap_or(format.kind == Kind::Whole);
            ticks.push(("agents", "Include sub-agents", ticked));
        }
        ticks
    }

    /// Options no box of this format shows, so that another format finds them again.
    fn kept(&self) -> Vec<(&'static str, &'static str)> {
        let shown: Vec<&str> = self.ticks().iter().map(|(name, ..)| *name).collect();
        let mode = self.has_modes();
        let fields = self.asked.options.fields().into_iter();
        fields.filter(|(name, _)| !shown.contains(name) && (*name != "mode" || !mode)).collect()
    }

    fn has_modes(&self) -> bool {
        self.asked.format.kind == Kind::Cases
    }

    fn size(&self) -> String {
        match self.preview.size {
            Size::Exactly(bytes) => format::bytes(bytes),
            Size::About(bytes) => format!("about {}", format::bytes(bytes)),
        }
    }

    /// `247`, and what of.
    fn count(&self) -> (String, String) {
        let (cases, sessions) = (self.preview.cases, self.preview.sessions);
        if self.asked.format.has_cases() {
            let unit = if cases == 1 { "test case" } else { "test cases" };
            return (format::count(cases), format!("{unit} from {}", format::plural(sessions, "session")));
        }
        (format::count(sessions), if sessions == 1 { "session" } else { "sessions" }.to_owned())
    }

    fn download(&self) -> String {
        let preview = &self.preview;
        let (count, unit) =
            if self.asked.format.has_cases() { (preview.cases, "case") } else { (preview.sessions, "session") };
        format!("Download {}", format::plural(count, unit))
    }

    fn is_empty(&self) -> bool {
        self.preview.sessions == 0
    }

    /// The verdicts are worth a list when there is one.
    fn statuses(&self) -> &[(&'static str, u64)] {
        match self.preview.statuses.as_slice() {
            [("No verdict", _)] => &[],
            statuses => statuses,
        }
    }
}
