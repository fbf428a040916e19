//! The session list, the empty archive, and pages that are not there.

use opensync_core::UserId;
use opensync_core::filter::{Order, Selection, SortKey};

use crate::html::{addresses, assert_inert, is_whole, links, sessions, tags, text};
use crate::support::Site;

/// The ids a list shows, in order, from the store.
async fn listed(site: &Site, sort: SortKey, order: Order) -> Vec<String> {
    let all = site.store.session_list(&UserId::local(), &Selection::default(), sort, order, None, 100).await.unwrap();
    all.sessions.iter().map(|session| session.id.to_string()).collect()
}

/// The link to the next page of a list.
fn next(html: &str) -> Option<String> {
    links(html).into_iter().map(|(href, _)| href).find(|href| href.contains("cursor="))
}

#[tokio::test]
async fn the_root_leads_to_the_list() {
    let answer = Site::real().await.get("/").await;
    assert!(answer.status.is_redirection());
    assert_eq!(answer.header("location"), "/sessions");
}

#[tokio::test]
async fn the_list_shows_sessions_in_order_and_links_to_the_rest() {
    let site = Site::real().await;
    let all = listed(&site, SortKey::Date, Order::Desc).await;
    assert_eq!(all.len(), 26, "sub-agents are folded under their parents");
    let html = site.get("/sessions").await.html();
    assert!(is_whole(&html));
    assert_eq!(sessions(&html), all[..25]);
    assert!(text(&html).contains("26 sessions"));
    let next_page = next(&html).unwrap();
    let rest = site.get(&next_page).await.html();
    assert_eq!(sessions(&rest), all[25..]);
    assert_eq!(next(&rest), None);
    assert!(links(&rest).iter().any(|(href, _)| href == "/sessions"), "the way back to the beginning");
}

#[tokio::test]
async fn the_list_follows_filters_and_order() {
    let site = Site::real().await;
    let cheapest = site.get("/sessions?sort=cost&order=asc").await.html();
    assert_eq!(sessions(&cheapest), listed(&site, SortKey::Cost, Order::Asc).await[..25]);
    let html = site.get("/sessions?source=claude-code&project=atlas-site").await.html();
    assert_eq!(sessions(&html), [site.id("12f9be30-187b-4d9c-96c8-e52e0a7f1704").await]);
    assert!(text(&html).contains("1 of 26 sessions"));
    // Each filter can be taken away, and the session opens with the list it was found in.
    let hrefs: Vec<String> = links(&html).into_iter().map(|(href, _)| href).collect();
    for without in ["/sessions?source=claude-code", "/sessions?project=atlas-site"] {
        assert!(hrefs.iter().any(|href| href == without), "{without}");
    }
    let opened = hrefs.iter().find(|href| href.starts_with("/sessions/")).unwrap();
    assert!(opened.ends_with("?source=claude-code&project=atlas-site"), "{opened}");
}

#[tokio::test]
async fn a_form_is_sent_on_to_its_canonical_address() {
    let site = Site::real().await;
    for (form, canonical) in [
        ("q=&source=Codex-CLI&range=all&from=&to=", "/sessions?source=codex-cli"),
        ("source=codex-cli&source=claude-code&sort=date&order=desc", "/sessions?source=claude-code,codex-cli"),
        ("range=yesterday&sort=size&cursor=x", "/sessions"),
        ("q=+two++words+", "/sessions?q=two+words"),
    ] {
        let answer = site.get(&format!("/sessions?{form}")).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, canonical.to_owned()), "{form}");
        assert_eq!(site.get(canonical).await.status, 200, "{canonical}");
        let part = site.fragment(&format!("/sessions?{form}"), "div#results").await;
        assert_eq!((part.status.as_u16(), part.header("hx-push-url")), (200, canonical.to_owned()), "{form}");
    }
}

