//! The palette: the page and the part of it that the dialog shows.

use opensync_core::UserId;
use opensync_store::ViewName;

use crate::html::{addresses, assert_inert, is_whole, links, tags, text};
use crate::support::Site;

async fn found(site: &Site, query: &str) -> String {
    site.fragment(&format!("/palette?{query}"), "div#palette-found").await.html()
}

#[tokio::test]
async fn the_page_works_as_a_form_with_links() {
    let site = Site::real().await;
    let html = site.get("/palette").await.html();
    assert!(is_whole(&html));
    assert_inert(&html, "the palette");
    let shown = text(&html);
    for name in ["Newest sessions", "Go to settings", "Import now"] {
        assert!(shown.contains(name), "{name}");
    }
    assert!(tags(&html).iter().any(|tag| tag.name == "form" && tag.get("action") == Some("/import")));
    let html = site.get("/palette?q=disc+test&list=source%3Dcodex-cli").await.html();
    assert!(tags(&html).iter().any(|tag| tag.name == "mark"), "words are marked");
    assert!(links(&html).iter().any(|(href, _)| href.starts_with("/sessions/") && href.ends_with("?source=codex-cli")));
    for address in addresses(&html) {
        let status = site.get(&address).await.status;
        assert!(status.is_success() || status == 303, "{address}: {status}");
    }
}

#[tokio::test]
async fn the_dialog_gets_options_of_sessions_views_projects_and_commands() {
    let site = Site::real().await;
    let name = ViewName::parse("Atlas, costly").unwrap();
    site.store.save_view(&UserId::local(), &name, "project=atlas-site&min_cost=1", false).await.unwrap();
    let html = found(&site, "q=atlas").await;
    assert!(!is_whole(&html));
    let groups: Vec<_> = (tags(&html).into_iter())
        .filter(|tag| tag.get("role") == Some("group"))
        .map(|tag| tag.get("aria-label").unwrap().to_owned())
        .collect();
    assert_eq!(groups[..2], ["Saved views", "Projects"]);
    assert!(html.contains("href=\"/sessions?project=atlas-site&#38;min_cost=1\""), "{html}");
    assert!(html.contains("href=\"/sessions?project=atlas-site\""), "{html}");
    let html = found(&site, "q=source%3Acodex").await;
    assert!(html.contains("Show all ") && html.contains("href=\"/sessions?source=codex-cli\""), "{html}");
    assert!(!html.contains("Commands"));
}

#[tokio::test]
async fn whatever_is_typed_is_answered() {
    let site = Site::real().await;
    for typed in
        ["zzzz", "%22", "cost%3A", "%00", "-a", "%3Cscript%3E", "%E2%80%AE", &"a+".repeat(3000), "tag%3A%22%27"]
    {
        let html = found(&site, &format!("q={typed}")).await;
        assert!(!html.contains("<script"), "{typed}");
    }
    assert!(text(&found(&site, "q=zzzz").await).contains("Nothing matches “zzzz”."));
    assert!(text(&found(&site, "q=cost%3Ax").await).contains("not a number"));
}
