//! A session as everybody sees it who has its link: the copy, and nothing else of the archive.

use askama::Template;
use opensync_core::share::{PublicHead, shown_title};
use opensync_core::{Session, StoredMessage};

use super::calls::Scene;
use super::content::Contents;
use super::conversation;
use super::folds::Folds;
use super::links::Links;
use super::messages::Reader;
use super::part::{PartPage, Wanted};
use super::results::Results;
use super::view::{Block, Entry, Item, Row};
use super::{Edge, Window, printable};
use crate::export::{FORMATS, Format, Kind};
use crate::format;
use crate::page::session_list::glyph;
use crate::page::shell::Shell;
use crate::render::redacted::chips;

/// The page behind a public link. `messages()` is one more window for a page that is open.
#[derive(Template)]
#[template(path = "share_show.html", blocks = ["messages"])]
pub struct ShareShowPage {
    shell: Shell,
    session: Session,
    slug: String,
    source_name: String,
    glyph: &'static str,
    /// `5 of 58`.
    messages: String,
    /// What is said when not all is shared.
    part: Option<String>,
    has_removed: bool,
    tokens: (String, String),
    day: String,
    duration: Option<String>,
    expires: Option<String>,
    entries: Vec<Entry>,
    earlier: Option<Edge>,
    later: Option<Edge>,
    formats: Vec<(&'static str, &'static str)>,
}

/// What a link shows that shows nothing. Nothing in it tells why.
#[derive(Template)]
#[template(path = "share_gone.html")]
pub struct ShareGonePage {
    shell: Shell,
}

/// One part of a message of a copy, whole.
#[derive(Template)]
#[template(path = "share_part.html")]
struct SharePartPage<'a> {
    shell: &'a Shell,
    title: String,
    back: String,
    part: String,
}

/// The formats a copy can be had in: those to be read. The others hold more than is shared.
pub fn readable() -> impl Iterator<Item = &'static Format> {
    FORMATS.iter().copied().filter(|format| format.kind == Kind::Reading)
}

impl ShareShowPage {
    /// A page of a copy: what it says of the session, a window of its messages, the places of all
    /// its prompts.
    pub fn new(
        shell: Shell,
        slug: &str,
        head: &PublicHead,
        expires_at: Option<i64>,
        window: &Window,
        prompts: &[u64],
    ) -> Self {
        let mut session = printable(&head.session());
        session.title = shown_title(&session.title);
        let links = Links::public(slug);
        let prompts: Vec<(u64, String)> = prompts.iter().map(|seq| (*seq, seq.to_string())).collect();
        let mut reader = Reader {
            scene: Scene { session: &session, sub_agents: &[], links: &links, folds: Folds::default() },
            contents: Contents::of_window(&links, &[], false, None),
            results: Results::of(&window.messages),
            prompts: &prompts,
            zone: &shell.zone,
            cut_off: window.after.is_some(),
        };
        let entries = conversation::entries(&mut reader, &window.messages, None, 0);
        let all = head.shared >= head.messages;
        let count = format::count;
        Self {
            slug: slug.to_owned(),
            source_name: opensync_sources::name(&session.source).to_owned(),
            glyph: glyph(&session.source),
            messages: if all {
                count(head.shared)
            } else {
                format!("{} of {}", count(head.shared), count(head.messages))
            },
            part: (!all).then(|| {
                format!("The owner shares {} of {}.", count(head.shared), format::plural(head.messages, "message"))
            }),
            has_removed: has_removed(&session, &window.messages),
            tokens: (format::tokens(session.total_tokens), format::exact_tokens(session.total_tokens)),
            day: day(session.created_at, &shell),
            duration: session.duration_ms.map(format::duration),
            expires: expires_at.map(|at| day(at, &shell)),
            entries,
            earlier: window.before.map(|seq| Edge::new("before", seq, &prompts, &links)),
            later: window.after.map(|seq| Edge::new("after", seq, &prompts, &links)),
            formats: readable().map(|format| (format.id, format.name)).collect(),
            session,
            shell,
        }
    }

    /// The page.
    pub fn html(&self) -> askama::Result<String> {
        Ok(chips(&self.render()?))
    }

    /// The messages alone.
    pub fn messages(&self) -> askama::Result<String> {
        Ok(chips(&self.as_messages().render()?))
    }
}

impl ShareGonePage {
    /// The page.
    pub fn new(shell: Shell) -> Self {
        Self { shell }
    }
}

/// A part of a message of a copy as a page, or `alone` to take the place of what was cut; `None` when
/// there is none at that place.
pub fn share_part(
    shell: &Shell,
    slug: &str,
    head: &PublicHead,
    message: &StoredMessage,
    (index, wanted): (usize, &Wanted),
    partner: Option<&opensync_core::Part>,
    alone: bool,
) -> Option<askama::Result<String>> {
    let links = Links::public(slug);
    let page = PartPage::linked(shell.clone(), &head.session(), &links, message, index, wanted, partner)?;
    let part = match page.as_part().render() {
        Ok(part) => part,
        Err(error) => return Some(Err(error)),
    };
    if alone {
        return Some(Ok(chips(&part)));
    }
    let title = shown_title(&crate::render::terminal::plain(&head.title));
    let page = SharePartPage { shell, title, back: links.at(&message.message.external_id), part };
    Some(page.render().map(|html| chips(&html)))
}

/// `23 Dec 2026`
fn day(at: i64, shell: &Shell) -> String {
    jiff::Timestamp::from_millisecond(at)
        .map_or_else(|_| format::UNKNOWN.to_owned(), |at| format::day(at.to_zoned_datetime(shell.zone.clone()).date()))
}

/// Whether a reader meets something that was taken out.
fn has_removed(session: &Session, messages: &[StoredMessage]) -> bool {
    let has = |text: &str| text.contains('⟦');
    has(&session.title) || messages.iter().any(|stored| has(&stored.message.text()))
}
