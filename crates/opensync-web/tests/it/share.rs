//! Making a session public, the copy behind its link, and the end of it.

use opensync_core::{SessionId, UserId};
use serde_json::{Value, json};

use crate::support::{Answer, Site, assistant, lines, user};

const ALNUM: &str = "a8Kd03jfL2mQp9Zx7Rt5Vw1Bn6Yc4Hs0Gq3Ue8Io2PaSdFgHjKlZx5Cv9Bn7M1q3W5e7R9t2Y4u6I8o0P";
const HEX: &str = "9f8a7c6b5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c";

/// What must not get out, each with the text it stands in; beginnings are apart from the rest, so that
/// nobody takes this for a leak.
fn secrets() -> Vec<(String, String)> {
    let (any, hex) = (|n: usize| &ALNUM[..n], |n: usize| &HEX[..n]);
    let alone = |secret: String| (secret.clone(), secret);
    let within = |before: &str, secret: &str, after: &str| (secret.to_owned(), format!("{before}{secret}{after}"));
    vec![
        alone(format!("AKIA{}", "QYLPMN5HHHFPZAM2")),
        within("aws_secret_access_key = ", "tU7kZpQ9vXw2LmNb4RfGhJ5sDc8Ye1Ia0Ko3Pu6T", ""),
        alone(format!("AIza{}", any(35))),
        alone(format!("GOCSPX-{}", any(28))),
        alone(format!("dop_v1_{}", hex(64))),
        within("AccountName=shop;AccountKey=", "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4==", ";"),
        alone(format!("ghp_{}", any(36))),
        alone(format!("github_pat_{}_{}", any(22), any(59))),
        alone(format!("glpat-{}", any(20))),
        alone(format!("npm_{}", any(36))),
        alone(format!("pypi-AgEIcHlwaS5vcmc{}", any(60))),
        alone(format!("sk-ant-api03-{}", any(80))),
        alone(format!("sk-proj-{}", any(48))),
        alone(format!("hf_{}", any(34))),
        alone(format!("xoxb-123456789012-{}", any(24))),
        within("https://hooks.slack.com/services/", "T00000000/B00000000/a8Kd03jfL2mQp9Zx7Rt5Vw1B", ""),
        alone(format!("MTE5{}.GaB1c2.{}", any(20), any(38))),
        alone(format!("sk_live_{}", any(24))),
        alone(format!("whsec_{}", any(32))),
        alone(format!("SG.{}.{}", any(22), any(43))),
        alone(format!("SK{}", hex(32))),
        alone(format!("osk_{}", any(32))),
        alone(format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{}", any(43))),
        within("Authorization: Basic ", "YW5hOmh1bnRlcjI=", ""),
        within("Authorization: Bearer ", any(40), ""),
        within("postgres://shop:", "s3cr3t-pass", "@db.internal/shop"),
        within("export SHOP_PAYMENT_KEY=", "lemontree", ""),
        within("SESSION_SECRET=", "keyboard-cat", ""),
        within("mysql_password: ", "hunter2!", ""),
        within("-----BEGIN PRIVATE KEY-----\n", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEA", "\nMIIE"),
        alone("ana.lopez@shop.example".to_owned()),
        within("cd ", "/home/ana", "/shop"),
    ]
}

/// A transcript that has every secret in every kind of place.
fn transcript() -> String {
    let mut records = vec![user(0, "Look into ops@shop.example and fix it")];
    for (n, (_, text)) in secrets().iter().enumerate() {
        let at = 1 + n * 4;
        records.push(assistant(
            at,
            &json!([
                { "type": "thinking", "thinking": format!("I see {text} in it") },
                { "type": "text", "text": format!("It says {text} there, `{text}` and\n\n```sh\n{text}\n```\n") },
                { "type": "tool_use", "id": format!("t{n}"), "name": "Bash",
                  "input": { "command": format!("curl \"{text}\" | tee 'x'"), "description": format!("Try {text}") } },
            ]),
        ));
        let result = json!([{ "type": "tool_result", "tool_use_id": format!("t{n}"),
                              "content": format!("line one\n{text}\n{}", serde_json::to_string(text).unwrap()) }]);
        records.push(user(at + 1, result));
        records.push(user(at + 2, format!("And {text}?")));
        let edit = json!([{ "type": "tool_use", "id": format!("e{n}"), "name": "Edit",
                            "input": { "file_path": "/home/ana/shop/.env", "old_string": "x", "new_string": text } }]);
        records.push(assistant(at + 3, &edit));
    }
    lines(&records)
}

async fn site() -> (Site, String) {
    let site = Site::of(&[("s1.jsonl", transcript())]).await;
    let id = site.id("s1").await;
    (site, id)
}

async fn plain_site() -> (Site, String) {
    let records = [user(0, "How do I sort a list?"), assistant(1, &json!([{ "type": "text", "text": "Use sort." }]))];
    let site = Site::of(&[("s1.jsonl", lines(&records))]).await;
    let id = site.id("s1").await;
    (site, id)
}

/// The link of a session.
async fn path(site: &Site, id: &str) -> String {
    let id = SessionId::from_stored(id.to_owned());
    let session = site.store.session(&UserId::local(), &id).await.unwrap().unwrap();
    format!("/s/{}", session.public_slug.unwrap())
}

fn links(html: &str, wanted: &str) -> Vec<String> {
    let links = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.filter(|link| link.contains(wanted)).map(|link| link.replace("&amp;", "&")).collect()
}

#[tokio::test]
async fn no_planted_secret_is_in_anything_a_link_shows() {
    let (site, id) = site().await;
    let review = site.get(&format!("/sessions/{id}/share")).await.html();
    for (secret, _) in secrets().iter().filter(|(secret, _)| secret.len() > 12 && !secret.contains('@')) {
        assert!(!review.contains(secret.as_str()), "the review itself tells {secret}");
    }
    assert!(review.contains("GitHub token") && review.contains("ana.lopez@shop.example"));
    let answer = site.post(&format!("/sessions/{id}/share"), "expires=7").await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let path = path(&site, &id).await;
    let first = site.get(&path).await.html();
    let mut seen = vec![first.clone()];
    let mut next = links(&first, "after=").pop();
    while let Some(page) = next {
        let (_, query) = page.split_once('?').unwrap();
        let fragment = site.fragment(&format!("{path}/messages?{query}"), "edge").await.html();
        next = links(&fragment, "after=").pop();
        seen.push(fragment);
    }
    for (seq, parts) in (0..seen.len() * 60).map(|seq| (seq, 0..3)) {
        for part in parts {
            for view in ["", "?view=arguments", "?view=file-0", "?cut", "?raw"] {
                let answer = site.get(&format!("{path}/parts/{seq}/{part}{view}")).await;
                if answer.status == 200 {
                    seen.push(answer.text());
                }
            }
        }
    }
    for format in ["text", "markdown", "html"] {
        let file = site.get(&format!("{path}/download?format={format}")).await;
        assert_eq!(file.status, 200, "{format}");
        seen.push(file.text());
    }
    assert_eq!(site.get(&format!("{path}/download?format=json")).await.status, 404);
    assert!(seen.len() > 150, "{}", seen.len());
    for text in &seen {
        for (secret, _) in secrets() {
            let escaped = secret.replace('/', "&#x2f;");
            assert!(!text.contains(&secret) && !text.contains(&escaped), "{secret} is in {text}");
        }
    }
    assert!(first.contains("<span class=\"redact\" title=\"Removed before sharing\">email</span>"));
    // What was in the first prompt is not in the title or the link either.
    assert!(!path.contains("ops") && first.contains("Look into"));
    // Nor is it in what the archive keeps for the page.
    let share = site.store.share(&UserId::local(), &SessionId::from_stored(id)).await;
    assert!(!share.unwrap().unwrap().findings.contains("hunter2!"));
}

#[tokio::test]
async fn a_public_page_has_chosen_fields_only() {
    let (site, id) = site().await;
    site.post(&format!("/sessions/{id}/share"), "").await;
    let answer = site.get(&path(&site, &id).await).await;
    let html = answer.html();
    for part in ["Claude Code", "claude-sonnet-4-6", "shop", "Read-only", "20 completion tokens"] {
        assert!(html.contains(part), "{part}");
    }
    for private in
        [id.as_str(), "/sessions", "/settings", "msg_1", "req_1", "\"m1\"", "S1", "$0", "main</", "t0\"", "data-mark"]
    {
        assert!(!html.contains(private), "{private}");
    }
    assert_eq!(answer.header("x-robots-tag"), "noindex, nofollow, noarchive");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.header("content-security-policy").starts_with("default-src 'self'"));
    assert_eq!(answer.header("set-cookie"), "");
}

#[tokio::test]
async fn a_session_with_nothing_to_hide_becomes_public_at_once() {
    let (site, id) = plain_site().await;
    let answer = site.post(&format!("/sessions/{id}/share/switch"), "on=1").await;
    // The folder of the project alone is in no field that is shared.
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, format!("/sessions/{id}#share")));
    let page = site.get(&format!("/sessions/{id}")).await.html();
    let path = path(&site, &id).await;
    assert!(page.contains(&format!("http://localhost:6796{path}")) && page.contains("aria-checked=\"true\""));
    assert!(site.get(&path).await.html().contains("Use sort."));
    let part = site
        .send(
            "POST",
            &format!("/sessions/{id}/share/switch"),
            &[crate::support::FORM, ("hx-request-type", "partial"), ("hx-target", "share")],
            "on=0".to_owned(),
        )
        .await
        .html();
    assert!(part.trim_start().starts_with("<section id=\"share\"") && part.contains("aria-checked=\"false\""));
}

