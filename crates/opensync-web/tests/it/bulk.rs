//! What is done with many sessions at once, without any script.

use opensync_core::filter::Selection;
use opensync_core::label::LabelChange;
use opensync_core::{SessionId, UserId};

use crate::html::{assert_inert, is_whole, tags, text};
use crate::support::{Answer, FORM, Site};

const PLAIN: &str = "bc44bb71-7c8b-404c-a9b8-68011b04f1cf";
const OTHER: &str = "da087a8b-2922-4f60-a05d-ec99b03dc3fc";

async fn all(site: &Site) -> Vec<SessionId> {
    site.store.session_ids(&UserId::local(), &Selection::default()).await.unwrap()
}

/// The fields of the form whose button says `label`, as a browser sends them.
fn filled(html: &str, label: &str) -> (String, String) {
    let mut found = None;
    let (mut action, mut fields) = (String::new(), Vec::new());
    for (n, tag) in tags(html).iter().enumerate() {
        let get = |name: &str| tag.get(name).unwrap_or_default().to_owned();
        match tag.name.as_str() {
            "form" => (action, fields) = (get("action"), Vec::new()),
            "input" if get("type") != "checkbox" || tag.get("checked").is_some() => {
                fields.push((get("name"), get("value")));
            }
            "button" => {
                let inside = tags(html)[n..]
                    .iter()
                    .take_while(|tag| tag.name != "/button")
                    .map(|tag| tag.text.clone())
                    .collect::<String>();
                if inside.trim() == label {
                    fields.push((get("name"), get("value")));
                    let to = if get("formaction").is_empty() { action.clone() } else { get("formaction") };
                    found = Some((to, fields.clone()));
                }
            }
            _ => {}
        }
    }
    let (to, fields) = found.unwrap_or_else(|| panic!("no button {label}: {}", text(html)));
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    (to, form.finish())
}

/// Presses a button and follows where it leads.
async fn press(site: &Site, html: &str, label: &str) -> Answer {
    let (to, form) = filled(html, label);
    follow(site, site.post(&to, &form).await).await
}

async fn follow(site: &Site, answer: Answer) -> Answer {
    if answer.status != 303 {
        return answer;
    }
    let to = answer.header("location");
    assert!(to.starts_with("/sessions/bulk/"), "{to}");
    site.get(&to).await
}

#[tokio::test]
async fn ticked_sessions_are_deleted_after_a_question() {
    let site = Site::real().await;
    let list = site.get("/sessions?source=claude-code").await.html();
    let boxes = tags(&list).into_iter().filter(|tag| tag.get("name") == Some("id") && tag.get("form") == Some("bulk"));
    let ids: Vec<String> = boxes.map(|tag| tag.get("value").unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 12, "a box in each row");
    let form = format!("list=source%3Dclaude-code&id={}&id={}", ids[0], ids[1]);
    let choice = site.post("/sessions/bulk", &form).await.html();
    assert!(is_whole(&choice) && text(&choice).contains("2 sessions selected"));
    assert_inert(&choice, "the choice");

    let (to, form) = filled(&choice, "Delete…");
    let question = site.post(&to, &form).await.html();
    assert!(text(&question).contains("Delete 2 sessions?") && text(&question).contains("cannot be undone"));
    assert_eq!(all(&site).await.len(), 26, "asking deletes nothing");

    let (to, form) = filled(&question, "Export first");
    let file = site.post(&to, &form).await.json();
    assert!(file["sessions"].as_array().unwrap().len() >= 2);

    let answer = press(&site, &question, "Delete 2 sessions").await.html();
    assert!(text(&answer).contains("deleted"), "{}", text(&answer));
    assert!(answer.contains("href=\"/sessions?source=claude-code\""), "the way back");
    let left = all(&site).await;
    assert!(!left.iter().any(|id| ids[..2].contains(&id.to_string())) && left.len() == 24);
    for id in &ids[..2] {
        assert_eq!(site.get(&format!("/sessions/{id}")).await.status, 404);
    }
}

