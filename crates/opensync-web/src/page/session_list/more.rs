//! The menu of the filters that are asked for less often.

use opensync_core::filter::{Bounds, Filter, Is, Status};

use super::chips::Limit;

/// Check boxes and spans of numbers.
#[derive(Debug)]
pub(super) struct More {
    pub groups: [Group; 3],
    pub spans: [Span; 3],
    /// How many of them are used.
    pub active: usize,
}

/// Check boxes that belong together.
#[derive(Debug)]
pub(super) struct Group {
    pub label: &'static str,
    pub options: Vec<Flag>,
}

/// A check box.
#[derive(Debug)]
pub(super) struct Flag {
    /// The parameter and its value.
    pub name: &'static str,
    pub value: &'static str,
    pub label: &'static str,
    pub checked: bool,
}

/// Two fields for the ends of a span.
#[derive(Debug)]
pub(super) struct Span {
    pub label: &'static str,
    /// The parameters.
    pub names: [&'static str; 2],
    pub ends: [String; 2],
    pub is_active: bool,
}

/// Every parameter of the menu.
const NAMES: [&str; 11] = [
    "public",
    "live",
    "subagent",
    "eval",
    "in",
    "min_cost",
    "max_cost",
    "min_tokens",
    "max_tokens",
    "min_messages",
    "max_messages",
];

impl More {
    pub(super) fn new(filter: &Filter) -> Self {
        let is = |is: Is, name, value, label| Flag { name, value, label, checked: filter.is.contains(&is) };
        let verdict = |status: Status| Flag {
            name: "eval",
            value: status.as_str(),
            label: status.name(),
            checked: filter.statuses.contains(&status),
        };
        let span = |limit, label, names, bounds: Bounds| Span {
            label,
            names,
            ends: Limit::ends(limit, bounds),
            is_active: !bounds.is_open(),
        };
        let groups = [
            Group {
                label: "Only sessions that are",
                options: vec![
                    is(Is::Live, "live", "1", "Live now"),
                    is(Is::Public, "public", "1", "Public"),
                    is(Is::SubAgent, "subagent", "1", "Sub-agents"),
                    is(Is::EvalReady, "eval", "ready", "Ready for evals"),
                ],
            },
            Group { label: "Verdict", options: Status::ALL.map(verdict).into() },
            Group {
                label: "Search",
                options: vec![Flag {
                    name: "in",
                    value: "tools",
                    label: "In tool calls too",
                    checked: filter.in_tools,
                }],
            },
        ];
        let spans = [
            span(Limit::Cost, "Cost in $", ["min_cost", "max_cost"], filter.cost),
            span(Limit::Tokens, "Tokens", ["min_tokens", "max_tokens"], filter.tokens),
            span(Limit::Messages, "Messages", ["min_messages", "max_messages"], filter.messages),
        ];
        let checked = groups.iter().flat_map(|group| &group.options).filter(|flag| flag.checked).count();
        let active = checked + spans.iter().filter(|span| span.is_active).count();
        Self { groups, spans, active }
    }

    /// Whether the menu has a field for this parameter.
    pub(super) fn has(name: &str) -> bool {
        NAMES.contains(&name)
    }

    /// Drops everything the menu filters by.
    pub(super) fn clear(filter: &mut Filter) {
        filter.statuses.clear();
        filter.is.clear();
        filter.in_tools = false;
        for limit in [Limit::Cost, Limit::Tokens, Limit::Messages] {
            *limit.of(filter) = Bounds::default();
        }
    }
}
