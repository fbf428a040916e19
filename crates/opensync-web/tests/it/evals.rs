//! The page of evals.

use opensync_core::label::LabelChange;
use opensync_core::{SessionId, UserId};

use crate::html::{is_whole, links, text};
use crate::support::Site;

async fn ready(site: &Site, count: usize) -> Vec<String> {
    let ids: Vec<String> =
        site.sessions("").await.iter().take(count).map(|session| session["id"].as_str().unwrap().to_owned()).collect();
    let change = LabelChange { ready: Some(true), ..LabelChange::default() };
    let named: Vec<SessionId> = ids.iter().map(|id| SessionId::from_stored(id.clone())).collect();
    site.store.label_sessions(&UserId::local(), &named, &change).await.unwrap();
    ids
}

#[tokio::test]
async fn it_says_how_a_session_gets_there() {
    let site = Site::real().await;
    let html = site.get("/evals").await.html();
    assert!(is_whole(&html) && text(&html).contains("No session is ready for evals yet"));
}

#[tokio::test]
async fn ready_sessions_are_listed_filtered_and_judged_together() {
    let site = Site::real().await;
    let ids = ready(&site, 3).await;
    let page = text(&site.get("/evals").await.html());
    assert!(page.contains("3 eval-ready sessions") && page.contains("Showing 3 of 3"), "{page}");
    let form = format!("query=&id={}&id={}&set=golden", ids[0], ids[1]);
    let answer = site.post("/evals", &form).await;
    assert_eq!((answer.status.as_u16(), answer.header("location").as_str()), (303, "/evals?changed=2"));
    let page = text(&site.get("/evals?changed=2").await.html());
    assert!(page.contains("2 sessions changed."), "{page}");
    let page = text(&site.get("/evals?eval=golden").await.html());
    assert!(page.contains("Showing 2 of 2") && page.contains("3 eval-ready sessions"), "{page}");
    // All that the filters match, beyond what is ticked.
    let answer = site.post("/evals", "query=eval%3Dgolden&every=1&set=remove").await;
    assert_eq!(answer.header("location"), "/evals?eval=golden&changed=2");
    let page = text(&site.get("/evals").await.html());
    assert!(page.contains("1 eval-ready session") && page.contains("Showing 1 of 1"), "{page}");
    for bad in ["query=&set=golden", "query=&id=x&set=splendid"] {
        assert_eq!(site.post("/evals", bad).await.status, 400);
    }
}

#[tokio::test]
async fn a_row_opens_its_labels_beside_the_list() {
    let site = Site::real().await;
    let ids = ready(&site, 2).await;
    let address = format!("/evals?session={}", ids[1]);
    let html = site.get("/evals").await.html();
    assert!(links(&html).iter().any(|(href, _)| *href == address));
    let panel = site.fragment(&address, "aside#eval-panel").await.text();
    assert!(panel.trim_start().starts_with("<aside") && panel.contains(&format!("/sessions/{}/labels", ids[1])));
    assert!(panel.contains(&format!("value=\"/evals?session={}\"", ids[1])), "{panel}");
    let labels = format!("/sessions/{}/labels", ids[1]);
    let answer = site.post(&labels, &format!("ready=1&status=correct&back=/evals?session={}", ids[1])).await;
    assert_eq!(answer.header("location"), address);
    let elsewhere = site.post(&labels, "ready=1&back=//evil.example").await;
    assert_eq!(elsewhere.header("location"), format!("/sessions/{}#labels", ids[1]));
    let export = links(&html).into_iter().find(|(_, name)| name.contains("Export test cases")).unwrap().0;
    assert!(export.starts_with("/sessions/export/new?all=1&eval=ready"), "{export}");
    let page = text(&site.get(&export).await.html());
    assert!(page.contains("from 2 sessions"), "{page}");
}
