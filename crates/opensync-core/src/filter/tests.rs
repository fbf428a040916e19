use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;

fn parsed(text: &str) -> Filter {
    let (filter, complaints) = Filter::parse_text(text);
    assert_eq!(complaints, [], "{text}");
    filter
}

fn complaints(text: &str) -> Vec<(String, String)> {
    let complaints = Filter::parse_text(text).1.into_iter();
    complaints.map(|complaint| (text[complaint.range].to_owned(), complaint.text)).collect()
}

#[test]
fn a_form_and_its_canonical_url_mean_the_same() {
    let form = "q=+fix++me&source=pi&source=Codex-CLI&range=7d&from=&to=&sort=cost&order=asc&x=1";
    let parsed = ListQuery::parse(form);
    assert_eq!(parsed.to_query(), "q=fix+me&source=codex-cli,pi&range=7d&sort=cost&order=asc");
    assert_eq!(ListQuery::parse(&parsed.to_query()), parsed);
}

#[test]
fn bad_values_fall_back() {
    let parsed = ListQuery::parse("range=yesterday&sort=size&order=up&cursor=zzz&from=2026-13-01");
    assert_eq!(parsed, ListQuery::default());
    assert_eq!(parsed.to_query(), "");
}

#[test]
fn a_custom_range_covers_both_days_in_the_viewers_zone() {
    let zone = TimeZone::get("America/New_York").unwrap();
    let range = ListQuery::parse("from=2026-11-01&to=2026-11-01").filter.range;
    let now = "2026-11-23T12:00:00Z".parse().unwrap();
    let (from, until) = range.bounds(now, &zone);
    // The clock goes back that day: it has 25 hours.
    assert_eq!(until.unwrap() - from.unwrap(), 25 * 3_600_000);
    assert_eq!(from, crate::time::parse("2026-11-01T04:00:00Z"));
}

#[test]
fn today_starts_at_local_midnight() {
    let now = "2026-11-23T03:00:00Z".parse().unwrap();
    let zone = TimeZone::get("America/New_York").unwrap();
    assert_eq!(Range::Today.bounds(now, &zone).0, crate::time::parse("2026-11-22T05:00:00Z"));
    assert_eq!(Range::Days(7).bounds(now, &zone).0, crate::time::parse("2026-11-16T03:00:00Z"));
}

#[test]
fn dates_the_wrong_way_round_are_swapped() {
    let range = ListQuery::parse("from=2026-11-10&to=2026-11-01").filter.range;
    assert_eq!(range, ListQuery::parse("from=2026-11-01&to=2026-11-10").filter.range);
}

