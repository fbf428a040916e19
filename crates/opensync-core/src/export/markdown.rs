//! A conversation as Markdown, to copy and to hand on.
//!
//! A table of what the session is, then each message under the name of its role. What tools were told
//! and answered stands in fences longer than any inside.

use std::fmt::Write as _;

use super::path::anonymous;
use super::plain::{plain, push_fenced, thousands};
use super::{Context, Exporter, Format, Kind, Whole};
use crate::{Body, Message, Part, Role, Session};

/// Markdown.
pub static FORMAT: Format = Format {
    id: "markdown",
    name: "Markdown",
    about: "To paste and to hand on",
    kind: Kind::Reading,
    stem: "sessions",
    extension: "md",
    content_type: "text/markdown; charset=utf-8",
    make: |context| Box::new(Markdown { context, sessions: 0 }),
};

struct Markdown {
    context: Context,
    sessions: u64,
}

impl Exporter for Markdown {
    fn session(&mut self, session: &Session, _: Option<&Whole>, out: &mut String) {
        out.push_str(if self.sessions > 0 { "\n" } else { "" });
        self.sessions += 1;
        let _ = writeln!(out, "# {}\n", one_line(&session.title, "Untitled Session"));
        out.push_str("| Property | Value |\n|----------|-------|\n");
        let path = session.project_path.as_deref().map(|path| self.readable(path));
        let least = if session.cost_partial { "at least " } else { "" };
        let rows = [
            ("Project", path.or_else(|| session.project_name.clone())),
            ("Model", session.model.clone()),
            ("Tokens", session.total_tokens.map(thousands)),
            ("Cost", session.cost.map(|cost| format!("{least}${:.4}", cost.usd()))),
            ("Date", self.moment(session.created_at)),
        ];
        for (name, value) in rows {
            let value = value.map_or_else(|| "N/A".to_owned(), |value| one_line(&value, "N/A").replace('|', "\\|"));
            let _ = writeln!(out, "| {name} | {value} |");
        }
        out.push_str("\n---\n");
    }

    fn message(&mut self, message: &Message, out: &mut String) {
        if message.role == Role::System && !self.context.options.system_prompts {
            return;
        }
        let mut pieces = String::new();
        for part in &message.parts {
            self.part(part, &mut pieces);
        }
        if !pieces.is_empty() {
            let _ = write!(out, "\n## {}\n{pieces}", message.role.name());
        }
    }
}

impl Markdown {
    fn part(&self, part: &Part, out: &mut String) {
        let options = &self.context.options;
        match part {
            Part::Text(text) => {
                let text = self.readable(text);
                if !text.trim().is_empty() {
                    let _ = writeln!(out, "\n{}", text.trim_end());
                }
            }
            Part::Thinking(body) if options.thinking && body.size() > 0 => {
                out.push('\n');
                for line in self.body(body).trim_end().lines() {
                    let _ = writeln!(out, "> {line}");
                }
            }
            Part::ToolCall { name, arguments, .. } if options.tool_calls => {
                let arguments = self.body(arguments);
                let pretty = serde_json::from_str::<serde_json::Value>(&arguments)
                    .and_then(|value| serde_json::to_string_pretty(&value));
                let _ = writeln!(out, "\n**Tool: {}**\n", one_line(name, "tool"));
                match pretty {
                    Ok(pretty) => push_fenced(out, "json", &pretty),
                    Err(_) => push_fenced(out, "", &arguments),
                }
            }
            Part::ToolResult { output, details, is_error, .. } if options.tool_calls => {
                let failed = if *is_error == Some(true) { " (failed)" } else { "" };
                let _ = writeln!(out, "\n**Result{failed}:**\n");
                let body = details.as_ref().filter(|_| output.size() == 0).unwrap_or(output);
                push_fenced(out, "", &self.body(body));
            }
            Part::Image { media_type, name, body } => {
                let name = name.as_deref().map_or_else(String::new, |name| format!(", {}", one_line(name, "")));
                let _ = writeln!(out, "\n*Image: {}{name}, {} bytes*", one_line(media_type, ""), body.size());
            }
            Part::Unknown { kind, json } if options.tool_calls => {
                let _ = writeln!(out, "\n**{}:**\n", one_line(kind, "unknown"));
                push_fenced(out, "json", &self.body(json));
            }
            Part::Thinking(_) | Part::ToolCall { .. } | Part::ToolResult { .. } | Part::Unknown { .. } => {}
        }
    }

    fn body(&self, body: &Body) -> String {
        body.text().map_or_else(|_| "(cannot be read back)".to_owned(), |text| self.readable(&text))
    }

    fn readable(&self, text: &str) -> String {
        let text = plain(text);
        if self.context.options.anonymise_paths { anonymous(&text).into_owned() } else { text }
    }

    /// ISO 8601 with the zone's distance.
    fn moment(&self, at: i64) -> Option<String> {
        let at = jiff::Timestamp::from_millisecond(at).ok()?;
        Some(at.to_zoned_datetime(self.context.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
    }
}

/// Text on one line; `otherwise` when nothing is left of it.
fn one_line(text: &str, otherwise: &str) -> String {
    let text = plain(text);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() { otherwise.to_owned() } else { line }
}
