use askama::Template;
use opensync_core::filter::{Cursor, Filter, ListQuery, Range};
use opensync_core::session::{Facets, Totals};

use super::samples::{facets, sessions};
use super::*;
use crate::page::samples::shell;

fn list(query: &str, rows: usize) -> SessionListPage {
    let shell = shell();
    let sessions = sessions(shell.now.as_millisecond());
    let totals = Totals { sessions: 1284, sub_agents: 12, tokens: Some(519_200_000), ..Totals::default() };
    let next = Some(Cursor { value: None, created_at: 1, key: 2 });
    let query = ListQuery::parse(query);
    SessionListPage::new(
        shell,
        &query,
        Density::Comfortable,
        totals,
        3907,
        &facets(),
        &sessions[..rows],
        next,
        Vec::new(),
    )
}

#[test]
fn a_row_leads_to_its_session_and_keeps_the_filters() {
    let html = list("source=pi&sort=cost", 1).render().unwrap();
    let id = &sessions(0)[0].id;
    assert!(html.contains(&format!("href=\"/sessions/{id}?source=pi&#38;sort=cost\"")), "{html}");
}

#[test]
fn the_next_page_keeps_the_filters_and_is_only_rows() {
    let page = list("q=fix&cursor=5_5_5", 25);
    let rows = page.as_rows().render().unwrap();
    assert_eq!(rows.matches("class=\"row\"").count(), 25);
    assert!(rows.contains("href=\"/sessions?q=fix&#38;cursor=n_1_2\""));
    assert!(!rows.contains("<h1"));
}

#[test]
fn results_are_the_list_with_its_controls_but_no_page() {
    let results = list("range=7d", 3).as_results().render().unwrap();
    assert!(results.trim_start().starts_with("<div id=\"results\""));
    assert!(results.contains("data-key=\"range=7d\""));
    assert!(!results.contains("<html"));
}

#[test]
fn the_first_click_on_a_column_sorts_down_and_the_second_up() {
    let hrefs = |query: &str| list(query, 1).columns.map(|column| column.href);
    assert_eq!(
        hrefs("q=a"),
        ["sort=messages", "sort=tokens", "sort=cost", "order=asc"].map(|sort| format!("/sessions?q=a&{sort}"))
    );
    assert_eq!(hrefs("sort=cost")[2], "/sessions?sort=cost&order=asc");
    assert_eq!(hrefs("sort=cost&order=asc")[2], "/sessions?sort=cost");
    assert_eq!(hrefs("sort=cost&order=asc")[3], "/sessions");
}

/// A filter of every kind there is.
const EVERYTHING: &str = "q=fix+%22log+in%22+-draft&source=pi,cursor&project=a,b&model=m&provider=p&branch=main&machine=box&tag=bug\
     &public=1&live=1&subagent=1&eval=golden,none,ready&in=tools&min_cost=1&max_tokens=9000&min_messages=3\
     &max_messages=9&range=7d";

#[test]
fn every_active_filter_has_a_chip_that_removes_it_alone() {
    let page = list(&format!("{EVERYTHING}&sort=cost"), 1);
    let whole = page.query.filter.clone();
    let chips: Vec<_> = page.chips.iter().map(|chip| (chip.field, chip.value.as_str())).collect();
    let expected = [
        ("Word", "fix"),
        ("Phrase", "“log in”"),
        ("Without", "draft"),
        ("Search", "in tool calls too"),
        ("Source", "Cursor"),
        ("Source", "Pi"),
        ("Created", "last 7 days"),
        ("Project", "a"),
        ("Project", "b"),
        ("Model", "m"),
        ("Provider", "p"),
        ("Branch", "main"),
        ("Machine", "box"),
        ("Tag", "bug"),
        ("Verdict", "golden"),
        ("Verdict", "none"),
        ("Only", "public"),
        ("Only", "live"),
        ("Only", "sub-agents"),
        ("Only", "ready for evals"),
        ("Cost", "at least $1"),
        ("Tokens", "at most 9k"),
        ("Messages", "between 3 and 9"),
    ];
    assert_eq!(chips, expected);
    let mut addresses = std::collections::BTreeSet::new();
    for chip in &page.chips {
        let without = ListQuery::parse(chip.href.strip_prefix("/sessions?").unwrap());
        assert_eq!(without.sort, SortKey::Cost, "{chip:?}");
        assert_ne!(without.filter, whole, "{chip:?}");
        assert!(addresses.insert(chip.href.clone()), "{chip:?}");
    }
    assert_eq!(page.clear_href(), "/sessions?sort=cost");
    assert_eq!(list("q=a&min_cost=1.000001&source=pi", 1).chips[2].value, "over $1");
    assert_eq!(list("min_cost=2&max_cost=2", 1).chips[0].value, "exactly $2");
}

#[test]
fn the_last_word_takes_the_order_by_relevance_with_it() {
    let page = list("q=fix&sort=relevance", 1);
    assert_eq!(page.chips[0].href, "/sessions");
    assert_eq!(page.sorted_by(), "Best match");
    let sorts = |query: &str| list(query, 1).sorts.len();
    assert_eq!((sorts(""), sorts("q=-fix"), sorts("q=fix")), (8, 8, 9));
    let hrefs = list("q=fix&source=pi&sort=relevance", 1).columns.map(|column| column.aria_sort());
    assert_eq!(hrefs, [None; 4]);
}