#[test]
fn texts_are_written_in_one_way() {
    let cases = [
        ("", ""),
        ("  fix   me ", "fix me"),
        (r#"fix "log  in" -draft -"old one""#, r#"fix "log in" -draft -"old one""#),
        ("“smart quotes” x", r#""smart quotes" x"#),
        (r#""still typi"#, r#""still typi*""#),
        (r#"a\b "c\d" "say \"hi\"""#, r#"a\b "c\\d" "say \"hi\"""#),
        ("SOURCE:Pi,codex source:pi fix", "fix source:codex,pi"),
        (
            r#"project:"my app",b branch:feature/x tag:a machine:"big one""#,
            r#"project:b,"my app" branch:feature/x machine:"big one" tag:a"#,
        ),
        (r#"project:"a, b""#, r#"project:"a, b""#),
        ("is:live,public status:needs-review,golden", "status:golden,needs_review is:public is:live"),
        ("in:tools is:sub-agent is:evalready", "is:subagent is:evalready in:tools"),
        ("cost:>1 tokens:<10k messages:>100", "cost:>1 tokens:<10k messages:>100"),
        ("cost:$0.50..2 tokens:>=1.5m messages:5", "cost:0.5..2 tokens:>=1500k messages:=5"),
        ("cost:>=1 cost:<=2 messages:20..10 tokens:..3k", "cost:1..2 tokens:<=3k messages:10..20"),
        ("after:7d", "after:7d"),
        ("after:2w", "after:14d"),
        ("after:today", "after:today"),
        ("before:2026-10-01 after:2026-09-01", "after:2026-09-01 before:2026-10-01"),
        ("model:opus provider:anthropic", "model:opus provider:anthropic"),
    ];
    for (text, canonical) in cases {
        assert_eq!(parsed(text).to_text(), canonical, "{text}");
        assert_eq!(parsed(canonical), parsed(text));
    }
}

#[test]
fn what_only_looks_like_a_filter_is_a_word() {
    for text in [
        "http://example.org",
        "std::fs",
        "12:30",
        "localhost:3000",
        "C:\\work",
        "fix:",
        "TypeError:foo",
        "model::User",
        "source://x",
        "--no-verify",
        "->x",
        "a-b",
        "5\"",
        "x:y",
    ] {
        let filter = parsed(text);
        assert_eq!(filter.words.len(), 1, "{text}");
        assert_eq!((filter.words[0].text(), filter.words[0].is_phrase()), (text, false));
        assert_eq!(filter.to_text(), text);
    }
}

#[test]
fn dates_are_days_of_the_viewer() {
    assert_eq!(parsed("before:2026-10-01").range, Range::Between(None, Some(date(2026, 9, 30))));
    assert_eq!(parsed("after:2026-10-01").range, Range::Between(Some(date(2026, 10, 1)), None));
    let swapped = Range::Between(Some(date(2026, 9, 1)), Some(date(2026, 9, 30)));
    assert_eq!(parsed("before:2026-09-01 after:2026-10-01").range, swapped);
}

#[test]
fn complaints_say_where_and_how() {
    let all = "source:, project:, model:, provider:, branch:, machine:, tag:, status:, is:, in:, cost:, tokens:, messages:, after: and before:";
    let cases = [
        ("cost:>abc", "`cost:>abc`: not a number. Write cost:>1 or cost:0.50..2."),
        ("tokens:<10x", "`tokens:<10x`: not a number. Write tokens:<10k or tokens:1k..2m."),
        ("messages:1,5", "`messages:1,5`: not a number. Write messages:>100 or messages:10..20."),
        ("messages:<0", "`messages:<0`: not a number. Write messages:>100 or messages:10..20."),
        (
            "status:gold",
            "`status:gold`: there is no `gold`. There is golden, correct, incorrect, needs_review and none.",
        ),
        ("is:open", "`is:open`: there is no `open`. There is public, live, subagent and evalready."),
        ("in:text", "`in:text`: there is no `text`. There is tools."),
        ("after:soon", "`after:soon`: not a date. Write after:7d, after:today or after:2026-10-01."),
        ("before:7d", "`before:7d`: not a date. Write before:2026-10-01."),
        ("source:", "`source:`: needs a value, such as source:pi."),
        ("-source:pi", "`-source:pi`: only words and phrases can be excluded with a dash."),
        ("!!!", "`!!!`: there is no letter or digit in it to search for."),
    ];
    for (piece, why) in cases {
        let text = format!("é fix {piece} now");
        assert_eq!(complaints(&text), [(piece.to_owned(), why.to_owned())]);
        assert_eq!(Filter::parse_text(&text).0, parsed("é fix now"), "the rest is applied");
    }
    let unknown = format!("There is no filter `foo:`. There are {all}. To search for the text, put it in quotes.");
    assert_eq!(complaints(r#"foo:"b c" x"#), [(r#"foo:"b c""#.to_owned(), unknown)]);
    assert_eq!(complaints("cost:>5 cost:<1").len(), 1);
    assert_eq!(complaints("after:7d before:2026-10-01").len(), 1);
    assert_eq!(complaints("after:2026-10-01 before:2026-10-01").len(), 1);
    assert_eq!(complaints("before:0001-01-01").len(), 1);
    assert_eq!(complaints(r#"project:"my ap"#).len(), 1);
    assert_eq!(Filter::parse_text(r#"project:"my ap"#).0.projects, ["my ap"]);
}

#[test]
fn filters_in_a_search_field_become_parameters() {
    let typed = ListQuery::parse("q=source%3Acodex-cli+fix+cost%3A%3E1&source=pi");
    assert_eq!(typed.to_query(), "q=fix&source=codex-cli,pi&min_cost=1.000001");
    let all = "q=%22log+in%22+-draft&source=pi&project=a,b%5C,c&model=m&provider=p&branch=x/y&machine=l&tag=t&public=1&live=1&\
               subagent=1&eval=golden,none,ready&in=tools&min_cost=0.5&max_cost=2&min_tokens=1000&max_tokens=2000&\
               min_messages=1&max_messages=9&from=2026-01-01&to=2026-02-01&sort=relevance&order=asc";
    let query = ListQuery::parse(all);
    assert_eq!(query.to_query().replace("%2F", "/"), all);
    let text = r#""log in" -draft source:pi project:a,"b,c" model:m provider:p branch:x/y machine:l tag:t status:golden,none is:public is:live is:subagent is:evalready in:tools cost:0.5..2 tokens:1k..2k messages:1..9 after:2026-01-01 before:2026-02-02"#;
    assert_eq!(query.filter.to_text(), text);
    let (_, complaints) = ListQuery::parse_with_complaints("q=+fix+cost%3Ax");
    assert_eq!(complaints[0].range, 4..10);
}

#[test]
fn relevance_needs_words() {
    assert_eq!(ListQuery::parse("sort=relevance&q=fix").sort, SortKey::Relevance);
    assert_eq!(ListQuery::parse("sort=relevance&q=-fix").sort, SortKey::Date);
    assert_eq!(ListQuery::parse("sort=relevance").to_query(), "");
}

#[test]
fn sources_are_known_by_shorter_names() {
    let known = ["one-code", "one-cli", "big-droid", "cur", "pi"];
    let resolve = |typed: &str| {
        let mut filter = Filter { sources: vec![typed.to_owned()], ..Filter::default() };
        let unknown = filter.resolve_sources(known);
        (filter.sources.concat(), unknown.len())
    };
    for (typed, id) in
        [("pi", "pi"), ("one-co", "one-code"), ("droid", "big-droid"), ("cur-sync", "cur"), ("cli", "one-cli")]
    {
        assert_eq!(resolve(typed), (id.to_owned(), 0), "{typed}");
    }
    for typed in ["one", "else", "curious"] {
        assert_eq!(resolve(typed), (typed.to_owned(), 1));
    }
}

#[test]
fn a_selection_has_what_must_and_must_not_be_found() {
    let filter = parsed(r#"fix "log in" -draft"#);
    let selection = filter.select("2026-11-23T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
    assert_eq!(selection.wanted, [Term::word("fix").unwrap(), Term::phrase("log in").unwrap()]);
    assert_eq!(selection.excluded, [Term::word("draft").unwrap()]);
    assert_eq!(filter.terms(), selection.wanted);
}

#[test]
fn words_are_kept_apart_from_filters() {
    for text in ["source:pi", "-x", "two words", "\"a", "foo:bar"] {
        let word = Word::new(text).unwrap();
        assert!(word.is_phrase());
        assert_eq!(parsed(&word.spell()).words, [word]);
    }
    assert!(!Word::new("a-b").unwrap().is_phrase());
    assert_eq!(Word::new(" ! "), None);
}

#[test]
fn bounds_say_what_they_contain() {
    let above = parsed("messages:>100").messages;
    assert!(above.contains(Some(101)) && !above.contains(Some(100)) && !above.contains(None));
    assert!(Bounds::default().contains(None));
}

fn item() -> impl Strategy<Value = String> {
    let odd = r#"[a-zA-Z0-9,\\ "“:é/&=%+.\n-]{1,12}"#;
    prop_oneof![odd, "\\PC{1,6}"]
        .prop_map(|text| text.trim().to_owned())
        .prop_filter("not empty", |text| !text.is_empty())
}

fn list() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::btree_set(item(), 0..3).prop_map(|items| items.into_iter().collect())
}

fn word() -> impl Strategy<Value = Word> {
    let text = prop_oneof![r#"[a-z:"“,*\\ -]{1,10}"#, "[a-z]{1,5}:[a-z/:0-9]{0,5}", "\\PC{1,8}"];
    (text, any::<bool>(), any::<bool>()).prop_filter_map("has letters", |(text, phrase, excluded)| {
        let word = if phrase { Word::phrase(&text) } else { Word::new(&text) }?;
        // A dash before something that is no letter is no exclusion.
        let can = word.is_phrase() || word.text().starts_with(char::is_alphanumeric);
        Some(if excluded && can { word.excluded() } else { word })
    })
}

fn bounds() -> impl Strategy<Value = Bounds> {
    let end = || {
        proptest::option::of(prop_oneof![0..20_000_u64, 0..=i64::MAX as u64, select(vec![9_999, 10_000, 1_000_001])])
    };
    (end(), end()).prop_map(|(least, most)| Bounds::new(least, most))
}

fn range() -> impl Strategy<Value = Range> {
    let day =
        || proptest::option::of((1..=9999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(y, m, d)| Date::new(y, m, d).unwrap()));
    prop_oneof![
        Just(Range::All),
        Just(Range::Today),
        (1..=u16::MAX).prop_map(Range::Days),
        (day(), day()).prop_map(|(from, to)| Range::between(from, to)),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let lists = [list(), list(), list(), list(), list(), list(), list()];
    let flags = (subsequence(Status::ALL.to_vec(), 0..=5), subsequence(Is::ALL.to_vec(), 0..=4), any::<bool>());
    let numbers = [bounds(), bounds(), bounds()];
    (proptest::collection::vec(word(), 0..4), lists, flags, numbers, range()).prop_map(
        |(
            words,
            [sources, projects, models, providers, branches, machines, tags],
            (statuses, is, in_tools),
            numbers,
            range,
        )| {
            let [cost, tokens, messages] = numbers;
            let sources = sources.into_iter().map(|source| source.to_lowercase()).collect();
            let mut filter = Filter {
                words,
                sources,
                projects,
                models,
                providers,
                branches,
                machines,
                tags,
                statuses,
                is,
                in_tools,
                cost,
                tokens,
                messages,
                range,
            };
            filter.tidy();
            filter
        },
    )
}

proptest! {
    #[test]
    fn any_query_parses_and_round_trips(text in ".{0,120}") {
        let parsed = ListQuery::parse(&text);
        prop_assert_eq!(ListQuery::parse(&parsed.to_query()), parsed);
    }

    #[test]
    fn any_text_parses_and_round_trips(text in prop_oneof![
        ".{0,80}",
        r#"((-|)(source|cost|after|is|x|tag|before|messages|)(:|::|)["“]?[a-z0-9<>=.,k]{0,6}["”]?[ ]?){0,6}"#,
    ]) {
        let (filter, complaints) = Filter::parse_text(&text);
        for complaint in complaints {
            prop_assert!(text.get(complaint.range).is_some_and(|piece| !piece.is_empty()));
        }
        let again = filter.to_text();
        prop_assert_eq!(Filter::parse_text(&again), (filter, Vec::new()), "{}", again);
    }

    #[test]
    fn a_filter_round_trips_through_text(filter in filter()) {
        let text = filter.to_text();
        prop_assert_eq!(Filter::parse_text(&text), (filter, Vec::new()), "{}", text);
    }

    #[test]
    fn a_filter_round_trips_through_its_url(filter in filter()) {
        let query = ListQuery { filter, ..ListQuery::default() };
        let url = query.to_query();
        prop_assert_eq!(ListQuery::parse_with_complaints(&url), (query, Vec::new()), "{}", url);
    }

    #[test]
    fn cursors_round_trip(value in any::<Option<i64>>(), created_at in any::<i64>(), key in any::<i64>()) {
        let cursor = Cursor { value, created_at, key };
        prop_assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
    }
}
