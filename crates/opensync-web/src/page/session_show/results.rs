//! Finds the result of each call in a window of messages.

use std::collections::{HashMap, HashSet};

use opensync_core::{Body, Part, StoredMessage};

/// A result, where it stands, and the images that came with it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer<'a> {
    pub(super) stored: &'a StoredMessage,
    pub(super) index: usize,
    pub(super) name: Option<&'a str>,
    pub(super) output: &'a Body,
    pub(super) is_error: Option<bool>,
    pub(super) duration_ms: Option<u64>,
    pub(super) details: Option<&'a Body>,
    /// Parts after `index` that are images of this answer.
    pub(super) images: usize,
}

/// The results of a window, by call.
#[derive(Debug, Default)]
pub(super) struct Results<'a> {
    /// Results that name a call which is in the window.
    by_call: HashMap<&'a str, Answer<'a>>,
    /// Calls without an id, by place, with the result that directly follows.
    by_place: HashMap<(u64, usize), Answer<'a>>,
    /// Places of results that are shown with their calls.
    paired: HashMap<(u64, usize), usize>,
}

impl<'a> Results<'a> {
    /// Pairs calls and results. When several results name one call, the first is its answer and
    /// the others stand alone.
    pub(super) fn of(window: &'a [StoredMessage]) -> Self {
        let mut results = Self::default();
        let calls: HashMap<&str, u64> = window
            .iter()
            .flat_map(|stored| stored.message.parts.iter().map(move |part| (stored.seq, part)))
            .filter_map(|(seq, part)| match part {
                Part::ToolCall { call_id: Some(id), .. } => Some((id.as_str(), seq)),
                _ => None,
            })
            .collect();
        let mut unnamed: Option<(u64, usize)> = None;
        for stored in window.iter().filter(|stored| !stored.message.off_path) {
            for (index, part) in stored.message.parts.iter().enumerate() {
                if matches!(part, Part::ToolCall { call_id: None, .. }) {
                    unnamed = Some((stored.seq, index));
                    continue;
                }
                let Some(answer) = answer(stored, index) else { continue };
                let place = (stored.seq, index);
                match call_of(part) {
                    Some(id) if calls.contains_key(id) && !results.by_call.contains_key(id) => {
                        results.by_call.insert(id, answer);
                        results.paired.insert(place, answer.images);
                    }
                    None => {
                        if let Some(call) = unnamed.take() {
                            results.by_place.insert(call, answer);
                            results.paired.insert(place, answer.images);
                        }
                    }
                    Some(_) => {}
                }
            }
        }
        results
    }

    /// The answer to the call at a place.
    pub(super) fn to(&mut self, call_id: Option<&str>, seq: u64, index: usize) -> Option<Answer<'a>> {
        match call_id {
            Some(id) => self.by_call.remove(id),
            None => self.by_place.remove(&(seq, index)),
        }
    }

    /// Whether a call of a message is answered in one of `seqs`.
    pub(super) fn answered_in(&self, stored: &StoredMessage, seqs: &HashSet<u64>) -> bool {
        stored.message.parts.iter().enumerate().any(|(index, part)| {
            let answer = match part {
                Part::ToolCall { call_id: Some(id), .. } => self.by_call.get(id.as_str()),
                Part::ToolCall { call_id: None, .. } => self.by_place.get(&(stored.seq, index)),
                _ => None,
            };
            answer.is_some_and(|answer| seqs.contains(&answer.stored.seq))
        })
    }

    /// Whether the result at a place is shown with its call; then how many parts after it are too.
    pub(super) fn is_paired(&self, seq: u64, index: usize) -> Option<usize> {
        self.paired.get(&(seq, index)).copied()
    }
}

fn call_of(part: &Part) -> Option<&str> {
    match part {
        Part::ToolResult { call_id, .. } => call_id.as_deref(),
        _ => None,
    }
}

/// Reads the result at a place, if it is one.
pub(super) fn answer(stored: &StoredMessage, index: usize) -> Option<Answer<'_>> {
    let Some(Part::ToolResult { name, output, is_error, duration_ms, details, .. }) = stored.message.parts.get(index)
    else {
        return None;
    };
    let after = &stored.message.parts[index + 1..];
    Some(Answer {
        stored,
        index,
        name: name.as_deref(),
        output,
        is_error: *is_error,
        duration_ms: *duration_ms,
        details: details.as_ref(),
        images: after.iter().take_while(|part| matches!(part, Part::Image { .. })).count(),
    })
}
