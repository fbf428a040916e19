//! The page that says how a session's figures are counted.

use std::fmt::Write;

use serde_json::json;

use crate::html::{assert_inert, links, text};
use crate::support::{Site, assistant, lines, user};

/// `N records with usage seen = A kept + B merged + C discarded`.
fn equation(page: &str) -> [u64; 4] {
    let (before, after) = page.split_once(" with usage seen = ").unwrap();
    let number = |text: &str| text.replace(',', "").parse().unwrap();
    let seen = before.trim_end_matches(" records").trim_end_matches(" record").rsplit(' ').next().unwrap();
    let words: Vec<&str> = after.split_whitespace().collect();
    assert_eq!((words[1], words[2], words[4], words[5], words[7]), ("kept", "+", "merged", "+", "discarded."));
    [number(seen), number(words[0]), number(words[3]), number(words[6])]
}

#[tokio::test]
async fn every_sessions_ledger_adds_up_to_its_tokens() {
    let site = Site::real().await;
    let mut merged = 0;
    for session in site.sessions("").await {
        let id = session["id"].as_str().unwrap();
        let html = site.get(&format!("/sessions/{id}/ledger")).await.html();
        assert_inert(&html, id);
        let page = text(&html);
        let [seen, kept, repeats, discarded] = equation(&page);
        assert_eq!(seen, kept + repeats + discarded, "{id}");
        merged += repeats;
        // The sums row: four kinds of tokens, as the session states them.
        if let Some((_, row)) = page.split_once("Kept, whole session ") {
            let numbers: Vec<u64> =
                row.split_whitespace().filter_map(|word| word.replace(',', "").parse().ok()).collect();
            assert!(numbers.len() >= 4, "{row}");
            let total = session["totalTokens"].as_u64().unwrap();
            let written = format!("{} tokens", opensync_web::format::count(total));
            assert!(html.contains(&written), "{id}: {written}");
        }
        let own = site.get(&format!("/sessions/{id}")).await.html();
        let leads = links(&own).into_iter().any(|(href, _)| href == format!("/sessions/{id}/ledger"));
        assert!(leads, "the session's page leads to its ledger");
        assert!(links(&html).iter().any(|(href, _)| *href == format!("/sessions/{id}")), "and back");
    }
    assert!(merged > 10);
}

#[tokio::test]
async fn a_ledger_names_file_line_price_and_the_owner_of_copies() {
    let mut records = vec![user(0, "Go"), assistant(1, &json!([{"type": "text", "text": "Done"}]))];
    records.push(records[1].clone());
    let fork: Vec<_> = records
        .iter()
        .cloned()
        .map(|mut record| {
            record["sessionId"] = json!("S2");
            record["forkedFrom"] = json!({"sessionId": "S1"});
            record
        })
        .collect();
    let site = Site::of(&[("S1.jsonl", lines(&records)), ("S2.jsonl", lines(&fork))]).await;
    let (first, second) = (site.id("S1").await, site.id("S2").await);
    let page = text(&site.get(&format!("/sessions/{first}/ledger")).await.html());
    assert_eq!(equation(&page), [2, 1, 1, 0]);
    for part in ["-home-ana-shop/S1.jsonl", "line 2", "1 + 1", "claude-sonnet-4-6", "$0.0003", "models.dev"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let html = site.get(&format!("/sessions/{second}/ledger")).await.html();
    assert_eq!(equation(&text(&html)), [2, 0, 2, 0]);
    assert!(text(&html).contains("2 belong to 1 response that counts in another session"));
    let owner = links(&html).into_iter().find(|(href, _)| *href == format!("/sessions/{first}"));
    assert_eq!(owner.unwrap().1, "Go");
}

#[tokio::test]
async fn a_long_ledger_comes_in_pages() {
    let mut transcript = lines(&[user(0, "Go")]);
    for n in 1..=1_203 {
        writeln!(transcript, "{}", assistant(n, &json!([{"type": "text", "text": "More"}]))).unwrap();
    }
    let site = Site::of(&[("S1.jsonl", transcript)]).await;
    let mut address = format!("/sessions/{}/ledger?project=shop", site.id("S1").await);
    let mut places = Vec::new();
    loop {
        let html = site.get(&address).await.html();
        let page = text(&html);
        assert_eq!(equation(&page), [1_203, 1_203, 0, 0]);
        places.push(page[page.find("Rows ").unwrap()..].split(" Previous").next().unwrap()[..20].to_owned());
        assert!(links(&html).iter().any(|(href, _)| href.ends_with("?project=shop")), "back to where it came from");
        match links(&html).into_iter().find(|(_, label)| label == "Next 500") {
            Some((next, _)) => address = next,
            None => break,
        }
    }
    assert_eq!(places, ["Rows 1 to 500 of 1,2", "Rows 501 to 1,000 of", "Rows 1,001 to 1,203 "]);
    let past = site.get(&format!("/sessions/{}/ledger?row=99999", site.id("S1").await)).await.html();
    assert!(text(&past).contains("past the end of the ledger"));
    assert_eq!(site.get("/sessions/nothing/ledger").await.status, 404);
}
