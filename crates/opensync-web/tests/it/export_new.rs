//! The page that says what will be in a file.

use opensync_core::filter::Status;
use opensync_core::label::{Edit, LabelChange};
use opensync_core::{SessionId, UserId};

use crate::html::assert_inert;
use crate::support::{FORM, Site, assistant, lines, user};

async fn site() -> (Site, String, String) {
    let said = serde_json::json!([{"type": "text", "text": "Done"}]);
    let site = Site::of(&[
        ("S1.jsonl", lines(&[user(0, "Fix <b>it</b>"), assistant(1, &said), user(2, "Thanks"), assistant(3, &said)])),
        ("S2.jsonl", lines(&[user(0, "Hello")]).replace("S1", "S2")),
    ])
    .await;
    let (one, two) = (site.id("S1").await, site.id("S2").await);
    (site, one, two)
}

/// The text of a page, its tags left out.
fn words(html: &str) -> String {
    let body = html.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text);
    body.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn it_counts_what_the_file_holds_and_says_what_is_missing() {
    let (site, one, two) = site().await;
    let page = site.get(&format!("/sessions/export/new?ids={one},{two}")).await;
    let text = words(&page.html());
    for part in [
        "2 test cases from 1 session",
        "Claude Code 2",
        "1 session has no expected output. Their cases have an empty expected_output",
        "1 session is left out because no prompt has an answer.",
        "The file is not searched for passwords and keys.",
        "opensync-deepeval-20",
        "Download 2 cases",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let text = words(&site.get(&format!("/sessions/export/new?ids={one}&format=markdown&mode=final")).await.html());
    assert!(text.contains("Download 1 session") && text.contains("Fix_-b-it-b.md"), "{text}");
    let text = words(&site.get(&format!("/sessions/export/new?ids={one},{two}&mode=final")).await.html());
    assert!(text.contains("Download 1 case"), "{text}");
}

#[tokio::test]
async fn it_is_about_sessions_of_some_verdicts_when_asked() {
    let (site, one, two) = site().await;
    let change = LabelChange { status: Edit::Set(Status::Golden), ..LabelChange::default() };
    let ids = [SessionId::from_stored(one.clone())];
    site.store.label_sessions(&UserId::local(), &ids, &change).await.unwrap();
    for (verdict, said) in
        [("golden", "Golden 2"), ("golden,correct", "Golden 2"), ("incorrect", "0 test cases from 0 sessions")]
    {
        let text = words(&site.get(&format!("/sessions/export/new?all=1&verdict={verdict}")).await.html());
        assert!(text.contains(said), "{said} in {text}");
    }
    let file = site.get(&format!("/sessions/export?ids={one},{two}&format=openai&verdict=golden")).await;
    assert_eq!(file.text().lines().count(), 2);
}

#[tokio::test]
async fn what_was_chosen_stays_from_one_answer_to_the_next() {
    let (site, one, _) = site().await;
    let form = format!(
        "list=&id={one}&format=text&tools=0&anonymise=0&anonymise=1&system=0&thinking=0&thinking=1&context=0&mode=session"
    );
    let headers =
        [FORM, ("sec-fetch-site", "same-origin"), ("hx-request-type", "partial"), ("hx-target", "form#export")];
    let part = site.send("POST", "/sessions/export/new", &headers, form).await.text();
    assert!(part.trim_start().starts_with("<form") && !part.contains("<html"), "{part}");
    let ticked = |name: &str| {
        let at = part.find(&format!("id=\"export-{name}\"")).unwrap();
        part[at..].split_once('>').unwrap().0.contains("checked")
    };
    assert_eq!(["text", "tools", "anonymise", "system", "thinking"].map(ticked), [true, false, true, false, true]);
    for kept in
        ["name=\"context\" value=\"0\"", "name=\"mode\" value=\"session\"", &format!("name=\"id\" value=\"{one}\"")]
    {
        assert!(part.contains(kept), "{kept} in {part}");
    }
}

#[tokio::test]
async fn it_leads_to_the_file_without_scripts() {
    let (site, one, two) = site().await;
    let form = format!("list=source%3Dclaude-code&id={one}&id={two}");
    let headers = [FORM, ("sec-fetch-site", "same-origin")];
    let choose = site.send("POST", "/sessions/bulk", &headers, form.clone()).await.html();
    assert!(choose.contains("formaction=\"/sessions/export/new\""), "{choose}");
    let page = site.send("POST", "/sessions/export/new", &headers, form).await.html();
    assert!(page.contains("action=\"/sessions/export\" method=\"post\""));
    assert!(page.contains("href=\"/sessions?source=claude-code\""), "back to the list");
    let page = site.get(&format!("/sessions/export/new?ids={one}")).await.html();
    assert!(page.contains(&format!("href=\"/sessions/{one}\"")), "back to the session");
}

#[tokio::test]
async fn nothing_to_export_is_said() {
    let (site, ..) = site().await;
    for query in ["", "ids=", "ids=gone", "all=1&q=zzzz", "ids=%3Cb%3E&format=%22%3E%3Cscript%3E"] {
        let answer = site.get(&format!("/sessions/export/new?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert_inert(&answer.text(), query);
    }
}
