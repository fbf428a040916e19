//! Reading a session: finding in it, its chat, its strip, pieces of long parts.

use serde_json::{Value, json};

use crate::html::{addresses, is_whole, links, tags, text};
use crate::support::{Site, assistant, lines, user};

fn call(id: &str, name: &str, input: &Value) -> Value {
    json!({"type": "tool_use", "id": id, "name": name, "input": input})
}

fn result(id: &str, output: &str) -> Value {
    json!([{"type": "tool_result", "tool_use_id": id, "content": output}])
}

async fn site(records: &[Value]) -> (Site, String) {
    let site = Site::of(&[("S1.jsonl", lines(records))]).await;
    let id = site.id("S1").await;
    (site, id)
}

/// Words in every kind of place: `walrus` stands in each.
async fn walrus() -> (Site, String) {
    let output: Vec<String> =
        (0..5_000).map(|n| if n == 4_321 { "a walrus".to_owned() } else { format!("line {n}") }).collect();
    let edit =
        json!({"file_path": "/home/ana/shop/a.rs", "old_string": "let walrus = 1;", "new_string": "let walrus = 2;"});
    site(&[
        user(0, "Where is the **Walrus**? A walrus!"),
        assistant(
            1,
            &json!([{"type": "thinking", "thinking": "walruses swim", "signature": "x"},
                             {"type": "text", "text": "See `walrus_count` and seal."}]),
        ),
        assistant(2, &json!([call("t1", "Bash", &json!({"command": "find walrus"}))])),
        user(3, result("t1", &output.join("\n"))),
        assistant(4, &json!([call("t2", "Edit", &edit)])),
        user(5, result("t2", "The file has a walrus")),
        assistant(
            6,
            &json!([call("t3", "Task", &json!({"description": "Look", "prompt": "the walrus\nwalrus again"}))]),
        ),
        user(7, result("t3", "nothing")),
        user(8, "Thanks"),
        assistant(9, &json!([{"type": "text", "text": "No animals here."}])),
    ])
    .await
}

/// Whether what follows is in no fold that is closed, except for what is in its own line.
fn is_unfolded(before: &str) -> bool {
    let mut folds = Vec::new();
    let mut rest = before;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let tag = &rest[..rest.find('>').map_or(rest.len(), |end| end + 1)];
        if tag.starts_with("<details") {
            folds.push(tag.contains(" open"));
        } else if tag == "</details>" {
            folds.pop();
        } else if tag.starts_with("<summary") {
            folds.push(true);
        } else if tag == "</summary>" {
            folds.pop();
        }
        rest = &rest[tag.len()..];
    }
    let in_line = before.rfind("<summary").is_some_and(|open| !before[open..].contains("</summary>"));
    let folds = if in_line { &folds[..folds.len() - 2] } else { &folds[..] };
    folds.iter().all(|open| *open)
}

async fn found(site: &Site, id: &str, query: &str) -> (u64, Vec<Value>) {
    let answer = site.get(&format!("/sessions/{id}/find?{query}")).await.json();
    (answer["total"].as_u64().unwrap(), answer["spots"].as_array().unwrap().clone())
}

#[tokio::test]
async fn every_hit_is_counted_where_it_is_shown() {
    let (site, id) = walrus().await;
    let (total, spots) = found(&site, &id, "find=walrus").await;
    let expected = json!([
        [0, 0, 2],
        [1, 0, 1],
        [1, 1, 1],
        [2, 0, 1, 0, "head"],
        [3, 0, 1, 1, ""],
        [4, 0, 2],
        [6, 0, 2, 0, "arguments"],
    ]);
    assert_eq!(json!(spots), expected, "an edit's own answer and arguments that repeat the head are left out");
    assert_eq!(total, 10);
    assert_eq!(found(&site, &id, "find=%22walrus+count%22").await.0, 1, "a phrase");
    assert_eq!(found(&site, &id, "find=seal+animals").await.0, 2, "any of the words");
    for nothing in ["find=", "find=giraffe", "find=-%3E", ""] {
        assert_eq!(found(&site, &id, nothing).await, (0, Vec::new()), "{nothing}");
    }
    assert_eq!(site.get("/sessions/none/find?find=a").await.status, 404);
}

