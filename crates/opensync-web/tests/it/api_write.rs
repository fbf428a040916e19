//! The JSON API that changes things: who may, what is refused, and what is left as it was.

use opensync_core::import::ImportedSession;
use opensync_core::{SessionId, UserId};
use opensync_store::{FileRead, Fingerprint, Scope};
use serde_json::{Value, json};

use crate::support::Site;

const PLAIN: &str = "bc44bb71-7c8b-404c-a9b8-68011b04f1cf";

/// Adds a session of somebody else; answers its id.
async fn of_someone_else(site: &Site) -> String {
    let other = UserId::from_stored("someone-else".to_owned());
    let session = ImportedSession { external_id: "theirs".to_owned(), ..ImportedSession::default() };
    let file = FileRead {
        source: "tool".to_owned(),
        path: "/theirs".to_owned(),
        fingerprint: Fingerprint::default(),
        machine: None,
        sessions: vec![(session, Vec::new())],
        slices: Vec::new(),
        unchanged: 0,
        problems: Vec::new(),
    };
    site.store.write(&other, vec![file]).await.unwrap();
    let id = SessionId::derive(&other, "tool", "theirs");
    assert!(site.store.session(&other, &id).await.unwrap().is_some());
    id.to_string()
}

async fn exists(site: &Site, id: &str) -> bool {
    site.store.session(&UserId::local(), &SessionId::from_stored(id.to_owned())).await.unwrap().is_some()
}

#[tokio::test]
async fn only_a_key_that_may_change_changes() {
    let site = Site::real().await;
    let id = site.id(PLAIN).await;
    let local = UserId::local();
    let mut scopes = vec![("none", None, 401)];
    for (name, scope, status) in [("read", vec![Scope::Read], 403), ("sync", vec![Scope::Sync, Scope::Read], 403)] {
        scopes.push((name, Some(site.store.create_key(&local, name, &scope).await.unwrap().secret), status));
    }
    for (name, key, status) in scopes {
        let bearer = format!("Bearer {}", key.unwrap_or_default());
        for (method, path) in [
            ("DELETE", format!("/api/sessions/{id}")),
            ("PATCH", format!("/api/sessions/{id}")),
            ("POST", "/api/sessions/bulk".to_owned()),
        ] {
            let body = json!({ "ids": [id], "action": "delete" }).to_string();
            let answer = site.send(method, &path, &[("authorization", &bearer)], body).await;
            assert_eq!(answer.status, status, "{name} {method}");
        }
    }
    assert!(exists(&site, &id).await);
}

