//! Looks at HTML: its tags, links and text, and whether anything in it could run.

/// A tag. A closing one has a `/` before its name.
#[derive(Debug, Clone)]
pub struct Tag {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// The text up to the next tag.
    pub text: String,
}

impl Tag {
    /// An attribute's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// All tags, in order, as a browser reads them.
pub fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.starts_with('!') {
            rest = rest.split_once('>').unwrap().1;
            continue;
        }
        assert!(rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/'), "a bare `<` before {rest:.80}");
        let end = rest.find(|c: char| c.is_whitespace() || c == '>').unwrap();
        let mut tag =
            Tag { name: rest[..end].trim_end_matches('/').to_lowercase(), attributes: Vec::new(), text: String::new() };
        rest = &rest[end..];
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            if let Some(after) = rest.strip_prefix('>') {
                rest = after;
                break;
            }
            let end = rest.find(|c: char| c.is_whitespace() || "=>/".contains(c)).unwrap();
            let name = rest[..end].to_lowercase();
            rest = &rest[end..];
            let mut value = String::new();
            if let Some(after) = rest.strip_prefix('=') {
                let quote = after.chars().next().unwrap();
                assert!("\"'".contains(quote), "an attribute without quotes: {after:.80}");
                let (inside, after) = after[1..].split_once(quote).unwrap();
                value = unescaped(inside);
                rest = after;
            }
            tag.attributes.push((name, value));
        }
        tag.text = unescaped(&rest[..rest.find('<').unwrap_or(rest.len())]);
        tags.push(tag);
    }
    tags
}

/// What a reader sees, white space collapsed.
pub fn text(html: &str) -> String {
    let tags = tags(html);
    tags.iter().flat_map(|tag| tag.text.split_whitespace()).collect::<Vec<_>>().join(" ")
}

/// All links: address, and what they say.
pub fn links(html: &str) -> Vec<(String, String)> {
    let tags = tags(html);
    let link = |(n, tag): (usize, &Tag)| {
        let href = tag.get("href").filter(|_| tag.name == "a")?;
        let inside = tags[n..].iter().take_while(|tag| tag.name != "/a");
        let text: String = inside.map(|tag| tag.text.as_str()).collect();
        Some((href.to_owned(), text.split_whitespace().collect::<Vec<_>>().join(" ")))
    };
    tags.iter().enumerate().filter_map(link).collect()
}

/// The sessions a page links to, in order and each once.
pub fn sessions(html: &str) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for (href, _) in links(html) {
        let Some(rest) = href.strip_prefix("/sessions/") else { continue };
        let id = rest.split(['?', '/', '#']).next().unwrap();
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    ids
}

/// Every address of this site that a page leads to, by link, script or image.
pub fn addresses(html: &str) -> Vec<String> {
    let names = ["href", "src", "hx-get", "data-fragment"];
    let values = tags(html).into_iter().flat_map(|tag| tag.attributes).filter(|(name, _)| names.contains(&&**name));
    values
        .map(|(_, value)| value.split('#').next().unwrap().to_owned())
        .filter(|value| value.starts_with('/'))
        .collect()
}

/// Whether this is a whole page, and not a part of one.
pub fn is_whole(html: &str) -> bool {
    tags(html).iter().any(|tag| tag.name == "html")
}

/// Fails when anything in a page could run, or could tell another server that it was opened.
pub fn assert_inert(html: &str, what: &str) {
    let tags = tags(html);
    for (n, tag) in tags.iter().enumerate() {
        let name = tag.name.as_str();
        for forbidden in ["style", "iframe", "object", "embed", "base", "frame", "applet", "math", "foreignobject"] {
            assert_ne!(name, forbidden, "{what}");
        }
        if name == "script" {
            assert!(tag.get("src").is_some_and(|src| src.starts_with("/assets/")), "{tag:?} in {what}");
            assert!(tag.text.is_empty() && tags[n + 1].name == "/script", "an inline script in {what}");
        }
        for (attribute, value) in &tag.attributes {
            let forbidden = ["style", "srcdoc", "ping"].contains(&attribute.as_str());
            let handler = attribute.starts_with("on") || attribute.starts_with("hx-on");
            assert!(!forbidden && !handler, "{attribute} of {tag:?} in {what}");
            let here = value.is_empty() || (value.starts_with(['/', '#', '?']) && !value.starts_with("//"));
            match attribute.as_str() {
                "src" | "srcset" | "poster" | "data" | "background" | "action" | "formaction" | "hx-get"
                | "data-fragment" => {
                    assert!(here, "{attribute}={value} in {what}");
                }
                "href" | "xlink:href" => {
                    let elsewhere = ["https://", "http://", "mailto:"].iter().any(|scheme| value.starts_with(scheme));
                    assert!(here || (name == "a" && elsewhere), "{attribute}={value} of {name} in {what}");
                }
                _ => {}
            }
        }
    }
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest.find(';').map_or("", |end| &rest[..=end]);
        let number = entity.strip_prefix("&#").and_then(|entity| entity.strip_suffix(';'));
        let number = number.and_then(|number| match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        });
        let meant = match entity {
            "&lt;" => Some('<'),
            "&gt;" => Some('>'),
            "&amp;" => Some('&'),
            "&quot;" => Some('"'),
            "&nbsp;" => Some(' '),
            _ => number.and_then(char::from_u32),
        };
        out.push(meant.unwrap_or('&'));
        rest = &rest[meant.map_or(1, |_| entity.len())..];
    }
    out.push_str(rest);
    out
}