#[tokio::test]
async fn typing_a_search_adds_one_step_to_the_history() {
    let site = Site::real().await;
    for (from, to, step) in [
        ("/sessions", "q=f", "hx-push-url"),
        ("/sessions?q=f", "q=fi", "hx-replace-url"),
        ("/sessions?q=f&source=codex-cli", "q=fi", "hx-push-url"),
        ("/sessions?q=f", "", "hx-push-url"),
    ] {
        let from = format!("http://localhost:6796{from}");
        let headers = [("hx-request-type", "partial"), ("hx-target", "div#results"), ("hx-current-url", &*from)];
        let path = if to.is_empty() { "/sessions".to_owned() } else { format!("/sessions?{to}") };
        let answer = site.ask("GET", &path, &headers).await;
        assert_eq!(answer.header(step), path, "from {from}");
        let other = if step == "hx-push-url" { "hx-replace-url" } else { "hx-push-url" };
        assert_eq!(answer.header(other), "", "from {from}");
    }
    let rows = site.fragment("/sessions?cursor=1_1_1", "tr#more").await;
    assert_eq!((rows.header("hx-push-url"), rows.header("hx-replace-url")), (String::new(), String::new()));
}

#[tokio::test]
async fn a_session_named_in_the_lists_address_opens_beside_it() {
    let site = Site::real().await;
    for (asked, opened) in [
        ("source=codex-cli&session=abc123", "/sessions/abc123?source=codex-cli"),
        ("session=..%2F..%2F%3Cx%3E%0D%0Aabc", "/sessions/xabc"),
        ("session=&source=codex-cli", "/sessions?source=codex-cli"),
        ("session=%2F%2Fevil.example", "/sessions/evilexample"),
    ] {
        let answer = site.get(&format!("/sessions?{asked}")).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, opened.to_owned()), "{asked}");
    }
}

#[tokio::test]
async fn the_density_of_rows_is_remembered_and_not_in_the_address() {
    let site = Site::real().await;
    let answer = site.get("/sessions?source=codex-cli&density=compact").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/sessions?source=codex-cli".to_owned()));
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("density=compact;") && cookie.contains("SameSite"), "{cookie}");
    let of = async |cookie: &str| site.ask("GET", "/sessions", &[("cookie", cookie)]).await.html();
    assert_ne!(of("density=compact").await, of("density=comfortable").await);
}

#[tokio::test]
async fn a_script_gets_the_part_it_asked_for() {
    let site = Site::real().await;
    let all = listed(&site, SortKey::Date, Order::Desc).await;
    let results = site.fragment("/sessions", "div#results").await.html();
    assert!(!is_whole(&results));
    assert!(results.trim_start().starts_with("<div id=\"results\""), "what replaces the results: {results:.80}");
    assert_eq!(sessions(&results), all[..25]);
    let rows = site.fragment(&next(&results).unwrap(), "tr#more").await.html();
    assert_eq!(tags(&rows)[0].name, "tr", "rows alone");
    assert!(!tags(&rows).iter().any(|tag| tag.get("id") == Some("results")));
    assert_eq!(sessions(&rows), all[25..]);
    let panel = site.fragment(&format!("/sessions/{}", all[0]), "div#panel").await.html();
    assert!(!is_whole(&panel) && !tags(&panel).iter().any(|tag| tag.get("id") == Some("results")));
    // A boosted link of a browser that wants the whole page says so.
    let headers = [("hx-request", "true"), ("hx-request-type", "full"), ("hx-target", "body")];
    assert!(is_whole(&site.ask("GET", "/sessions", &headers).await.html()));
}

#[tokio::test]
async fn an_empty_archive_names_every_tool_and_where_it_was_looked_for() {
    let site = Site::empty().await;
    std::fs::create_dir_all(site.home().join(".codex")).unwrap();
    let page = site.get("/sessions").await.html();
    for html in [&page, &site.fragment("/sessions", "div#results").await.html()] {
        let text = text(html);
        for about in opensync_sources::KNOWN {
            assert!(text.contains(about.name), "{}", about.name);
            for root in about.roots {
                let path = site.home().join(root).display().to_string();
                assert!(text.contains(&path), "{path}");
            }
        }
        assert_eq!(opensync_sources::KNOWN.len(), 7);
        assert!(text.contains("opensync import") && text.contains("opensync doctor"));
        assert_eq!(sessions(html), [""; 0]);
    }
    assert!(text(&page).contains("Codex CLI has sessions on this machine"));
    assert_inert(&page, "the empty archive");
}

