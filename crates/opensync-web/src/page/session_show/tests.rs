use askama::Template;

use super::samples;

fn rendered() -> Vec<(&'static str, String)> {
    let pages = samples::samples().into_iter().map(|(name, page)| (name, page.render().unwrap()));
    let parts = samples::parts().into_iter().map(|(name, page)| (name, page.render().unwrap()));
    pages.chain(parts).collect()
}

fn sample(name: &str) -> String {
    rendered().into_iter().find(|(found, _)| *found == name).unwrap().1
}

#[test]
fn every_sample_is_well_formed() {
    for (name, html) in rendered() {
        for element in [
            "div", "details", "article", "section", "aside", "p", "a", "span", "pre", "ul", "dl", "nav", "h2", "figure",
        ] {
            let open = html.matches(&format!("<{element}>")).count() + html.matches(&format!("<{element} ")).count();
            assert_eq!(open, html.matches(&format!("</{element}>")).count(), "{element} in {name}");
        }
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "ids of {name}: {ids:?}");
    }
}

#[test]
fn nothing_hostile_gets_through() {
    let html = sample("session-hostile");
    for forbidden in
        ["<script>", "<img src=x", "onerror=alert(1)>", "\" onmouseover=\"", "href=\"javascript", "\u{1b}", " style="]
    {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn what_is_unknown_is_not_zero() {
    // The key that takes a verdict away.
    let html = sample("session-bare").replace("<kbd>0</kbd>", "");
    assert!(html.contains("n/a"));
    assert!(!html.contains("$0") && !html.contains(">0 tokens") && !html.contains(">0<"));
}

#[test]
fn tokens_and_times_stand_beside_each_message() {
    let html = sample("session");
    for text in ["186 prompt tokens", "1,108 completion tokens", "+00:00:14", "href=\"/sessions/", "212 tokens"] {
        assert!(html.contains(text), "{text}");
    }
}

#[test]
fn results_stand_with_their_calls() {
    let html = sample("session");
    assert!(html.contains("4 tool calls"));
    assert!(html.contains("Read ×2, Grep, Bash"));
    assert!(html.contains("exit 100"));
    assert_eq!(html.matches("class=\"msg from-tool\"").count(), 1, "only the result without a call stands alone");
    assert!(html.contains("no result"));
}

#[test]
fn long_output_is_cut_and_offered_whole() {
    let html = sample("session");
    assert!(html.contains("Show all 2,310 lines"));
    assert!(html.contains("Show all 186 lines"));
    let whole = sample("part-output");
    assert!(whole.matches("6 passed").count() == 2_310 && !whole.contains("Show all"));
}

#[test]
fn fragments_bring_their_own_edges() {
    let page = &samples::samples()[1].1;
    let fragment = page.as_messages().render().unwrap();
    assert!(fragment.contains("data-edge=\"before\"") && fragment.contains("data-edge=\"after\""));
    assert!(!fragment.contains("class=\"rail\""));
    let panel = page.as_panel().render().unwrap();
    assert!(panel.contains("class=\"rail\"") && !panel.contains("<html"));
}

#[test]
fn copied_messages_are_marked_once() {
    let html = sample("session-fork");
    assert_eq!(html.matches("Inherited from").count(), 1);
    assert!(html.contains("at least $2.94") && html.contains("<small>at least</small> $2.94"));
}
