//! What a reader wants to see at once, remembered in two cookies.

/// Which folds are open from the start, and how changes are set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the menu")]
pub struct Folds {
    /// Tool calls and groups of them.
    pub tools: bool,
    /// Thoughts.
    pub thinking: bool,
    /// System messages.
    pub system: bool,
    /// Old and new lines of a change stand side by side where there is room.
    pub split: bool,
}

impl Folds {
    /// Reads the cookies `open`, such as `tools.thinking`, and `diff`.
    pub fn parse(open: &str, diff: &str) -> Self {
        let has = |kind| open.split('.').any(|name| name == kind);
        Self { tools: has("tools"), thinking: has("thinking"), system: has("system"), split: diff == "split" }
    }
}

#[cfg(test)]
mod tests {
    use super::Folds;

    #[test]
    fn what_is_not_known_is_closed() {
        assert_eq!(Folds::parse("", ""), Folds::default());
        assert_eq!(Folds::parse("nothing.<script>", "sideways"), Folds::default());
        let all = Folds { tools: true, thinking: true, system: true, split: true };
        assert_eq!(Folds::parse("tools.thinking.system", "split"), all);
    }
}
