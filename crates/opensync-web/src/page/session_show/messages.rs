//! One message as blocks: text, thoughts, calls, results, images.

use jiff::tz::TimeZone;
use opensync_core::{Part, Role, StoredMessage};

use super::calls::{self, Scene};
use super::content::{Contents, Place};
use super::links::anchor;
use super::results::{Results, answer};
use super::view::{Block, Head, ImageView, Row, Thinking, role_name};
use crate::format;
use crate::render::markdown::Breaks;
use crate::render::tool;

/// Image types a browser draws without running anything in them.
const DRAWN: [&str; 5] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"];

/// Reads the messages of one window.
pub(super) struct Reader<'a> {
    pub(super) scene: Scene<'a>,
    pub(super) contents: Contents<'a>,
    pub(super) results: Results<'a>,
    pub(super) prompts: &'a [(u64, String)],
    pub(super) zone: &'a TimeZone,
    /// More messages follow the window.
    pub(super) cut_off: bool,
}

/// A block, or a row that joins its neighbours.
pub(super) enum Piece {
    Block(Box<Block>),
    Row(Row),
}

impl Piece {
    fn block(block: Block) -> Self {
        Self::Block(Box::new(block))
    }
}

impl<'a> Reader<'a> {
    /// Everything a message shows; nothing when all of it is shown with the calls it answers.
    pub(super) fn pieces(&mut self, stored: &'a StoredMessage) -> Vec<Piece> {
        let message = &stored.message;
        let mut pieces = Vec::new();
        let mut index = 0;
        while let Some(part) = message.parts.get(index) {
            let place = Place { seq: stored.seq, index, folded: false };
            match part {
                Part::Text(text) if text.trim().is_empty() => {}
                Part::Text(text) => {
                    let breaks = if message.role == Role::Assistant { Breaks::Folded } else { Breaks::Kept };
                    let place = Place { folded: message.role == Role::System, ..place };
                    pieces.push(Piece::block(Block::Prose(self.contents.prose(text, breaks, place))));
                }
                Part::Thinking(body) => pieces.push(Piece::Row(Row::Thinking(Box::new(self.thinking(body, place))))),
                Part::ToolCall { call_id, name, arguments } => {
                    let answer = self.results.to(call_id.as_deref(), stored.seq, index);
                    let images = answer
                        .map(|answer| self.images(answer.stored, answer.index + 1, answer.images))
                        .unwrap_or_default();
                    let call = (name.as_str(), arguments);
                    let call = calls::call(self.scene, &mut self.contents, call, answer, images, place, self.cut_off);
                    pieces.push(Piece::Row(Row::Call(Box::new(call))));
                }
                Part::ToolResult { .. } => match self.results.is_paired(stored.seq, index) {
                    Some(images) => index += images,
                    None => {
                        if let Some(answer) = answer(stored, index) {
                            pieces.push(Piece::block(Block::Result(calls::result(&mut self.contents, answer))));
                        }
                    }
                },
                Part::Image { .. } => {
                    pieces.extend(
                        self.images(stored, index, 1).into_iter().map(|image| Piece::block(Block::Image(image))),
                    );
                }
                Part::Unknown { kind, json } => {
                    let place = Place { folded: true, ..place };
                    let content = match self.contents.text(json, place) {
                        Ok(text) => self.contents.code(&pretty(&text), "json", place, ""),
                        Err(why) => self.contents.unread(why, json, place),
                    };
                    let open = self.contents.is_now(place);
                    pieces.push(Piece::block(Block::Unknown { kind: tool::one_line(kind), open, content }));
                }
            }
            index += 1;
        }
        pieces
    }

    fn thinking(&mut self, body: &opensync_core::Body, place: Place) -> Thinking {
        let place = Place { folded: true, ..place };
        match self.contents.text(body, place) {
            Ok(text) if text.trim().is_empty() => Thinking { preview: String::new(), open: false, content: None },
            Ok(text) => {
                let content = Some(self.contents.prose(&text, Breaks::Kept, place));
                Thinking {
                    preview: preview(&text),
                    open: self.contents.is_now(place) || self.scene.folds.thinking,
                    content,
                }
            }
            Err(why) => {
                let content = Some(self.contents.unread(why, body, place));
                Thinking { preview: String::new(), open: false, content }
            }
        }
    }

