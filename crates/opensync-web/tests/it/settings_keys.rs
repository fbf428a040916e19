//! Keys and plugins in the settings.

use opensync_core::UserId;
use opensync_store::Scope;

use crate::html::{assert_inert, tags, text};
use crate::support::Site;

const SECRET_CHARS: usize = 36;

/// The key a page shows; there is one place for it, and the commands that hold it.
fn shown(html: &str) -> String {
    let at = html.find("osk_").unwrap();
    html[at..].chars().take(SECRET_CHARS).collect()
}

#[tokio::test]
async fn a_key_is_shown_by_the_answer_that_makes_it_and_never_again() {
    let site = Site::empty().await;
    let answer = site.post("/settings/keys", "name=Work+laptop&scope=read&scope=sync").await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let html = answer.html();
    assert_inert(&html, "the settings with a new key");
    let key = shown(&html);
    assert!(text(&html).contains("“Work laptop” is made."));
    assert!(html.contains(&format!("data-copy=\"{key}\"")));
    assert!(html.contains(&format!("export CLAUDE_SYNC_API_KEY=&#39;{key}&#39;")), "commands hold it");
    assert!(!html.contains("osk_..."));
    assert!(tags(&html).iter().all(|tag| !tag.get("href").unwrap_or_default().contains(&key)), "in no address");
    let with = [("authorization", format!("Bearer {key}"))];
    let asked = site.ask("GET", "/api/sessions", &[(with[0].0, with[0].1.as_str())]).await;
    assert_eq!(asked.status, 200);
    let page = site.get("/settings").await.html();
    assert!(!page.contains(&key) && page.contains(&key[..8]) && page.contains("osk_..."));
    assert!(text(&page).contains(&format!("Work laptop {}… sync, read", &key[..8])), "{}", text(&page));
}

#[tokio::test]
async fn what_was_typed_stays_when_no_key_can_be_made_of_it() {
    let site = Site::empty().await;
    let before = site.store.keys(&UserId::local()).await.unwrap();
    for (form, complaint) in [
        ("name=+&scope=read", "A key needs a name"),
        ("name=Dash%3Cb%3E", "Tick what the key may do"),
        ("name=Dash%3Cb%3E&scope=root", "Tick what the key may do"),
        ("", "Tick what the key may do"),
        (&*format!("name={}&scope=read", "x".repeat(81)), "at most 80 characters"),
    ] {
        let answer = site.post("/settings/keys", form).await;
        assert_eq!(answer.status, 422, "{form}");
        let html = answer.text();
        assert_inert(&html, form);
        assert!(text(&html).contains(complaint), "{form}");
        if form.contains("Dash") {
            assert!(tags(&html).iter().any(|tag| tag.get("value") == Some("Dash<b>")), "{form}");
        }
    }
    assert_eq!(site.store.keys(&UserId::local()).await.unwrap(), before, "none was made");
}

#[tokio::test]
async fn a_key_is_revoked_after_a_question() {
    let site = Site::empty().await;
    let id = site.store.keys(&UserId::local()).await.unwrap()[0].id.clone();
    let page = site.get("/settings").await.html();
    assert!(page.contains(&format!("href=\"/settings?revoke={id}#keys\"")));
    let asked = site.get(&format!("/settings?revoke={id}")).await.html();
    assert!(text(&asked).contains("Revoke “test”?") && asked.contains("action=\"/settings/keys/revoke\""));
    assert_eq!(site.api("/api/sessions").await.status, 200, "nothing happened yet");
    for said in ["The key is revoked", "There is no such key any more"] {
        let answer = site.post("/settings/keys/revoke", &format!("id={id}")).await;
        assert_eq!(answer.status, 303);
        let address = answer.header("location");
        let (path, fragment) = address.split_once('#').unwrap();
        assert_eq!(fragment, "keys");
        assert!(text(&site.get(path).await.html()).contains(said), "{said}");
        assert_eq!(site.api("/api/sessions").await.status, 401);
    }
}

#[tokio::test]
async fn another_sites_page_makes_and_revokes_nothing() {
    let site = Site::empty().await;
    let keys = site.store.keys(&UserId::local()).await.unwrap();
    let from = [("sec-fetch-site", "cross-site")];
    for (path, form) in [
        ("/settings/keys", "name=evil&scope=admin".to_owned()),
        ("/settings/keys/revoke", format!("id={}", keys[0].id)),
    ] {
        assert_eq!(site.send_form(path, &form, &from).await.status, 403, "{path}");
    }
    assert_eq!(site.store.keys(&UserId::local()).await.unwrap(), keys);
    assert_eq!(site.get("/settings/keys").await.header("location"), "/settings#keys");
}

#[tokio::test]
async fn every_plugin_can_be_told_where_this_server_is() {
    let site = Site::empty().await;
    let html = site.ask("GET", "/settings", &[("host", "127.0.0.1:7777")]).await.html();
    for about in opensync_sources::KNOWN {
        let Some(plugin) = &about.plugin else { continue };
        assert!(html.contains(&format!("id=\"plugin-{}\"", about.id)), "{}", about.id);
        assert!(
            html.contains(&format!("&gt; ~/{}", plugin.file)) || html.contains(&format!("&#62; ~/{}", plugin.file))
        );
    }
    assert!(html.contains("http://127.0.0.1:7777/convex.site"), "for a login");
    assert!(!html.contains("http://localhost"), "the address is the one that was asked");
    assert!(!text(&html).contains("just now, 1 session"));
    let key = site.store.create_key(&UserId::local(), "hook", &[Scope::Sync]).await.unwrap().secret;
    let body = r#"{"externalId":"S","source":"pi"}"#.to_owned();
    let sent = site.send("POST", "/sync/session", &[("authorization", &format!("Bearer {key}"))], body).await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    let page = text(&site.get("/settings").await.html());
    assert!(page.contains("pi-opensync-plugin Pi just now , 1 session"), "{page}");
}
