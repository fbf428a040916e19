//! Shows what stands for something that was taken out.

/// Finished markup in which each `⟦email⟧` between tags is a chip. What stands in an attribute or in
/// the title of the page stays as it is.
pub fn chips(html: &str) -> String {
    if !html.contains('⟦') {
        return html.to_owned();
    }
    let mut out = String::with_capacity(html.len() + 256);
    let mut rest = html;
    let mut raw = false;
    while !rest.is_empty() {
        let (text, tag) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        if raw {
            out.push_str(text);
        } else {
            push(&mut out, text);
        }
        let (tag, after) = tag.split_at(tag.find('>').map_or(tag.len(), |at| at + 1));
        raw = tag == "<title>";
        out.push_str(tag);
        rest = after;
    }
    out
}

fn push(out: &mut String, mut text: &str) {
    while let Some((before, behind)) = text.split_once('⟦') {
        out.push_str(before);
        if let Some((kind, after)) = behind.split_once('⟧').filter(|(kind, _)| is_kind(kind)) {
            out.push_str("<span class=\"redact\" title=\"Removed before sharing\">");
            out.push_str(kind);
            out.push_str("</span>");
            text = after;
        } else {
            out.push('⟦');
            text = behind;
        }
    }
    out.push_str(text);
}

/// Words as rules have them; no markup and no entity.
fn is_kind(kind: &str) -> bool {
    (1..=40).contains(&kind.len()) && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" .-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::chips;

    #[test]
    fn what_was_taken_out_shows_as_a_chip() {
        let chip = "<span class=\"redact\" title=\"Removed before sharing\">email</span>";
        assert_eq!(chips("<p>to ⟦email⟧.</p>"), format!("<p>to {chip}.</p>"));
        assert_eq!(chips("<title>⟦email⟧</title>⟦email⟧"), format!("<title>⟦email⟧</title>{chip}"));
        for same in ["<i title=\"⟦email⟧\">", "⟦&lt;b&gt;⟧", "⟦", "⟦email", "a⟧"] {
            assert_eq!(chips(same), same);
        }
    }
}
