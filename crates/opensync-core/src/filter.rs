//! What a list shows: filters, sort order, place in the list. One parsed value with three spellings:
//! the page's URL, the form's fields and the API's parameters.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Which sessions a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Words that must all begin a word of the title.
    pub text: String,
    /// Source ids; empty means all. `cursor-sync` is read as `cursor`.
    pub sources: Vec<String>,
    /// Project names; empty means all.
    pub projects: Vec<String>,
    /// Model names; empty means all.
    pub models: Vec<String>,
    /// When the session was created.
    pub range: Range,
}

/// A span of creation dates, in the viewer's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Range {
    /// No limit.
    #[default]
    All,
    /// Since local midnight.
    Today,
    /// The last so many times 24 hours.
    Days(u16),
    /// From the first to the last day, both included; a missing one is open.
    Between(Option<Date>, Option<Date>),
}

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortKey {
    /// Creation time.
    #[default]
    Date,
    /// Total tokens.
    Tokens,
    /// Cost.
    Cost,
    /// Message count.
    Messages,
}

/// Direction of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Largest or newest first.
    #[default]
    Desc,
    /// Smallest or oldest first.
    Asc,
}

/// A complete question to the session list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListQuery {
    /// Which sessions.
    pub filter: Filter,
    /// Sorted by.
    pub sort: SortKey,
    /// In which direction.
    pub order: Order,
    /// Where the page starts; the beginning when absent.
    pub cursor: Option<Cursor>,
}

/// A [`Filter`] with its dates worked out: what the store answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Words that must all begin a word of the title.
    pub text: String,
    /// Source ids; empty means all.
    pub sources: Vec<String>,
    /// Project names; empty means all.
    pub projects: Vec<String>,
    /// Model names; empty means all.
    pub models: Vec<String>,
    /// Created at or after, Unix milliseconds.
    pub from: Option<i64>,
    /// Created before, Unix milliseconds.
    pub until: Option<i64>,
}

/// The place after a row, in a given order. Opaque to programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The row's value of the sort column; `None` when unknown.
    pub value: Option<i64>,
    /// Its creation time.
    pub created_at: i64,
    /// Its row key.
    pub key: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            Some(value) => write!(f, "{value}_{}_{}", self.created_at, self.key),
            None => write!(f, "n_{}_{}", self.created_at, self.key),
        }
    }
}

impl Cursor {
    /// Reads what [`Cursor`] displays as; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split('_');
        let value = match fields.next()? {
            "n" => None,
            number => Some(number.parse().ok()?),
        };
        let cursor = Self { value, created_at: fields.next()?.parse().ok()?, key: fields.next()?.parse().ok()? };
        fields.next().is_none().then_some(cursor)
    }
}

impl SortKey {
    /// All of them, in column order.
    pub const ALL: [Self; 4] = [Self::Messages, Self::Tokens, Self::Cost, Self::Date];

    /// The name in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Tokens => "tokens",
            Self::Cost => "cost",
            Self::Messages => "messages",
        }
    }

    /// Reads the name in URLs.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.as_str() == name)
    }
}

impl Order {
    /// The name in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Desc => "desc",
            Self::Asc => "asc",
        }
    }

    /// Reads the name in URLs.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "desc" => Some(Self::Desc),
            "asc" => Some(Self::Asc),
            _ => None,
        }
    }

    /// The other direction.
    #[must_use]
    pub fn flipped(self) -> Self {
        match self {
            Self::Desc => Self::Asc,
            Self::Asc => Self::Desc,
        }
    }
}

