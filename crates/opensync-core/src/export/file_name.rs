//! Names of files that every system takes.

use super::{Context, Format};

/// A title may have so many characters in a name, ...
const MOST_CHARS: usize = 80;
/// ... and so many bytes: systems count 255 with what is added.
const MOST_BYTES: usize = 180;

impl Format {
    /// A name for a file: `opensync-deepeval-2026-11-29.json`, and of one session its title.
    pub fn file_name(&self, context: &Context, title: Option<&str>) -> String {
        let extension = self.extension;
        match title {
            Some(title) if self.stem == "sessions" => format!("{}.{extension}", safe_stem(title)),
            Some(title) => format!("{}-{}.{extension}", safe_stem(title), self.stem),
            None => {
                let day = context.at.to_zoned_datetime(context.zone.clone()).date();
                format!("opensync-{}-{day}.{extension}", self.stem)
            }
        }
    }
}

/// A title as the first part of a name: what some system refuses or reads as something else is
/// replaced.
pub fn safe_stem(title: &str) -> String {
    let mut stem = String::new();
    for c in title.chars() {
        let c = match c {
            c if "/\\?%*:|\"<>".contains(c) => '-',
            c if c.is_whitespace() => '_',
            // Marks nobody sees, among them those that turn the direction of what follows.
            c if c.is_control()
                || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}') =>
            {
                continue;
            }
            c => c,
        };
        // A row of replaced characters says no more than one.
        if (c == '_' || c == '-') && stem.ends_with(c) {
            continue;
        }
        if stem.chars().count() >= MOST_CHARS || stem.len() + c.len_utf8() > MOST_BYTES {
            break;
        }
        stem.push(c);
    }
    // A dot in front hides a file, a hyphen makes an option of it, a dot at the end is lost.
    let stem = stem.trim_matches(['.', '-', '_', '~', ' ']);
    let device = stem.split('.').next().unwrap_or_default().to_ascii_lowercase();
    match stem {
        "" => "session".to_owned(),
        _ if is_device(&device) => format!("session-{stem}"),
        _ => stem.to_owned(),
    }
}

/// Names that mean devices on Windows, whatever follows their dot.
fn is_device(name: &str) -> bool {
    let numbered = |prefix: &str| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| rest.chars().count() == 1 && rest.chars().all(|c| "0123456789¹²³".contains(c)))
    };
    matches!(name, "con" | "prn" | "aux" | "nul" | "conin$" | "conout$") || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_title_becomes_a_name() {
        for (title, name) in [
            ("Fix the bug", "Fix_the_bug"),
            ("a/b\\c: \"d\"?", "a-b-c-_-d"),
            ("../../etc/passwd", "etc-passwd"),
            ("-rf ~", "rf"),
            ("NUL.txt", "session-NUL.txt"),
            ("com1", "session-com1"),
            ("", "session"),
            ("…", "…"),
            ("\u{202e}gpj.exe", "gpj.exe"),
            ("ends. ", "ends"),
        ] {
            assert_eq!(safe_stem(title), name, "{title:?}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_never_long_or_odd(title in "\\PC{0,300}") {
            let stem = safe_stem(&title);
            prop_assert!(!stem.is_empty() && stem.len() <= MOST_BYTES + 8);
            prop_assert!(!stem.starts_with(['.', '-']) && !stem.ends_with('.'));
            prop_assert!(!stem.contains(|c: char| c.is_control() || c.is_whitespace() || "/\\?%*:|\"<>".contains(c)));
        }
    }
}
