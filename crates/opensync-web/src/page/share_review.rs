//! Before a session becomes public: which messages, until when, and what is taken out.

use std::collections::HashSet;

use askama::Template;
use opensync_core::Session;
use opensync_core::secret::Weight;
use opensync_core::share::{Found, Survey};
use opensync_store::Share;

use crate::format;
use crate::page::session_show::printable;
use crate::page::session_show::share::ends;
use crate::page::shell::Shell;
use crate::render::html::percent;
use crate::render::terminal;
use crate::share::{MOST_NAMED, noted};

pub mod samples;

/// How long a link works: value in the form, words, days.
pub const EXPIRIES: [(&str, &str, Option<i64>); 5] = [
    ("never", "Never", None),
    ("1", "In a day", Some(1)),
    ("7", "In a week", Some(7)),
    ("30", "In 30 days", Some(30)),
    ("90", "In 90 days", Some(90)),
];

/// What somebody filled in, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// The first prompt, from 1.
    pub from: String,
    /// The last prompt.
    pub to: String,
    /// One of [`EXPIRIES`], or `keep`.
    pub expires: String,
    /// Names of values that stay.
    pub kept: HashSet<String>,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "share_review.html")]
pub struct ShareReviewPage {
    shell: Shell,
    title: String,
    back: String,
    action: String,
    prompts: u64,
    messages: String,
    typed: Typed,
    expiries: Vec<(&'static str, String)>,
    severe: Vec<Value>,
    mild: Vec<Value>,
    images: Vec<Value>,
    /// Values that are taken out and not listed.
    unlisted: Option<String>,
    /// `/s/…`, when it is public.
    link: Option<String>,
    complaint: Option<String>,
}

/// A value that was found.
#[derive(Debug)]
struct Value {
    name: String,
    kind: &'static str,
    shown: String,
    count: String,
    before: String,
    after: String,
    /// Where it first stands.
    href: Option<String>,
    /// Of an image, where it is.
    image: Option<String>,
    kept: bool,
}

impl ShareReviewPage {
    /// A page about what `survey` found in a session of `prompts` prompts.
    pub fn new(
        shell: Shell,
        session: &Session,
        survey: &Survey,
        prompts: &[(u64, String)],
        share: Option<&Share>,
        typed: Typed,
    ) -> Self {
        let session = printable(session);
        let base = format!("/sessions/{}", percent(session.id.as_str()));
        let found = survey.found();
        let listed: Vec<&Found> = found.iter().copied().take(MOST_NAMED).collect();
        let value = |found: &Found| Value::new(found, &base, &typed.kept);
        let of =
            |wanted: &dyn Fn(&Found) -> bool| listed.iter().copied().filter(|found| wanted(found)).map(value).collect();
        let unlisted = found.len() - listed.len();
        let kept =
            share.and_then(|share| share.expires_at).map(|at| ("keep", format!("As it is: {}", ends(at, &shell))));
        Self {
            title: session.title.clone(),
            action: format!("{base}/share"),
            prompts: prompts.len() as u64,
            messages: format::plural(survey.messages, "message"),
            expiries: kept
                .into_iter()
                .chain(EXPIRIES.iter().map(|(value, words, _)| (*value, (*words).to_owned())))
                .collect(),
            severe: of(&|found| found.weight == Weight::Severe),
            mild: of(&|found| found.weight == Weight::Mild && found.image.is_none()),
            images: of(&|found| found.image.is_some()),
            unlisted: (unlisted > 0).then(|| format::plural(unlisted as u64, "more value")),
            link: share.map(|share| format!("/s/{}", share.slug)),
            complaint: None,
            back: base,
            typed,
            shell,
        }
    }

    /// The same with what is wrong with what was typed.
    #[must_use]
    pub fn with_complaint(mut self, complaint: &str) -> Self {
        self.complaint = Some(complaint.to_owned());
        self
    }

    fn found(&self) -> String {
        format::plural((self.severe.len() + self.mild.len()) as u64, "value")
    }

    fn image_count(&self) -> String {
        format::plural(self.images.len() as u64, "image")
    }

    fn is_clean(&self) -> bool {
        self.severe.is_empty() && self.mild.is_empty() && self.images.is_empty()
    }

    fn is_public(&self) -> bool {
        self.link.is_some()
    }
}

impl Typed {
    /// What a form begins with: everything, or as it was published.
    pub fn begin(share: Option<&Share>, prompts: &[(u64, String)]) -> Self {
        let from = share.and_then(|share| share.from);
        let to = share.and_then(|share| share.to);
        let first = from.map_or(1, |seq| prompts.partition_point(|(at, _)| *at < seq) + 1);
        let last = to.map_or(prompts.len(), |seq| prompts.partition_point(|(at, _)| *at <= seq));
        let found = share.map(|share| noted(&share.findings)).unwrap_or_default();
        Self {
            from: first.to_string(),
            to: last.to_string(),
            expires: if share.is_some_and(|share| share.expires_at.is_some()) { "keep" } else { "never" }.to_owned(),
            kept: found.into_iter().filter(|found| found.kept).map(|found| found.name).collect(),
        }
    }
}

impl Value {
    fn new(found: &Found, base: &str, kept: &HashSet<String>) -> Self {
        let plain = terminal::plain;
        Self {
            name: found.name.clone(),
            kind: found.kind,
            shown: plain(&found.shown),
            count: format::count(found.count),
            before: plain(&found.context.0),
            after: plain(&found.context.1),
            href: found.seq.map(|seq| match seq.checked_sub(1) {
                Some(before) => format!("{base}?after={before}"),
                None => base.to_owned(),
            }),
            image: found.seq.zip(found.image).map(|(seq, index)| format!("{base}/parts/{seq}/{index}/image")),
            kept: kept.contains(&found.name),
        }
    }
}
