//! From a name to a price: exact keys first, then equality up to punctuation, then names without
//! words of effort. No search inside names.

use super::PriceRef;
use super::name::{Name, canonical, is_placeholder, without_date};
use super::overrides::Overrides;
use super::provider::{Provider, is_local};
use super::rates::Price;
use super::snapshot::{Entry, Snapshot, Table};

const USER: &str = "your file";
const VARIANT: &str = "free variant";
const LOCAL: &str = "local model";

/// A price and where it is from.
#[derive(Debug)]
pub(super) struct Found {
    pub price: Price,
    pub reference: PriceRef,
}

impl Found {
    fn new(price: &Price, key: &str, origin: &str) -> Self {
        Self { price: price.clone(), reference: PriceRef::new(key, origin) }
    }

    fn row((table, entry): Row<'_>) -> Self {
        let key = if table.by_provider { &format!("{}/{}", entry.provider, entry.key) } else { entry.key };
        Self::new(&entry.price, key, &table.origin)
    }
}

type Row<'a> = (&'a Table, &'a Entry);

/// The price of `model` from `provider` (empty when unknown), both as a tool wrote them.
pub(super) fn find(snapshot: &Snapshot, overrides: &Overrides, model: &str, provider: &str) -> Option<Found> {
    let written = provider.trim().to_lowercase();
    let name = Name::new(model);
    let search = Search { snapshot, overrides, provider: Provider::of(&written) };
    let forms = name.forms();
    // The user may price anything, also what is free or no model's name.
    if is_placeholder(model) || name.free || is_local_model(&name, &written) {
        return forms.iter().find_map(|form| search.user(form)).or_else(|| {
            let origin = if is_placeholder(model) {
                return None;
            } else if name.free {
                VARIANT
            } else {
                LOCAL
            };
            Some(Found::new(&Price::free(), &name.written, origin))
        });
    }
    search.name(&name)
}

fn is_local_model(name: &Name, provider: &str) -> bool {
    let route = name.written.split_once('/').map_or("", |(route, _)| route);
    // Ollama calls the models on its own servers so: a subscription, with no price per token.
    let remote = name.clean.ends_with("-cloud") || name.clean.ends_with(":cloud");
    !remote && (is_local(provider) || is_local(route))
}

struct Search<'a> {
    snapshot: &'a Snapshot,
    overrides: &'a Overrides,
    provider: Provider,
}

