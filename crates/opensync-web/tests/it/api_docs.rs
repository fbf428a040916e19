//! The description of the API, for programs and for people.

use serde_json::Value;

use crate::html::{assert_inert, links, text};
use crate::support::Site;

async fn document(site: &Site) -> Value {
    let answer = site.get("/api/openapi.json").await;
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, "*".to_owned()));
    answer.json()
}

#[tokio::test]
async fn the_server_answers_what_is_described_and_no_other_method() {
    let site = Site::empty().await;
    for (path, item) in document(&site).await["paths"].as_object().unwrap() {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let described = item.get(method.to_lowercase()).is_some();
            let answer = site.admin(method, &path.replace("{id}", "x"), &Value::Null).await;
            assert_eq!(answer.status != 405, described, "{method} {path}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn the_page_lists_every_operation_and_leads_to_its_shapes() {
    let site = Site::empty().await;
    let answer = site.get("/api/docs").await;
    assert_eq!(answer.header("access-control-allow-origin"), "", "it is a page");
    let html = answer.html();
    assert_inert(&html, "the page about the API");
    let words = text(&html);
    for (path, item) in document(&site).await["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let head = format!("{} {path}", method.to_uppercase());
            assert!(words.contains(&head), "{head}: {words}");
            let id = operation["operationId"].as_str().unwrap();
            assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }
    let inner = links(&html).into_iter().filter_map(|(href, _)| href.strip_prefix('#').map(str::to_owned));
    for id in inner {
        assert!(html.contains(&format!("id=\"{id}\"")), "#{id}");
    }
}
