//! Writes a filter as people type it.

use jiff::ToSpan;

use super::bounds::Unit;
use super::field::{Field, Is, Status};
use super::lex::spell_items;
use super::range::Range;
use super::{Filter, Word};

impl Filter {
    /// The canonical text: the words as typed, then the filters. [`Filter::parse_text`] reads the
    /// same filter from it, without a complaint.
    pub fn to_text(&self) -> String {
        let mut pieces: Vec<String> = self.words.iter().map(Word::spell).collect();
        let mut push = |field: Field, value: &str| pieces.push(format!("{}:{value}", field.name()));
        let lists = [
            (Field::Source, &self.sources),
            (Field::Project, &self.projects),
            (Field::Model, &self.models),
            (Field::Provider, &self.providers),
            (Field::Branch, &self.branches),
            (Field::Machine, &self.machines),
            (Field::Tag, &self.tags),
        ];
        for (field, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            push(field, &spell_items(list.iter().map(String::as_str)));
        }
        if !self.statuses.is_empty() {
            push(Field::Status, &spell_items(self.statuses.iter().copied().map(Status::as_str)));
        }
        for is in self.is.iter().copied() {
            push(Field::Is, Is::as_str(is));
        }
        if self.in_tools {
            push(Field::In, "tools");
        }
        let numbers = [
            (Field::Cost, self.cost.spell(Unit::Dollars)),
            (Field::Tokens, self.tokens.spell(Unit::Count)),
            (Field::Messages, self.messages.spell(Unit::Count)),
        ];
        for (field, value) in numbers {
            if let Some(value) = value {
                push(field, &value);
            }
        }
        match self.range {
            Range::All => {}
            Range::Today => push(Field::After, "today"),
            Range::Days(days) => push(Field::After, &format!("{days}d")),
            Range::Between(from, to) => {
                if let Some(from) = from {
                    push(Field::After, &from.to_string());
                }
                if let Some(day) = to.and_then(|to| to.checked_add(1.day()).ok()) {
                    push(Field::Before, &day.to_string());
                }
            }
        }
        pieces.join(" ")
    }

    /// The words, phrases and exclusions alone: what a search field shows beside other fields.
    pub fn words_text(&self) -> String {
        self.words.iter().map(Word::spell).collect::<Vec<_>>().join(" ")
    }
}