impl Search<'_> {
    fn name(&self, name: &Name) -> Option<Found> {
        let forms = name.forms();
        if let Some(found) = forms.iter().find_map(|form| self.exact(form)) {
            return Some(found);
        }
        match self.alike(&forms) {
            Some(Alike::One(found)) => Some(found),
            // The whole name is known and its price is not: a shorter name would be a guess.
            Some(Alike::Ambiguous) => None,
            None => self.name(&name.without_effort()?),
        }
    }

    fn user(&self, form: &str) -> Option<Found> {
        let found = |key: &str| self.overrides.get(key).map(|price| Found::new(price, key, USER));
        found(form).or_else(|| self.qualified(form).find_map(|key| found(&key)))
    }

    /// The form under each of the provider's names.
    fn qualified<'b>(&'b self, form: &'b str) -> impl Iterator<Item = String> + 'b {
        self.provider.dev.iter().chain(&self.provider.lite).map(move |provider| format!("{provider}/{form}"))
    }

    fn exact(&self, form: &str) -> Option<Found> {
        self.user(form)
            .or_else(|| self.key(form, &self.provider))
            .or_else(|| self.qualified(form).find_map(|key| self.key(&key, &self.provider)))
            // models.dev keeps prices by provider: when that is unknown, the maker's own are meant.
            .or_else(|| self.key(form, &Provider::maker(form)))
    }

    /// The row under exactly `key` in the first list that has it.
    fn key(&self, key: &str, provider: &Provider) -> Option<Found> {
        let routed = key.split_once('/');
        self.snapshot.tables.iter().find_map(|table| {
            let row = if table.by_provider {
                provider
                    .dev
                    .iter()
                    .find_map(|id| table.get(id, key))
                    .or_else(|| routed.and_then(|(route, rest)| table.get(route, rest)))
            } else {
                table.get("", key)
            };
            row.map(|entry| Found::row((table, entry)))
        })
    }

    /// The price of the rows whose names differ from a form in punctuation alone, or in a date too.
    ///
    /// Best first: of the same provider, under a key without a route, of the model's maker; and only
    /// when all forms fail there, of anybody.
    fn alike(&self, forms: &[String]) -> Option<Alike> {
        let rows: Vec<_> = forms.iter().filter_map(|form| self.same(form)).collect();
        for ranks in [&[Rank::Provider, Rank::Plain, Rank::Maker][..], &[Rank::Any]] {
            for same in &rows {
                for rows in [&same.whole, &same.undated] {
                    if let Some(alike) = ranks.iter().find_map(|rank| self.decide(rows, *rank, &same.maker)) {
                        return Some(alike);
                    }
                }
            }
        }
        None
    }

    fn same(&self, form: &str) -> Option<Same<'_>> {
        let wanted: Vec<u8> = canonical(form).collect();
        if !wanted.iter().any(u8::is_ascii_alphabetic) {
            return None;
        }
        let maker = Provider::maker(form.rsplit_once('/').map_or(form, |(_, name)| name));
        let mut same = Same { maker, whole: Vec::new(), undated: Vec::new() };
        let equal = |key: &str| canonical(key).eq(wanted.iter().copied());
        for table in &self.snapshot.tables {
            for entry in &table.entries {
                if equal(entry.key) {
                    same.whole.push((table, entry));
                } else if without_date(entry.key).is_some_and(equal) {
                    same.undated.push((table, entry));
                }
            }
        }
        Some(same)
    }

    /// Within a rank the first list that has a row decides. Rows that disagree leave it to the maker.
    fn decide(&self, rows: &[Row<'_>], rank: Rank, maker: &Provider) -> Option<Alike> {
        let sold_by =
            |provider: &Provider, (table, entry): Row<'_>| provider.sells(table.by_provider, entry.provider, entry.key);
        // A price of 0 is one provider's offer: nobody else's.
        let paid = |(_, entry): Row<'_>| !entry.price.is_free();
        let fits = |row: Row<'_>| match rank {
            Rank::Provider => sold_by(&self.provider, row),
            // Bedrock's keys have no route either: `deepseek.v3.2` is not DeepSeek's own price.
            Rank::Plain => {
                paid(row) && !row.0.by_provider && !row.1.key.contains('/') && !row.1.provider.starts_with("bedrock")
            }
            Rank::Maker => paid(row) && sold_by(maker, row),
            Rank::Any => paid(row),
        };
        let mut rows: Vec<Row<'_>> = rows.iter().copied().filter(|row| fits(*row)).collect();
        let first = rows.first()?.0;
        rows.retain(|(table, _)| std::ptr::eq(*table, first));
        let found = one_price(&rows).or_else(|| {
            rows.retain(|row| sold_by(maker, *row));
            one_price(&rows)
        });
        Some(found.map_or(Alike::Ambiguous, Alike::One))
    }
}

/// Whose row it is.
#[derive(Clone, Copy)]
enum Rank {
    Provider,
    Plain,
    Maker,
    Any,
}

/// The rows that mean the same as one form.
struct Same<'a> {
    maker: Provider,
    whole: Vec<Row<'a>>,
    /// Their keys end in a date.
    undated: Vec<Row<'a>>,
}

enum Alike {
    One(Found),
    /// Several rows fit and their prices differ.
    Ambiguous,
}

fn one_price(rows: &[Row<'_>]) -> Option<Found> {
    let first = *rows.first()?;
    rows.iter().all(|(_, entry)| entry.price == first.1.price).then(|| Found::row(first))
}
