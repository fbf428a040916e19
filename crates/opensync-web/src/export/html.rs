//! One page that needs nothing else: style and images are in it, it runs no script, and it follows the
//! reader's choice of light or dark. It is written with the renderers of the pages, so everything a
//! transcript holds is text in it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opensync_core::export::{Context, Exporter, Format, Kind, Whole, anonymous};
use opensync_core::{Body, Message, Part, Role, Session};

use crate::format;
use crate::render::markdown::{Breaks, markdown, push_copy_button};
use crate::render::{Budget, Html, diff, highlight, terminal, tool};

/// A page.
pub static FORMAT: Format = Format {
    id: "html",
    name: "HTML page",
    about: "One file that works offline",
    kind: Kind::Reading,
    stem: "sessions",
    extension: "html",
    content_type: "text/html; charset=utf-8",
    make: |context| {
        let button = copy_button();
        Box::new(Page { context, button, sessions: 0, budget: Budget::default(), project: None })
    },
};

/// Kinds of image a browser shows without running anything in them.
const SHOWN: [&str; 5] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"];
/// A diff of more lines is shown as arguments.
const LONGEST_DIFF: usize = 2_000;

/// Tokens and what is written with them are those of the pages.
const STYLE: [&str; 5] = [
    include_str!("../../assets/css/layers.css"),
    include_str!("../../assets/css/transcript_prose.css"),
    include_str!("../../assets/css/transcript_blocks.css"),
    include_str!("../../assets/css/transcript_diffs.css"),
    include_str!("html.css"),
];

struct Page {
    context: Context,
    /// The button in blocks of code, which needs a script.
    button: String,
    sessions: u64,
    budget: Budget,
    project: Option<String>,
}

fn copy_button() -> String {
    let mut button = Html::default();
    push_copy_button(&mut button, "Copy code");
    button.as_str().to_owned()
}

impl Exporter for Page {
    fn session(&mut self, session: &Session, _: Option<&Whole>, out: &mut String) {
        let mut html = Html::default();
        if self.sessions == 0 {
            begin(&mut html, &terminal::plain(&session.title));
        }
        self.sessions += 1;
        self.budget = Budget::default();
        self.project = session.project_path.as_deref().map(|path| self.readable(path));
        html.push_markup("<section class=\"session\">\n<header><h1>");
        html.push_text(&terminal::plain(&session.title));
        html.push_markup("</h1>\n<dl>");
        let cost = session.cost.map(|_| format::money_title(session.cost, session.cost_partial));
        let rows = [
            ("Source", Some((self.context.source_name)(&session.source).to_owned())),
            ("Model", session.model.clone()),
            ("Project", self.project.clone().or_else(|| session.project_name.clone())),
            ("Started", Some(format::moment(session.created_at, &self.context.zone))),
            ("Tokens", session.total_tokens.map(|_| format::exact_tokens(session.total_tokens))),
            ("Cost", cost),
            ("Summary", session.summary.clone()),
        ];
        for (name, value) in rows {
            let Some(value) = value else { continue };
            html.push_markup("<div><dt>");
            html.push_text(name);
            html.push_markup("</dt><dd>");
            html.push_text(&terminal::plain(&value));
            html.push_markup("</dd></div>");
        }
        html.push_markup("</dl></header>\n");
        out.push_str(html.as_str());
    }

    fn message(&mut self, message: &Message, out: &mut String) {
        if message.role == Role::System && !self.context.options.system_prompts {
            return;
        }
        let mut parts = Html::default();
        for part in &message.parts {
            self.part(message, part, &mut parts);
        }
        if parts.is_empty() {
            return;
        }
        let mut html = Html::default();
        html.push_markup(match message.role {
            Role::User => "<article class=\"user\">",
            Role::Assistant => "<article class=\"assistant\">",
            Role::System => "<article class=\"system\">",
            Role::Tool => "<article class=\"tool\">",
        });
        html.push_markup("<h2>");
        html.push_text(message.role.name());
        if let Some(at) = message.created_at {
            html.push_markup(" <time datetime=\"");
            html.push_text(&format::datetime(at));
            html.push_markup("\">");
            html.push_text(&format::moment(at, &self.context.zone));
            html.push_markup("</time>");
        }
        html.push_markup("</h2>\n");
        if message.role == Role::System {
            html.push_markup("<details><summary>System message</summary>");
            html.push(&parts);
            html.push_markup("</details>");
        } else {
            html.push(&parts);
        }
        html.push_markup("</article>\n");
        out.push_str(&html.as_str().replace(&self.button, ""));
    }

    fn end_session(&mut self, out: &mut String) {
        out.push_str("</section>\n");
    }

    fn end(&mut self, out: &mut String) {
        if self.sessions == 0 {
            let mut html = Html::default();
            begin(&mut html, "No sessions");
            out.push_str(html.as_str());
        }
        out.push_str("</main>\n</body>\n</html>\n");
    }
}

