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

#[test]
fn every_active_filter_has_a_chip_that_removes_it_alone() {
    let page = list("q=fix+me&source=pi,cursor&range=7d&project=a&model=m&sort=cost", 1);
    let chips: Vec<_> = page.chips.iter().map(|chip| (chip.field, chip.value.as_str(), chip.href.as_str())).collect();
    assert_eq!(chips.len(), 6);
    assert_eq!(chips[1], ("Source", "Cursor", "/sessions?q=fix+me&source=pi&project=a&model=m&range=7d&sort=cost"));
    assert_eq!(page.clear_href(), "/sessions?sort=cost");
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
    assert!(!page.render().unwrap().contains("class=\"opts\""));
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
    assert_eq!(looser.iter().map(|looser| looser.label).collect::<Vec<_>>(), ["Any title", "Any source", "Any date"]);
    assert_eq!(looser[2].filter, Filter { range: Range::All, ..filter.clone() });
    assert_eq!(loosen::heading(&filter), "No sessions match these three filters");
    assert_eq!(
        loosen::sentence(&filter),
        "There is no session from Pi, created today, with a word in the title that starts with “refactr”."
    );
    let one = ListQuery::parse("source=pi").filter;
    assert!(Loosening::of(&one).is_empty());
}