#[tokio::test]
async fn a_session_with_findings_is_reviewed_first() {
    let (site, id) = site().await;
    let switch = format!("/sessions/{id}/share/switch");
    let answer = site.post(&switch, "on=1").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, format!("/sessions/{id}/share")));
    let headers = [crate::support::FORM, ("hx-request-type", "partial"), ("hx-target", "share")];
    let answer = site.send("POST", &switch, &headers, "on=1".to_owned()).await;
    assert_eq!(answer.header("hx-redirect"), format!("/sessions/{id}/share"));
    assert!(!site.get(&format!("/sessions/{id}")).await.html().contains("aria-checked=\"true\""));
}

#[tokio::test]
async fn what_is_kept_stays_and_is_remembered() {
    let (site, id) = site().await;
    let name = opensync_core::secret::name("ana.lopez@shop.example");
    site.post(&format!("/sessions/{id}/share"), &format!("v-{name}=keep")).await;
    let download = format!("{}/download?format=text", path(&site, &id).await);
    let text = site.get(&download).await.text();
    assert!(text.contains("ana.lopez@shop.example") && !text.contains("ops@shop.example"));
    site.post(&format!("/sessions/{id}/share/again"), "").await;
    assert!(site.get(&download).await.text().contains("ana.lopez@shop.example"));
    let review = site.get(&format!("/sessions/{id}/share")).await.html();
    assert!(review.contains(&format!("name=\"v-{name}\" value=\"keep\" checked")));
}

