//! Reviews and public pages to look at: what tests and the gallery render.

use std::collections::HashSet;

use opensync_core::share::{PublicHead, Survey};
use opensync_core::{Body, Message, Part, Role, StoredMessage};
use opensync_store::Share;

use super::{ShareReviewPage, Typed};
use crate::page::session_show::Window;
use crate::page::session_show::public::{ShareGonePage, ShareShowPage};
use crate::page::session_show::samples::session;
use crate::page::shell::Shell;

/// Reviews by name.
pub fn reviews(shell: &Shell) -> Vec<(&'static str, ShareReviewPage)> {
    let prompts: Vec<(u64, String)> = (0..8).map(|n| (n * 3, format!("p{n}"))).collect();
    let share = Share {
        slug: "fix-flaky-retries-0123456789abc".to_owned(),
        created_at: 0,
        published_at: 0,
        expires_at: Some(1_798_000_000_000),
        from: None,
        to: None,
        findings: "[]".to_owned(),
        views: 12,
        newer: 3,
    };
    let page = |survey: &Survey, share: Option<&Share>| {
        let typed = Typed::begin(share, &prompts);
        ShareReviewPage::new(shell.clone(), &session(), survey, &prompts, share, typed)
    };
    let mut found = Survey::default();
    found.session(&session());
    found.message(&prompt());
    vec![
        ("share-review", page(&found, Some(&share))),
        ("share-review-clean", page(&Survey::default(), None)),
        ("share-review-wrong", page(&found, None).with_complaint("There is no prompt of that number.")),
    ]
}

/// Public pages by name.
pub fn publics(shell: &Shell) -> Vec<(&'static str, askama::Result<String>)> {
    use askama::Template;
    let mut survey = Survey::default();
    survey.message(&prompt());
    let redactor = survey.redactor(&HashSet::new());
    let head = PublicHead::new(&session(), 5, &redactor);
    let mut freezer = opensync_core::share::Freezer::new(redactor, HashSet::new());
    let copy = freezer.message(&prompt());
    let messages = opensync_core::share::thaw(copy.seq, &copy.body).into_iter().collect();
    let window = Window { messages, before: Some(3), after: Some(90), ..Window::default() };
    let page = ShareShowPage::new(shell.clone(), "fix-0123456789abc", &head, Some(1_798_000_000_000), &window, &[3]);
    vec![("share", page.html()), ("share-gone", ShareGonePage::new(shell.clone()).render())]
}

fn prompt() -> StoredMessage {
    // Apart, so that nobody takes this for a leak.
    let token = format!("ghp_{}", "a8Kd03jfL2mQp9Zx7Rt5Vw1Bn6Yc4Hs0Gq3U");
    let text = format!(
        "The dispatcher test `retries_with_backoff` fails on CI. The repository is /home/mara/src/ledgerline; the \
         alert goes to ops@ledgerline.example. Use GITHUB_TOKEN={token} for it, the database is \
         postgres://app:correct-horse@db.internal/shop."
    );
    let mut message = Message::new("p1", Role::User, Some(1_795_425_060_000));
    message.prompt_tokens = Some(186);
    message.parts = vec![
        Part::Text(text),
        Part::Image {
            media_type: "image/png".to_owned(),
            name: Some("ci-retries.png".to_owned()),
            body: Body::raw(vec![1; 900]),
        },
    ];
    StoredMessage { seq: 3, message }
}
