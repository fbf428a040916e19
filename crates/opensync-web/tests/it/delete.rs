//! Deleting one session, taking it back, and letting it come back.

use opensync_core::UserId;
use serde_json::json;

use crate::support::{FORM, Site, assistant, lines, user};

async fn site() -> (Site, String) {
    let records = [user(0, "Sort the <b>list</b>"), assistant(1, &json!([{ "type": "text", "text": "Done." }]))];
    let site = Site::of(&[("s1.jsonl", lines(&records))]).await;
    let id = site.id("s1").await;
    (site, id)
}

#[tokio::test]
async fn a_session_is_deleted_after_a_question() {
    let (site, id) = site().await;
    let page = site.get(&format!("/sessions/{id}/delete")).await.html();
    for part in ["Delete this session?", "Sort the", "cannot be undone", "Keep session", "/sessions/export/new?ids="] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<b>list"));
    let dialog = site.fragment(&format!("/sessions/{id}/delete"), "dialog").await.html();
    assert!(!dialog.contains("<html") && dialog.contains("autofocus"));
    assert_eq!(site.get("/sessions/nothing/delete").await.status, 404);

    let answer = site.post(&format!("/sessions/{id}/delete"), "").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/sessions".to_owned()));
    assert_eq!(site.get(&format!("/sessions/{id}")).await.status, 404);
    assert_eq!(site.post(&format!("/sessions/{id}/delete"), "").await.status, 404);
    assert_eq!(site.sessions("").await.len(), 0);
}

#[tokio::test]
async fn a_deletion_is_taken_back() {
    let (site, id) = site().await;
    site.post(&format!("/sessions/{id}/delete"), "").await;
    // The list says so, also when nothing else is in it.
    let list = site.get("/sessions").await.html();
    assert!(list.contains("Deleted “Sort the &#60;b&#62;list&#60;/b&#62;”"), "{list}");
    let due = list.split("name=\"due\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let answer = site.post("/sessions/undelete", &format!("due={due}")).await;
    assert_eq!(answer.header("location"), format!("/sessions/{id}"));
    assert!(site.get(&format!("/sessions/{id}")).await.html().contains("Done."));
    assert!(!site.get("/sessions").await.html().contains("name=\"due\""));
    // Once more, by a script.
    let headers = [FORM, ("hx-request-type", "partial"), ("hx-target", "undo")];
    let notice = site.send("POST", &format!("/sessions/{id}/delete"), &headers, String::new()).await.html();
    assert!(notice.contains("data-left=") && notice.contains("Undo"));
    assert_eq!(site.fragment("/sessions/undo", "undo").await.html().matches("<form").count(), 1);
    site.store.finish_deletions(i64::MAX).await.unwrap();
    let late = site.send("POST", "/sessions/undelete", &headers, format!("due={due}")).await;
    assert_eq!(late.text(), "It is deleted for good already");
    assert_eq!(site.fragment("/sessions/undo", "undo").await.text().trim(), "");
}

#[tokio::test]
async fn a_deleted_session_comes_back_when_it_may() {
    let (site, id) = site().await;
    assert!(site.get("/settings").await.html().contains("<h3>None</h3>"));
    site.post(&format!("/sessions/{id}/delete"), "").await;
    site.store.finish_deletions(i64::MAX).await.unwrap();
    site.import().await;
    assert_eq!(site.sessions("").await.len(), 0);
    let settings = site.get("/settings").await.html();
    assert!(settings.contains("Allow s1 again") && settings.contains("1 session"));
    let answer = site.post("/settings/deleted/allow", "source=claude-code&id=s1").await;
    assert_eq!(answer.header("location"), "/settings?allowed=1#deleted");
    assert!(site.get("/settings?allowed=1").await.html().contains("may come back"));
    site.import().await;
    assert_eq!(site.sessions("").await.len(), 1);

    site.post(&format!("/sessions/{id}/delete"), "").await;
    site.store.finish_deletions(i64::MAX).await.unwrap();
    let asked = site.get("/settings?allow=all").await.html();
    assert!(asked.contains("action=\"/settings/deleted/allow-all\""));
    site.post("/settings/deleted/allow-all", "").await;
    assert_eq!(site.store.tombstones(&UserId::local(), 0, 9).await.unwrap().total, 0);
    site.import().await;
    assert_eq!(site.sessions("").await.len(), 1);
}

#[tokio::test]
async fn sub_agents_go_with_their_parent_when_asked() {
    let site = Site::real().await;
    let all = site.sessions("").await;
    let parent = all.iter().find(|session| session["subAgents"].as_u64().unwrap_or(0) > 0);
    let Some(parent) = parent.and_then(|session| session["id"].as_str()).map(str::to_owned) else { return };
    let page = site.get(&format!("/sessions/{parent}/delete")).await.html();
    assert!(page.contains("name=\"agents\" value=\"1\" checked"));
    site.post(&format!("/sessions/{parent}/delete"), "agents=1").await;
    let left = site.sessions("").await.len();
    assert!(left + 1 < all.len(), "{left} of {}", all.len());
}
