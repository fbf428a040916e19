//! Parents with their sub-agents, forks with what they inherit.

use serde_json::{Value, json};

use crate::html::{is_whole, links, sessions, tags, text};
use crate::support::{Site, assistant, lines, user};

/// A sub-agent of `S1` that was answered `answers` times.
fn agent(id: &str, answers: usize) -> String {
    let own = |mut record: Value| {
        record["isSidechain"] = json!(true);
        record["agentId"] = json!(id);
        if let Some(response) = record["message"].get_mut("id") {
            *response = json!(format!("{id}-{response}"));
        }
        record
    };
    let answer = |n| own(assistant(n, &json!([{"type": "text", "text": "Done"}])));
    let records: Vec<Value> =
        std::iter::once(own(user(0, format!("Task of {id}")))).chain((1..=answers).map(answer)).collect();
    lines(&records)
}

/// A parent of one response with two sub-agents of three responses together: 29 tokens each.
async fn family() -> Site {
    let site = Site::empty().await;
    let folder = site.home().join(".claude/projects/-home-ana-shop");
    std::fs::create_dir_all(folder.join("S1/subagents")).unwrap();
    let parent = lines(&[user(0, "Go"), assistant(1, &json!([{"type": "text", "text": "Done"}]))]);
    std::fs::write(folder.join("S1.jsonl"), parent).unwrap();
    std::fs::write(folder.join("S1/subagents/agent-aa.jsonl"), agent("aa", 2)).unwrap();
    std::fs::write(folder.join("S1/subagents/agent-bb.jsonl"), agent("bb", 1)).unwrap();
    site.import().await;
    site
}

#[tokio::test]
async fn a_parent_shows_its_own_figures_and_those_with_its_sub_agents() {
    let site = family().await;
    let id = site.id("S1").await;
    let list = text(&site.get("/sessions").await.html());
    assert!(list.contains("2 sub-agents , with them 116 · <$0.01"), "{list}");
    let page = text(&site.get(&format!("/sessions/{id}")).await.html());
    assert!(page.contains("Own 29 tokens <$0.01 With 2 sub-agents 116 tokens <$0.01"), "{page}");
}

#[tokio::test]
async fn sub_agents_unfold_below_their_parent() {
    let site = family().await;
    let id = site.id("S1").await;
    let list = site.get("/sessions?project=shop").await.html();
    assert_eq!(sessions(&list), [id.as_str()], "they are folded");
    let link = tags(&list).into_iter().find(|tag| tag.get("hx-get").is_some_and(|at| at.contains("sub-agents")));
    let link = link.unwrap();
    assert_eq!(link.get("href").unwrap(), format!("/sessions/{id}?project=shop#sub-agents"));
    let rows = site.fragment(link.get("hx-get").unwrap(), "tr").await.html();
    assert!(!is_whole(&rows));
    let agents = [site.id("S1:agent-aa").await, site.id("S1:agent-bb").await];
    let shown = sessions(&rows);
    assert!(shown.len() == 2 && agents.iter().all(|agent| shown.contains(agent)), "{shown:?}");
    let under: Vec<_> = tags(&rows).iter().filter_map(|tag| tag.get("data-under").map(str::to_owned)).collect();
    assert_eq!(under, vec![format!("s-{id}"); 2]);
    assert!(links(&rows).iter().all(|(href, _)| href.ends_with("?project=shop")), "they keep the list");
    // Without a script the link leads to where the page of the parent lists them.
    let answer = site.get(link.get("hx-get").unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, link.get("href").unwrap().to_owned()));
    let page = site.get(&format!("/sessions/{id}")).await.html();
    assert!(tags(&page).iter().any(|tag| tag.get("id") == Some("sub-agents")));
    assert!(agents.iter().all(|agent| sessions(&page).contains(agent)));
    assert_eq!(site.fragment("/sessions/nothing/sub-agents", "tr").await.status, 404);
}

#[tokio::test]
async fn a_fork_names_its_origin_and_what_it_inherits_costs_nothing() {
    let site = Site::real().await;
    let origin = site.id("da087a8b-2922-4f60-a05d-ec99b03dc3fc").await;
    let fork = site.id("fbe0e6c0-edfa-48e1-8390-26c4974e861b").await;
    let html = site.get(&format!("/sessions/{fork}")).await.html();
    let page = text(&html);
    let title = "The discount test fails. Find the bug, fix it and show me the passing run.";
    assert!(page.contains(&format!("Inherited from {title} · 9 messages, counted there")), "{page}");
    let leads =
        links(&html).into_iter().filter(|(href, label)| *href == format!("/sessions/{origin}") && label == title);
    assert!(leads.count() >= 3, "in the head, beside the messages and in the details");
    let (inherited, own) = page.split_once("New in this session").unwrap();
    assert!(!inherited.contains("completion token") && !inherited.contains("prompt token"), "{inherited}");
    assert!(own.contains("completion token"));
    let parents = site.get(&format!("/sessions/{origin}")).await.html();
    assert!(text(&parents).contains("241 completion tokens"), "where they were paid");
    assert!(text(&site.get("/sessions").await.html()).contains("Fork"));
}
