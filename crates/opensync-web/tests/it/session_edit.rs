//! Titles, labels and summaries, changed beside the conversation.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;

use opensync_core::UserId;
use opensync_core::filter::Status;
use opensync_web::Summariser;

use crate::html::{assert_inert, is_whole, links, tags, text};
use crate::support::{Answer, Site};

const SAME: (&str, &str) = ("sec-fetch-site", "same-origin");

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

async fn part(site: &Site, path: &str, target: &str, fields: &[(&str, &str)]) -> Answer {
    let headers = [SAME, ("hx-request", "true"), ("hx-request-type", "partial"), ("hx-target", target)];
    site.send_form(path, &form(fields), &headers).await
}

async fn any(site: &Site) -> String {
    site.sessions("limit=1").await[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_title_is_changed_and_a_bad_one_comes_back() {
    let site = Site::real().await;
    let id = any(&site).await;
    let path = format!("/sessions/{id}/title?source=codex-cli");
    let answer = site.post(&path, &form(&[("title", "  My \n own  title ")])).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, format!("/sessions/{id}?source=codex-cli")));
    let html = site.get(&format!("/sessions/{id}")).await.html();
    assert!(text(&html).contains("My own title"));
    let head = part(&site, &path, "#convo-head", &[("title", "Another")]).await;
    assert_eq!(head.status, 200);
    assert!(head.text().trim_start().starts_with("<header") && text(&head.text()).contains("Another"));
    let long = "<b>".repeat(70);
    for bad in [" ", long.as_str()] {
        let page = site.post(&path, &form(&[("title", bad)])).await;
        assert_eq!(page.status, 422);
        assert!(is_whole(&page.text()) && text(&page.text()).contains("a title has 1 to 200 characters"));
        assert_inert(&page.text(), bad);
        let head = part(&site, &path, "#convo-head", &[("title", bad)]).await;
        assert!(head.status == 422 && !is_whole(&head.text()));
    }
    assert_eq!(site.post("/sessions/nothing/title", "title=x").await.status, 404);
    let foreign = [("sec-fetch-site", "cross-site")];
    assert_eq!(site.send_form(&path, "title=x", &foreign).await.status, 403);
}

#[tokio::test]
async fn labels_are_set_by_one_form() {
    let site = Site::real().await;
    let id = any(&site).await;
    let path = format!("/sessions/{id}/labels");
    let all =
        [("ready", "1"), ("status", "golden"), ("tag", "bug, parser"), ("expected", "It\r\nworks"), ("notes", "n")];
    let answer = site.post(&path, &form(&all)).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, format!("/sessions/{id}#labels")));
    let get = async || {
        let id = opensync_core::SessionId::from_stored(id.clone());
        site.store.session(&UserId::local(), &id).await.unwrap().unwrap()
    };
    let session = get().await;
    assert!(session.eval_ready && session.eval_status == Some(Status::Golden));
    assert_eq!(
        (session.tags, session.expected_output.as_deref()),
        (vec!["bug".into(), "parser".into()], Some("It\nworks"))
    );
    // What a form does not hold is cleared; one button takes a tag away.
    let labels =
        part(&site, &path, "#labels", &[("status", "golden"), ("clear", "1"), ("untag", "bug"), ("notes", "n")]).await;
    assert!(labels.status == 200 && labels.text().trim_start().starts_with("<form"));
    let session = get().await;
    assert!(!session.eval_ready && session.eval_status.is_none() && session.expected_output.is_none());
    assert_eq!((session.tags, session.eval_notes.as_deref()), (vec!["parser".to_owned()], Some("n")));
    // What cannot be kept changes nothing and comes back.
    let long = "t".repeat(65);
    let typed = [("tag", long.as_str()), ("notes", "unsaved </textarea><i>"), ("expected", "mine")];
    for page in [site.post(&path, &form(&typed)).await, part(&site, &path, "#labels", &typed).await] {
        assert_eq!(page.status, 422);
        let html = page.text();
        assert!(text(&html).contains("a tag has at most 64 characters") && html.contains(&long), "{html}");
        assert!(html.contains("mine</textarea>"));
        assert_inert(&html, "unsaved </textarea><i>");
    }
    assert_eq!(get().await.eval_notes.as_deref(), Some("n"));
}

