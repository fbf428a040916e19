//! What people say about a session: whether it is ready for evaluations, a verdict, notes, tags and
//! the output it should have had.

use crate::filter::Status;

/// A session has at most so many tags.
pub const MOST_TAGS: usize = 32;
/// A tag has at most so many characters.
pub const LONGEST_TAG: usize = 64;
/// Notes and expected outputs have at most so many characters.
pub const LONGEST_TEXT: usize = 100_000;

/// A title that a user gives has at most so many characters.
pub const LONGEST_TITLE: usize = 200;

/// What becomes of a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Edit<T> {
    /// It stays.
    #[default]
    Keep,
    /// It goes away.
    Clear,
    /// It becomes this.
    Set(T),
}

impl<T> Edit<T> {
    /// Whether the value stays.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The new value; `None` when it stays or goes away.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }
}

/// A change of labels, the same for any number of sessions. Tags and texts in it are as [`tag`] and
/// [`text`] make them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelChange {
    /// Whether the sessions are ready for evaluations.
    pub ready: Option<bool>,
    /// The verdict; never [`Status::None`].
    pub status: Edit<Status>,
    /// All tags.
    pub tags: Option<Vec<String>>,
    /// Tags that are added.
    pub add_tags: Vec<String>,
    /// Tags that are taken away.
    pub remove_tags: Vec<String>,
    /// Notes.
    pub notes: Edit<String>,
    /// What the answer should have been.
    pub expected_output: Edit<String>,
}

impl LabelChange {
    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The tags of a session that had `old`: sorted, each once.
    pub fn tags_of(&self, old: &[String]) -> Result<Vec<String>, LabelError> {
        let mut tags = self.tags.clone().unwrap_or_else(|| old.to_vec());
        tags.extend(self.add_tags.iter().cloned());
        tags.retain(|tag| !self.remove_tags.contains(tag));
        tags.sort();
        tags.dedup();
        // One that had too many may still lose some.
        if tags.len() > MOST_TAGS && tags.len() > old.len() { Err(LabelError::ManyTags) } else { Ok(tags) }
    }
}

/// All labels of a session, as [`tags`] and [`text`] make them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels {
    /// Ready for evaluations.
    pub ready: bool,
    /// The verdict; never [`Status::None`].
    pub status: Option<Status>,
    /// Notes.
    pub notes: Option<String>,
    /// Tags, sorted, each once.
    pub tags: Vec<String>,
    /// What the answer should have been.
    pub expected_output: Option<String>,
    /// When it got its verdict, Unix milliseconds.
    pub reviewed_at: Option<i64>,
}

/// A label that cannot be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Nothing is left of a tag without its white space.
    #[error("a tag is empty")]
    EmptyTag,
    /// A tag is too long.
    #[error("a tag has at most {} characters", LONGEST_TAG)]
    LongTag,
    /// There are too many tags.
    #[error("a session has at most {} tags", MOST_TAGS)]
    ManyTags,
    /// A title has nothing to read in it, or too much.
    #[error("a title has 1 to {} characters", LONGEST_TITLE)]
    Title,
    /// A text is too long.
    #[error("notes and expected outputs have at most {} characters", LONGEST_TEXT)]
    LongText,
}

/// A title on one line.
pub fn title(text: &str) -> Result<String, LabelError> {
    let title = line(text);
    if (1..=LONGEST_TITLE).contains(&title.chars().count()) { Ok(title) } else { Err(LabelError::Title) }
}

fn line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// A tag on one line, without white space around it.
pub fn tag(text: &str) -> Result<String, LabelError> {
    let tag = line(text);
    if tag.is_empty() {
        return Err(LabelError::EmptyTag);
    }
    if tag.chars().count() > LONGEST_TAG { Err(LabelError::LongTag) } else { Ok(tag) }
}

/// Tags as [`tag`] makes them, sorted, each once.
pub fn tags<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, LabelError> {
    let mut tags = texts.into_iter().map(tag).collect::<Result<Vec<_>, _>>()?;
    tags.sort();
    tags.dedup();
    if tags.len() > MOST_TAGS { Err(LabelError::ManyTags) } else { Ok(tags) }
}

/// Notes or an expected output: cleared when there is nothing to read in it.
pub fn text(text: &str) -> Result<Edit<String>, LabelError> {
    match text.chars().count() {
        count if count > LONGEST_TEXT => Err(LabelError::LongText),
        _ if text.trim().is_empty() => Ok(Edit::Clear),
        _ => Ok(Edit::Set(crate::text::clean(text).into_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn tags_are_trimmed_sorted_and_unique() {
        assert_eq!(tags([" bug ", "a\n b", "bug", "Bug"]), Ok(owned(&["Bug", "a b", "bug"])));
        assert_eq!(tags([]), Ok(Vec::new()));
        assert_eq!(tag(" \t\0"), Err(LabelError::EmptyTag));
        assert_eq!(tag(&"语".repeat(64)).map(|tag| tag.chars().count()), Ok(64));
        assert_eq!(tag(&"语".repeat(65)), Err(LabelError::LongTag));
        let many: Vec<String> = (0..33).map(|n| n.to_string()).collect();
        assert_eq!(tags(many.iter().map(String::as_str)), Err(LabelError::ManyTags));
    }

    #[test]
    fn a_change_adds_and_removes_tags() {
        let change = LabelChange { add_tags: owned(&["c", "a"]), remove_tags: owned(&["b"]), ..LabelChange::default() };
        assert_eq!(change.tags_of(&owned(&["a", "b"])), Ok(owned(&["a", "c"])));
        let change = LabelChange { tags: Some(owned(&["z"])), ..LabelChange::default() };
        assert_eq!(change.tags_of(&owned(&["a", "b"])), Ok(owned(&["z"])));
    }

    #[test]
    fn a_session_takes_no_more_tags_than_it_may_have() {
        let full: Vec<String> = (10..42).map(|n| n.to_string()).collect();
        let add = LabelChange { add_tags: owned(&["new"]), ..LabelChange::default() };
        assert_eq!(add.tags_of(&full), Err(LabelError::ManyTags));
        let swap = LabelChange { remove_tags: owned(&["10"]), ..add };
        assert!(swap.tags_of(&full).is_ok());
    }

    #[test]
    fn a_title_is_one_line() {
        assert_eq!(title(" Fix\nthe\u{7} parser "), Ok("Fix the parser".to_owned()));
        assert_eq!(title(" \n"), Err(LabelError::Title));
        assert!(title(&"é".repeat(LONGEST_TITLE)).is_ok() && title(&"é".repeat(LONGEST_TITLE + 1)).is_err());
    }

    #[test]
    fn a_text_without_anything_to_read_is_none() {
        assert_eq!(text(" \n"), Ok(Edit::Clear));
        assert_eq!(text("two\nlines "), Ok(Edit::Set("two\nlines ".to_owned())));
        assert_eq!(text(&"x".repeat(LONGEST_TEXT + 1)), Err(LabelError::LongText));
    }
}
