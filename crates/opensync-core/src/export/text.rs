//! Plain text, to read. Control characters of terminals are left out, so that the file is safe to
//! print on one.

use std::fmt::Write as _;

use super::path::anonymous;
use super::plain::{plain, thousands};
use super::{Context, Exporter, Format, Kind, Whole};
use crate::filter::Status;
use crate::{Body, Message, Part, Role, Session};

/// Plain text.
pub static FORMAT: Format = Format {
    id: "text",
    name: "Plain text",
    about: "For reading",
    kind: Kind::Reading,
    stem: "sessions",
    extension: "txt",
    content_type: "text/plain; charset=utf-8",
    make: |context| Box::new(Text { context, session: None, sessions: 0 }),
};

struct Text {
    context: Context,
    session: Option<Session>,
    sessions: u64,
}

impl Exporter for Text {
    fn session(&mut self, session: &Session, _: Option<&Whole>, out: &mut String) {
        out.push_str(if self.sessions > 0 { "\n" } else { "" });
        self.sessions += 1;
        let _ = writeln!(out, "## Session: {}", line(&session.title));
        self.session = Some(session.clone());
    }

    fn message(&mut self, message: &Message, out: &mut String) {
        if message.role == Role::System && !self.context.options.system_prompts {
            return;
        }
        let pieces: Vec<String> = message.parts.iter().filter_map(|part| self.part(part)).collect();
        if !pieces.is_empty() {
            let _ = writeln!(out, "\n**{}:** {}", message.role.name(), pieces.join("\n\n"));
        }
    }

    fn end_session(&mut self, out: &mut String) {
        let Some(session) = self.session.take() else { return };
        let tokens = session.total_tokens.map_or_else(|| "n/a".to_owned(), thousands);
        let least = if session.cost_partial { "at least " } else { "" };
        let cost = session.cost.map_or_else(|| "n/a".to_owned(), |cost| format!("{least}{}", money(cost.usd())));
        let model = session.model.as_deref().map_or_else(|| "n/a".to_owned(), line);
        let _ = writeln!(out, "\n---\nTokens: {tokens} | Cost: {cost} | Model: {model}");
        let status = session.eval_status.map(Status::name);
        let tags = (!session.tags.is_empty()).then(|| session.tags.join(", "));
        match (status, tags) {
            (Some(status), Some(tags)) => {
                let _ = writeln!(out, "Status: {status} | Tags: {}", line(&tags));
            }
            (Some(status), None) => {
                let _ = writeln!(out, "Status: {status}");
            }
            (None, Some(tags)) => {
                let _ = writeln!(out, "Tags: {}", line(&tags));
            }
            (None, None) => {}
        }
    }
}

impl Text {
    fn part(&self, part: &Part) -> Option<String> {
        let options = &self.context.options;
        let piece = match part {
            Part::Text(text) => self.readable(text),
            Part::Thinking(body) if options.thinking && body.size() > 0 => format!("[Thinking]\n{}", self.body(body)),
            Part::ToolCall { name, arguments, .. } if options.tool_calls => {
                format!("[Tool call: {}]\n{}", line(name), self.body(arguments))
            }
            Part::ToolResult { name, output, is_error, details, .. } if options.tool_calls => {
                let name = name.as_deref().map_or_else(String::new, |name| format!(": {}", line(name)));
                let failed = if *is_error == Some(true) { ", failed" } else { "" };
                let body = details.as_ref().filter(|_| output.size() == 0).unwrap_or(output);
                format!("[Tool result{name}{failed}]\n{}", self.body(body))
            }
            Part::Image { media_type, name, body } => {
                let name = name.as_deref().map_or_else(String::new, |name| format!(", {}", line(name)));
                format!("[Image: {}{name}, {} bytes]", line(media_type), body.size())
            }
            Part::Unknown { kind, json } if options.tool_calls => format!("[{}]\n{}", line(kind), self.body(json)),
            _ => return None,
        };
        let piece = piece.trim_end();
        (!piece.is_empty()).then(|| piece.to_owned())
    }

    fn body(&self, body: &Body) -> String {
        body.text().map_or_else(|_| "[cannot be read back]".to_owned(), |text| self.readable(&text))
    }

    fn readable(&self, text: &str) -> String {
        let text = plain(text);
        if self.context.options.anonymise_paths { anonymous(&text).into_owned() } else { text }
    }
}

fn line(text: &str) -> String {
    plain(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cents, and what is below one with more digits.
fn money(usd: f64) -> String {
    if usd != 0.0 && usd < 0.01 { format!("${usd:.4}") } else { format!("${usd:.2}") }
}
