//! Sessions that another archive sends: who may, what is refused, and that a push ends well whatever the
//! server and the line do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use opensync_core::UserId;
use opensync_core::filter::Selection;
use opensync_store::{Scope, Store};
use opensync_sync::push::{Failure, Options, Pusher, Report, Server};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Site, assistant, lines, user};

async fn key(site: &Site, scopes: &[Scope]) -> String {
    site.store.create_key(&UserId::local(), "laptop", scopes).await.unwrap().secret
}

/// What `opensync export` wrote of two sessions.
fn exported(names: &[&str]) -> String {
    let session = |name: &&str| {
        json!({
            "externalId": name, "source": "tool", "title": format!("Session {name}"), "titleFrom": "prompt",
            "machine": "laptop", "createdAt": 1000, "updatedAt": 2000,
            "messages": [{"externalId": "m", "role": "user", "parts": [{"type": "text", "content": "Hi"}]}],
        })
    };
    let sessions: Vec<Value> = names.iter().map(session).collect();
    format!(r#"{{"format":"opensync-sessions","version":1,"sessions":{}}}"#, Value::from(sessions))
}

#[tokio::test]
async fn only_a_key_that_may_send_sends() {
    let site = Site::empty().await;
    let mut keys = vec![("osk_nobody".to_owned(), 401)];
    keys.push((key(&site, &[Scope::Read, Scope::Admin]).await, 403));
    keys.push((key(&site, &[Scope::Sync]).await, 200));
    for (key, status) in keys {
        let bearer = format!("Bearer {key}");
        let headers = [("authorization", bearer.as_str())];
        assert_eq!(site.ask("GET", "/sync/push", &headers).await.status, status);
        assert_eq!(site.send("POST", "/sync/push", &headers, exported(&["a"])).await.status, status);
    }
    assert_eq!(site.ask("POST", "/sync/push", &[]).await.status, 401);
    let bearer = format!("Bearer {}", key(&site, &[Scope::Sync]).await);
    assert_eq!(site.ask("DELETE", "/sync/push", &[("authorization", &bearer)]).await.status, 405);
}

#[tokio::test]
async fn a_state_is_answered_of_each_session() {
    let site = Site::empty().await;
    let bearer = format!("Bearer {}", key(&site, &[Scope::Sync]).await);
    let headers = [("authorization", bearer.as_str())];
    let send = async |body: String| site.send("POST", "/sync/push", &headers, body).await;
    let answer = send(exported(&["a", "b"])).await.json();
    let states = |answer: &Value| {
        let sessions = answer["sessions"].as_array().unwrap();
        sessions
            .iter()
            .map(|one| format!("{} {}", one["externalId"], one["state"]).replace('"', ""))
            .collect::<Vec<_>>()
    };
    assert_eq!(states(&answer), ["a imported", "b imported"]);
    let id = answer["sessions"][0]["id"].as_str().unwrap();
    assert_eq!(id, site.id("a").await);
    let listed = &site.sessions("machine=laptop").await;
    assert_eq!((listed.len(), &listed[0]["machine"]), (2, &json!("laptop")));
    site.admin("DELETE", &format!("/api/sessions/{id}"), &Value::Null).await;
    assert_eq!(states(&send(exported(&["a", "b", "b"])).await.json()), ["a deleted", "b unchanged", "b unchanged"]);
    // The one that is read shows where it is from.
    let page = site.get(&format!("/sessions/{}", site.id("b").await)).await.html();
    assert!(page.contains("<dt>Machine</dt><dd title=\"laptop\">laptop</dd>"), "{page}");
}

#[tokio::test]
async fn what_is_no_export_is_refused_with_a_reason() {
    let site = Site::empty().await;
    let bearer = format!("Bearer {}", key(&site, &[Scope::Sync]).await);
    let half =
        exported(&["a", "b"]).replace(r#""createdAt":1000,"externalId":"b""#, r#""createdAt":"x","externalId":"b""#);
    for (encoding, body, status, word) in [
        ("identity", "hello".to_owned(), 400, "opensync export"),
        ("identity", exported(&["a"]).replace(":1,", ":9,"), 400, "version 9"),
        ("identity", half, 400, "session 2"),
        ("zstd", exported(&["a"]), 400, ""),
        ("gzip", exported(&["a"]), 415, "zstd"),
        ("identity", " ".repeat(33 << 20), 413, "32 MiB"),
    ] {
        let headers = [("authorization", bearer.as_str()), ("content-encoding", encoding)];
        let answer = site.send("POST", "/sync/push", &headers, body).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.json()["message"].as_str().unwrap().contains(word), "{}", answer.text());
    }
    assert!(site.store.session_by_external_id(&UserId::local(), "b").await.unwrap().is_none());
}

#[tokio::test]
async fn a_damaged_body_is_an_error_of_whoever_sent_it() {
    let site = Site::empty().await;
    let bearer = format!("Bearer {}", key(&site, &[Scope::Sync]).await);
    let whole = exported(&["a", "b"]).into_bytes();
    let packed = zstd::bulk::compress(&whole, 1).unwrap();
    for (encoding, whole) in [("identity", whole), ("zstd", packed)] {
        let headers = [("authorization", bearer.as_str()), ("content-encoding", encoding)];
        for n in 0..200_usize {
            let mut body = whole.clone();
            let at = n * 7919 % body.len();
            match n % 3 {
                0 => body[at] ^= 1 << (n % 8),
                1 => body.truncate(at),
                _ => drop(body.splice(at..at, *b"{[\"")),
            }
            let answer = site.send_bytes("POST", "/sync/push", &headers, body).await;
            assert!(matches!(answer.status.as_u16(), 200 | 400), "{n}: {}", answer.text());
        }
    }
}

/// What a server does to requests that come with a body: the n-th gets the n-th fault.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It answers with a status and asks to come again at once.
    Status(u16),
    /// It takes what was sent, and its answer is lost.
    Lost,
    /// Bodies of more bytes are too large, from now on.
    Most(usize),
    None,
}

