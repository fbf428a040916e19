//! A session in the catalog.

use std::collections::HashMap;

use opensync_core::filter::Status;

/// What a session is filtered and sorted by. Names are numbers of [`Names`], 0 for none.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column")]
pub(crate) struct Entry {
    pub(crate) key: i64,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    pub(super) tokens: Option<i64>,
    pub(super) cost: Option<i64>,
    pub(super) messages: i64,
    pub(super) source: u32,
    pub(super) project: u32,
    pub(super) model: u32,
    pub(super) provider: u32,
    pub(super) branch: u32,
    pub(super) machine: u32,
    pub(super) tags: Box<[u32]>,
    pub(super) status: Status,
    pub(super) cost_partial: bool,
    pub(super) folded: bool,
    pub(super) hidden: bool,
    pub(super) public: bool,
    pub(super) sub_agent: bool,
    pub(super) eval_ready: bool,
}

/// Values that many sessions share, each with a number.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    /// The number of a name, a new one when it is new; 0 for none.
    pub(super) fn number(&mut self, name: Option<&str>) -> u32 {
        let Some(name) = name else { return 0 };
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        self.names.push(name.to_owned());
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// The numbers of those names that some session has.
    pub(super) fn known(&self, names: &[String]) -> Vec<u32> {
        names.iter().filter_map(|name| self.numbers.get(name).copied()).collect()
    }

    pub(super) fn name(&self, number: u32) -> Option<&str> {
        self.names.get((number as usize).checked_sub(1)?).map(String::as_str)
    }
}
