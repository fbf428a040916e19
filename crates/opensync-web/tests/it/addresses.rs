//! Addresses of the API as plugins spell them, and who may read what answers.

use serde_json::json;

use crate::support::Site;

const ANY: [(&str, &str); 2] = [("origin", "https://dashboard.example"), ("access-control-request-method", "POST")];

#[tokio::test]
async fn a_plugin_may_spell_an_address_of_the_api_in_its_own_way() {
    let site = Site::real().await;
    for path in
        ["//health", "/convex.site/health", "/.convex.site//health", "/.convex.cloud/health", "/a.convex.site/health"]
    {
        assert_eq!(site.get(path).await.json()["status"], json!("ok"), "{path}");
    }
    let all = site.api("/api/sessions?limit=3").await.json();
    assert_eq!(site.api("//api//sessions?limit=3").await.json(), all);
    assert_eq!(site.api("/convex.site/api/sessions?limit=3").await.json(), all);
    for path in ["/convex.site/api/nothing", "//sync/nothing", "/.convex.site/sync"] {
        assert_eq!(site.api(path).await.json()["error"]["code"], "NOT_FOUND", "{path}");
    }
}

#[tokio::test]
async fn pages_have_one_address_only() {
    let site = Site::real().await;
    for path in ["//sessions", "/convex.site/sessions", "/convex.site/", "/.convex.site//s/x"] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
    }
}

#[tokio::test]
async fn asking_for_the_head_answers_the_same_without_a_body() {
    let site = Site::real().await;
    let authorization = format!("Bearer {}", site.key);
    for path in ["/health", "//health", "/api/sessions", "/api/stats", "/api/nothing"] {
        let headers = [("authorization", authorization.as_str())];
        let (get, head) = (site.ask("GET", path, &headers).await, site.ask("HEAD", path, &headers).await);
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        for name in ["content-type", "content-length", "access-control-allow-origin"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
}

#[tokio::test]
async fn a_browser_may_ask_every_address_of_the_api_first() {
    let site = Site::empty().await;
    for path in [
        "/health",
        "/health/x",
        "/api",
        "/api/sessions",
        "/api/sessions/x",
        "/api/export",
        "/api/nothing/at/all",
        "/sync",
        "/sync/session",
        "/sync/sessions/list",
        "//sync//batch",
        "/.convex.site/sync/message",
        "/search",
        "/search/x",
    ] {
        let answer = site.ask("OPTIONS", path, &ANY).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0), "{path}");
        for (name, value) in [
            ("access-control-allow-origin", "*"),
            ("access-control-allow-methods", "GET, POST, PATCH, DELETE, OPTIONS"),
            ("access-control-allow-headers", "Authorization, Content-Type"),
            ("access-control-max-age", "86400"),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {path}");
        }
    }
    for path in ["/sessions", "/settings", "/nowhere"] {
        let answer = site.ask("OPTIONS", path, &ANY).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}

#[tokio::test]
async fn every_answer_of_the_api_may_be_read_from_any_origin() {
    let site = Site::real().await;
    let paths =
        ["/api/export?format=openai", "/api/export/evals", "/api/sessions", "/api/sessions/x", "/sync/x", "/search/x"];
    for path in paths {
        for answer in [site.api(path).await, site.get(path).await, site.ask("PUT", path, &[]).await] {
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
            let exposed = answer.header("access-control-expose-headers");
            assert_eq!(exposed, "Content-Disposition, Retry-After, X-Export-Sessions, X-Export-TestCases", "{path}");
        }
    }
    let stranger = site.ask("GET", "/api/sessions", &[("host", "evil.example")]).await;
    assert_eq!((stranger.status.as_u16(), stranger.header("access-control-allow-origin")), (421, "*".to_owned()));
}
