//! A session with the sub-agents below it, in words.

use opensync_core::session::Family;

use crate::format;

/// What a family adds up to. In a pair the first text is shown and the second is its `title`.
#[derive(Debug)]
pub(crate) struct FamilySums {
    /// `3 sub-agents`, and hidden ones if there are any.
    pub(crate) agents: String,
    /// `112.0K`; `at least` when somebody's tokens are unknown.
    pub(crate) tokens: (String, String),
    /// `$0.50`; `at least` when some cost is unknown.
    pub(crate) cost: (String, String),
}

impl FamilySums {
    pub(crate) fn new(family: &Family) -> Self {
        let hidden = match (family.agents, family.hidden) {
            (agents, 0) => format::plural(agents, "sub-agent"),
            (0, hidden) => format::plural(hidden, "hidden sub-agent"),
            (agents, hidden) => format!("{} and {} hidden", format::plural(agents, "sub-agent"), format::count(hidden)),
        };
        let least = |known: bool, partial: bool| if known && partial { "at least " } else { "" };
        let tokens = least(family.total_tokens.is_some(), family.tokens_partial);
        let cost = least(family.cost.is_some(), family.cost_partial);
        let unknown = if tokens.is_empty() { "" } else { "; some of them recorded none" };
        Self {
            agents: hidden,
            tokens: (
                format!("{tokens}{}", format::tokens(family.total_tokens)),
                format!("{tokens}{}{unknown}", format::exact_tokens(family.total_tokens)),
            ),
            cost: (
                format!("{cost}{}", format::money(family.cost)),
                format::money_title(family.cost, family.cost_partial),
            ),
        }
    }

    /// All of it in a sentence.
    pub(crate) fn sentence(&self) -> String {
        format!("With {}: {} tokens, {}", self.agents, self.tokens.0, self.cost.0)
    }
}

#[cfg(test)]
mod tests {
    use opensync_core::MicroDollars;

    use super::*;

    #[test]
    fn unknown_figures_are_marked() {
        let known =
            Family { agents: 3, total_tokens: Some(112_000), cost: Some(MicroDollars(500_000)), ..Family::default() };
        let partial = Family { tokens_partial: true, cost_partial: true, hidden: 2, ..known };
        let unknown = Family { total_tokens: None, cost: None, agents: 0, hidden: 1, ..partial };
        for (family, text) in [
            (known, "With 3 sub-agents: 112.0K tokens, $0.50"),
            (partial, "With 3 sub-agents and 2 hidden: at least 112.0K tokens, at least $0.50"),
            (unknown, "With 1 hidden sub-agent: n/a tokens, n/a"),
        ] {
            assert_eq!(FamilySums::new(&family).sentence(), text);
        }
    }
}