#[test]
fn the_menu_of_more_filters_shows_and_clears_its_own() {
    let page = list(EVERYTHING, 1);
    let checked: Vec<_> = (page.more.groups.iter().flat_map(|group| &group.options))
        .filter(|flag| flag.checked)
        .map(|flag| (flag.name, flag.value))
        .collect();
    let expected = [
        ("live", "1"),
        ("public", "1"),
        ("subagent", "1"),
        ("eval", "ready"),
        ("eval", "golden"),
        ("eval", "none"),
        ("in", "tools"),
    ];
    assert_eq!(checked, expected);
    let ends: Vec<_> = page.more.spans.iter().map(|span| span.ends.clone()).collect();
    assert_eq!(ends, [["1", ""], ["", "9000"], ["3", "9"]]);
    assert_eq!(page.more.active, 10);
    let left = page.without_href("more");
    assert!(
        left.ends_with("&source=cursor,pi&project=a,b&model=m&provider=p&branch=main&machine=box&tag=bug&range=7d"),
        "{left}"
    );
    // The form sends each of them once.
    let carried: Vec<&str> = page.carried.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(carried, ["provider", "branch", "machine", "tag"]);
}

#[test]
fn saved_views_are_marked_and_a_list_without_a_name_can_be_saved() {
    let views = crate::page::view_list::sample_views();
    let html = |query: &str| list(query, 1).with_views(&views).as_results().render().unwrap();
    let plain = html("");
    assert!(plain.contains("href=\"/sessions?min_cost=1&#38;range=7d&#38;sort=cost\""), "{plain}");
    assert!(!plain.contains("Save view"));
    let shown = html("max_cost=&min_cost=1&range=7d&sort=cost");
    assert!(shown.contains("<span class=\"vh\">View: </span><span class=\"t\">Costly this week</span>"), "{shown}");
    assert!(!shown.contains("Save view"));
    let new = html("min_cost=1&range=7d");
    assert!(new.contains("Save view") && new.contains("name=\"query\" value=\"min_cost=1&#38;range=7d\""), "{new}");
}

#[test]
fn a_menu_keeps_active_values_it_does_not_offer() {
    let page = list("project=gone&source=claude-code", 1);
    let [source, project, model] = &page.menus;
    assert_eq!((source.checked, project.checked, model.checked), (1, 1, 0));
    assert!(project.options.iter().any(|option| option.value == "gone" && option.checked));
}

#[test]
fn a_value_with_a_comma_survives_the_form() {
    let page = list("", 1);
    let value = &page.menus[1].options.iter().find(|option| option.label == "a, b and c").unwrap().value;
    assert_eq!(ListQuery::parse(&format!("project={value}")).filter.projects, ["a, b and c"]);
}

#[test]
fn a_menu_without_values_is_not_drawn() {
    let page = SessionListPage::new(
        shell(),
        &ListQuery::default(),
        Density::Compact,
        Totals::default(),
        0,
        &Facets::default(),
        &[],
        None,
        Vec::new(),
    );
    let html = page.render().unwrap();
    assert!(["source", "project", "model"].iter().all(|name| !html.contains(&format!("id=\"menu-{name}\""))));
}

#[test]
fn what_agents_wrote_is_text() {
    let shell = shell();
    let mut session = sessions(0).remove(0);
    session.title = "<script>alert(1)</script>".to_owned();
    session.source = "\"><img src=x>".to_owned();
    let page = SessionListPage::new(
        shell,
        &ListQuery::default(),
        Density::Comfortable,
        Totals { sessions: 1, ..Totals::default() },
        1,
        &facets(),
        &[session],
        None,
        Vec::new(),
    );
    let html = page.render().unwrap();
    assert!(!html.contains("<script>") && !html.contains("<img"));
}

#[test]
fn nothing_found_names_the_filters_and_offers_each_loosened() {
    let filter = ListQuery::parse("q=refactr&source=pi&range=today").filter;
    let looser = Loosening::of(&filter);
    let labels: Vec<_> = looser.iter().map(|looser| looser.label.as_str()).collect();
    assert_eq!(labels, ["Without “refactr”", "Any source", "Any date"]);
    assert_eq!(looser[2].filter, Filter { range: Range::All, ..filter.clone() });
    assert_eq!(loosen::heading(&filter), "No sessions match these three filters");
    assert_eq!(
        loosen::sentence(&filter),
        "There is no session from Pi, created today, with a word that starts with “refactr”."
    );
    let one = ListQuery::parse("source=pi").filter;
    assert!(Loosening::of(&one).is_empty());
    assert_eq!(loosen::heading(&one), "No sessions match this filter");
}

#[test]
fn nothing_found_knows_every_kind_of_filter() {
    let filter = ListQuery::parse(EVERYTHING).filter;
    assert_eq!(loosen::heading(&filter), "No sessions match these 20 filters");
    assert_eq!(
        loosen::sentence(&filter),
        "There is no session from Cursor or Pi, in a or b, with m, served by p, on branch main, recorded on box, tagged \
         bug, with the verdict golden or none, that is public, that is live, started by another session, that is ready for evals, \
         that cost at least $1, with at most 9k tokens, with between 3 and 9 messages, created in the last 7 days, with \
         a word that starts with “fix”, with the phrase “log in”, without “draft”, not even in tool calls."
    );
    let all = Loosening::of(&ListQuery::parse("eval=none&public=1&branch=main&in=tools").filter);
    let labels: Vec<_> = all.iter().map(|looser| looser.label.as_str()).collect();
    assert_eq!(labels, ["Any branch", "Any verdict", "Not only public"]);
    for looser in Loosening::of(&filter) {
        assert_ne!(looser.filter, filter, "{}", looser.label);
    }
}
