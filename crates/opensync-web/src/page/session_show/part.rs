//! One part of a message, whole: what "show all" brings.

use askama::Template;
use opensync_core::search::Term;
use opensync_core::{Part, Role, Session, StoredMessage};

use super::calls;
use super::content::{Contents, Place};
use super::links::{Links, Reading};
use super::results::answer;
use super::view::Content;
use crate::page::shell::Shell;
use crate::render::markdown::Breaks;
use crate::render::{terminal, tool};

/// Which side of a part is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Its content: text, output, or what a call changed.
    #[default]
    Content,
    /// The arguments of a call.
    Arguments,
    /// What a call changed in one of several files, from 0.
    File(usize),
}

impl View {
    /// Reads the `view` parameter; anything unknown is the content.
    pub fn parse(name: &str) -> Self {
        match name.strip_prefix("file-").and_then(|number| number.parse().ok()) {
            Some(number) => Self::File(number),
            None if name == "arguments" => Self::Arguments,
            None => Self::Content,
        }
    }

    fn name(self) -> String {
        match self {
            Self::Content => String::new(),
            Self::Arguments => "arguments".to_owned(),
            Self::File(number) => format!("file-{number}"),
        }
    }
}

/// What is asked for of a part.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Which side of it.
    pub view: View,
    /// Which piece of it, from 0; `None` for what a window of messages shows of it.
    pub piece: Option<usize>,
    /// The query of its address, from which links to its other pieces are made: words to mark ...
    pub reading: Reading,
    /// ... or the list's.
    pub list: String,
    /// The words.
    pub words: Vec<Term>,
    /// Whether they are marked in what tools did as well.
    pub in_tools: bool,
}

/// One part of a message. `as_part()` takes the place of the cut part on a session's page.
#[derive(Template)]
#[template(path = "session_show/part.html", blocks = ["part"])]
pub struct PartPage {
    shell: Shell,
    title: String,
    back: String,
    kind: Kind,
    content: Content,
}

/// How a part is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Prose,
    Terminal,
    Code,
    Diff,
}

impl PartPage {
    /// The part at `index` of `message`; `None` when there is none or it is an image. `partner` is
    /// the result of the call, when the part is a call and the result is at hand: it knows the line
    /// numbers of an edit.
    pub fn new(
        shell: Shell,
        session: &Session,
        message: &StoredMessage,
        index: usize,
        wanted: &Wanted,
        partner: Option<&Part>,
    ) -> Option<Self> {
        let links = Links::new(&session.id, &wanted.list).read_as(&wanted.reading);
        Self::linked(shell, session, &links, message, index, wanted, partner)
    }

    /// The same with other addresses.
    pub(super) fn linked(
        shell: Shell,
        session: &Session,
        links: &Links,
        message: &StoredMessage,
        index: usize,
        wanted: &Wanted,
        partner: Option<&Part>,
    ) -> Option<Self> {
        let view = wanted.view;
        let mut contents = Contents::of_part(links, &wanted.words, wanted.in_tools, wanted.piece);
        let place = Place { seq: message.seq, index, folded: false };
        let (kind, content) = match message.message.parts.get(index)? {
            Part::Text(text) => {
                let breaks = if message.message.role == Role::Assistant { Breaks::Folded } else { Breaks::Kept };
                (Kind::Prose, contents.prose(text, breaks, place))
            }
            Part::Thinking(body) => {
                let text = body.text().unwrap_or_default();
                (Kind::Prose, contents.prose(&text, Breaks::Kept, place))
            }
            Part::ToolCall { name, arguments, .. } => {
                let details = partner.and_then(calls::details_of);
                let call = calls::read(name, arguments, session, details.as_ref());
                let file = if let View::File(number) = view { number } else { 0 };
                match call.edits.get(file).filter(|_| view != View::Arguments) {
                    Some(file) => {
                        let language = tool::language_of(&file.path);
                        (Kind::Diff, contents.diff(&file.hunks, language, place, &view.name()))
                    }
                    None => (Kind::Code, contents.code(&call.arguments, "json", place, "arguments")),
                }
            }
            Part::ToolResult { details, .. } => {
                let answer = answer(message, index)?;
                let content = match contents.text(answer.output, place) {
                    Ok(text) => {
                        let details = calls::details(details.as_ref());
                        let output = tool::output(&text, details.as_ref());
                        contents.output(output.text.trim_matches(['\n', '\r']), place)
                    }
                    Err(why) => contents.unread(why, answer.output, place),
                };
                (Kind::Terminal, content)
            }
            Part::Unknown { json, .. } => {
                let text = json.text().unwrap_or_default();
                (Kind::Code, contents.code(&super::messages::pretty(&text), "json", place, ""))
            }
            Part::Image { .. } => return None,
        };
        Some(Self {
            shell,
            title: terminal::plain(&session.title),
            back: links.at(&message.message.external_id),
            kind,
            content,
        })
    }
}

/// The text of a part without anything around it: what copying takes. `None` when it has none.
pub fn raw(message: &StoredMessage, index: usize) -> Option<String> {
    match message.message.parts.get(index)? {
        Part::Text(text) => Some(text.clone()),
        Part::Thinking(body) | Part::Unknown { json: body, .. } | Part::ToolCall { arguments: body, .. } => {
            body.text().ok()
        }
        Part::ToolResult { output, details, .. } => {
            let (text, details) = (output.text().ok()?, calls::details(details.as_ref()));
            Some(terminal::plain(tool::output(&text, details.as_ref()).text.trim_matches(['\n', '\r'])))
        }
        Part::Image { .. } => None,
    }
}
