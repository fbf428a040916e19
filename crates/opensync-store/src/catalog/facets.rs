//! What there is to filter by.

use std::collections::HashMap;

use opensync_core::session::{FacetValue, Facets};

use super::{Catalog, Entry};

impl Catalog {
    /// The values of all listed sessions, most sessions first.
    pub(crate) fn facets(&self) -> &Facets {
        self.facets.get_or_init(|| Facets {
            sources: self.values(|entry| entry.source),
            projects: self.values(|entry| entry.project),
            models: self.values(|entry| entry.model),
        })
    }

    fn values(&self, of: fn(&Entry) -> u32) -> Vec<FacetValue> {
        let mut counts: HashMap<u32, u64> = HashMap::new();
        for entry in self.entries.iter().filter(|entry| !entry.folded) {
            *counts.entry(of(entry)).or_default() += 1;
        }
        let value = |(number, count)| Some(FacetValue { value: self.names.name(number)?.to_owned(), count });
        let mut values: Vec<FacetValue> = counts.into_iter().filter_map(value).collect();
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        values
    }
}