#[tokio::test]
async fn a_session_is_deleted_once_and_nobody_elses() {
    let site = Site::real().await;
    let (id, theirs) = (site.id(PLAIN).await, of_someone_else(&site).await);
    let delete = async |id: &str| site.admin("DELETE", &format!("/api/sessions/{id}"), &Value::Null).await;
    assert_eq!(delete(&id).await.json(), json!({ "id": id, "deleted": true }));
    assert!(!exists(&site, &id).await);
    let none = delete("0000").await;
    for path in [&id, &theirs, "%ff%fe", "'%3b%20drop%20table%20session"] {
        let answer = delete(path).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (404, none.json()), "{path} looks like none");
    }
    let other = UserId::from_stored("someone-else".to_owned());
    assert!(site.store.session(&other, &SessionId::from_stored(theirs)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_session_is_edited_and_answered() {
    let site = Site::real().await;
    let path = format!("/api/sessions/{}", site.id(PLAIN).await);
    let body = json!({
        "title": "  A title\n of its own ", "evalReady": true, "evalStatus": "needs-review",
        "evalTags": ["b", " a ", "b"], "evalNotes": "Look\nhere", "expectedOutput": "42",
    });
    let session = site.admin("PATCH", &path, &body).await.json();
    assert_eq!(session["title"], "A title of its own");
    assert_eq!((&session["evalReady"], &session["evalStatus"]), (&json!(true), &json!("needs_review")));
    assert_eq!((&session["evalTags"], &session["evalNotes"]), (&json!(["a", "b"]), &json!("Look\nhere")));
    assert!(session["reviewedAt"].as_i64() > Some(0));
    assert_eq!(site.api(&path).await.json()["session"], session, "it is what everybody sees");

    let body = json!({ "evalStatus": null, "evalTags": null, "evalNotes": null, "expectedOutput": "" });
    let session = site.admin("PATCH", &path, &body).await.json();
    assert_eq!((&session["evalStatus"], &session["reviewedAt"]), (&Value::Null, &Value::Null));
    assert_eq!((&session["evalTags"], &session["evalNotes"]), (&json!([]), &Value::Null));
    assert_eq!((&session["expectedOutput"], &session["evalReady"]), (&Value::Null, &json!(true)));
    assert_eq!(site.admin("PATCH", &path, &json!({})).await.json(), session, "nothing asked, nothing changed");
}

#[tokio::test]
async fn a_bad_edit_is_refused_by_name_and_changes_nothing() {
    let site = Site::real().await;
    let path = format!("/api/sessions/{}", site.id(PLAIN).await);
    let before = site.api(&path).await.json();
    let long = "x".repeat(100_001);
    let many: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    for (body, name) in [
        (json!({ "title": "" }), "title"),
        (json!({ "title": " \n" }), "title"),
        (json!({ "title": null }), "title"),
        (json!({ "title": "x".repeat(201) }), "title"),
        (json!({ "evalReady": "yes" }), "evalReady"),
        (json!({ "evalReady": null }), "evalReady"),
        (json!({ "evalStatus": "great" }), "evalStatus"),
        (json!({ "evalStatus": 1 }), "evalStatus"),
        (json!({ "evalTags": "bug" }), "evalTags"),
        (json!({ "evalTags": ["bug", 1] }), "evalTags"),
        (json!({ "evalTags": ["bug", " "] }), "evalTags"),
        (json!({ "evalTags": ["x".repeat(65)] }), "evalTags"),
        (json!({ "evalTags": many }), "evalTags"),
        (json!({ "evalNotes": 5 }), "evalNotes"),
        (json!({ "evalNotes": long }), "evalNotes"),
        (json!({ "expectedOutput": [] }), "expectedOutput"),
        (json!({ "evalReady": true, "cost": 0 }), "cost"),
        (json!({ "addTags": ["x"] }), "addTags"),
        (json!([1]), "The body"),
        (json!("text"), "The body"),
    ] {
        let answer = site.admin("PATCH", &path, &body).await;
        assert_eq!(answer.status, 400, "{body:.80}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with(name), "{message}");
    }
    assert_eq!(site.api(&path).await.json(), before);
    let theirs = of_someone_else(&site).await;
    for id in [theirs.as_str(), "none", "%ff"] {
        let answer = site.admin("PATCH", &format!("/api/sessions/{id}"), &json!({ "title": "Mine" })).await;
        assert_eq!(answer.status, 404, "{id}");
    }
}

#[tokio::test]
async fn many_are_labelled_and_deleted_and_those_that_fail_are_named() {
    let site = Site::real().await;
    let (one, theirs) = (site.id(PLAIN).await, of_someone_else(&site).await);
    let bulk = async |body: Value| site.admin("POST", "/api/sessions/bulk", &body).await;
    let reason = "There is no such session";
    let label = json!({ "ids": [one, theirs, one], "action": "label", "evalReady": true, "addTags": ["x"] });
    let failed = json!([{ "id": theirs, "reason": reason }]);
    assert_eq!(bulk(label).await.json(), json!({ "done": 1, "failed": failed }));
    assert_eq!(site.api(&format!("/api/sessions/{one}")).await.json()["evalTags"], json!(["x"]));

    let answer = bulk(json!({ "query": "source:claude project:atlas-site", "action": "delete" })).await;
    assert_eq!(answer.json(), json!({ "done": 1, "failed": [] }));
    assert_eq!(site.sessions("source=claude-code&project=atlas-site").await.len(), 0);

    let answer = bulk(json!({ "ids": [one], "action": "export", "format": "json" })).await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\"opensync-sessions-20"));
    assert_eq!(answer.json()["sessions"][0]["externalId"], PLAIN);

    assert_eq!(bulk(json!({ "ids": [one, theirs], "action": "delete" })).await.json()["failed"], failed);
    assert!(!exists(&site, &one).await);
}

#[tokio::test]
async fn ten_thousand_ids_work_and_a_body_without_end_does_not() {
    let site = Site::real().await;
    let one = site.id(PLAIN).await;
    let local = UserId::local();
    let mut ids: Vec<String> =
        (0..9_999).map(|n| SessionId::derive(&local, "none", &n.to_string()).to_string()).collect();
    ids.push(one.clone());
    let body = json!({ "ids": ids, "action": "label", "evalReady": true });
    let answer = site.admin("POST", "/api/sessions/bulk", &body).await.json();
    assert_eq!((&answer["done"], answer["failed"].as_array().unwrap().len()), (&json!(1), 9_999));
    let body = json!({ "ids": ["x".repeat(3_000_000)], "action": "delete" });
    let answer = site.admin("POST", "/api/sessions/bulk", &body).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]["code"]), (413, &json!("PAYLOAD_TOO_LARGE")));
}

#[tokio::test]
async fn a_bulk_request_that_is_not_clear_changes_nothing() {
    let site = Site::real().await;
    let id = site.id(PLAIN).await;
    for (body, name) in [
        (json!({ "ids": [id] }), "action"),
        (json!({ "ids": [id], "action": "destroy" }), "action"),
        (json!({ "action": "delete" }), "ids or query"),
        (json!({ "ids": [id], "query": "source:pi", "action": "delete" }), "ids or query"),
        (json!({ "ids": [], "action": "delete" }), "ids"),
        (json!({ "ids": id, "action": "delete" }), "ids"),
        (json!({ "ids": [id, 5], "action": "delete" }), "ids"),
        (json!({ "query": "", "action": "delete" }), "query"),
        (json!({ "query": 5, "action": "delete" }), "query"),
        (json!({ "query": "cost:lots", "action": "delete" }), "query"),
        (json!({ "query": "sauce:pi", "action": "delete" }), "query"),
        (json!({ "ids": [id], "action": "delete", "dryRun": true }), "dryRun"),
        (json!({ "ids": [id], "action": "label" }), "label"),
        (json!({ "ids": [id], "action": "label", "evalReady": 1 }), "evalReady"),
        (json!({ "ids": [id], "action": "label", "title": "x" }), "title"),
        (json!({ "ids": [id], "action": "export" }), "format"),
        (json!({ "ids": [id], "action": "export", "format": "pdf" }), "format"),
    ] {
        let answer = site.admin("POST", "/api/sessions/bulk", &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with(name), "{body}: {message}");
    }
    assert_eq!(site.sessions("").await.len(), 30);
}
