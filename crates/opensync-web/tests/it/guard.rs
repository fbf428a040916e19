//! Whom the server answers, and what it tells browsers to refuse.

use crate::support::Site;

const PATHS: [&str; 5] = ["/sessions", "/health", "/api/sessions", "/assets/app.css", "/nowhere"];

#[tokio::test]
async fn a_name_that_is_not_ours_is_refused_everywhere() {
    let site = Site::real().await;
    for path in PATHS {
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io:6796", "10.0.0.7:6796", ""] {
            let answer = site.ask("GET", path, &[("host", host)]).await;
            assert_eq!(answer.status, 421, "{path} for {host}");
            assert!(!answer.text().contains("checkout-api"), "nothing of the archive");
        }
    }
    let rebound = [("host", "evil.example"), ("origin", "http://evil.example"), ("authorization", "Bearer x")];
    assert_eq!(site.ask("OPTIONS", "/api/sessions", &rebound).await.status, 421);
}

#[tokio::test]
async fn loopback_and_the_names_it_was_given_are_answered() {
    let site = Site::real().await;
    for host in ["localhost:6796", "LOCALHOST", "127.0.0.1:1", "[::1]:6796", "sessions.example", "Sessions.Example:80"]
    {
        assert_eq!(site.ask("GET", "/sessions", &[("host", host)]).await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn pages_tell_the_browser_to_run_nothing_of_others() {
    let site = Site::real().await;
    let session = format!("/sessions/{}", site.id("bc44bb71-7c8b-404c-a9b8-68011b04f1cf").await);
    for path in ["/sessions", "/sessions?q=zzz", &session, "/nowhere", "/import/progress"] {
        let answer = site.get(path).await;
        let policy = answer.header("content-security-policy");
        for rule in ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(rule), "{rule} for {path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "no other site may read {path}");
    }
}

#[tokio::test]
async fn nothing_between_keeps_a_page_or_mixes_it_up_with_its_part() {
    let site = Site::real().await;
    for answer in [site.get("/sessions").await, site.fragment("/sessions", "div#results").await] {
        assert_eq!(answer.header("cache-control"), "no-store");
        let vary = answer.header("vary").to_lowercase();
        for name in ["hx-request", "hx-request-type", "hx-target"] {
            assert!(vary.split(',').any(|part| part.trim() == name), "{name}: {vary}");
        }
    }
}

#[tokio::test]
async fn long_pages_are_compressed_for_who_takes_it_and_images_are_not() {
    let site = Site::real().await;
    let packed = site.ask("GET", "/sessions", &[("accept-encoding", "gzip")]).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.header("vary").to_lowercase().contains("accept-encoding"));
    assert_eq!(site.get("/sessions").await.header("content-encoding"), "");
}

#[tokio::test]
async fn assets_are_kept_for_good_and_unknown_ones_are_not_found() {
    let site = Site::real().await;
    let page = site.get("/sessions").await.html();
    let assets: Vec<_> =
        crate::html::addresses(&page).into_iter().filter(|path| path.starts_with("/assets/")).collect();
    assert!(assets.len() >= 3, "{assets:?}");
    for path in assets {
        for encoding in ["identity", "gzip"] {
            let answer = site.ask("GET", &path, &[("accept-encoding", encoding)]).await;
            assert_eq!(answer.status, 200, "{path}");
            assert!(answer.header("cache-control").contains("immutable"), "{path}");
            assert_eq!(answer.header("content-encoding"), if encoding == "gzip" { "gzip" } else { "" });
            assert!(!answer.body.is_empty());
        }
    }
    for path in ["/assets/nothing.js", "/assets/..%2f..%2fCargo.toml"] {
        assert_eq!(site.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn what_a_browser_says_about_its_viewer_is_taken_with_care() {
    let site = Site::real().await;
    let dark = site.ask("GET", "/sessions", &[("cookie", "a=b; theme=dark; tz=Asia%2FTokyo")]).await.html();
    assert!(dark.contains("data-theme=\"dark\""));
    let odd = "theme=\"><script>; tz=../../../etc/passwd; density=<x>; broken";
    let page = site.ask("GET", "/sessions", &[("cookie", odd)]).await.html();
    crate::html::assert_inert(&page, "a page for odd cookies");
    assert!(!page.contains("data-theme="));
}