#[tokio::test]
async fn an_answer_becomes_the_expected_output() {
    let site = Site::real().await;
    let id = any(&site).await;
    let labels = format!("/sessions/{id}/labels");
    site.post(&labels, &form(&[("ready", "1"), ("notes", "stay")])).await;
    let html = site.get(&format!("/sessions/{id}")).await.html();
    let buttons = tags(&html).into_iter().filter(|tag| tag.name == "button" && tag.get("form") == Some("expect"));
    let places: Vec<String> = buttons.map(|tag| tag.get("value").unwrap().to_owned()).collect();
    let place = places.last().expect("there is an answer");
    site.post(&labels, &form(&[("from", place)])).await;
    let session = site.api(&format!("/api/sessions/{id}")).await.json();
    let expected = session["session"]["expectedOutput"].as_str().unwrap();
    let messages = session["messages"].as_array().unwrap();
    assert!(!expected.is_empty() && messages.iter().any(|message| message["textContent"] == expected));
    assert_eq!(session["session"]["evalNotes"], "stay", "the others stay");
    assert_eq!(session["session"]["evalReady"], true);
}

#[tokio::test]
async fn a_session_says_how_it_is_taken_up_again() {
    let site = Site::real().await;
    let id = any(&site).await;
    let html = site.get(&format!("/sessions/{id}")).await.html();
    let session = site.api(&format!("/api/sessions/{id}")).await.json()["session"].clone();
    let resume = format!(
        "{} {}",
        if session["source"] == "codex-cli" { "codex resume" } else { "claude --resume" },
        session["externalId"].as_str().unwrap()
    );
    assert!(text(&html).contains(&resume), "{resume}");
    let hrefs: Vec<String> = links(&html).into_iter().map(|(href, _)| href).collect();
    assert!(hrefs.contains(&format!("/sessions/export?ids={id}&format=markdown")));
}

/// A model that answers once, and what it was asked.
fn model(status: &str, body: &str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
        head + &String::from_utf8(body).unwrap()
    });
    (url, asked)
}

#[tokio::test]
async fn a_model_writes_a_summary() {
    let (url, asked) = model("200 OK", r#"{"choices":[{"message":{"content":" It was\n about  shoes. "}}]}"#);
    let site = Site::real().await.with_summariser(Summariser::new(&format!("{url}/"), "tiny", Some("k3y".to_owned())));
    let id = any(&site).await;
    let answer = part(&site, &format!("/sessions/{id}/summary"), "#summary", &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().trim_start().starts_with("<form") && text(&answer.text()).contains("It was about shoes."));
    let asked = asked.join().unwrap();
    assert!(
        asked.starts_with("POST /v1/chat/completions") && asked.to_lowercase().contains("authorization: bearer k3y")
    );
    assert!(asked.contains("\"model\":\"tiny\"") && asked.contains("User: "), "{asked}");
    assert_eq!(site.sessions("q=shoes").await.len(), 1, "it is searched");
}

#[tokio::test]
async fn a_summary_that_cannot_be_written_says_what_to_do() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (refusing, _asked) = model("401 Unauthorized", r#"{"error":{"message":"bad key"}}"#);
    let (empty, _asked) = model("200 OK", "<html>");
    for (url, said) in [
        (None, "No model is set up."),
        (Some(format!("http://{nobody}")), "could not be reached"),
        (Some(refusing), "refused with status 401: bad key"),
        (Some(empty), "answered without any text"),
    ] {
        let site = Site::real().await;
        let site = match url {
            Some(url) => site.with_summariser(Summariser::new(&url, "tiny", None)),
            None => site,
        };
        let path = format!("/sessions/{}/summary", any(&site).await);
        let answer = part(&site, &path, "#summary", &[]).await;
        assert_eq!(answer.status, 422);
        assert!(text(&answer.text()).contains(said), "{said}: {}", answer.text());
    }
    let site = Site::real().await;
    let page = site.post(&format!("/sessions/{}/summary", any(&site).await), "").await;
    assert!(page.status == 422 && is_whole(&page.text()) && text(&page.text()).contains("No model is set up."));
}
