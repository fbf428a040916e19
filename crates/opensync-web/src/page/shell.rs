//! What every page has around its content.

use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use opensync_core::progress::Progress;

use crate::format;

/// A theme somebody chose; without one the page follows the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

impl Theme {
    /// The name in the `theme` cookie and in the page.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads the cookie; anything unknown means no choice.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            _ => None,
        }
    }
}

/// Which entry of the navigation is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    /// The session list and what opens from it.
    Sessions,
    /// None: the page is in no list.
    Elsewhere,
}

/// What every page has around its content. Templates read it as `shell`.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The theme of the `theme` cookie.
    pub theme: Option<Theme>,
    /// Where the page is.
    pub page: Nav,
    /// The import that runs, or the last one.
    pub progress: Option<Progress>,
    /// The moment the page is made.
    pub now: Timestamp,
    /// The viewer's time zone, from the `tz` cookie.
    pub zone: TimeZone,
}

impl Shell {
    /// The name of the theme as the switch shows it.
    pub fn theme_name(&self) -> &'static str {
        self.theme.map_or("system", Theme::as_str)
    }

    /// Whether the page is the session list or opened from it.
    pub fn is_sessions(&self) -> bool {
        self.page == Nav::Sessions
    }

    /// Whether an import runs.
    pub fn is_importing(&self) -> bool {
        self.progress.as_ref().is_some_and(|progress| progress.running)
    }

    /// What a new page says about the import: nothing when the last one ended well.
    pub fn import(&self) -> ImportStrip {
        let shown = self.progress.clone().filter(|progress| progress.running || progress.error.is_some());
        ImportStrip::new(shown)
    }
}

/// The strip that says how far the import is. Alone it is the answer of `/import/progress`.
#[derive(Debug, Clone, Template)]
#[template(path = "import_progress.html")]
pub struct ImportStrip {
    progress: Option<Progress>,
}

impl ImportStrip {
    /// A strip about `progress`; an empty one without.
    pub fn new(progress: Option<Progress>) -> Self {
        Self { progress }
    }

    fn text(progress: &Progress) -> String {
        let files = format::plural(progress.files_total, "file");
        let sessions = format::plural(progress.sessions, "session");
        if let Some(cause) = &progress.error {
            return format!(
                "Import stopped after {} of {files}: {cause}. {sessions} are in. Run opensync import to read the rest",
                format::count(progress.files_done)
            );
        }
        if !progress.running {
            return format!("Import finished: {files} read in {}", format::seconds(progress.elapsed_ms));
        }
        if progress.files_total == 0 {
            return "Looking for sessions on this machine".to_owned();
        }
        let mut text = format!("{} of {files}", format::count(progress.files_done));
        if progress.bytes_done > 0 && progress.elapsed_ms > 0 {
            text.push_str(&format!(" · {}/s", format::bytes(progress.bytes_per_second())));
        }
        text.push_str(&format!(" · {sessions}"));
        if let Some(left) = progress.remaining_ms() {
            text.push_str(&format!(" · about {} left", format::seconds(left)));
        }
        text
    }

    fn problems(progress: &Progress) -> Option<String> {
        (progress.problems > 0)
            .then(|| format!("{} could not be read: opensync doctor lists them", format::plural(progress.problems, "record")))
    }

    fn max(progress: &Progress) -> u64 {
        if progress.bytes_total > 0 { progress.bytes_total } else { progress.files_total.max(1) }
    }

    fn value(progress: &Progress) -> u64 {
        let done = if progress.bytes_total > 0 { progress.bytes_done } else { progress.files_done };
        done.min(Self::max(progress))
    }
}
