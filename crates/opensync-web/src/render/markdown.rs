//! Markdown of messages, with tables, task lists, strikethrough and links without brackets.
//!
//! Raw HTML is shown as text, links leave the page without telling where from, and images become
//! links: a transcript never makes the browser load anything.

use std::fmt::{self, Write};

use comrak::html::{ChildRendering, Context, format_document_with_formatter, format_node_default};
use comrak::nodes::{Node, NodeCodeBlock, NodeValue};
use comrak::options::Plugins;
use comrak::{Arena, Options, parse_document};

use super::html::push_escaped;
use super::{Budget, Html, highlight, terminal};

/// How line feeds inside a paragraph are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaks {
    /// As typed: people who write a prompt mean their lines.
    Kept,
    /// As spaces, which is Markdown's rule.
    Folded,
}

/// Renders a message's text.
pub fn markdown(text: &str, breaks: Breaks, budget: &mut Budget) -> Html {
    let options = options(breaks);
    let text = terminal::plain(text);
    let arena = Arena::new();
    let root = parse_document(&arena, &text, &options);
    let mut out = String::with_capacity(text.len() * 2);
    let user = std::mem::take(budget);
    match format_document_with_formatter(root, &options, &mut out, &Plugins::default(), write_node, user) {
        Ok(rest) => {
            *budget = rest;
            Html::from_markup(out)
        }
        Err(fmt::Error) => Html::text(&text),
    }
}

fn options(breaks: Breaks) -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.footnotes = false;
    options.render.r#unsafe = false;
    options.render.hardbreaks = breaks == Breaks::Kept;
    options
}

fn write_node(context: &mut Context<Budget>, node: Node<'_>, entering: bool) -> Result<ChildRendering, fmt::Error> {
    match &node.data().value {
        NodeValue::CodeBlock(block) => {
            if entering {
                let html = code_block(block, &mut context.user);
                context.write_str(html.as_str())?;
            }
        }
        NodeValue::HtmlBlock(block) => {
            if entering {
                context.write_str("<p class=\"raw\">")?;
                context.escape(block.literal.trim_end())?;
                context.write_str("</p>\n")?;
            }
        }
        NodeValue::HtmlInline(text) | NodeValue::Raw(text) => {
            if entering {
                context.escape(text)?;
            }
        }
        // A page has one h1 and the message sits below an h2.
        NodeValue::Heading(heading) => {
            let level = heading.level.saturating_add(2).min(6);
            let slash = if entering { "" } else { "/" };
            writeln!(context, "<{slash}h{level}>")?;
        }
        NodeValue::Link(link) | NodeValue::Image(link) if outside(&link.url).is_none() => {
            let element = if entering { "<span class=\"ref\" title=\"" } else { "</span>" };
            context.write_str(element)?;
            if entering {
                context.escape(&link.url)?;
                context.write_str("\">")?;
                return Ok(children_of(node));
            }
        }
        NodeValue::Link(link) | NodeValue::Image(link) => {
            if entering {
                open_link(context, outside(&link.url).unwrap_or_default())?;
                if is_image(node) && node.first_child().is_none() {
                    context.escape(&link.url)?;
                }
                return Ok(children_of(node));
            }
            context.write_str("</a>")?;
        }
        NodeValue::TaskItem(item) => {
            let (open, done) = ("<li><input type=\"checkbox\" disabled aria-label=\"", item.symbol.is_some());
            context.write_str(if entering { open } else { "</li>\n" })?;
            if entering {
                context.write_str(if done { "Done\" checked> " } else { "Open\"> " })?;
            }
        }
        NodeValue::Table(_) => {
            if entering {
                context.write_str("<div class=\"scroll-x\" tabindex=\"0\">")?;
                return format_node_default(context, node, true);
            }
            format_node_default(context, node, false)?;
            context.write_str("</div>\n")?;
        }
        _ => return format_node_default(context, node, entering),
    }
    Ok(ChildRendering::HTML)
}

/// A description of an image is text; a link's text may hold anything.
fn children_of(node: Node<'_>) -> ChildRendering {
    if is_image(node) { ChildRendering::Plain } else { ChildRendering::HTML }
}

fn is_image(node: Node<'_>) -> bool {
    matches!(node.data().value, NodeValue::Image(_))
}

fn open_link(context: &mut Context<Budget>, url: &str) -> fmt::Result {
    context.write_str("<a class=\"link\" href=\"")?;
    let mut escaped = String::new();
    push_escaped(&mut escaped, url);
    context.write_str(&escaped)?;
    context.write_str("\" target=\"_blank\" rel=\"noopener nofollow noreferrer\">")
}

/// The address, when it leads out of here by a harmless scheme. Relative addresses of a transcript
/// mean files of a project and would lead into our own pages.
pub fn outside(url: &str) -> Option<&str> {
    let url = url.trim();
    let (scheme, rest) = url.split_once(':')?;
    let known = ["http", "https", "mailto"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    (known && !rest.is_empty() && !url.contains(|c: char| c.is_control() || c.is_whitespace())).then_some(url)
}

fn code_block(block: &NodeCodeBlock, budget: &mut Budget) -> Html {
    let info = block.info.trim();
    let (language, rest) = info.split_once([' ', '\t']).unwrap_or((info, ""));
    // `rust,ignore`, `js:src/app.js` and `{.python}` are all in use.
    let (language, path) = language.split_once(':').unwrap_or((language, rest));
    let language = language.trim_matches(['{', '}', '.']).split(',').next().unwrap_or_default();
    let path = path.trim().trim_start_matches("title=").trim_start_matches("file=").trim_matches(['"', '\'']);
    let mut html = Html::default();
    html.push_markup("<div class=\"block\"><div class=\"block-head\">");
    if !path.is_empty() {
        html.push_markup("<span class=\"path\">");
        html.push_text(path);
        html.push_markup("</span>");
    }
    html.push_markup("<span class=\"lang\">");
    html.push_text(if language.is_empty() { "text" } else { language });
    html.push_markup("</span>");
    push_copy_button(&mut html, "Copy code");
    html.push_markup("</div><pre tabindex=\"0\"><code>");
    html.push(&highlight::code(block.literal.trim_end_matches('\n'), language, budget));
    html.push_markup("</code></pre></div>\n");
    html
}

/// A button that copies the block it heads; hidden where scripts do not run.
pub fn push_copy_button(html: &mut Html, label: &'static str) {
    html.push_markup("<button class=\"btn ghost sm icon-only js-only\" type=\"button\" data-copy-block aria-label=\"");
    html.push_markup(label);
    html.push_markup("\">");
    html.push_icon("copy");
    html.push_markup("</button>");
}
