//! Searching and contexts of the JSON API.

use serde_json::{Value, json};

use crate::support::{Site, assistant, lines, user};

async fn results(site: &Site, query: &str) -> Vec<Value> {
    let answer = site.api(&format!("/api/search?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()["results"].as_array().unwrap().clone()
}

fn answer(n: usize, text: &str) -> Value {
    assistant(n, &json!([{"type": "text", "text": text}]))
}

#[tokio::test]
async fn the_same_is_found_whatever_the_way_of_asking() {
    let site = Site::real().await;
    let key = format!("Bearer {}", site.key);
    let found = site.api("/api/search?q=discount+fix").await.json();
    assert_eq!(found["results"].as_array().unwrap().len(), 2, "a session and its fork");
    for path in ["/search?q=discount+fix", "/api/search?query=discount%20fix&type=fulltext&limit=20"] {
        assert_eq!(site.api(path).await.json(), found, "{path}");
    }
    for body in [json!({"query": "discount fix"}), json!({"q": "discount fix", "type": "fulltext", "limit": 20})] {
        for path in ["/search", "/api/search", "//search", "/convex.site/api/search"] {
            let answer = site.send("POST", path, &[("authorization", &key)], body.to_string()).await;
            assert_eq!(answer.json(), found, "{path} {body}");
        }
    }
    assert_eq!(site.get("/search?q=discount").await.status, 401);
    assert_eq!(site.send("POST", "/search", &[], "{}".to_owned()).await.status, 401);
}

#[tokio::test]
async fn a_result_is_the_session_and_how_it_was_found() {
    let site = Site::real().await;
    let listed = site.sessions("q=discount+fix").await;
    for result in results(&site, "q=discount+fix").await {
        let session = listed.iter().find(|session| session["id"] == result["id"]).unwrap();
        for (field, value) in session.as_object().unwrap() {
            if field != "matchCount" {
                assert_eq!(&result[field], value, "{field}");
            }
        }
        assert_eq!((&result["sessionId"], &result["_id"]), (&result["id"], &result["id"]));
        assert_eq!(result["matchedIn"], json!(["fulltext"]));
        let score = result["score"].as_f64().unwrap();
        assert!(score > 0.0 && score <= 1.0, "{score}");
        assert!(result["snippet"].as_str().unwrap().to_lowercase().contains("discount"), "{result}");
    }
}

#[tokio::test]
async fn titles_come_first_and_what_is_not_there_is_said() {
    let site = Site::of(&[
        ("S1.jsonl", lines(&[user(0, "Look around"), answer(1, "The parser is in src")])),
        ("S2.jsonl", lines(&[user(0, "Fix the parser").clone(), answer(1, "Done")])),
    ])
    .await;
    let found = results(&site, "q=parser").await;
    let titles: Vec<&Value> = found.iter().map(|result| &result["title"]).collect();
    assert_eq!(titles, ["Fix the parser", "Look around"]);
    assert!(found[0]["score"].as_f64() > found[1]["score"].as_f64());
    for kind in ["semantic", "hybrid"] {
        let answer = site.api(&format!("/api/search?q=parser&type={kind}")).await.json();
        assert_eq!(answer, json!({ "results": found, "degraded": true }));
    }
    for kind in ["fulltext", "magic", ""] {
        assert_eq!(site.api(&format!("/api/search?q=parser&type={kind}")).await.json(), json!({ "results": found }));
    }
    assert_eq!(results(&site, "q=parser&limit=1").await, found[..1]);
    assert_eq!(results(&site, "q=parser&limit=-7").await, found[..1], "held within its bounds");
    assert_eq!(results(&site, "q=parser&limit=100000").await.len(), 2);
    assert_eq!(results(&site, "q=parser+-around").await.len(), 1, "the language of the list");
    assert_eq!(results(&site, "q=source:claude").await.len(), 2);
    for nothing in ["q=!!!", "q=zzz", "q=source:pi"] {
        assert_eq!(results(&site, nothing).await, [] as [Value; 0], "{nothing}");
    }
}

#[tokio::test]
async fn a_search_that_makes_no_sense_is_refused() {
    let site = Site::empty().await;
    let key = format!("Bearer {}", site.key);
    for query in ["", "q=", "q=%20", "q=x&limit=many", "q=x&limit=1.5"] {
        for path in ["/api/search", "/search", "/api/context"] {
            let answer = site.api(&format!("{path}?{query}")).await;
            assert_eq!(answer.status, 400, "{path} {query}");
            assert_eq!(answer.json()["error"]["code"], "INVALID_REQUEST");
        }
    }
    assert_eq!(site.api("/api/search").await.json()["message"], "Missing query parameter 'q'");
    for body in
        ["", "[]", "{}", "\"x\"", r#"{"query":7}"#, r#"{"query":"x","limit":"y"}"#, r#"{"query":"x","type":[]}"#]
    {
        let answer = site.send("POST", "/search", &[("authorization", &key)], body.to_owned()).await;
        assert_eq!(answer.status, 400, "{body}");
    }
}

#[tokio::test]
async fn a_context_holds_the_messages_around_the_words() {
    let far = "filler ".repeat(2_000);
    let site = Site::of(&[(
        "S1.jsonl",
        lines(&[
            user(0, "Why is it slow?"),
            answer(1, &format!("{far} the tokenizer allocates {far}")),
            user(2, "Go on"),
        ]),
    )])
    .await;
    let answer = site.api("/api/context?q=tokenizer+allocates").await.json();
    assert_eq!(answer["sessionCount"], 1);
    let item = &answer["context"][0];
    let id = site.id("S1").await;
    assert_eq!((&item["sessionId"], &item["title"]), (&json!(id), &json!("Why is it slow?")));
    assert!(item["score"].as_f64() > Some(0.0));
    let content = item["content"].as_str().unwrap();
    assert!(content.starts_with("[USER]\nWhy is it slow?\n\n[ASSISTANT]\n…"), "{content}");
    assert!(content.contains("the tokenizer allocates") && content.ends_with("[USER]\nGo on"), "{content}");
    assert!(content.len() < 2_500, "{}", content.len());
    let text = answer["text"].as_str().unwrap();
    let head = "Relevant coding sessions for: \"tokenizer allocates\"\n\n--- Session: Why is it slow? ---\nProject: \
                /home/ana/shop\nModel: claude-sonnet-4-6\n\n[USER]\nWhy is it slow?\n\n[ASSISTANT]\n…";
    assert!(text.starts_with(head) && text.ends_with("[USER]\nGo on\n\n\n"), "{text}");
    assert_eq!(answer.get("messages"), None);
    let answer = site.api("/api/context?q=tokenizer&format=messages").await.json();
    let messages = answer["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 3);
    let metadata = json!({ "sessionId": id, "sessionTitle": "Why is it slow?" });
    assert_eq!(messages[2], json!({ "role": "user", "content": "Go on", "metadata": metadata }));
    let answer = site.api("/api/context?q=zzz").await.json();
    let text = "Relevant coding sessions for: \"zzz\"\n\n";
    assert_eq!(answer, json!({ "context": [], "text": text, "sessionCount": 0 }));
}

#[tokio::test]
async fn a_context_is_as_long_as_there_is_room_and_as_many_sessions_as_asked() {
    let site = Site::real().await;
    let many = site.api("/api/context?q=the&limit=4").await.json();
    assert_eq!(many["sessionCount"], 4);
    let length = |answer: &Value| -> usize {
        let items = answer["context"].as_array().unwrap().iter();
        items.map(|item| item["content"].as_str().unwrap().chars().count()).sum()
    };
    assert!(length(&many) > 1_000);
    let little = site.api("/api/context?q=the&limit=4&max_tokens=50").await.json();
    assert!((1..4).contains(&little["sessionCount"].as_u64().unwrap()), "{little}");
    assert!(length(&little) < 300, "{little}");
    assert_eq!(little["context"][0]["sessionId"], many["context"][0]["sessionId"]);
}