impl Range {
    /// The name in URLs, for the presets.
    pub fn preset(self) -> Option<&'static str> {
        match self {
            Self::All => Some("all"),
            Self::Today => Some("today"),
            Self::Days(7) => Some("7d"),
            Self::Days(30) => Some("30d"),
            Self::Days(_) | Self::Between(..) => None,
        }
    }

    fn parse(name: &str) -> Option<Self> {
        match name {
            "all" => Some(Self::All),
            "today" => Some(Self::Today),
            _ => match name.strip_suffix('d')?.parse() {
                Ok(days @ 1..) => Some(Self::Days(days)),
                _ => None,
            },
        }
    }

    /// First moment included and first moment excluded, Unix milliseconds.
    pub fn bounds(self, now: Timestamp, zone: &TimeZone) -> (Option<i64>, Option<i64>) {
        let midnight = |day: Date| zone.to_ambiguous_zoned_datetime(day.at(0, 0, 0, 0)).compatible().ok();
        let start = |day: Date| midnight(day).map(|zoned| zoned.timestamp().as_millisecond());
        match self {
            Self::All => (None, None),
            Self::Today => (start(now.to_zoned_datetime(zone.clone()).date()), None),
            Self::Days(days) => (Some(now.as_millisecond() - i64::from(days) * 86_400_000), None),
            Self::Between(from, to) => {
                (from.and_then(start), to.and_then(|day| day.checked_add(1.day()).ok()).and_then(start))
            }
        }
    }
}

impl Filter {
    /// Whether anything is left out.
    pub fn is_active(&self) -> bool {
        *self != Self::default()
    }

    /// Works out the dates.
    pub fn select(&self, now: Timestamp, zone: &TimeZone) -> Selection {
        let (from, until) = self.range.bounds(now, zone);
        Selection {
            text: self.text.clone(),
            sources: self.sources.clone(),
            projects: self.projects.clone(),
            models: self.models.clone(),
            from,
            until,
        }
    }
}

impl ListQuery {
    /// Reads a URL's query. Unknown names are ignored, bad values fall back to the default; a list
    /// may be one value with commas or several values.
    pub fn parse(query: &str) -> Self {
        let mut parsed = Self::default();
        let (mut from, mut to) = (None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            let filter = &mut parsed.filter;
            match &*name {
                "q" => filter.text = value.split_whitespace().collect::<Vec<_>>().join(" "),
                "source" => add_items(&mut filter.sources, &value.to_lowercase()),
                "project" => add_items(&mut filter.projects, value),
                "model" => add_items(&mut filter.models, value),
                "range" => filter.range = Range::parse(value).unwrap_or(filter.range),
                "from" => from = value.parse::<Date>().ok(),
                "to" => to = value.parse::<Date>().ok(),
                "sort" => parsed.sort = SortKey::parse(value).unwrap_or_default(),
                "order" => parsed.order = Order::parse(value).unwrap_or_default(),
                "cursor" => parsed.cursor = Cursor::parse(value),
                _ => {}
            }
        }
        for source in &mut parsed.filter.sources {
            if source == "cursor-sync" {
                "cursor".clone_into(source);
            }
        }
        for list in [&mut parsed.filter.sources, &mut parsed.filter.projects, &mut parsed.filter.models] {
            list.sort();
            list.dedup();
        }
        if from.is_some() || to.is_some() {
            parsed.filter.range = match (from, to) {
                (Some(a), Some(b)) if a > b => Range::Between(Some(b), Some(a)),
                dates => Range::Between(dates.0, dates.1),
            };
        }
        parsed
    }

    /// The canonical URL query, without `?`: defaults are not written, the cursor comes last.
    pub fn to_query(&self) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        let filter = &self.filter;
        if !filter.text.is_empty() {
            out.append_pair("q", &filter.text);
        }
        for (name, list) in [("source", &filter.sources), ("project", &filter.projects), ("model", &filter.models)] {
            if !list.is_empty() {
                let items: Vec<String> = list.iter().map(|item| escape_item(item)).collect();
                out.append_pair(name, &items.join(","));
            }
        }
        match filter.range {
            Range::All => {}
            Range::Today => {
                out.append_pair("range", "today");
            }
            Range::Days(days) => {
                out.append_pair("range", &format!("{days}d"));
            }
            Range::Between(from, to) => {
                for (name, day) in [("from", from), ("to", to)] {
                    if let Some(day) = day {
                        out.append_pair(name, &day.to_string());
                    }
                }
            }
        }
        if self.sort != SortKey::default() {
            out.append_pair("sort", self.sort.as_str());
        }
        if self.order != Order::default() {
            out.append_pair("order", self.order.as_str());
        }
        if let Some(cursor) = self.cursor {
            out.append_pair("cursor", &cursor.to_string());
        }
        out.finish().replace("%2C", ",")
    }

    /// The same list from its beginning.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self { cursor: None, ..self.clone() }
    }
}

