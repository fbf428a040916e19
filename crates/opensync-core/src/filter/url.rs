//! A question to a list as the query of a URL.

use super::bounds::{Bounds, Unit};
use super::field::{Is, Status};
use super::range::{Range, day};
use super::text::Complaint;
use super::{Cursor, Filter, ListQuery, Order, SortKey};

/// The parameters that are lists of names.
fn lists(filter: &mut Filter) -> [(&'static str, &mut Vec<String>); 7] {
    [
        ("source", &mut filter.sources),
        ("project", &mut filter.projects),
        ("model", &mut filter.models),
        ("provider", &mut filter.providers),
        ("branch", &mut filter.branches),
        ("machine", &mut filter.machines),
        ("tag", &mut filter.tags),
    ]
}

/// The parameters that are numbers.
fn numbers(filter: &mut Filter) -> [([&'static str; 2], Unit, &mut Bounds); 3] {
    [
        (["min_cost", "max_cost"], Unit::Dollars, &mut filter.cost),
        (["min_tokens", "max_tokens"], Unit::Count, &mut filter.tokens),
        (["min_messages", "max_messages"], Unit::Count, &mut filter.messages),
    ]
}

/// `ready` stands among the verdicts, and narrows them further.
const READY: &str = "ready";

fn flag(is: Is) -> Option<&'static str> {
    match is {
        Is::Public | Is::Live | Is::SubAgent => Some(is.as_str()),
        Is::EvalReady => None,
    }
}

impl ListQuery {
    /// Reads a URL's query. Unknown names are ignored, bad values fall back to the default; a list
    /// may be one value with commas or several values.
    pub fn parse(query: &str) -> Self {
        Self::parse_with_complaints(query).0
    }

    /// Like [`ListQuery::parse`], with what is wrong with the text in `q`; the places are bytes of
    /// the decoded, trimmed text. `q` may hold filters, which go to their parameters.
    pub fn parse_with_complaints(query: &str) -> (Self, Vec<Complaint>) {
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let mut parsed = Self::default();
        let mut complaints = Vec::new();
        if let Some((_, text)) = pairs.iter().rfind(|(name, _)| name == "q") {
            (parsed.filter, complaints) = Filter::parse_text(text.trim());
        }
        let (mut from, mut to) = (None, None);
        let mut ends: [[Option<u64>; 2]; 3] = Default::default();
        for (name, value) in &pairs {
            let value = value.trim();
            let filter = &mut parsed.filter;
            match &**name {
                "eval" => {
                    for item in items(value) {
                        filter.statuses.extend(Status::parse(&item));
                        filter.is.extend((item == READY).then_some(Is::EvalReady));
                    }
                }
                "in" => filter.in_tools |= items(value).iter().any(|item| item == "tools"),
                "range" => filter.range = Range::parse(value).unwrap_or(filter.range),
                "from" => from = day(value),
                "to" => to = day(value),
                "sort" => parsed.sort = SortKey::parse(value).unwrap_or_default(),
                "order" => parsed.order = Order::parse(value).unwrap_or_default(),
                "cursor" => parsed.cursor = Cursor::parse(value),
                name => {
                    if let Some((_, list)) = lists(filter).into_iter().find(|(known, _)| *known == name) {
                        list.extend(items(value));
                    } else if let Some(is) = Is::ALL.into_iter().find(|is| flag(*is) == Some(name)) {
                        filter.is.extend((value == "1").then_some(is));
                    }
                    for (n, (names, unit, _)) in numbers(filter).into_iter().enumerate() {
                        if let Some(end) = names.iter().position(|known| *known == name) {
                            ends[n][end] = unit.parse(value);
                        }
                    }
                }
            }
        }
        let filter = &mut parsed.filter;
        for ((_, _, bounds), [least, most]) in numbers(filter).into_iter().zip(ends) {
            let given = Bounds::new(least, most);
            *bounds = bounds.and(given).unwrap_or(given);
        }
        for source in &mut filter.sources {
            *source = source.to_lowercase();
        }
        filter.tidy();
        if from.is_some() || to.is_some() {
            filter.range = Range::between(from, to);
        }
        if parsed.sort == SortKey::Relevance && !filter.is_search() {
            parsed.sort = SortKey::default();
        }
        (parsed, complaints)
    }

    /// The canonical URL query, without `?`: defaults are not written, the cursor comes last.
    pub fn to_query(&self) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        let mut filter = self.filter.clone();
        if !filter.words.is_empty() {
            out.append_pair("q", &filter.words_text());
        }
        for (name, list) in lists(&mut filter) {
            if !list.is_empty() {
                let items: Vec<String> = list.iter().map(|item| escape_item(item)).collect();
                out.append_pair(name, &items.join(","));
            }
        }
        let mut eval: Vec<&str> = filter.statuses.iter().copied().map(Status::as_str).collect();
        for is in &filter.is {
            match flag(*is) {
                Some(name) => {
                    out.append_pair(name, "1");
                }
                None => eval.push(READY),
            }
        }
        if !eval.is_empty() {
            out.append_pair("eval", &eval.join(","));
        }
        if filter.in_tools {
            out.append_pair("in", "tools");
        }
        for (names, unit, bounds) in numbers(&mut filter) {
            for (name, end) in names.into_iter().zip([bounds.least, bounds.most]) {
                if let Some(end) = end {
                    out.append_pair(name, &unit.plain(end));
                }
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
fn items(value: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (c, items.last_mut()) {
            (',', _) => items.push(String::new()),
            ('\\', Some(item)) => item.extend(chars.next()),
            (_, Some(item)) => item.push(c),
            (_, None) => {}
        }
    }
    items.iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

fn escape_item(item: &str) -> String {
    item.replace('\\', "\\\\").replace(',', "\\,")
}
