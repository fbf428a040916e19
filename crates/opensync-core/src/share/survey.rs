//! What is found in a session, by value, for somebody to decide about.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::PublicHead;
use super::frozen::{image_name, look, value_name};
use crate::secret::{Finding, Redactor, Weight, scan};
use crate::{Session, StoredMessage};

/// Characters shown on each side of a finding.
const AROUND: usize = 48;

/// A value that was found, or an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// A name for the value that does not tell it.
    pub name: String,
    /// What it is in words.
    pub kind: &'static str,
    /// How bad it is when it gets out.
    pub weight: Weight,
    /// The value as it may be shown to its owner: the middle of a secret is hidden.
    pub shown: String,
    /// How often it was found.
    pub count: u64,
    /// What stands before and behind its first place, other findings hidden.
    pub context: (String, String),
    /// The message it first stands in; none when it is in the title.
    pub seq: Option<u64>,
    /// Of an image, which part of the message it is.
    pub image: Option<usize>,
}

/// Gathers what is found in the messages of one session.
#[derive(Debug, Default)]
pub struct Survey {
    found: Vec<Found>,
    places: HashMap<String, usize>,
    values: BTreeMap<String, (&'static str, Weight)>,
    /// How many messages were looked at that count as such.
    pub messages: u64,
}

impl Survey {
    /// Looks at what the copy would say of the session itself.
    pub fn session(&mut self, session: &Session) {
        for text in PublicHead::texts(session) {
            self.text(text, None);
        }
    }

    /// Looks at a message.
    pub fn message(&mut self, stored: &StoredMessage) {
        self.messages += u64::from(stored.message.counted());
        let mut images = Vec::new();
        look(
            &stored.message,
            |text| self.text(text, Some(stored.seq)),
            |index, media_type, body| {
                if let Some(bytes) = body.bytes().ok().filter(|bytes| !bytes.is_empty()) {
                    images.push((index, media_type.to_owned(), image_name(&bytes)));
                }
            },
        );
        for (index, media_type, name) in images {
            self.add(name.clone(), || Found {
                name,
                kind: "image",
                weight: Weight::Mild,
                shown: media_type,
                count: 0,
                context: Default::default(),
                seq: Some(stored.seq),
                image: Some(index),
            });
        }
    }

    fn text(&mut self, text: &str, seq: Option<u64>) {
        let findings = scan(text);
        for finding in &findings {
            self.values.entry(finding.value.clone()).or_insert((finding.kind, finding.weight));
            let name = value_name(&finding.value);
            self.add(name.clone(), || Found {
                name,
                kind: finding.kind,
                weight: finding.weight,
                shown: hidden(&finding.value, finding.weight),
                count: 0,
                context: (
                    around(text, &findings, before(text, finding.range.start)..finding.range.start),
                    around(text, &findings, finding.range.end..behind(text, finding.range.end)),
                ),
                seq,
                image: None,
            });
        }
    }

    fn add(&mut self, name: String, make: impl FnOnce() -> Found) {
        let next = self.found.len();
        let at = *self.places.entry(name).or_insert(next);
        if at == next {
            self.found.push(make());
        }
        self.found[at].count += 1;
    }

    /// What was found, the worst first, then in the order of the session.
    pub fn found(&self) -> Vec<&Found> {
        let mut found: Vec<&Found> = self.found.iter().collect();
        found.sort_by_key(|found| (found.weight, found.image.is_some()));
        found
    }

    /// Takes out all of it but what `kept` names.
    pub fn redactor(&self, kept: &HashSet<String>) -> Redactor {
        let known = self.values.iter().map(|(value, (kind, weight))| Finding {
            kind,
            weight: *weight,
            range: 0..value.len(),
            value: value.clone(),
        });
        Redactor::new(known, kept.clone())
    }
}

fn before(text: &str, at: usize) -> usize {
    text[..at].char_indices().rev().take(AROUND).last().map_or(at, |(at, _)| at)
}

fn behind(text: &str, at: usize) -> usize {
    text[at..].char_indices().nth(AROUND).map_or(text.len(), |(length, _)| at + length)
}

/// A piece of a text on one line, with what was found in it hidden.
fn around(text: &str, findings: &[Finding], piece: std::ops::Range<usize>) -> String {
    let mut out = String::new();
    let mut at = piece.start;
    for finding in findings.iter().filter(|f| f.range.start < piece.end && f.range.end > piece.start) {
        out.push_str(text.get(at..finding.range.start.max(at)).unwrap_or_default());
        out.push_str(&hidden(&finding.value, finding.weight));
        at = finding.range.end.min(piece.end);
    }
    out.push_str(text.get(at..piece.end).unwrap_or_default());
    // Control sequences are left to who shows it: half of one could not be told from text.
    out.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }).collect()
}

/// A value as it may be shown: of a secret the ends, and those only when much is left between them.
fn hidden(value: &str, weight: Weight) -> String {
    let line = value.lines().next().unwrap_or_default();
    if weight == Weight::Mild {
        return line.to_owned();
    }
    if line.len() < value.len() && line.starts_with("-----") {
        return format!("{line} ••••••••");
    }
    let chars: Vec<char> = value.chars().filter(|c| !c.is_control()).collect();
    let (first, last) = match chars.len() {
        0..8 => (0, 0),
        8..16 => (2, 1),
        16..24 => (4, 2),
        _ => (6, 4),
    };
    let end = |range: &[char]| range.iter().collect::<String>();
    format!("{}••••••••{}", end(&chars[..first]), end(&chars[chars.len() - last..]))
}