#[tokio::test]
async fn a_list_that_matches_nothing_says_why_and_offers_ways_out() {
    let site = Site::real().await;
    let html = site.get("/sessions?q=zzz&source=codex-cli&range=7d").await.html();
    assert_eq!(sessions(&html), [""; 0]);
    assert!(text(&html).contains("zzz"));
    let links = links(&html);
    assert!(links.iter().any(|(href, _)| href == "/sessions"), "clear all");
    let without = links.iter().find(|(href, _)| href.contains("source=codex-cli") && !href.contains("zzz")).unwrap();
    assert_eq!(site.get(&without.0).await.status, 200);
    let past = site.get("/sessions?cursor=1_1_1").await.html();
    assert_eq!(sessions(&past), [""; 0]);
    assert!(text(&past).contains("end of the list"));
}

#[tokio::test]
async fn an_address_nothing_has_is_a_page_that_leads_back() {
    let site = Site::real().await;
    let id = site.id("bc44bb71-7c8b-404c-a9b8-68011b04f1cf").await;
    let mut paths =
        ["/nowhere", "/sessions/nothing", "/sessions/%FF", "/sessions/nothing/messages"].map(str::to_owned).to_vec();
    for rest in ["parts/999/0", "parts/0/99", "parts/a/b", "parts/-1/0", "parts/0/0/image", "parts/999/0/image", "x"] {
        paths.push(format!("/sessions/{id}/{rest}"));
    }
    for path in paths {
        let answer = site.get(&path).await;
        assert_eq!(answer.status, 404, "{path}");
        let html = answer.text();
        assert!(is_whole(&html) && answer.header("content-type").starts_with("text/html"), "{path}");
        assert!(text(&html).contains("not found"), "{path}");
        assert!(links(&html).iter().any(|(href, _)| href == "/sessions"), "{path}");
        assert_inert(&html, &path);
        let part = site.fragment(&path, "div#panel").await;
        assert_eq!(part.status, 404, "{path}");
        assert!(!is_whole(&part.text()) && !part.body.is_empty(), "{path}");
    }
    assert_eq!(site.ask("POST", "/sessions", &[]).await.status, 405);
}

#[tokio::test]
async fn every_link_of_every_page_leads_somewhere_and_no_page_holds_script_or_style() {
    let site = Site::real().await;
    let mut waiting = vec!["/sessions".to_owned(), "/sessions?q=zzz".to_owned()];
    let mut seen = 0;
    let mut known = std::collections::BTreeSet::new();
    while let Some(path) = waiting.pop() {
        // Combinations of filters have no end; two of them say enough.
        if path.matches(['&', ',']).count() > 1 || !known.insert(path.clone()) {
            continue;
        }
        seen += 1;
        let answer = site.get(&path).await;
        assert!(answer.status.is_success() || answer.status == 303, "{path}: {}", answer.status);
        if answer.status == 200 && answer.header("content-type").starts_with("text/html") && seen < 400 {
            let html = answer.html();
            assert_inert(&html, &path);
            waiting.extend(addresses(&html));
        }
    }
    assert!(seen > 100, "{seen} pages");
}

#[tokio::test]
async fn the_strip_about_the_import_is_empty_when_none_runs() {
    let site = Site::real().await;
    let answer = site.fragment("/import/progress", "div#import").await;
    assert!(!is_whole(&answer.html()));
}

#[tokio::test]
async fn filters_that_are_typed_become_chips_and_mistakes_are_named() {
    let site = Site::real().await;
    let answer = site.get("/sessions?q=messages%3A%3E7+source%3Aclaude").await;
    assert_eq!(answer.status, 303, "to the address with parameters");
    let html = site.get(&answer.header("location")).await.html();
    let chips = html.split("class=\"chips\"").nth(1).and_then(|rest| rest.split("</ul>").next()).unwrap();
    assert!(chips.contains("Messages</b> at least 8"), "{chips}");
    assert!(html.contains("name=\"min_messages\""), "the form carries it along");
    assert_eq!(html.matches("class=\"row\"").count(), 2);
    let html = site.get("/sessions?q=cost%3A%3Eabc+discount").await.html();
    assert!(html.contains("class=\"note warn\"") && html.contains("not a number"), "{html}");
    assert_eq!(html.matches("class=\"row\"").count(), 6, "the rest applies");
}
