//! A plain transcript, to read or to hand on.
//!
//! Control characters of terminals are left out, so that the file is safe to print on one.

use std::fmt::Write as _;

use super::{Context, Exporter, Format};
use crate::{Body, Message, Part, Role, Session};

pub(super) const FORMAT: Format = Format {
    id: "text",
    name: "Plain text",
    about: "A transcript to read",
    extension: "txt",
    content_type: "text/plain; charset=utf-8",
    make: |context| Box::new(Text { context, sessions: 0 }),
};

const WIDTH: usize = 80;

struct Text {
    context: Context,
    sessions: u64,
}

impl Exporter for Text {
    fn session(&mut self, session: &Session, out: &mut String) {
        if self.sessions > 0 {
            out.push_str("\n\n");
        }
        self.sessions += 1;
        let rule = "=".repeat(WIDTH);
        let _ = writeln!(out, "{rule}\n{}\n{rule}", plain(&session.title));
        let source = (self.context.source_name)(&session.source);
        let project = match (&session.project_name, &session.project_path) {
            (Some(name), Some(path)) => Some(format!("{name} ({path})")),
            (name, path) => name.clone().or_else(|| path.clone()),
        };
        let tokens = session.total_tokens.map(|total| match (session.prompt_tokens, session.completion_tokens) {
            (Some(prompt), Some(completion)) => format!("{total} ({prompt} prompt, {completion} completion)"),
            _ => total.to_string(),
        });
        let least = if session.cost_partial { "at least " } else { "" };
        let cost = session.cost.map(|cost| format!("{least}${:.4}, estimated", cost.usd()));
        let ready = session.eval_ready.then(|| "yes".to_owned());
        let tags = (!session.tags.is_empty()).then(|| session.tags.join(", "));
        let lines = [
            ("Source", Some(source.to_owned())),
            ("Session", Some(session.external_id.clone())),
            ("Project", project),
            ("Branch", session.git_branch.clone()),
            ("Model", session.model.clone()),
            ("Created", Some(self.moment(session.created_at))),
            ("Updated", Some(self.moment(session.updated_at))),
            ("Messages", Some(session.message_count.to_string())),
            ("Tokens", Some(tokens.unwrap_or_else(|| "n/a".to_owned()))),
            ("Cost", Some(cost.unwrap_or_else(|| "n/a".to_owned()))),
            ("Eval-ready", ready),
            ("Verdict", session.eval_status.map(|status| status.as_str().to_owned())),
            ("Tags", tags),
            ("Summary", session.summary.clone()),
            ("Notes", session.eval_notes.clone()),
            ("Expected", session.expected_output.clone()),
        ];
        for (name, value) in lines {
            if let Some(value) = value {
                let _ = writeln!(out, "{:<12}{}", format!("{name}:"), plain(&value).replace('\n', "\n            "));
            }
        }
    }

    fn message(&mut self, message: &Message, out: &mut String) {
        let role = match message.role {
            Role::User => "User",
            Role::Assistant => "Assistant",
            Role::System => "System",
            Role::Tool => "Tool",
        };
        let mut head = format!("--- {role}");
        if let Some(at) = message.created_at {
            let _ = write!(head, ", {}", self.moment(at));
        }
        let rest = WIDTH.saturating_sub(head.chars().count() + 1);
        let _ = writeln!(out, "\n{head} {}", "-".repeat(rest.max(3)));
        for part in &message.parts {
            out.push('\n');
            write_part(part, out);
        }
    }
}

impl Text {
    fn moment(&self, at: i64) -> String {
        let Ok(at) = jiff::Timestamp::from_millisecond(at) else { return "n/a".to_owned() };
        at.to_zoned_datetime(self.context.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
    }
}

fn write_part(part: &Part, out: &mut String) {
    match part {
        Part::Text(text) => push_block(out, text),
        Part::Thinking(body) if body.size() == 0 => out.push_str("[Thinking, not recorded]\n"),
        Part::Thinking(body) => {
            out.push_str("[Thinking]\n");
            push_body(out, body);
        }
        Part::ToolCall { name, arguments, .. } => {
            let _ = writeln!(out, "[Tool call: {}]", plain(name));
            push_body(out, arguments);
        }
        Part::ToolResult { name, output, is_error, details, .. } => {
            let name = name.as_deref().map_or_else(String::new, |name| format!(": {}", plain(name)));
            let failed = if *is_error == Some(true) { ", failed" } else { "" };
            let _ = writeln!(out, "[Tool result{name}{failed}]");
            match details {
                Some(details) if output.size() == 0 => push_body(out, details),
                _ => push_body(out, output),
            }
        }
        Part::Image { media_type, name, body } => {
            let name = name.as_deref().map_or_else(String::new, |name| format!(", {}", plain(name)));
            let _ = writeln!(out, "[Image: {}{name}, {} bytes]", plain(media_type), body.size());
        }
        Part::Unknown { kind, json } => {
            let _ = writeln!(out, "[{}]", plain(kind));
            push_body(out, json);
        }
    }
}

fn push_body(out: &mut String, body: &Body) {
    match body.text() {
        Ok(text) => push_block(out, &text),
        Err(_) => out.push_str("[cannot be read back]\n"),
    }
}

fn push_block(out: &mut String, text: &str) {
    let text = plain(text);
    let text = text.trim_end();
    if !text.is_empty() {
        out.push_str(text);
        out.push('\n');
    }
}

/// Text without escape sequences and control characters.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' => plain.push(c),
            '\r' if chars.peek() != Some(&'\n') => plain.push('\n'),
            '\u{1b}' => match chars.next() {
                // Up to its last letter.
                Some('[') => while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
                // A title or a link: up to a bell or `ESC \`.
                Some(']' | 'P' | '_' | '^' | 'X') => {
                    while let Some(c) = chars.next_if(|c| *c != '\n') {
                        if c == '\u{7}' {
                            break;
                        }
                        if c == '\u{1b}' {
                            chars.next_if_eq(&'\\');
                            break;
                        }
                    }
                }
                _ => {}
            },
            c if c.is_control() => {}
            c => plain.push(c),
        }
    }
    plain
}
