//! Lists of the JSON API: what they hold, in which order, and page by page.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::Site;

fn ids(sessions: &[Value]) -> Vec<&str> {
    sessions.iter().map(|session| session["id"].as_str().unwrap()).collect()
}

async fn count(site: &Site, query: &str) -> (usize, Value) {
    let page = site.api(&format!("/api/sessions?limit=200&{query}")).await.json();
    assert_eq!(page["cursor"], json!(null), "{query}");
    (page["sessions"].as_array().unwrap().len(), page["total"].clone())
}

#[tokio::test]
async fn every_session_is_listed_with_every_field() {
    let site = Site::real().await;
    let page = site.api("/api/sessions").await.json();
    let names: BTreeSet<&str> = page.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["cursor", "sessions", "total"]));
    assert_eq!((page["sessions"].as_array().unwrap().len(), &page["total"]), (30, &json!(30)));
    for session in page["sessions"].as_array().unwrap() {
        for field in [
            "title",
            "externalId",
            "source",
            "model",
            "provider",
            "projectPath",
            "projectName",
            "promptTokens",
            "completionTokens",
            "totalTokens",
            "cost",
            "messageCount",
            "durationMs",
            "isPublic",
            "publicSlug",
            "summary",
            "createdAt",
            "updatedAt",
            "cacheReadTokens",
            "cacheWriteTokens",
            "reasoningTokens",
            "gitBranch",
            "parentId",
            "id",
            "_id",
        ] {
            assert!(session.get(field).is_some(), "{field} of {session}");
        }
        assert_eq!(session["id"], session["_id"]);
        assert_eq!((&session["isPublic"], &session["publicSlug"]), (&json!(false), &json!(null)));
        assert!(session["createdAt"].as_i64() <= session["updatedAt"].as_i64());
        assert!(session["createdAt"].as_i64() > Some(1_700_000_000_000), "milliseconds");
    }
}

#[tokio::test]
async fn sub_agents_are_listed_with_their_parents() {
    let site = Site::real().await;
    let sessions = site.sessions("").await;
    let agents: Vec<&Value> = sessions.iter().filter(|session| session["relation"] == "sub-agent").collect();
    assert_eq!(agents.len(), 4);
    for agent in agents {
        let parent = sessions.iter().find(|session| session["id"] == agent["parentId"]).unwrap();
        assert_eq!(parent["source"], agent["source"]);
        assert_ne!(parent["relation"], "sub-agent");
    }
    let forks: Vec<&Value> = sessions.iter().filter(|session| session["relation"] == "fork").collect();
    assert_eq!(forks.len(), 3);
    assert!(forks.iter().all(|fork| fork["parentId"].is_string()));
}

#[tokio::test]
async fn a_limit_is_held_within_its_bounds() {
    let site = Site::real().await;
    for (limit, listed) in [("1", 1), ("0", 1), ("-5", 1), ("7", 7), ("200", 30), ("100000", 30)] {
        let page = site.api(&format!("/api/sessions?limit={limit}")).await.json();
        assert_eq!(page["sessions"].as_array().unwrap().len(), listed, "limit={limit}");
        assert_eq!(page["cursor"].is_string(), listed < 30, "limit={limit}");
        assert_eq!(page["total"], 30, "the total is of all pages");
    }
}

#[tokio::test]
async fn going_from_cursor_to_cursor_meets_each_session_once() {
    let site = Site::real().await;
    for sort in ["date", "tokens", "cost", "messages"] {
        for order in ["asc", "desc"] {
            let wanted = site.sessions(&format!("sort={sort}&order={order}")).await;
            let (mut walked, mut cursor) = (Vec::new(), String::new());
            loop {
                let path = format!("/api/sessions?sort={sort}&order={order}&limit=4&cursor={cursor}");
                let page = site.api(&path).await.json();
                assert_eq!(page["total"], 30);
                walked.extend(page["sessions"].as_array().unwrap().iter().cloned());
                match page["cursor"].as_str() {
                    Some(next) => next.clone_into(&mut cursor),
                    None => break,
                }
            }
            assert_eq!(ids(&walked), ids(&wanted), "{sort} {order}");
            assert_eq!(BTreeSet::from_iter(ids(&walked)).len(), 30);
        }
    }
}