#[tokio::test]
async fn a_page_without_scripts_leads_from_hit_to_hit() {
    let (site, id) = walrus().await;
    let mut path = format!("/sessions/{id}?find=walrus");
    for number in 1..=10 {
        let html = site.get(&path).await.html();
        assert!(text(&html).contains(&format!("{number} of 10")), "{path}");
        assert_eq!(html.matches("<mark class=\"now\" id=\"hit\">").count(), 1, "{path}");
        let (before, _) = html.split_once("<mark class=\"now\"").unwrap();
        assert!(is_unfolded(before), "{path}");
        let next = tags(&html).into_iter().find(|tag| tag.get("data-hit") == Some("next")).unwrap();
        next.get("href").unwrap().clone_into(&mut path);
        assert!(path.ends_with("#hit"), "{path}");
    }
    let again = site.get(path.split('#').next().unwrap()).await.html();
    assert!(text(&again).contains("1 of 10"), "behind the last comes the first");
    let deep = site.get(&format!("/sessions/{id}?find=walrus&hit=6")).await.html();
    assert!(deep.contains("a <mark class=\"now\" id=\"hit\">walrus</mark>"), "behind the cut");
    assert!(text(&deep).contains("Lines 4,001 to 5,000 of 5,000"));
    for odd in ["find=walrus&hit=0", "find=walrus&hit=99999", "find=walrus&hit=x", "find=%00&hit=1", "find=giraffe"] {
        assert_eq!(site.get(&format!("/sessions/{id}?{odd}")).await.status, 200, "{odd}");
    }
    assert!(text(&site.get(&format!("/sessions/{id}?find=giraffe")).await.html()).contains("No matches"));
}

#[tokio::test]
async fn messages_and_parts_that_come_later_keep_their_marks() {
    let (site, id) = walrus().await;
    let html = site.get(&format!("/sessions/{id}/messages?at=3&find=walrus")).await.html();
    assert!(!is_whole(&html) && html.contains("<mark>Walrus</mark>"));
    let part = addresses(&html).into_iter().find(|path| path.contains("/parts/3/0?") && !path.contains("raw")).unwrap();
    assert!(part.contains("find=walrus"), "{part}");
    let part = site.get(&format!("{part}&piece=1")).await.html();
    assert!(part.contains("a <mark>walrus</mark>"));
    let searched = site.get(&format!("/sessions/{id}?q=walrus+in:tools")).await.html();
    let part =
        addresses(&searched).into_iter().find(|path| path.contains("/parts/3/0?") && !path.contains("raw")).unwrap();
    assert!(
        site.get(&format!("{}&piece=1", part.replace("&amp;", "&"))).await.html().contains("a <mark>walrus</mark>"),
        "{part}"
    );
}