/// A site behind a line with faults; answers its address.
async fn served(site: &Site, faults: Vec<Fault>) -> (String, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    let router = site.router().layer(from_fn(move |request: Request, next: Next| {
        let (faults, count) = (faults.clone(), count.clone());
        async move { faulty(request, next, &faults, &count).await }
    }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, requests)
}

async fn faulty(request: Request, next: Next, faults: &[Fault], count: &AtomicUsize) -> Response {
    if request.method() != "POST" {
        return next.run(request).await;
    }
    let n = count.fetch_add(1, Ordering::Relaxed);
    let size = request.headers()["content-length"].to_str().unwrap().parse::<usize>().unwrap();
    let most = faults.iter().find_map(|fault| if let Fault::Most(most) = fault { Some(*most) } else { None });
    if most.is_some_and(|most| size > most) {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    match faults.get(n) {
        Some(Fault::Status(status)) => (StatusCode::from_u16(*status).unwrap(), [("retry-after", "0")]).into_response(),
        Some(Fault::Lost) => {
            assert_eq!(next.run(request).await.status(), 200);
            StatusCode::BAD_GATEWAY.into_response()
        }
        _ => next.run(request).await,
    }
}

/// An archive with sessions of its own, whose machine has a name.
async fn laptop(name: &str, sessions: usize) -> Site {
    let transcripts: Vec<(String, String)> = (0..sessions)
        .map(|n| {
            let id = format!("{name}-{n}");
            let text = "words ".repeat(200 * (n + 1));
            let records =
                [user(0, format!("Prompt {n}: {text}")), assistant(1, &json!([{"type": "text", "text": text}]))];
            let text = lines(&records).replace("\"S1\"", &format!("\"{id}\""));
            (format!("{id}.jsonl"), text.replace("req_", &id).replace("msg_", &id))
        })
        .collect();
    Site::of(&transcripts.iter().map(|(name, text)| (name.as_str(), text.clone())).collect::<Vec<_>>()).await
}

async fn pusher(from: &Store, url: &str, key: &str) -> Result<Pusher, Failure> {
    let server = Server::new(url, key, Some(Duration::from_mins(1)))?;
    let options = Options { machine: Some("laptop".to_owned()), ..Options::default() };
    Pusher::new(from.clone(), UserId::local(), server, options).await
}

async fn pass(pusher: &mut Pusher) -> Report {
    pusher.pass(|_| ()).await.unwrap()
}

/// The sessions of an archive as programs see them, without what differs between archives.
async fn seen(store: &Store) -> Vec<Value> {
    let user = UserId::local();
    let mut all = Vec::new();
    for id in store.session_ids(&user, &Selection::default()).await.unwrap() {
        let session = store.session(&user, &id).await.unwrap().unwrap();
        let mut json = serde_json::to_value(opensync_core::wire::SessionJson::from(&session)).unwrap();
        json["machine"] = Value::Null;
        let messages = store.all_messages(&user, &id).await.unwrap();
        json["messages"] = messages.iter().map(|stored| json!(format!("{:?}", stored.message))).collect();
        all.push(json);
    }
    all.sort_by_key(|session| session["externalId"].to_string());
    all
}

#[tokio::test]
async fn a_push_gets_through_a_bad_line() {
    let (from, to) = (laptop("one", 12).await, Site::empty().await);
    let faults = vec![Fault::Status(503), Fault::Lost, Fault::Status(429), Fault::Most(1500), Fault::None];
    let (url, _) = served(&to, faults).await;
    let mut pusher = pusher(&from.store, &url, &key(&to, &[Scope::Sync]).await).await.unwrap();
    let report = pass(&mut pusher).await;
    assert_eq!((report.done, report.total, report.failed.len()), (12, 12, 0), "{report:?}");
    assert_eq!(report.imported + report.unchanged + report.updated, 12, "{report:?}");
    assert!(seen(&to.store).await == seen(&from.store).await, "the same there and here");
    assert_eq!(pass(&mut pusher).await, Report::default(), "nothing is left");
}

/// Text that cannot be packed well, another one for each number.
fn noise(number: usize) -> String {
    let word = |n: u64| format!("{:016x} ", (n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let from = number as u64 * 1_000;
    (from..from + 850).map(word).collect()
}

#[tokio::test]
async fn a_session_that_is_too_large_for_a_request_goes_in_pieces() {
    let records: Vec<Value> =
        (0..40)
            .map(|n| {
                if n % 2 == 0 { user(n, noise(n)) } else { assistant(n, &json!([{"type": "text", "text": noise(n)}])) }
            })
            .collect();
    let (from, to) = (Site::of(&[("S1.jsonl", lines(&records))]).await, Site::empty().await);
    let (url, requests) = served(&to, vec![Fault::Most(80_000)]).await;
    let mut pusher = pusher(&from.store, &url, &key(&to, &[Scope::Sync]).await).await.unwrap();
    let report = pass(&mut pusher).await;
    assert_eq!((report.imported, report.updated, report.done, report.messages), (1, 0, 1, 40), "{report:?}");
    assert!(requests.load(Ordering::Relaxed) > 8);
    assert!(seen(&to.store).await == seen(&from.store).await, "the same there and here");
    assert_eq!(pass(&mut pusher).await.total, 0);
}

#[tokio::test]
async fn a_session_that_is_refused_keeps_no_other_one_back() {
    let (from, to) = (laptop("one", 5).await, Site::empty().await);
    // Whoever answers so to a request with one session answers so to that session.
    let (url, requests) = served(&to, vec![Fault::Status(400), Fault::Status(400), Fault::Status(400)]).await;
    let mut pusher = pusher(&from.store, &url, &key(&to, &[Scope::Sync]).await).await.unwrap();
    let report = pass(&mut pusher).await;
    assert_eq!((report.imported, report.failed.len(), report.done), (4, 1, 5), "{report:?}");
    assert_eq!(pass(&mut pusher).await.total, 0, "not again and again");
    assert!(requests.load(Ordering::Relaxed) >= 4);
    // Another push tries again.
    let mut again = self::pusher(&from.store, &url, &key(&to, &[Scope::Sync]).await).await.unwrap();
    assert_eq!(pass(&mut again).await.imported, 1);
    assert!(seen(&to.store).await == seen(&from.store).await, "the same there and here");
}

#[tokio::test]
async fn a_server_that_was_made_anew_gets_everything() {
    let from = laptop("one", 3).await;
    for _ in 0..2 {
        let to = Site::empty().await;
        let (url, _) = served(&to, Vec::new()).await;
        let mut pusher = pusher(&from.store, &url, &key(&to, &[Scope::Sync]).await).await.unwrap();
        assert_eq!(pass(&mut pusher).await.imported, 3);
        let mut again = self::pusher(&from.store, &url, &key(&to, &[Scope::Sync]).await).await.unwrap();
        assert_eq!(pass(&mut again).await.total, 0);
        again.forget().await.unwrap();
        let report = pass(&mut again).await;
        assert_eq!((report.total, report.unchanged), (3, 3));
    }
}

#[tokio::test]
async fn two_laptops_with_the_same_projects_do_not_collide() {
    let to = Site::empty().await;
    let (url, _) = served(&to, Vec::new()).await;
    let key = key(&to, &[Scope::Sync]).await;
    for name in ["one", "two"] {
        let from = laptop(name, 3).await;
        let server = Server::new(&url, &key, None).unwrap();
        let options = Options { machine: Some(name.to_owned()), ..Options::default() };
        let mut pusher = Pusher::new(from.store.clone(), UserId::local(), server, options).await.unwrap();
        assert_eq!(pass(&mut pusher).await.imported, 3);
    }
    for (query, count) in
        [("", 6), ("machine=one", 3), ("machine=two", 3), ("q=machine:one,two", 6), ("project=shop", 6)]
    {
        assert_eq!(to.sessions(query).await.len(), count, "{query}");
    }
    assert_eq!(to.sessions("machine=nobody").await.len(), 0);
}

#[tokio::test]
async fn whoever_is_no_server_is_told_apart() {
    let (from, to) = (laptop("one", 1).await, Site::empty().await);
    let (url, _) = served(&to, Vec::new()).await;
    let refused = async |url: &str, key: &str| pusher(&from.store, url, key).await.unwrap_err();
    assert!(matches!(refused(&url, "osk_wrong").await, Failure::Key(_)));
    assert!(matches!(refused(&url, &key(&to, &[Scope::Read]).await).await, Failure::Right(_)));
    assert!(matches!(refused(&format!("{url}/nowhere"), "osk_x").await, Failure::Foreign { status: 404, .. }));
    assert!(matches!(refused("sessions.example", "osk_x").await, Failure::Address(_)));
}