#[tokio::test]
async fn what_is_written_later_stays_private() {
    let (site, id) = plain_site().await;
    site.post(&format!("/sessions/{id}/share/switch"), "on=1").await;
    let path = path(&site, &id).await;
    let mut records =
        vec![user(0, "How do I sort a list?"), assistant(1, &json!([{ "type": "text", "text": "Use sort." }]))];
    records.push(user(2, "A later question"));
    std::fs::write(site.home().join(".claude/projects/-home-ana-shop/s1.jsonl"), lines(&records)).unwrap();
    site.import().await;
    assert!(!site.get(&path).await.html().contains("A later question"));
    assert!(site.get(&format!("/sessions/{id}")).await.html().contains("1 message since"));
    site.post(&format!("/sessions/{id}/share/again"), "").await;
    assert!(site.get(&path).await.html().contains("A later question"));
}

#[tokio::test]
async fn a_range_of_prompts_is_shared() {
    let mut records: Vec<Value> = Vec::new();
    for n in 0..5 {
        records.push(user(n * 2, format!("Question {n}")));
        records.push(assistant(n * 2 + 1, &json!([{ "type": "text", "text": format!("Answer {n}") }])));
    }
    let site = Site::of(&[("s1.jsonl", lines(&records))]).await;
    let id = site.id("s1").await;
    site.post(&format!("/sessions/{id}/share"), "from=2&to=3&expires=never").await;
    let html = site.get(&path(&site, &id).await).await.html();
    for (n, is_there) in [(0, false), (1, true), (2, true), (3, false), (4, false)] {
        assert_eq!(html.contains(&format!("Answer {n}")), is_there, "{n}");
    }
    assert!(html.contains("4 of 10"));
    for wrong in ["from=4&to=3", "from=0&to=3", "from=1&to=9", "from=x&to=3"] {
        let answer = site.post(&format!("/sessions/{id}/share"), &format!("{wrong}&expires=30&v-abc=keep")).await;
        assert_eq!(answer.status, 422, "{wrong}");
        let text = answer.text();
        assert!(text.contains("role=\"alert\"") && text.contains("value=\"30\" selected"), "{wrong}");
        let (from, _) = wrong.trim_start_matches("from=").split_once('&').unwrap();
        assert!(text.contains(&format!("value=\"{from}\"")), "{wrong}");
    }
}

