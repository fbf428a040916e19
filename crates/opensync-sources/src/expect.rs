//! Notices that an agent renamed a field: one that every known version writes is in no record of a
//! file.
//!
//! A source states, for each record it takes, which fields the record should have and whether it
//! has them. It knows that from reading the record, so nothing is parsed for it. One record that has
//! a field is enough to say that the field is still called so.

use opensync_core::import::{Problem, ProblemKind};

/// How many records should have had each field, and how many had it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected(Vec<Field>);

#[derive(Debug, Clone)]
struct Field {
    records: &'static str,
    name: &'static str,
    count: u64,
    had: u64,
}

impl Expected {
    /// Counts one of `records`, a name such as "`user` records", with whether it has each field. A
    /// field of another type than expected is one it has not.
    pub(crate) fn count(&mut self, records: &'static str, fields: &[(&'static str, bool)]) {
        let mut at = 0;
        for (name, has) in fields {
            // Fields that are counted together stand together.
            let is_it = |field: &Field| field.name == *name && field.records == records;
            if !self.0.get(at).is_some_and(is_it) {
                at = self.0.iter().position(is_it).unwrap_or(self.0.len());
            }
            self.add(at, &Field { records, name, count: 1, had: u64::from(*has) });
            at += 1;
        }
    }

    /// Counts all that another one has.
    pub(crate) fn add_all(&mut self, other: &Self) {
        for field in &other.0 {
            let is_it = |known: &Field| known.name == field.name && known.records == field.records;
            self.add(self.0.iter().position(is_it).unwrap_or(self.0.len()), field);
        }
    }

    fn add(&mut self, at: usize, field: &Field) {
        match self.0.get_mut(at) {
            Some(known) => {
                known.count = known.count.saturating_add(field.count);
                known.had = known.had.saturating_add(field.had);
            }
            None => self.0.push(field.clone()),
        }
    }

    /// The fields that no record has, each once.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut missing: Vec<_> = self.0.iter().filter(|field| field.had == 0).collect();
        missing.sort_by_key(|field| (field.records, field.name));
        let problem = |Field { records, name, count, .. }: &Field| Problem {
            line: None,
            kind: ProblemKind::Unsupported,
            reason: format!("field `{name}` is missing or of another type in {count} of {count} {records}"),
        };
        missing.into_iter().map(problem).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_no_record_has_is_named_once() {
        let mut expected = Expected::default();
        for at in [true, false, true] {
            expected.count("`a` records", &[("at", at), ("id", false)]);
        }
        expected.count("`b` records", &[("id", true)]);
        let mut all = Expected::default();
        all.count("`b` records", &[("id", false), ("other", false)]);
        all.add_all(&expected);
        let reasons: Vec<_> = all.problems().into_iter().map(|problem| problem.reason).collect();
        let reason = |name, count, of| {
            format!("field `{name}` is missing or of another type in {count} of {count} `{of}` records")
        };
        assert_eq!(reasons, [reason("id", 3, "a"), reason("other", 1, "b")]);
    }
}
