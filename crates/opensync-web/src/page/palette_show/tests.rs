use askama::Template;

use super::samples::{asked, palette};
use super::*;
use crate::page::samples::shell;

fn labels(page: &PaletteShowPage, group: &str) -> Vec<String> {
    let group = page.groups.iter().find(|found| found.name == group);
    let text = |item: &Item| item.label.pieces.iter().map(|(piece, _)| piece.as_str()).collect();
    group.map(|group| group.items.iter().map(text).collect()).unwrap_or_default()
}

#[test]
fn before_anything_is_typed_it_offers_sessions_views_and_commands() {
    let page = palette(&shell(), asked("", ""), 5);
    assert_eq!(
        page.groups.iter().map(|group| group.name).collect::<Vec<_>>(),
        ["Newest sessions", "Saved views", "Commands"]
    );
    assert!(!labels(&page, "Commands").iter().any(|label| label.starts_with("Sort") || label.starts_with("Clear")));
}

#[test]
fn names_are_found_by_the_beginnings_of_all_words() {
    let page = palette(&shell(), asked("trail api", ""), 2);
    assert_eq!(labels(&page, "Projects"), ["trailhead-api"]);
    assert_eq!(labels(&page, "Saved views"), [""; 0]);
    let page = palette(&shell(), asked("cost", ""), 2);
    assert_eq!(labels(&page, "Saved views"), ["Costly this week"]);
    assert_eq!(labels(&page, "Commands"), ["Sort: highest cost", "Sort: lowest cost"]);
    assert_eq!(page.groups[0].items[0].label.pieces[0], ("Costly".to_owned(), true));
}

#[test]
fn filters_in_the_text_are_about_sessions_alone() {
    for text in ["source:pi", "list source:pi", "list -draft"] {
        let page = palette(&shell(), asked(text, ""), 2);
        assert_eq!(page.groups.iter().map(|group| group.name).collect::<Vec<_>>(), ["Sessions"], "{text}");
        assert_eq!(labels(&page, "Sessions").last().unwrap(), "Show all 32 sessions that match");
    }
}

#[test]
fn what_is_no_search_finds_nothing_and_is_named() {
    let page = palette(&shell(), asked("cost:x", ""), 5);
    assert_eq!(page.count, 0);
    let html = page.as_found().render().unwrap();
    assert!(html.contains("not a number") && !html.contains("listbox"), "{html}");
}

#[test]
fn commands_keep_the_list_that_is_open() {
    let page = palette(&shell(), asked("", "source=pi&sort=cost"), 5);
    let hrefs: Vec<_> = (page.groups.iter().flat_map(|group| &group.items))
        .filter_map(|item| match &item.act {
            Act::Go(href) => Some(href.as_str()),
            _ => None,
        })
        .collect();
    assert!(hrefs[0].starts_with("/sessions/") && hrefs[0].ends_with("?source=pi&sort=cost"), "{}", hrefs[0]);
    assert!(hrefs.contains(&"/sessions?sort=cost"), "clear all filters keeps the order");
    assert!(hrefs.contains(&"/sessions?source=pi&sort=cost&density=compact"));
}

#[test]
fn every_item_is_an_option_with_an_id_of_its_own() {
    let page = palette(&shell(), asked("l", ""), 8);
    let html = page.as_found().render().unwrap();
    assert_eq!(html.matches("role=\"option\"").count(), page.count);
    for number in 0..page.count {
        assert_eq!(html.matches(&format!("id=\"palette-{number}\"")).count(), 1);
    }
    assert!(html.contains(&format!("data-said=\"{} results\"", page.count)));
}
