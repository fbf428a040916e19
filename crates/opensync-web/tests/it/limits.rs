//! Requests that come too often.

use std::num::NonZeroU32;

use opensync_core::UserId;
use opensync_store::Scope;
use opensync_web::Limits;

use crate::support::{Answer, Site};

const HERE: &str = "192.0.2.1";

/// A refusal that says how long to wait.
fn limited(answer: &Answer) {
    assert_eq!(answer.status, 429, "{}", answer.text());
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let body = answer.json();
    assert_eq!(body["error"]["code"], "RATE_LIMITED");
    assert_eq!(body["message"], format!("Rate limit exceeded. Retry after {wait} seconds."));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.header("access-control-expose-headers").contains("Retry-After"));
}

#[tokio::test]
async fn who_tries_keys_is_told_less_and_less() {
    let site = Site::empty().await;
    let unknown = |n: u32| format!("osk_{n:032}");
    for n in 0..10 {
        let path = ["/api/sessions", "/api/stats", "/api/export?id=x"][n as usize % 3];
        assert_eq!(site.ask_from(HERE, path, &unknown(n)).await.status, 401, "{n}");
    }
    for path in ["/api/sessions", "/api/export?id=x", "/api/stats"] {
        limited(&site.ask_from(HERE, path, &unknown(10)).await);
    }
    assert_eq!(site.ask_from(HERE, "/api/sessions", &site.key).await.status, 200, "a key opens all the same");
    assert_eq!(site.ask_from("192.0.2.2", "/api/sessions", &unknown(10)).await.status, 401, "another address");
    assert_eq!(site.get("/api/sessions").await.status, 401, "nothing was tried");
    assert_eq!(site.get("/health").await.status, 200);
}

#[tokio::test]
async fn a_key_may_ask_as_often_as_was_set() {
    let site = Site::empty().await.with_limits(Limits::new(NonZeroU32::new(3), None));
    let other = site.store.create_key(&UserId::local(), "other", &[Scope::Read]).await.unwrap().secret;
    for path in ["/api/sessions", "/api/stats", "/api/sessions/x"] {
        assert_ne!(site.api(path).await.status, 429, "{path}");
    }
    for path in ["/api/sessions", "/api/export?id=x"] {
        limited(&site.api(path).await);
    }
    assert_eq!(site.ask_from(HERE, "/api/sessions", &other).await.status, 200, "each key for itself");
    assert_eq!(site.get("/sessions").await.status, 200, "pages have no limit");
}

#[tokio::test]
async fn without_a_setting_nothing_is_limited() {
    let site = Site::empty().await;
    for n in 0..300 {
        assert_eq!(site.api("/api/sessions?limit=1").await.status, 200, "{n}");
    }
}