/// Splits at commas; `\,` is a comma inside an item, `\\` a backslash.
fn add_items(list: &mut Vec<String>, value: &str) {
    let mut item = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => item.extend(chars.next()),
            ',' => list.push(std::mem::take(&mut item)),
            _ => item.push(c),
        }
    }
    list.push(item);
    for item in list.iter_mut() {
        *item = item.trim().to_owned();
    }
    list.retain(|item| !item.is_empty());
}

fn escape_item(item: &str) -> String {
    item.replace('\\', "\\\\").replace(',', "\\,")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_form_and_its_canonical_url_mean_the_same() {
        let form = "q=+fix++me&source=pi&source=Codex-CLI&range=7d&from=&to=&sort=cost&order=asc&x=1";
        let parsed = ListQuery::parse(form);
        assert_eq!(parsed.to_query(), "q=fix+me&source=codex-cli,pi&range=7d&sort=cost&order=asc");
        assert_eq!(ListQuery::parse(&parsed.to_query()), parsed);
    }

    #[test]
    fn bad_values_fall_back() {
        let parsed = ListQuery::parse("range=yesterday&sort=size&order=up&cursor=zzz&from=2026-13-01");
        assert_eq!(parsed, ListQuery::default());
        assert_eq!(parsed.to_query(), "");
    }

    #[test]
    fn a_custom_range_covers_both_days_in_the_viewers_zone() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let range = ListQuery::parse("from=2026-11-01&to=2026-11-01").filter.range;
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let (from, until) = range.bounds(now, &zone);
        // The clock goes back that day: it has 25 hours.
        assert_eq!(until.unwrap() - from.unwrap(), 25 * 3_600_000);
        assert_eq!(from, crate::time::parse("2026-11-01T04:00:00Z"));
    }

    #[test]
    fn today_starts_at_local_midnight() {
        let now = "2026-11-23T03:00:00Z".parse().unwrap();
        let zone = TimeZone::get("America/New_York").unwrap();
        assert_eq!(Range::Today.bounds(now, &zone).0, crate::time::parse("2026-11-22T05:00:00Z"));
        assert_eq!(Range::Days(7).bounds(now, &zone).0, crate::time::parse("2026-11-16T03:00:00Z"));
    }

    #[test]
    fn dates_the_wrong_way_round_are_swapped() {
        let range = ListQuery::parse("from=2026-11-10&to=2026-11-01").filter.range;
        assert_eq!(range, ListQuery::parse("from=2026-11-01&to=2026-11-10").filter.range);
    }

    fn item() -> impl Strategy<Value = String> {
        "[a-zA-Z0-9,\\\\ é/&=%+.-]{1,12}"
            .prop_map(|text| text.trim().to_owned())
            .prop_filter("not empty", |text| !text.is_empty())
    }

    proptest! {
        #[test]
        fn any_query_text_parses_and_round_trips(text in ".{0,120}") {
            let parsed = ListQuery::parse(&text);
            prop_assert_eq!(ListQuery::parse(&parsed.to_query()), parsed);
        }

        #[test]
        fn lists_round_trip(projects in proptest::collection::btree_set(item(), 0..4), words in "[a-z ]{0,20}") {
            let mut query = ListQuery::default();
            query.filter.projects = projects.into_iter().collect();
            query.filter.text = words.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(ListQuery::parse(&query.to_query()), query);
        }

        #[test]
        fn cursors_round_trip(value in any::<Option<i64>>(), created_at in any::<i64>(), key in any::<i64>()) {
            let cursor = Cursor { value, created_at, key };
            prop_assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }
    }
}