    fn images(&self, stored: &StoredMessage, first: usize, count: usize) -> Vec<ImageView> {
        let parts = stored.message.parts.iter().enumerate().skip(first).take(count);
        parts
            .filter_map(|(index, part)| match part {
                Part::Image { media_type, name, body } => {
                    let drawn = DRAWN.contains(&media_type.as_str()) && body.size() > 0;
                    let size = if body.size() > 0 { format::bytes(body.size()) } else { "not stored".to_owned() };
                    let kind = if media_type.starts_with("image/") { "Image" } else { "Document" };
                    let name = name.as_deref().map(tool::one_line);
                    Some(ImageView {
                        src: drawn.then(|| self.contents.links.image(stored.seq, index)),
                        name: name.clone().unwrap_or_else(|| kind.to_owned()),
                        alt: name
                            .as_ref()
                            .map_or_else(|| "Image without a description".to_owned(), |name| format!("Image {name}")),
                        about: format!("{} · {size}", tool::one_line(media_type)),
                    })
                }
                _ => None,
            })
            .collect()
    }

    /// What is said beside a message.
    pub(super) fn head(&self, stored: &StoredMessage) -> Head {
        let message = &stored.message;
        let (tokens, kind) = match message.role {
            // They were paid in the session they are copied from.
            _ if message.inherited => (None, ""),
            Role::User => (message.prompt_tokens, "prompt"),
            Role::Assistant => (message.completion_tokens, "completion"),
            Role::System | Role::Tool => (None, ""),
        };
        let tokens = tokens
            .map(|tokens| format!("{} {kind} token{}", format::count(tokens), if tokens == 1 { "" } else { "s" }));
        let prompt = self.prompts.binary_search_by_key(&stored.seq, |(seq, _)| *seq).ok().map(|at| at + 1);
        let role = role_name(message.role);
        let label = match (prompt, &tokens) {
            (Some(prompt), _) => format!("{role} message, prompt {prompt} of {}", self.prompts.len()),
            (None, Some(tokens)) => format!("{role} message, {tokens}"),
            (None, None) => format!("{role} message"),
        };
        let session = self.scene.session;
        Head {
            anchor: anchor(&message.external_id),
            href: self.contents.links.at(&message.external_id),
            label,
            tokens,
            stamp: message
                .created_at
                .map_or_else(|| "no time".to_owned(), |at| stamp(at.saturating_sub(session.created_at))),
            stamp_title: message.created_at.map_or_else(
                || "Link to this message".to_owned(),
                |at| format!("{}, link to this message", format::moment(at, self.zone)),
            ),
            model: message
                .model
                .as_deref()
                .map(tool::one_line)
                .filter(|model| message.role == Role::Assistant && session.model.as_ref() != Some(model)),
            seq: stored.seq,
            last: stored.seq,
            prompt,
            is_answer: message.role == Role::Assistant && self.contents.links.is_own() && has_text(message),
        }
    }
}

/// The first words of a text, on one line.
pub(super) fn preview(text: &str) -> String {
    let line = text.lines().map(|line| line.trim_matches(['#', '*', ' ', '\t'])).find(|line| !line.is_empty());
    tool::one_line(line.unwrap_or_default())
}

/// Time since the session began: `+00:02:47`.
fn stamp(milliseconds: i64) -> String {
    let sign = if milliseconds < 0 { '\u{2212}' } else { '+' };
    let seconds = milliseconds.unsigned_abs() / 1000;
    format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// JSON with indentation; text that is no JSON as it is.
pub(super) fn pretty(json: &str) -> String {
    serde_json::from_str::<serde_json::Value>(json)
        .ok()
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| json.to_owned())
}

fn has_text(message: &opensync_core::Message) -> bool {
    message.parts.iter().any(|part| matches!(part, Part::Text(text) if !text.trim().is_empty()))
}