fn begin(html: &mut Html, title: &str) {
    html.push_markup(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n\
         <title>",
    );
    html.push_text(title);
    html.push_markup("</title>\n<style>\n");
    for style in STYLE {
        html.push_markup(style);
    }
    html.push_markup("</style>\n</head>\n<body>\n<main>\n");
}

impl Page {
    fn part(&mut self, message: &Message, part: &Part, html: &mut Html) {
        let (tools, thinking) = (self.context.options.tool_calls, self.context.options.thinking);
        match part {
            Part::Text(text) if !text.trim().is_empty() => {
                let breaks = if message.role == Role::Assistant { Breaks::Folded } else { Breaks::Kept };
                self.prose(&self.readable(text), breaks, html);
            }
            Part::Thinking(body) if thinking && body.size() > 0 => {
                html.push_markup("<details><summary>Thinking</summary>");
                self.prose(&self.body(body), Breaks::Kept, html);
                html.push_markup("</details>\n");
            }
            Part::ToolCall { name, arguments, .. } if tools => self.call(name, arguments, html),
            Part::ToolResult { output, details, is_error, .. } if tools => {
                let body = details.as_ref().filter(|_| output.size() == 0).unwrap_or(output);
                let text = self.body(body);
                html.push_markup("<details><summary>");
                html.push_text(if *is_error == Some(true) { "Result, failed" } else { "Result" });
                html.push_markup(" <span>");
                html.push_text(&format::plural(text.lines().count() as u64, "line"));
                html.push_markup("</span></summary><pre tabindex=\"0\">");
                html.push(&terminal::terminal(&tool::output(&text, None).text));
                html.push_markup("</pre></details>\n");
            }
            Part::Image { media_type, name, body } => image(media_type, name.as_deref(), body, html),
            Part::Unknown { kind, json } if tools => {
                html.push_markup("<details><summary>");
                html.push_text(&terminal::plain(kind));
                html.push_markup("</summary><pre tabindex=\"0\">");
                html.push_text(&terminal::plain(&self.body(json)));
                html.push_markup("</pre></details>\n");
            }
            _ => {}
        }
    }

    fn prose(&mut self, text: &str, breaks: Breaks, html: &mut Html) {
        html.push_markup("<div class=\"prose\">");
        html.push(&markdown(text, breaks, &mut self.budget));
        html.push_markup("</div>\n");
    }

    fn call(&mut self, name: &str, arguments: &Body, html: &mut Html) {
        let call = tool::read(name, &self.body(arguments), self.project.as_deref(), None);
        html.push_markup("<details><summary><b>");
        html.push_text(&call.name);
        html.push_markup("</b> <code>");
        html.push_text(&call.summary);
        html.push_markup("</code></summary>");
        for file in &call.edits {
            html.push_markup("<p class=\"path\">");
            html.push_text(&terminal::plain(&file.path));
            html.push_markup("</p>");
            html.push(&diff::html(&file.hunks, tool::language_of(&file.path), LONGEST_DIFF, &mut self.budget));
        }
        let is_cut =
            call.edits.iter().any(|file| file.hunks.iter().map(|hunk| hunk.lines.len()).sum::<usize>() > LONGEST_DIFF);
        if call.edits.is_empty() || is_cut {
            html.push_markup("<pre tabindex=\"0\"><code>");
            match &call.command {
                Some(command) => html.push(&highlight::code(&terminal::plain(command), "sh", &mut self.budget)),
                None => html.push(&highlight::code(&terminal::plain(&call.arguments), "json", &mut self.budget)),
            }
            html.push_markup("</code></pre>");
        }
        html.push_markup("</details>\n");
    }

    fn body(&self, body: &Body) -> String {
        body.text().map_or_else(|_| "(cannot be read back)".to_owned(), |text| self.readable(&text))
    }

    fn readable(&self, text: &str) -> String {
        let text = if self.context.options.anonymise_paths { anonymous(text) } else { text.into() };
        text.into_owned()
    }
}

fn image(media_type: &str, name: Option<&str>, body: &Body, html: &mut Html) {
    let bytes = body.bytes().unwrap_or_default();
    let label = name.map_or_else(|| "Image".to_owned(), terminal::plain);
    if SHOWN.contains(&media_type) && !bytes.is_empty() {
        html.push_markup("<p><img alt=\"");
        html.push_text(&label);
        html.push_markup("\" src=\"data:");
        html.push_text(media_type);
        html.push_markup(";base64,");
        html.push_text(&STANDARD.encode(bytes));
        html.push_markup("\"></p>\n");
    } else {
        html.push_markup("<p class=\"path\">");
        html.push_text(&format!("{label}, {}, {}", terminal::plain(media_type), format::bytes(body.size())));
        html.push_markup("</p>\n");
    }
}