#[tokio::test]
async fn sub_agents_go_with_their_parents_unless_somebody_keeps_them() {
    let site = Site::real().await;
    let user = UserId::local();
    let everything = site.sessions("").await;
    let agent = everything.iter().find(|session| session["relation"] == "sub-agent").unwrap();
    let (parent, agent) = (agent["parentId"].as_str().unwrap(), agent["id"].as_str().unwrap());
    let question = site.post("/sessions/bulk", &format!("action=delete&id={parent}")).await.html();
    assert!(text(&question).contains("sub-agent"), "{}", text(&question));
    let (to, form) = filled(&question, "Delete this session");
    let id = SessionId::from_stored(agent.to_owned());
    // Unticked.
    follow(&site, site.post(&to, &form.replace("agents=1", "")).await).await.html();
    assert!(site.store.session(&user, &id).await.unwrap().is_some());

    let site = Site::real().await;
    let done = press(&site, &question, "Delete this session").await.html();
    assert!(text(&done).contains("sessions deleted"), "{}", text(&done));
    assert!(site.store.session(&user, &id).await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_deleted_is_what_was_named() {
    let site = Site::real().await;
    let query = "query=source%3Dclaude-code&list=source%3Dclaude-code&action=delete";
    let question = site.post("/sessions/bulk", query).await.html();
    assert!(text(&question).contains("Delete 12 sessions?"));
    let (to, form) = filled(&question, "Delete 12 sessions");
    let one = site.id(PLAIN).await;
    site.store.delete_sessions(&UserId::local(), &[SessionId::from_stored(one)]).await.unwrap();
    let again = site.post(&to, &form).await.html();
    assert!(text(&again).contains("The list changed meanwhile"), "{}", text(&again));
    assert_eq!(all(&site).await.len(), 25, "asked again, nothing deleted");
    press(&site, &again, "Delete 11 sessions").await.html();
    assert!(site.sessions("source=claude-code").await.is_empty());
    assert_eq!(all(&site).await.len(), 14);
}

#[tokio::test]
async fn everything_but_some_is_labelled() {
    let site = Site::real().await;
    let one = site.id(PLAIN).await;
    let answer = site.post("/sessions/bulk", &format!("query=source%3Dclaude-code&except={one}&action=ready")).await;
    let page = follow(&site, answer).await.html();
    assert!(text(&page).contains("11 sessions marked eval-ready"), "{}", text(&page));
    let ready = site.sessions("").await.into_iter().filter(|session| session["evalReady"] == true).count();
    assert_eq!(ready, 11);
    let page = site.get("/sessions?source=claude-code").await.html();
    assert_eq!(page.matches("Marked as ready for evaluations").count(), 11);
}

#[tokio::test]
async fn tags_are_added_and_removed_and_who_cannot_take_one_is_named() {
    let site = Site::real().await;
    let (one, user) = (site.id(PLAIN).await, UserId::local());
    let two = all(&site).await.into_iter().find(|id| id.as_str() != one).unwrap();
    let tags: Vec<String> = (0..32).map(|n| format!("{n:02}")).collect();
    let change = LabelChange { tags: Some(tags), ..LabelChange::default() };
    site.store.label_sessions(&user, std::slice::from_ref(&two), &change).await.unwrap();
    let form = format!("id={one}&id={two}&id=gone&action=tag&tag=+bug%2C+odd+%3Cb%3E%2C");
    let page = follow(&site, site.post("/sessions/bulk", &form).await).await.html();
    assert_inert(&page, "the outcome");
    let said = text(&page);
    assert!(said.contains("1 session tagged “bug”, “odd <b>”") && said.contains("2 sessions stayed"), "{said}");
    assert!(said.contains("A session has at most 32 tags") && said.contains("There is no such session"), "{said}");
    let get = async || site.api(&format!("/api/sessions/{one}")).await.json()["evalTags"].clone();
    assert_eq!(get().await, serde_json::json!(["bug", "odd <b>"]));
    site.post("/sessions/bulk", &format!("id={one}&action=untag&tag=bug")).await;
    assert_eq!(get().await, serde_json::json!(["odd <b>"]));
}

#[tokio::test]
async fn a_request_that_is_not_clear_is_refused() {
    let site = Site::real().await;
    let one = site.id(PLAIN).await;
    for (form, status) in [
        ("", 400),
        ("action=delete", 400),
        ("id=&action=delete", 400),
        ("query=q%3Dzzzz&action=delete", 400),
        ("id=none&action=delete", 404),
        (&*format!("id={one}&action=burn"), 400),
        (&*format!("id={one}&action=tag&tag=+,+"), 400),
        (&*format!("id={one}&action=tag&tag={}", "x".repeat(65)), 400),
        (&*format!("id={}&action=delete", "x".repeat(3_000_000)), 413),
    ] {
        let answer = site.post("/sessions/bulk", form).await;
        assert_eq!(answer.status, status, "{form:.80}");
        assert_inert(&answer.text(), "a refusal");
    }
    let latin = site.send("POST", "/sessions/bulk", &[FORM], "id=%ff%fe&action=ready".to_owned()).await;
    assert_eq!(follow(&site, latin).await.status, 200, "an id that is none fails like any other");
    assert_eq!(site.get("/sessions/bulk/1-1").await.status, 404);
    assert_eq!(site.get("/sessions/bulk").await.header("location"), "/sessions");
    assert_eq!(all(&site).await.len(), 26);
}

#[tokio::test]
async fn another_site_cannot_ask_for_anything() {
    let site = Site::real().await;
    let one = site.id(PLAIN).await;
    let form = format!("id={one}&action=ready&format=json");
    for headers in [
        [FORM, ("sec-fetch-site", "cross-site")],
        [FORM, ("sec-fetch-site", "same-site")],
        [FORM, ("origin", "http://evil.example")],
        [FORM, ("origin", "null")],
    ] {
        for path in ["/sessions/bulk", "/sessions/export"] {
            assert_eq!(site.send("POST", path, &headers, form.clone()).await.status, 403, "{headers:?}");
        }
    }
    assert_eq!(site.api(&format!("/api/sessions/{one}")).await.json()["evalReady"], false);
}

#[tokio::test]
async fn a_dialog_gets_the_same_as_a_part_of_a_page() {
    let site = Site::real().await;
    let one = site.id(PLAIN).await;
    let part = async |form: &str| {
        let headers = [FORM, ("hx-request-type", "partial"), ("hx-target", "dialog#bulk-dialog")];
        site.send("POST", "/sessions/bulk", &headers, form.to_owned()).await
    };
    let question = part(&format!("id={one}&action=delete")).await.html();
    assert!(!is_whole(&question) && question.contains("id=\"bulk-title\""));
    assert_eq!(
        part(&format!("query=source%3Dclaude-code&except={one}&action=sum")).await.text().matches("tokens · ").count(),
        1
    );
    let (_, form) = filled(&question, "Delete this session");
    let done = part(&form).await.html();
    assert!(done.contains("data-finished") && done.contains("data-failed=\"0\"") && done.contains("data-deleted"));
    assert!(part("action=delete").await.text().contains("No session is selected"));
}

#[tokio::test]
async fn open_lists_hear_which_rows_are_gone() {
    let site = Site::real().await;
    let (one, two) = (site.id(PLAIN).await, site.id(OTHER).await);
    site.store.delete_sessions(&UserId::local(), &[SessionId::from_stored(one.clone())]).await.unwrap();
    let rows = site.get(&format!("/sessions/rows?ids={one},{two},")).await.json();
    assert_eq!(rows["gone"], serde_json::json!([one]));
    assert!(rows["rows"].as_str().unwrap().contains(&two));
    // A row that other filters would hide is not gone.
    let rows = site.get(&format!("/sessions/rows?source=pi&ids={two}")).await.json();
    assert_eq!((&rows["gone"], &rows["rows"]), (&serde_json::json!([]), &rows["rows"]));
}
