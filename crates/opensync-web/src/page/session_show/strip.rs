//! A session on one line: a bar for each message or some neighbours, ticks for prompts and for what was
//! found, and a frame around what is on the page.

use std::fmt::Write;

use opensync_core::StoredMessage;
use opensync_store::Run;

use super::Around;
use super::links::Links;
use crate::format;

/// Shorter sessions are seen whole anyway.
const LEAST: u64 = 12;
const WIDTH: f64 = 1000.0;
/// Where bars stand, how high they are at most, and how high at least.
const GROUND: f64 = 24.0;
const HIGHEST: f64 = 23.0;
const LOWEST: f64 = 1.5;

/// The drawing, 1000 by 30.
#[derive(Debug)]
pub(super) struct Strip {
    /// What it says, for those who do not see it.
    pub(super) sentence: String,
    /// Outlines of bars with something said, of those with tools only, of prompts and of what was found.
    pub(super) said: String,
    pub(super) tools: String,
    pub(super) prompts: String,
    pub(super) hits: String,
    /// Left edge and width of what is on the page.
    pub(super) frame: (String, String),
    /// Places that can be gone to: left edge and address.
    pub(super) places: Vec<(String, String)>,
    /// Width of each.
    pub(super) step: String,
    /// The first message of each bar, for scripts.
    pub(super) seqs: String,
}

impl Strip {
    /// `None` for sessions that need none.
    pub(super) fn new(shown: &[StoredMessage], around: &Around, links: &Links) -> Option<Self> {
        let runs = &around.outline.strip;
        let messages: u64 = runs.iter().map(|run| run.messages).sum();
        if messages < LEAST {
            return None;
        }
        let step = WIDTH / runs.len() as f64;
        let width = step * if runs.len() > 120 { 0.9 } else { 0.8 };
        let left = |at: usize| at as f64 * step;
        // Neighbours that are drawn together are as high as one of them is on average.
        let tokens = |run: &Run| run.tokens as f64 / run.messages.max(1) as f64;
        let most = runs.iter().map(tokens).fold(1.0, f64::max);
        let (mut said, mut tools, mut ticks) = (String::new(), String::new(), String::new());
        for (at, run) in runs.iter().enumerate() {
            let height = LOWEST + (HIGHEST - LOWEST) * (tokens(run) / most).sqrt();
            let bars = if run.said + run.prompts > 0 { &mut said } else { &mut tools };
            push_box(bars, left(at), GROUND - height, width, height);
            if run.prompts > 0 {
                push_box(&mut ticks, left(at), 26.0, width.max(2.0), 4.0);
            }
        }
        let bar_of = |seq: u64| runs.partition_point(|run| run.first <= seq).saturating_sub(1);
        let mut hits = String::new();
        let mut bars: Vec<usize> =
            around.found.iter().flat_map(|(found, _)| &found.spots).map(|spot| bar_of(spot.seq)).collect();
        bars.dedup();
        for at in bars {
            push_box(&mut hits, left(at), 0.0, width.max(3.0), 4.0);
        }
        let (first, last) = (shown.first().map_or(0, |first| first.seq), shown.last().map_or(0, |last| last.seq));
        let (first, last) = (bar_of(first), bar_of(last));
        let prompts = around.outline.prompts.len() as u64;
        Some(Self {
            sentence: format!(
                "Tokens per message: {}, {}",
                format::plural(messages, "message"),
                format::plural(prompts, "prompt")
            ),
            said,
            tools,
            prompts: ticks,
            hits,
            frame: (number(left(first)), number(left(last + 1 - first))),
            places: runs.iter().enumerate().map(|(at, run)| (number(left(at)), links.place(run.first))).collect(),
            step: number(step),
            seqs: runs.iter().map(|run| run.first.to_string()).collect::<Vec<_>>().join(","),
        })
    }
}

fn number(number: f64) -> String {
    format!("{number:.1}")
}

fn push_box(path: &mut String, x: f64, y: f64, width: f64, height: f64) {
    let _ = write!(path, "M{x:.1} {y:.1}h{width:.1}v{height:.1}h-{width:.1}z");
}
