//! Cleaning text at the border: titles, project names, characters no database takes.

use std::borrow::Cow;

const TITLE_CHARS: usize = 96;
const MACHINE_CHARS: usize = 64;

/// One line of at most 96 characters, as [`line()`] makes it.
pub fn title(text: &str) -> Option<String> {
    line(text, TITLE_CHARS)
}

/// One line of at most so many characters: white space folded, cut at a word when there is one near the
/// end, three dots when cut. `None` when nothing readable is left.
pub fn line(text: &str, most: usize) -> Option<String> {
    let mut line = String::new();
    let mut chars = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        let gap = usize::from(!line.is_empty());
        if chars + gap + length > most {
            if chars < most / 2 {
                if gap == 1 {
                    line.push(' ');
                }
                line.extend(word.chars().take(most - 1 - chars - gap));
            }
            line.push('…');
            return Some(line);
        }
        if gap == 1 {
            line.push(' ');
        }
        line.push_str(word);
        chars += gap + length;
    }
    (!line.is_empty()).then_some(line)
}

/// The last segment of a path, POSIX or Windows whatever machine this runs on.
pub fn project_name(path: &str) -> Option<&str> {
    path.rsplit(['/', '\\']).find(|segment| !segment.is_empty() && !segment.ends_with(':'))
}

/// The name of a machine: one line of at most 64 characters. `None` when nothing readable is left.
pub fn machine(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let line: String = words.join(" ").trim().chars().take(MACHINE_CHARS).collect();
    (!line.is_empty()).then_some(line)
}

/// Text without NUL, which PostgreSQL refuses and no reader can see.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_title_is_one_line() {
        assert_eq!(title("  Fix\n\tthe   bug ").as_deref(), Some("Fix the bug"));
        assert_eq!(title(" \n "), None);
    }

    #[test]
    fn a_long_title_is_cut_at_a_word() {
        let cut = title(&"lorem ipsum ".repeat(20)).unwrap();
        assert!(cut.ends_with("ipsum…") || cut.ends_with("lorem…"), "{cut}");
        let cut = title(&"語".repeat(200)).unwrap();
        assert_eq!(cut.chars().count(), 96);
    }

    #[test]
    fn a_machine_has_a_name_on_one_line() {
        assert_eq!(machine(" ana's\nlaptop\0").as_deref(), Some("ana's laptop"));
        assert_eq!(machine(&"語".repeat(70)).map(|name| name.chars().count()), Some(64));
        assert_eq!(machine(" \n"), None);
    }

    #[test]
    fn project_names_come_from_both_kinds_of_path() {
        assert_eq!(project_name("/home/ana/shop"), Some("shop"));
        assert_eq!(project_name("C:\\work\\shop\\"), Some("shop"));
        assert_eq!(project_name("C:\\"), None);
        assert_eq!(project_name("/"), None);
    }

    proptest! {
        #[test]
        fn titles_never_exceed_their_length(text in ".{0,400}") {
            if let Some(title) = title(&text) {
                prop_assert!(title.chars().count() <= TITLE_CHARS + 1);
                prop_assert!(!title.contains('\n'));
            }
        }
    }
}
