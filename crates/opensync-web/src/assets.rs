//! The files the pages need, packed into the program by `build.rs`.

/// One file, ready to be sent.
#[derive(Debug)]
pub struct Asset {
    /// The name it has in `assets/`, such as `app.css`.
    pub name: &'static str,
    /// Where it is served: a path with the hash of its content, to be cached for good.
    pub path: &'static str,
    /// Value of the `Content-Type` header.
    pub content_type: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
    /// The same, compressed with gzip.
    pub gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The path that serves `name`; empty when there is no such file, which a test rules out.
pub fn asset(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("", |asset| asset.path)
}

/// The file served at `path`.
pub fn lookup(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

/// All files.
pub fn all() -> &'static [Asset] {
    ASSETS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_templates_ask_for_is_served() {
        for name in ["app.css", "app.js", "public.js", "icons.svg"] {
            let found = lookup(asset(name)).unwrap();
            assert_eq!(found.name, name);
            assert!(found.gzip.len() < found.bytes.len());
        }
        assert!(lookup("/assets/app.css").is_none());
    }

    #[test]
    fn the_licence_of_htmx_is_kept() {
        assert!(HTMX_LICENCE.contains("Permission to use"));
    }

    #[test]
    fn nothing_needs_what_the_content_policy_forbids() {
        let sheet = std::str::from_utf8(lookup(asset("app.css")).unwrap().bytes).unwrap();
        assert!(!sheet.contains("data:") && !sheet.contains("http:") && !sheet.contains("https:"));
    }
}
