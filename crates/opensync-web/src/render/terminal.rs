//! Terminal output: colours become spans, every other control sequence goes.

use super::Html;

/// What a terminal remembers between characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a terminal has these switches")]
struct Style {
    /// 1 to 6 and 7 (white); 0 is the text colour.
    colour: u8,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
}

/// `text` as a terminal shows it: colours as classes, progress lines in their last state, no
/// escape sequence left.
pub fn terminal(text: &str) -> Html {
    in_style(text, Style::default())
}

/// The same for a piece of an output, in the colours that what stands `before` it ends with.
pub fn terminal_after(before: &str, text: &str) -> Html {
    in_style(text, style_after(before))
}

fn style_after(text: &str) -> Style {
    let mut style = Style::default();
    if text.contains(['\u{1b}', '\u{9b}']) {
        for line in text.split_inclusive('\n').filter(|line| line.contains(['\u{1b}', '\u{9b}'])) {
            let mut chars = last_state(line).chars().peekable();
            while let Some(char) = chars.next() {
                if matches!(char, '\u{1b}' | '\u{9b}') {
                    escape(char, &mut chars, &mut style);
                }
            }
        }
    }
    style
}

fn in_style(text: &str, mut style: Style) -> Html {
    let mut html = Html::default();
    let mut run = String::new();
    for line in text.split_inclusive('\n') {
        let mut chars = last_state(line).chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '\u{1b}' | '\u{9b}' => {
                    let before = style;
                    escape(char, &mut chars, &mut style);
                    if style != before {
                        flush(&mut html, &mut run, before);
                    }
                }
                '\u{8}' => drop(run.pop()),
                '\n' | '\t' => run.push(char),
                _ if char.is_control() || is_bidi(char) => {}
                _ => run.push(char),
            }
        }
    }
    flush(&mut html, &mut run, style);
    html
}

/// `text` without control sequences, for text that is shown without colours.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut style = Style::default();
    for line in text.split_inclusive('\n') {
        let mut chars = last_state(line).chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '\u{1b}' | '\u{9b}' => escape(char, &mut chars, &mut style),
                '\n' | '\t' => out.push(char),
                _ if char.is_control() || is_bidi(char) => {}
                _ => out.push(char),
            }
        }
    }
    out
}

/// Whether [`plain`] would leave a line as it is.
pub fn is_plain(line: &str) -> bool {
    !line.contains(|char: char| (char.is_control() && char != '\t') || is_bidi(char))
}

/// What is left of a line whose start was overwritten: a progress bar returns the carriage and
/// writes again.
fn last_state(line: &str) -> &str {
    let body = line.trim_end_matches(['\n', '\r']);
    match body.rfind('\r') {
        Some(at) => &line[at + 1..],
        None => line,
    }
}

/// Characters that reorder the text around them: they can make a command read as another one.
fn is_bidi(char: char) -> bool {
    matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Reads one sequence after its first character; a colour sequence changes `style`.
fn escape(first: char, chars: &mut std::iter::Peekable<std::str::Chars<'_>>, style: &mut Style) {
    let kind = if first == '\u{9b}' { Some('[') } else { chars.next_if(|c| *c != '\n') };
    match kind {
        Some('[') => control(chars, style),
        // Titles, links and device strings end with BEL or ESC \.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(char) = chars.next_if(|c| *c != '\n') {
                if char == '\u{7}' || char == '\u{9c}' {
                    break;
                }
                if char == '\u{1b}' {
                    chars.next_if_eq(&'\\');
                    break;
                }
            }
        }
        // Character sets and the like take one character more.
        Some('(' | ')' | '*' | '+' | '#' | '%' | ' ') => drop(chars.next_if(|c| *c != '\n')),
        _ => {}
    }
}

fn control(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, style: &mut Style) {
    let mut parameters = String::new();
    while let Some(char) = chars.next_if(|c| ('\u{20}'..='\u{3f}').contains(c)) {
        if parameters.len() < 64 {
            parameters.push(char);
        }
    }
    if chars.next_if(|c| ('\u{40}'..='\u{7e}').contains(c)) == Some('m') {
        apply(&parameters, style);
    }
}

fn apply(parameters: &str, style: &mut Style) {
    let mut codes = parameters.split([';', ':']).map(|code| code.parse::<u16>().unwrap_or(0));
    while let Some(code) = codes.next() {
        match code {
            0 => *style = Style::default(),
            1 => style.bold = true,
            2 => style.dim = true,
            3 => style.italic = true,
            4 => style.underline = true,
            22 => (style.bold, style.dim) = (false, false),
            23 => style.italic = false,
            24 => style.underline = false,
            30 | 90 => (style.colour, style.dim) = (0, true),
            31..=37 => style.colour = (code - 30) as u8,
            91..=97 => style.colour = (code - 90) as u8,
            39 => style.colour = 0,
            38 | 48 | 58 => {
                let colour = match codes.next() {
                    Some(5) => codes.next().map_or(0, indexed),
                    Some(2) => {
                        let mut part = || codes.next().unwrap_or(0);
                        nearest(part(), part(), part())
                    }
                    _ => 0,
                };
                if code == 38 {
                    style.colour = colour;
                }
            }
            _ => {}
        }
    }
}

/// One of the six colours for a colour of the 256.
fn indexed(index: u16) -> u8 {
    match index {
        1..=7 => index as u8,
        9..=15 => (index - 8) as u8,
        16..=231 => {
            let index = index - 16;
            nearest(index / 36 * 51, index / 6 % 6 * 51, index % 6 * 51)
        }
        _ => 0,
    }
}

fn nearest(red: u16, green: u16, blue: u16) -> u8 {
    let (low, high) = (red.min(green).min(blue), red.max(green).max(blue));
    if high.saturating_sub(low) < 40 {
        return 0;
    }
    let middle = u16::midpoint(low, high);
    u8::from(red > middle) | u8::from(green > middle) << 1 | u8::from(blue > middle) << 2
}

fn flush(html: &mut Html, run: &mut String, style: Style) {
    const COLOURS: [&str; 8] = ["", "a1", "a2", "a3", "a4", "a5", "a6", ""];
    const BOLD: [&str; 8] = ["ab", "a1 ab", "a2 ab", "a3 ab", "a4 ab", "a5 ab", "a6 ab", "ab"];
    if run.is_empty() {
        return;
    }
    let class = match (style.colour % 8, style.bold, style.dim) {
        (0 | 7, false, true) => "ad",
        (colour, true, _) => BOLD[usize::from(colour)],
        (colour, false, _) => COLOURS[usize::from(colour)],
    };
    if style.italic {
        html.push_markup("<em>");
    }
    if style.underline {
        html.push_markup("<u>");
    }
    html.push_span(class, run);
    if style.underline {
        html.push_markup("</u>");
    }
    if style.italic {
        html.push_markup("</em>");
    }
    run.clear();
}