#[tokio::test]
async fn a_long_part_comes_in_pieces_and_is_copied_whole() {
    let (site, id) = walrus().await;
    let first = site.get(&format!("/sessions/{id}/parts/3/0")).await.html();
    assert!(
        text(&first).contains("Lines 1 to 4,000 of 5,000")
            && first.contains("line 3999")
            && !first.contains("line 4000")
    );
    let later = links(&first).into_iter().find(|(_, label)| label == "Later lines").unwrap().0;
    let second = site.get(&later).await.html();
    assert!(text(&second).contains("Lines 4,001 to 5,000 of 5,000"), "{later}");
    assert!(links(&second).iter().any(|(_, label)| label == "Earlier lines"));
    let last = site.get(&format!("/sessions/{id}/parts/3/0?piece=99")).await.html();
    assert!(last.contains("line 4999") && !last.contains("Later lines"));
    let raw = site.get(&format!("/sessions/{id}/parts/3/0?raw")).await;
    assert_eq!(raw.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(raw.text().lines().count(), 5_000);
    assert_eq!(site.get(&format!("/sessions/{id}/parts/3/9?raw")).await.status, 404);
}

#[tokio::test]
async fn a_chat_shows_prompts_and_final_answers() {
    let (site, id) = walrus().await;
    let html = site.get(&format!("/sessions/{id}?view=chat")).await.html();
    let shown = text(&html);
    assert!(shown.contains("Where is the") && shown.contains("walrus_count") && shown.contains("No animals here."));
    assert!(!html.contains("class=\"fold call\"") && !shown.contains("walruses swim"));
    assert_eq!(html.matches("<article class=\"msg").count(), 4);
    let current =
        tags(&html).into_iter().find(|tag| tag.get("aria-current") == Some("true") && tag.get("data-view").is_some());
    assert!(current.unwrap().get("href").unwrap().contains("view=chat"));
    let (total, spots) = found(&site, &id, "find=walrus&view=chat").await;
    assert_eq!((total, spots.len()), (3, 2));
    let stamps = links(&html).into_iter().filter(|(href, _)| href.contains("#m-"));
    assert!(stamps.clone().count() > 0 && stamps.into_iter().all(|(href, _)| href.contains("view=chat")));
}

#[tokio::test]
async fn a_strip_leads_to_every_message_of_a_longer_session() {
    let (site, id) = walrus().await;
    assert!(!site.get(&format!("/sessions/{id}")).await.html().contains("data-strip"), "nine messages need none");
    let record = |n: usize| match n % 2 {
        0 => user(n, format!("Question {n}.")),
        _ => assistant(n, &json!([{"type": "text", "text": format!("Answer {n}.")}])),
    };
    let (site, id) = self::site(&(0..700).map(record).collect::<Vec<_>>()).await;
    let html = site.get(&format!("/sessions/{id}?find=699")).await.html();
    let strip = tags(&html).into_iter().find(|tag| tag.get("data-strip").is_some()).unwrap();
    let seqs: Vec<usize> = strip.get("data-seqs").unwrap().split(',').map(|seq| seq.parse().unwrap()).collect();
    assert!(seqs.len() <= 250 && seqs[0] == 0 && seqs.is_sorted());
    assert!(html.contains("aria-label=\"Tokens per message: 700 messages, 350 prompts\""));
    assert_eq!(html.matches("class=\"hit\" d=\"M").count(), 1);
    let last = addresses(&html).into_iter().rfind(|path| path.contains("&at=") || path.contains("?at=")).unwrap();
    let there = text(&site.get(&last).await.html());
    assert!(there.contains("Question 698."), "{last}");
    let live = site.get(&format!("/sessions/{id}/live?after=690")).await.json();
    assert!(live["head"].as_str().unwrap().contains("data-strip"));
}

#[tokio::test]
async fn what_was_chosen_to_be_open_is_open() {
    let (site, id) = walrus().await;
    let path = format!("/sessions/{id}");
    let open = async |cookie: &str| {
        let html = site.ask("GET", &path, &[("cookie", cookie)]).await.html();
        let count = |tag: &str| html.matches(tag).count();
        (
            count("<details class=\"fold call\" open>"),
            count("<details class=\"fold quiet\" open>"),
            count("data-diffs=\"split\""),
        )
    };
    assert_eq!(open("").await, (1, 0, 0), "a change is open anyway");
    assert_eq!(open("open=tools").await, (3, 0, 0));
    assert_eq!(open("theme=dark; open=thinking.system; diff=split").await, (1, 1, 1));
    let split = site.get(&format!("{path}?diff=split")).await.html();
    assert!(split.contains("data-diffs=\"split\"") && split.contains("Changes in one column"));
}

#[tokio::test]
async fn a_sub_agent_is_read_inside_its_parent() {
    let site = Site::real().await;
    let id = site.id("c1e07cac-8648-4bd4-baa3-b5cf26712908").await;
    let html = site.get(&format!("/sessions/{id}")).await.html();
    let inside = addresses(&html).into_iter().find(|path| path.ends_with("/messages?inside")).unwrap();
    let child = site.get(&inside).await.html();
    assert!(!is_whole(&child) && child.contains("<article class=\"msg"));
    let ids = |html: &str| -> Vec<String> {
        tags(html).iter().filter_map(|tag| tag.get("id").map(str::to_owned)).filter(|id| id.contains("p-")).collect()
    };
    let own = ids(&html);
    assert!(!own.is_empty() && ids(&child).iter().all(|id| !own.contains(id)), "no name stands twice");
    let parts = addresses(&child).into_iter().filter(|path| path.contains("/parts/") && !path.contains("raw"));
    for part in parts {
        let name = ids(&site.fragment(&part, "div").await.html()).remove(0);
        assert!(ids(&child).contains(&name), "{part} takes the place of {name}");
    }
}
