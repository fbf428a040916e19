//! The filter bar: menus with counts, and the date range.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use opensync_core::filter::{Filter, ListQuery, Range};
use opensync_core::session::{FacetValue, Facets};

use super::{Choice, list_href, row};
use crate::format;

/// How many values of a facet a menu offers.
const OPTIONS: usize = 200;
/// With more options than this a menu has a field that narrows them.
const NARROWABLE: usize = 10;

/// A menu of check boxes.
#[derive(Debug)]
pub(super) struct Menu {
    /// The parameter.
    pub name: &'static str,
    pub label: &'static str,
    pub options: Vec<Opt>,
    pub checked: usize,
    /// Values that exist but are not offered.
    pub left_out: usize,
}

/// A check box with the number of sessions behind it.
#[derive(Debug)]
pub(super) struct Opt {
    /// The value as the form sends it.
    pub value: String,
    pub label: String,
    pub glyph: Option<&'static str>,
    pub count: String,
    pub checked: bool,
}

impl Menu {
    pub(super) fn all(filter: &Filter, facets: &Facets) -> [Self; 3] {
        [
            Self::new("source", "Source", &facets.sources, &filter.sources),
            Self::new("project", "Project", &facets.projects, &filter.projects),
            Self::new("model", "Model", &facets.models, &filter.models),
        ]
    }

    fn new(name: &'static str, label: &'static str, values: &[FacetValue], active: &[String]) -> Self {
        let is_source = name == "source";
        let option = |value: &str, count: u64, checked: bool| Opt {
            value: escape_item(value),
            label: if is_source { opensync_sources::name(value).to_owned() } else { value.to_owned() },
            glyph: is_source.then(|| row::glyph(value)),
            count: format::count(count),
            checked,
        };
        let mut options: Vec<Opt> = values
            .iter()
            .take(OPTIONS)
            .map(|found| option(&found.value, found.count, active.contains(&found.value)))
            .collect();
        // An active value that is not offered must stay in the form, or the next change drops it.
        let offered: BTreeSet<&str> = values.iter().take(OPTIONS).map(|found| found.value.as_str()).collect();
        for value in active.iter().filter(|value| !offered.contains(value.as_str())) {
            let count = values.iter().find(|found| found.value == *value).map_or(0, |found| found.count);
            options.push(option(value, count, true));
        }
        Self {
            name,
            label,
            checked: options.iter().filter(|option| option.checked).count(),
            options,
            left_out: values.len().saturating_sub(OPTIONS),
        }
    }

    pub(super) fn is_narrowable(&self) -> bool {
        self.options.len() > NARROWABLE
    }
}

/// The date filter.
#[derive(Debug)]
pub(super) struct DateRange {
    pub presets: Vec<Choice>,
    /// The preset as the form sends it.
    pub preset: Option<String>,
    pub from: String,
    pub to: String,
    pub custom: bool,
    pub zone: String,
}

impl DateRange {
    pub(super) fn new(query: &ListQuery, zone: &TimeZone) -> Self {
        let range = query.filter.range;
        let with = |range: Range| {
            let filter = Filter { range, ..query.filter.clone() };
            list_href(&ListQuery { filter, ..query.clone() })
        };
        let presets = [
            ("Today", Range::Today),
            ("Last 7 days", Range::Days(7)),
            ("Last 30 days", Range::Days(30)),
            ("All time", Range::All),
        ]
        .into_iter()
        .map(|(label, preset)| Choice { label, href: with(preset), current: preset == range })
        .collect();
        let (from, to) = match range {
            Range::Between(from, to) => (from, to),
            _ => (None, None),
        };
        let text = |day: Option<jiff::civil::Date>| day.map_or_else(String::new, |day| day.to_string());
        Self {
            presets,
            preset: match range {
                Range::All | Range::Between(..) => None,
                Range::Today => Some("today".to_owned()),
                Range::Days(days) => Some(format!("{days}d")),
            },
            from: text(from),
            to: text(to),
            custom: matches!(range, Range::Between(..)),
            zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        }
    }
}

/// A range in words, such as `last 7 days` or `3 Nov 2026 to 14 Nov 2026`.
pub(super) fn range_name(range: Range) -> String {
    match range {
        Range::All | Range::Between(None, None) => "at any time".to_owned(),
        Range::Today => "today".to_owned(),
        Range::Days(1) => "last 24 hours".to_owned(),
        Range::Days(days) => format!("last {days} days"),
        Range::Between(Some(from), None) => format!("since {}", format::day(from)),
        Range::Between(None, Some(to)) => format!("until {}", format::day(to)),
        Range::Between(Some(from), Some(to)) if from == to => format!("on {}", format::day(from)),
        Range::Between(Some(from), Some(to)) if from.year() == to.year() => {
            format!("{} to {}", from.strftime("%-d %b"), format::day(to))
        }
        Range::Between(Some(from), Some(to)) => format!("{} to {}", format::day(from), format::day(to)),
    }
}

/// A form sends each value by itself, and a comma in it would split it.
fn escape_item(item: &str) -> String {
    item.replace('\\', "\\\\").replace(',', "\\,")
}
