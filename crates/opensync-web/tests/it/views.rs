//! Saved views, from the form to the list and back.

use opensync_core::UserId;

use crate::html::{assert_inert, is_whole, links, tags, text};
use crate::support::{Answer, Site};

/// Sends a form.
async fn send(site: &Site, path: &str, fields: &[(&str, &str)]) -> Answer {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    site.send_form(path, &form.finish(), &[("sec-fetch-site", "same-origin")]).await
}

async fn names(site: &Site) -> Vec<String> {
    let views = site.store.saved_views(&UserId::local()).await.unwrap();
    views.into_iter().map(|view| view.name.as_str().to_owned()).collect()
}

/// The value of a field of the page.
fn field(html: &str, name: &str) -> Vec<String> {
    let fields = tags(html).into_iter().filter(|tag| tag.name == "input" && tag.get("name") == Some(name));
    fields.map(|tag| tag.get("value").unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_list_gets_a_name_and_is_a_link_from_then_on() {
    let site = Site::real().await;
    let html = site.get("/sessions?source=codex-cli&sort=cost").await.html();
    assert_eq!(field(&html, "query"), ["source=codex-cli&sort=cost"]);
    // What the form holds is read like an address: its place in the list and what nobody knows go.
    let query = "source=Codex-CLI&sort=cost&cursor=1_1_1&nonsense=1";
    let answer = send(&site, "/views", &[("name", "  By   cost "), ("query", query)]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location").as_str()),
        (303, "/sessions?source=codex-cli&sort=cost")
    );
    let html = site.get("/sessions?source=codex-cli&sort=cost").await.html();
    assert!(text(&html).contains("View: By cost"), "the current one is named");
    assert_eq!(field(&html, "query"), [""; 0], "and not offered to be saved again");
    let html = site.get("/sessions").await.html();
    assert!(links(&html).contains(&("/sessions?source=codex-cli&sort=cost".to_owned(), "By cost".to_owned())));
}

#[tokio::test]
async fn what_cannot_be_saved_comes_back_as_it_was_typed() {
    let site = Site::real().await;
    let save = [("name", "Mine"), ("query", "q=a")];
    send(&site, "/views", &save).await;
    let long = "n".repeat(81);
    let filters = format!("q={}", "a".repeat(4000));
    for (name, query, complaint) in [
        (" ", "q=b", "Give the view a name."),
        (long.as_str(), "q=b", "at most 80 characters"),
        ("Mine ", "q=b", "There is a view of this name already."),
        ("Big", filters.as_str(), "too long to be kept"),
    ] {
        let fields = [("name", name), ("query", query)];
        let page = send(&site, "/views", &fields).await;
        assert_eq!(page.status, 422, "{name}");
        let html = page.text();
        assert!(is_whole(&html) && text(&html).contains(complaint), "{name}: {html}");
        assert_eq!(field(&html, "name")[0], name);
        assert_eq!(field(&html, "query"), [query]);
        assert_inert(&html, name);
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let headers = [("hx-request-type", "partial"), ("hx-target", "div#results")];
        let part = site.send_form("/views", &form.finish(), &headers).await;
        assert_eq!(part.status, 422, "{name}");
        assert!(part.text().trim_start().starts_with("<form") && text(&part.text()).contains(complaint), "{name}");
    }
    assert_eq!(names(&site).await, ["Mine"]);
    let views = async || site.store.saved_views(&UserId::local()).await.unwrap();
    assert_eq!(views().await[0].query, "q=a");
    let answer = send(&site, "/views", &[("name", "Mine"), ("query", "q=b"), ("replace", "1")]).await;
    assert_eq!(answer.header("location"), "/sessions?q=b");
    assert_eq!(views().await[0].query, "q=b");
}

#[tokio::test]
async fn a_view_gets_another_name() {
    let site = Site::real().await;
    for name in ["One", "Two"] {
        send(&site, "/views", &[("name", name), ("query", "q=a")]).await;
    }
    for (typed, complaint) in [("Two", "Another view has this name."), ("", "Give the view a name.")] {
        let answer = send(&site, "/views/rename", &[("view", "One"), ("name", typed)]).await;
        assert_eq!(answer.status, 422);
        assert!(text(&answer.text()).contains(complaint));
        assert!(field(&answer.text(), "name").contains(&typed.to_owned()));
    }
    let answer = send(&site, "/views/rename", &[("view", "One"), ("name", "Three")]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location").as_str()), (303, "/views"));
    assert_eq!(names(&site).await, ["Three", "Two"]);
    for gone in ["Gone", ""] {
        assert_eq!(send(&site, "/views/rename", &[("view", gone), ("name", "x")]).await.status, 303);
    }
}

#[tokio::test]
async fn a_deleted_view_can_be_brought_back() {
    let site = Site::real().await;
    let name = "<b>&\"'é=?#";
    send(&site, "/views", &[("name", name), ("query", "source=pi&min_cost=1")]).await;
    let html = site.get("/views").await.html();
    assert!(text(&html).contains("Source Pi") && text(&html).contains("at least $1"));
    assert_inert(&html, "the views");
    let answer = send(&site, "/views/delete", &[("view", name)]).await;
    assert_eq!(names(&site).await, [""; 0]);
    let html = site.get(&answer.header("location")).await.html();
    assert!(text(&html).contains("was deleted"));
    assert_inert(&html, "a deleted view");
    let undo = [("name", &*field(&html, "name")[0]), ("query", &*field(&html, "query")[0]), ("back", "views")];
    let back = send(&site, "/views", &undo).await;
    assert_eq!(back.header("location"), "/views");
    assert_eq!(names(&site).await, [name]);
    assert!(!text(&site.get(&answer.header("location")).await.html()).contains("was deleted"), "it is there again");
    assert_eq!(send(&site, "/views/delete", &[("view", "gone")]).await.header("location"), "/views");
}

#[tokio::test]
async fn only_pages_of_this_server_change_views() {
    let site = Site::real().await;
    for path in ["/views", "/views/rename", "/views/delete"] {
        let answer = site.send_form(path, "name=a&query=", &[("sec-fetch-site", "cross-site")]).await;
        assert_eq!(answer.status, 403, "{path}");
    }
    assert_eq!(names(&site).await, [""; 0]);
}