#[tokio::test]
async fn the_end_of_a_link_is_set_beside_the_session() {
    let (site, id) = plain_site().await;
    site.post(&format!("/sessions/{id}/share/switch"), "on=1").await;
    let (me, session) = (UserId::local(), SessionId::from_stored(id.clone()));
    let now = jiff::Timestamp::now().as_millisecond();
    let mut ends = Vec::new();
    for name in ["7", "keep", "nonsense", "never"] {
        let answer = site.post(&format!("/sessions/{id}/share/expiry"), &format!("expires={name}")).await;
        assert_eq!(answer.status, 303);
        let share = site.store.share(&me, &session).await.unwrap().unwrap();
        ends.push(share.expires_at.map(|at| (at - now) / 3_600_000));
    }
    assert_eq!(ends, [Some(168), Some(168), Some(168), None]);
    // A choice of the review that is none leaves the end as it was as well.
    site.post(&format!("/sessions/{id}/share/expiry"), "expires=1").await;
    site.post(&format!("/sessions/{id}/share"), "expires=nonsense").await;
    assert!(site.store.share(&me, &session).await.unwrap().unwrap().expires_at.is_some());
}

/// All that tells one answer from another.
fn whole(answer: &Answer) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let headers = answer.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (answer.status.as_u16(), headers.collect(), answer.body.clone())
}

#[tokio::test]
async fn links_that_show_nothing_answer_alike() {
    let records = |text: &str| lines(&[user(0, text)]);
    let files = [
        ("a.jsonl", records("Private")),
        ("b.jsonl", records("Over")),
        ("c.jsonl", records("Gone")),
        ("d.jsonl", records("Other")),
    ];
    let site = Site::of(&files).await;
    let never = site.get("/s/never-was-0123456789abc").await;
    assert_eq!(never.status, 404);
    let me = UserId::local();
    let mut paths = vec![
        "/s/".to_owned(),
        "/s".to_owned(),
        "/s/%FF".to_owned(),
        "/s/x/parts/a/b".to_owned(),
        "/s/x/y/z".to_owned(),
        "/s/x/messages".to_owned(),
        "/s/x/download?format=text".to_owned(),
    ];
    for (name, end) in [("a", "private"), ("b", "expired"), ("c", "deleted"), ("d", "relinked")] {
        let id = site.id(name).await;
        site.post(&format!("/sessions/{id}/share/switch"), "on=1").await;
        let path = path(&site, &id).await;
        assert_eq!(site.get(&path).await.status, 200);
        let session = SessionId::from_stored(id.clone());
        match end {
            "private" => drop(site.post(&format!("/sessions/{id}/share/switch"), "on=0").await),
            "expired" => assert!(site.store.set_expiry(&me, &session, Some(1)).await.unwrap()),
            "deleted" => drop(site.post(&format!("/sessions/{id}/delete"), "").await),
            _ => drop(site.post(&format!("/sessions/{id}/share/link"), "").await),
        }
        paths.push(path);
    }
    for path in paths {
        assert_eq!(whole(&site.get(&path).await), whole(&never), "{path}");
    }
    // Those that are gone for good answer the same.
    site.store.finish_deletions(i64::MAX).await.unwrap();
}

#[tokio::test]
async fn views_are_counted_but_for_robots_and_looks_at_the_head() {
    let (site, id) = plain_site().await;
    site.post(&format!("/sessions/{id}/share/switch"), "on=1").await;
    let path = path(&site, &id).await;
    site.ask("HEAD", &path, &[]).await;
    site.ask("GET", &path, &[("user-agent", "Googlebot/2.1")]).await;
    site.get(&format!("{path}/messages?after=0")).await;
    site.get(&path).await;
    let (me, session) = (UserId::local(), SessionId::from_stored(id));
    // The count is written beside the answer.
    for _ in 0..1_000 {
        if site.store.share(&me, &session).await.unwrap().unwrap().views > 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(site.store.share(&me, &session).await.unwrap().unwrap().views, 1);
}

#[tokio::test]
async fn only_pages_of_this_server_change_anything() {
    let (site, id) = plain_site().await;
    for path in ["share", "share/switch", "share/again", "share/link", "share/expiry", "delete"] {
        let answer =
            site.send_form(&format!("/sessions/{id}/{path}"), "on=1", &[("sec-fetch-site", "cross-site")]).await;
        assert_eq!(answer.status, 403, "{path}");
    }
    for path in ["/sessions/undelete", "/settings/deleted/allow", "/settings/deleted/allow-all"] {
        assert_eq!(site.send_form(path, "", &[("sec-fetch-site", "cross-site")]).await.status, 403, "{path}");
    }
    let page = site.get(&format!("/sessions/{id}")).await.html();
    assert!(page.contains("aria-checked=\"false\""));
    for path in ["share", "share/switch", "share/again", "share/link", "delete"] {
        assert_eq!(site.post(&format!("/sessions/nothing/{path}"), "on=1").await.status, 404, "{path}");
    }
    assert_eq!(site.post("/s/x", "").await.status, 405);
}
