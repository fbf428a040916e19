//! The page for each kind of format, to look at and to test.

use opensync_core::SessionId;
use opensync_core::filter::Status;

use super::{Asked, Preview, SessionExportPage, Size, Verdicts};
use crate::export::{self, FORMATS, Kind, Options};
use crate::page::session_bulk::Choice;
use crate::page::shell::Shell;

/// Names and pages.
pub fn samples(shell: &Shell) -> Vec<(&'static str, SessionExportPage)> {
    let ids = |count: u64| (0..count).map(|n| SessionId::from_stored(format!("sample{n}"))).collect::<Vec<_>>();
    let page = |format: &str, choice: &Choice, preview: Preview, agents| {
        let format = export::find(format).unwrap_or(FORMATS[0]);
        let verdicts = if format.kind == Kind::Cases { Verdicts::Good } else { Verdicts::Any };
        let asked = Asked { format, options: Options::of(format.kind), verdicts, agents: None };
        SessionExportPage::new(shell.clone(), choice, asked, preview, agents)
    };
    let mut many = Preview { name: "opensync-deepeval-2026-11-23.json".to_owned(), ..Preview::default() };
    many.size = Size::About(1_900_000);
    for n in 0..60 {
        let source = ["Claude Code", "Codex CLI", "OpenCode", "<b>pi</b>"][n % 4];
        let status = [Some(Status::Golden), Some(Status::Correct), None][n % 3];
        many.add(source, status, n % 12 != 0, Some((n as u64) % 9));
    }
    many.sort();
    let mut one = Preview { name: "Round_-b-invoices-b-_half_to_even.html".to_owned(), ..Preview::default() };
    one.size = Size::Exactly(48_213);
    one.add("Claude Code", None, false, None);
    let list = Choice { query: Some("source=pi".to_owned()), list: "source=pi".to_owned(), ..Choice::default() };
    let single = Choice { ids: ids(1), ..Choice::default() };
    vec![
        ("export-cases", page("deepeval", &list, many.clone(), 12)),
        ("export-conversations", page("deepeval-conversational", &list, many.clone(), 0)),
        ("export-openai", page("openai", &list, many, 12)),
        ("export-page", page("html", &single, one.clone(), 0)),
        ("export-everything", page("json", &single, one, 3)),
        ("export-nothing", page("promptfoo", &single, Preview::default(), 0)),
    ]
}
