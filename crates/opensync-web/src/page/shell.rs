//! What every page has around its content.

use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use opensync_core::progress::Progress;

use super::undo::UndoNotice;
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
    /// Sessions for evaluations.
    Evals,
    /// The settings.
    Settings,
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
    /// The place in the row of changes up to which the page is true; live events start there.
    pub mark: String,
    /// The moment the page is made.
    pub now: Timestamp,
    /// The viewer's time zone, from the `tz` cookie.
    pub zone: TimeZone,
    /// What was deleted and can be brought back; pages with a list say so.
    pub undo: UndoNotice,
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

    /// Whether the page is that of the evals.
    pub fn is_evals(&self) -> bool {
        self.page == Nav::Evals
    }

    /// Whether the page is that of the settings.
    pub fn is_settings(&self) -> bool {
        self.page == Nav::Settings
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

    /// The state of the import in a word, and the rest of the sentence.
    fn text(progress: &Progress) -> (&'static str, String) {
        let files = format::plural(progress.files_total, "file");
        let sessions = format::plural(progress.sessions, "session");
        let done = format::count(progress.files_done);
        if let Some(cause) = &progress.error {
            let text = format!("after {done} of {files}: {cause}. {sessions} are in. Importing again reads the rest.");
            return ("Import stopped", text);
        }
        if !progress.running {
            return ("Import finished", format!("{files} read in {}", format::seconds(progress.elapsed_ms)));
        }
        if progress.files_total == 0 {
            return ("Importing", "Looking for sessions on this machine".to_owned());
        }
        let mut parts = vec![format!("{done} of {files}")];
        if progress.bytes_done > 0 && progress.elapsed_ms > 0 {
            parts.push(format!("{}/s", format::bytes(progress.bytes_per_second())));
        }
        parts.push(sessions);
        if let Some(left) = progress.remaining_ms() {
            parts.push(format!("about {} left", format::seconds(left.max(1000).next_multiple_of(1000))));
        }
        ("Importing", parts.join(" · "))
    }

    fn problems(progress: &Progress) -> Option<String> {
        (progress.problems > 0).then(|| {
            format!("{} could not be read: opensync doctor lists them", format::plural(progress.problems, "record"))
        })
    }

    fn max(progress: &Progress) -> u64 {
        if progress.bytes_total > 0 { progress.bytes_total } else { progress.files_total.max(1) }
    }

    fn value(progress: &Progress) -> u64 {
        let done = if progress.bytes_total > 0 { progress.bytes_done } else { progress.files_done };
        done.min(Self::max(progress))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::samples;

    fn strip(progress: Progress) -> String {
        ImportStrip::new(Some(progress)).render().unwrap()
    }

    #[test]
    fn a_running_import_is_asked_about_again() {
        let html = strip(samples::progress());
        assert!(html.contains("hx-get=\"/import/progress\""));
        assert!(html.contains("1,204 of 2,000 files · 312 MB/s · 1,130 sessions · about 2 s left"), "{html}");
    }

    #[test]
    fn a_finished_import_is_not() {
        let html = strip(Progress { running: false, problems: 1, ..samples::progress() });
        assert!(!html.contains("hx-get") && !html.contains("<progress"));
        assert!(html.contains("1 record could not be read"));
    }

    #[test]
    fn a_stopped_import_says_what_is_safe() {
        let progress = Progress { running: false, error: Some("the disk is full".to_owned()), ..samples::progress() };
        let shell = Shell { progress: Some(progress), ..samples::shell() };
        let html = shell.import().render().unwrap();
        assert!(
            html.contains("Import stopped</b> after 1,204 of 2,000 files: the disk is full. 1,130 sessions are in")
        );
    }

    #[test]
    fn an_import_that_ended_well_is_not_mentioned_on_new_pages() {
        let shell = Shell { progress: Some(Progress::default()), ..samples::shell() };
        assert!(shell.import().render().unwrap().contains("hidden"));
    }
}