#[tokio::test]
async fn lists_are_sorted_with_the_unknown_last() {
    let site = Site::real().await;
    let fields = [("date", "createdAt"), ("tokens", "totalTokens"), ("cost", "cost"), ("messages", "messageCount")];
    for (sort, field) in fields {
        for order in ["desc", "asc"] {
            let sessions = site.sessions(&format!("sort={sort}&order={order}")).await;
            let values: Vec<Option<f64>> = sessions.iter().map(|session| session[field].as_f64()).collect();
            let known: Vec<f64> = values.iter().copied().flatten().collect();
            let sorted = match order {
                "asc" => known.is_sorted(),
                _ => known.is_sorted_by(|one, two| one >= two),
            };
            assert!(sorted, "{sort} {order}: {values:?}");
            assert!(values.iter().skip(known.len()).all(Option::is_none), "{sort} {order}: {values:?}");
        }
    }
    assert_eq!(ids(&site.sessions("").await), ids(&site.sessions("sort=date&order=desc").await), "newest first");
}

#[tokio::test]
async fn filters_choose_and_the_total_follows_them() {
    let site = Site::real().await;
    let all = site.sessions("").await;
    for (query, field, values) in [
        ("source=claude-code", "source", vec!["claude-code"]),
        ("source=Codex-CLI", "source", vec!["codex-cli"]),
        ("source=claude-code,codex-cli", "source", vec!["claude-code", "codex-cli"]),
        ("source=pi", "source", vec!["pi"]),
        ("project=atlas-site", "projectName", vec!["atlas-site"]),
        ("project=atlas-site,ledger_lite.v2", "projectName", vec!["atlas-site", "ledger_lite.v2"]),
        ("project=atlas-site&project=checkout-api", "projectName", vec!["atlas-site", "checkout-api"]),
        ("model=gpt-5.4", "model", vec!["gpt-5.4"]),
    ] {
        let wanted = all.iter().filter(|session| values.iter().any(|value| session[field] == *value)).count();
        assert_eq!(count(&site, query).await, (wanted, json!(wanted)), "{query}");
        assert!(wanted > 0 || query == "source=pi", "{query}");
    }
    assert_eq!(count(&site, "source=claude-code&project=atlas-site").await, (1, json!(1)));
    assert_eq!(count(&site, "q=discount%20fix").await, (2, json!(2)), "a session and its fork");
    assert_eq!(count(&site, "q=zzz").await, (0, json!(0)));
}

#[tokio::test]
async fn a_span_of_time_includes_both_ends() {
    let site = Site::real().await;
    let all = site.sessions("sort=date&order=asc").await;
    let times: Vec<i64> = all.iter().map(|session| session["createdAt"].as_i64().unwrap()).collect();
    let (first, last) = (times[5], times[20]);
    let within = times.iter().filter(|at| (first..=last).contains(at)).count();
    assert_eq!(count(&site, &format!("from={first}&to={last}")).await.0, within);
    assert_eq!(count(&site, &format!("from={}", last + 1)).await.0, times.iter().filter(|at| **at > last).count());
    assert_eq!(count(&site, "from=2026-11-23&to=2026-11-23").await.0, 30);
    assert_eq!(count(&site, "to=2026-11-22").await.0, 0);
    assert_eq!(count(&site, "from=2026-11-24T00:00:00Z").await.0, 0);
    assert_eq!(count(&site, "from=2026-11-23T01:00:00%2B01:00").await.0, 30);
    assert_eq!(count(&site, "from=&to=&q=&source=&range=all").await.0, 30, "an empty field is none");
}

#[tokio::test]
async fn a_value_that_makes_no_sense_is_refused_by_name() {
    let site = Site::real().await;
    for (query, name) in [
        ("limit=many", "limit"),
        ("limit=", "limit"),
        ("limit=1.5", "limit"),
        ("sort=size", "sort"),
        ("order=up", "order"),
        ("cursor=zzz", "cursor"),
        ("cursor=1_2", "cursor"),
        ("from=soon", "from"),
        ("from=2026-13-01", "from"),
        ("to=never", "to"),
        ("to=9223372036854775807", "to"),
        ("range=yesterday", "range"),
        ("range=-3d", "range"),
    ] {
        let answer = site.api(&format!("/api/sessions?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        let body = answer.json();
        assert_eq!(body["error"]["code"], "INVALID_REQUEST", "{query}");
        assert!(body["message"].as_str().unwrap().starts_with(name), "{query}: {body}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
    for query in ["range=today", "range=7d", "range=all", "unknown=1", "sort=cost&order=asc"] {
        assert_eq!(site.api(&format!("/api/sessions?{query}")).await.status, 200, "{query}");
    }
}

#[tokio::test]
async fn an_empty_archive_is_an_empty_list() {
    let page = Site::empty().await.api("/api/sessions").await.json();
    assert_eq!(page, json!({ "sessions": [], "cursor": null, "total": 0 }));
}
