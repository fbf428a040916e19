//! Finding sessions by words: both engines must find what reading every text finds.

use opensync_core::filter::{Order, Selection, SortKey};
use opensync_core::import::{ImportedSession, TitleRank};
use opensync_core::search::{Term, found, terms};
use opensync_core::{Body, Message, Part, Role};
use opensync_store::{FileRead, slices};

use crate::support::{Archive, file, id, message, session, someone_else, sub_agent};

/// A session of messages.
fn said(name: &str, title: &str, texts: &[&str]) -> ImportedSession {
    let messages = texts.iter().enumerate().map(|(n, text)| message(&format!("m{n}"), Role::User, text));
    let title = Some((title.to_owned(), TitleRank::Prompt));
    ImportedSession { title, messages: messages.collect(), ..session(name) }
}

fn call(name: &str, arguments: &str) -> Part {
    Part::ToolCall { call_id: None, name: name.to_owned(), arguments: Body::from(arguments) }
}

fn result(output: &str) -> Part {
    let output = Body::from(output);
    Part::ToolResult { call_id: None, name: None, output, is_error: None, duration_ms: None, details: None }
}

fn with_tools(mut session: ImportedSession, parts: Vec<Part>) -> ImportedSession {
    session.messages.push(Message { parts, ..message("tools", Role::Assistant, "") });
    session
}

fn wanting(query: &str) -> Selection {
    Selection { wanted: terms(query), ..Selection::default() }
}

async fn find(archive: &Archive, selection: &Selection) -> Vec<String> {
    sorted(archive, selection, SortKey::Date).await
}

/// External ids in order, paged by two; every page must fit the totals.
async fn sorted(archive: &Archive, selection: &Selection, sort: SortKey) -> Vec<String> {
    let (mut names, mut cursor) = (Vec::new(), None);
    loop {
        let page = archive.store.session_list(&archive.user, selection, sort, Order::Desc, cursor, 2).await.unwrap();
        names.extend(page.sessions.into_iter().map(|session| session.external_id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let totals = archive.store.session_totals(&archive.user, selection).await.unwrap();
    assert_eq!(totals.sessions, names.len() as u64, "{selection:?}");
    names
}

async fn names(archive: &Archive, query: &str) -> Vec<String> {
    let mut names = find(archive, &wanting(query)).await;
    names.sort();
    names
}

contract!(words_are_found_in_titles_summaries_and_messages, async |archive| {
    let summary = Some("Wrote the release notes".to_owned());
    archive
        .add([
            said("auth", "Fix the auth-middleware (again)", &["Please refactor src/login_form.rs", "Done: LoginForm"]),
            said("unicode", "Größe in ÄRGER umrechnen", &["naïve café", "第二東京都の天気"]),
            said("code", "Rename fooBar_baz to v2.10", &["parseHTTPRequest in base64Encode", "100% of it's C++ 🦀"]),
            ImportedSession { summary, ..said("notes", "Untitled", &["Go on"]) },
        ])
        .await;
    let cases: [(&str, &[&str]); 32] = [
        ("", &["auth", "code", "notes", "unicode"]),
        ("!? 🦀", &["auth", "code", "notes", "unicode"]),
        ("fix", &["auth"]),
        ("FIX Auth", &["auth"]),
        ("refact", &["auth"]),
        ("r", &["auth", "code", "notes"]),
        ("re", &["auth", "code", "notes"]),
        ("ref", &["auth"]),
        ("iddle", &[]),
        ("middle refactor", &["auth"]),
        ("auth-mid", &["auth"]),
        ("auth_middleware", &["auth"]),
        ("authmiddleware", &["auth"]),
        ("loginform", &["auth"]),
        ("login form", &["auth"]),
        ("src/login", &["auth"]),
        ("grosse", &["unicode"]),
        ("GRÖSSE ärger", &["unicode"]),
        ("cafe naive", &["unicode"]),
        ("東京", &["unicode"]),
        ("京都の", &["unicode"]),
        ("東都", &[]),
        ("foobar", &["code"]),
        ("foo_bar_baz", &["code"]),
        ("v2.10", &["code"]),
        ("http", &["code"]),
        ("base64", &["code"]),
        ("it's c++", &["code"]),
        ("release", &["notes"]),
        ("notes go", &["notes"]),
        ("go release rename", &[]),
        ("'; drop table session; -- \" * OR NEAR(", &[]),
    ];
    for (query, expected) in cases {
        assert_eq!(names(archive, query).await, expected, "{query:?}");
    }
});

contract!(a_phrase_is_whole_words_in_order_within_a_message, async |archive| {
    let texts = ["the auth middleware failed", "middleware auth", "GitHub Actions run"];
    archive.add([said("a", "One two", &texts), said("b", "auth", &["middleware"])]).await;
    let cases: [(&str, &[&str]); 9] = [
        ("auth middleware", &["a"]),
        ("auth middle", &[]),
        ("auth middle*", &["a"]),
        ("failed middleware", &[]),
        ("one two", &["a"]),
        ("two the", &[]),
        ("github actions", &["a"]),
        ("git hub actions", &["a"]),
        ("auth m*", &["a"]),
    ];
    for (phrase, expected) in cases {
        let wanted = vec![Term::phrase(phrase).unwrap()];
        let selection = Selection { wanted, ..Selection::default() };
        assert_eq!(find(archive, &selection).await, expected, "{phrase:?}");
    }
});

contract!(tools_are_searched_when_asked, async |archive| {
    let parts = vec![
        call("Bash", r#"{"command":"cd src\ncargo nextest run"}"#),
        result("error[E0308]: mismatched types in parseConfig"),
        Part::Thinking(Body::from("pondering")),
    ];
    archive.add([with_tools(said("t", "Build", &["Run it"]), parts), said("u", "cargo", &["types"])]).await;
    let in_tools = |query: &str| Selection { in_tools: true, ..wanting(query) };
    let cases: [(&str, &[&str], &[&str]); 9] = [
        ("cargo", &["u"], &["t", "u"]),
        ("nextest", &[], &["t"]),
        ("bash", &[], &["t"]),
        ("b", &["t"], &["t"]),
        ("mis", &[], &["t"]),
        ("parse_config", &[], &["t"]),
        ("run mismatched", &[], &["t"]),
        ("cargo types", &["u"], &["t", "u"]),
        ("pondering", &[], &[]),
    ];
    for (query, without, with) in cases {
        assert_eq!(names(archive, query).await, without, "{query}");
        let mut found = find(archive, &in_tools(query)).await;
        found.sort();
        assert_eq!(found, with, "{query} in tools");
    }
    for (phrase, expected) in
        [("cargo nextest", vec!["t"]), ("nextest cargo", vec![]), ("mismatched types in", vec!["t"])]
    {
        let wanted = vec![Term::phrase(phrase).unwrap()];
        let selection = Selection { wanted, in_tools: true, ..Selection::default() };
        assert_eq!(find(archive, &selection).await, expected, "{phrase}");
    }
    let excluded = Selection { excluded: terms("nextest"), ..Selection::default() };
    assert_eq!(find(archive, &excluded).await.len(), 2);
    assert_eq!(find(archive, &Selection { in_tools: true, ..excluded }).await, ["u"]);
});

contract!(excluded_words_and_filters_narrow, async |archive| {
    let old = ImportedSession { created_at: Some(5), ..said("old", "Alpha beta", &["gamma"]) };
    archive.add([old, said("new", "Alpha", &["gamma delta"])]).await;
    let cases: [(&str, &str, &[&str]); 5] = [
        ("alpha", "", &["new", "old"]),
        ("alpha", "beta", &["new"]),
        ("alpha", "del", &["old"]),
        ("", "beta", &["new"]),
        ("gamma", "beta delta", &[]),
    ];
    for (wanted, excluded, expected) in cases {
        let selection = Selection { excluded: terms(excluded), ..wanting(wanted) };
        assert_eq!(find(archive, &selection).await, expected, "{wanted} -{excluded}");
    }
    let early = Selection { until: Some(6), ..wanting("gamma") };
    assert_eq!(find(archive, &early).await, ["old"]);
    let other = archive.store.session_totals(&someone_else(), &wanting("alpha")).await.unwrap();
    assert_eq!(other.sessions, 0);
});

contract!(titles_rank_above_texts_and_words_close_together_above_scattered_ones, async |archive| {
    let far = "filler ".repeat(6_000);
    let at = |created_at: i64, session: ImportedSession| ImportedSession { created_at: Some(created_at), ..session };
    archive
        .add([
            at(1, said("both-in-title", "Retry the upload", &["x"])),
            at(2, said("one-in-title", "Upload", &["we retry it"])),
            at(3, said("together", "x", &["retry the upload"])),
            at(4, said("scattered", "x", &["retry", &far, "upload"])),
            at(5, said("together-later", "x", &["the upload: retry"])),
            at(6, said("half", "Retry", &["x"])),
        ])
        .await;
    let expected = ["both-in-title", "one-in-title", "together-later", "together", "scattered"];
    assert_eq!(sorted(archive, &wanting("retry upload"), SortKey::Relevance).await, expected);
    let expected = ["together-later", "scattered", "together", "one-in-title", "both-in-title"];
    assert_eq!(find(archive, &wanting("retry upload")).await, expected);
    let user = &archive.user;
    let relevance = (SortKey::Relevance, Order::Desc);
    let (together, selection) = (id("together"), wanting("retry upload"));
    let around = archive.store.session_neighbours(user, &together, &selection, relevance, 1, 1);
    let around: Vec<String> = around.await.unwrap().into_iter().map(|session| session.external_id).collect();
    assert_eq!(around, ["together-later", "together", "scattered"]);
    let best = archive.store.best_sessions(user, &selection, 4).await.unwrap();
    let best: Vec<(&str, f64)> = best.iter().map(|(session, score)| (session.external_id.as_str(), *score)).collect();
    let expected =
        [("both-in-title", 1.0), ("one-in-title", 0.5), ("together-later", 1.0 / 3.0), ("together", 1.0 / 3.0)];
    assert_eq!(best, expected);
    let all = archive.store.best_sessions(user, &Selection::default(), 3).await.unwrap();
    assert!(all.len() == 3 && all.iter().all(|(_, score)| *score >= 1.0), "without words all are equal");
    assert_eq!(archive.store.best_sessions(&someone_else(), &selection, 4).await.unwrap(), []);
});

contract!(what_was_written_renamed_or_deleted_shows_at_once, async |archive| {
    archive.add([said("s", "First title", &["alpha"]), said("t", "Other", &["alpha"])]).await;
    assert_eq!(names(archive, "alpha").await, ["s", "t"]);
    archive.add([said("s", "First title", &["alpha", "omega appended"])]).await;
    assert_eq!(names(archive, "omega").await, ["s"]);
    archive.add([said("s", "Second title", &["beta", "omega"])]).await;
    for (query, expected) in
        [("alpha", vec!["t"]), ("beta", vec!["s"]), ("first", vec![]), ("second", vec!["s"]), ("appended", vec![])]
    {
        assert_eq!(names(archive, query).await, expected, "{query}");
    }
    archive.store.rename(&archive.user, &id("s"), "Mine").await.unwrap();
    archive.add([said("s", "Third title", &["beta"])]).await;
    for (query, expected) in [("mine", vec!["s"]), ("second", vec![]), ("third", vec![]), ("omega", vec![])] {
        assert_eq!(names(archive, query).await, expected, "{query}");
    }
    assert_eq!(archive.store.delete_sessions(&archive.user, &[id("s")]).await.unwrap(), 1);
    assert_eq!(names(archive, "beta").await, [""; 0]);
    assert_eq!(names(archive, "alpha").await, ["t"]);
    assert_eq!(
        archive
            .number("select count(*) from search_slice where session_key not in (select row_key from session)")
            .await,
        0
    );
});

contract!(messages_off_the_path_are_not_found, async |archive| {
    let mut forked = said("s", "x", &["kept words", "abandoned words"]);
    forked.messages[1].off_path = true;
    archive.add([forked]).await;
    assert_eq!(names(archive, "kept").await, ["s"]);
    assert_eq!(names(archive, "abandoned").await, [""; 0]);
});

contract!(a_sub_agent_that_is_found_has_a_row_of_its_own, async |archive| {
    let child = ImportedSession { messages: vec![message("m", Role::User, "needle")], ..sub_agent("child", "parent") };
    archive.add([said("parent", "Parent", &["hay"]), child]).await;
    assert_eq!(find(archive, &Selection::default()).await, ["parent"]);
    assert_eq!(find(archive, &wanting("needle")).await, ["child"]);
});

contract!(an_appended_turn_indexes_the_end_of_its_session, async |archive| {
    let texts: Vec<String> = (0..400).map(|n| format!("turn{n} {}", "some more words ".repeat(40))).collect();
    let long = |turns: usize| said("long", "Long", &texts[..turns].iter().map(String::as_str).collect::<Vec<_>>());
    archive.add([long(399)]).await;
    let slices = archive.number("select count(*) from search_slice").await;
    assert!(slices > 7, "{slices}");
    let written = archive.add([long(400)]).await;
    // Message, part, session twice, file; the last slice and its row go and come.
    assert!(written.rows <= 10, "{}", written.rows);
    assert_eq!(names(archive, "turn399 turn0 turn200").await, ["long"]);
    assert_eq!(archive.number("select count(*) from search_slice").await, slices);
});

contract!(a_message_of_megabytes_is_found_to_its_end, async |archive| {
    let mut words: Vec<String> = (0..300_000).map(|n| format!("w{n}")).collect();
    words.push("lastWord ends here".to_owned());
    let text = words.join(" ");
    let huge = with_tools(said("huge", "x", &["before", &text, "after"]), vec![result(&text)]);
    // Slices made ahead are the same as those made while writing.
    let ahead = FileRead { slices: vec![Some(slices(&huge))], ..file("/f", [huge.clone()]) };
    archive.write(vec![ahead]).await;
    for query in ["w0", "w150000", "w299999", "last_word", "before after w7", "here"] {
        assert_eq!(names(archive, query).await, ["huge"], "{query}");
        let selection = Selection { in_tools: true, ..wanting(query) };
        assert_eq!(find(archive, &selection).await, ["huge"], "{query} in tools");
    }
    let phrase = |text: &str| Selection { wanted: vec![Term::phrase(text).unwrap()], ..Selection::default() };
    for n in [1_000, 4_999, 77_777, 250_000] {
        let text = format!("w{n} w{} w{}", n + 1, n + 2);
        assert_eq!(find(archive, &phrase(&text)).await, ["huge"], "{text}");
    }
    assert_eq!(find(archive, &phrase("w5 w7")).await, [""; 0]);
    let rows = archive.number("select cast(max(n) + sum(rows) as bigint) from search_slice").await;
    assert_eq!(archive.write(vec![file("/f", [huge])]).await.unchanged.len(), 1);
    assert_eq!(archive.number("select cast(max(n) + sum(rows) as bigint) from search_slice").await, rows);
});

contract!(engines_find_what_reading_every_text_finds, async |archive| {
    // Few words, so that many combinations occur.
    let vocabulary = [
        "auth",
        "Auth",
        "authMiddleware",
        "auth_middleware",
        "middleware",
        "middle",
        "HTTPServer",
        "http",
        "server",
        "src/auth.rs",
        "naïve",
        "Straße",
        "東京都",
        "の",
        "v2",
        "2",
        "a",
        "ab",
        "abc",
        "abcd",
        "x-y",
        "😀",
        "it's",
        "SCREAMING_CASE",
        "kebab-case-word",
        "\n",
        "; ",
        "C++",
        "ﬁle",
        "Ⅳ",
        "ไทย",
    ];
    let mut state = 7u64;
    let mut pick = |count: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % count
    };
    let mut sessions = Vec::new();
    for n in 0..60 {
        let mut text = |most: usize| -> String {
            let count = 1 + pick(most);
            (0..count).map(|_| vocabulary[pick(vocabulary.len())]).collect::<Vec<_>>().join(" ")
        };
        let (title, one, two, tools) = (text(3), text(6), text(6), text(5));
        sessions.push(with_tools(said(&format!("s{n:02}"), &title, &[&one, &two]), vec![result(&tools)]));
    }
    let texts: Vec<(String, Vec<String>, Vec<String>)> = sessions
        .iter()
        .map(|session| {
            let mut said = vec![session.title.clone().unwrap().0];
            said.extend(session.messages.iter().map(Message::text));
            let Part::ToolResult { output, .. } = &session.messages[2].parts[0] else { panic!() };
            (session.external_id.clone(), said, vec![output.text().unwrap()])
        })
        .collect();
    archive.add(sessions).await;
    for n in 0..250 {
        let mut typed: String = (0..=pick(3)).map(|_| vocabulary[pick(vocabulary.len())]).collect::<Vec<_>>().join(" ");
        if pick(3) == 0 {
            typed.pop();
        }
        let wanted = if pick(2) == 0 { terms(&typed) } else { Term::phrase(&typed).into_iter().collect() };
        let selection = Selection { wanted, in_tools: n % 2 == 0, ..Selection::default() };
        let holds = |(_, said, tools): &&(String, Vec<String>, Vec<String>)| {
            let read = said.iter().chain(tools.iter().filter(|_| selection.in_tools));
            let all: Vec<Vec<bool>> = read.map(|text| found(text, &selection.wanted)).collect();
            (0..selection.wanted.len()).all(|term| all.iter().any(|text| text[term]))
        };
        let expected: Vec<&String> = texts.iter().filter(holds).map(|(name, ..)| name).collect();
        let mut names = find(archive, &selection).await;
        names.sort();
        assert_eq!(names.iter().collect::<Vec<_>>(), expected, "{typed:?} {:?}", selection.wanted);
    }
});

contract!(a_store_of_another_process_sees_what_was_written, async |archive| {
    let other = archive.open_again().await;
    let count = async |query: &str| {
        let totals = other.session_totals(&archive.user, &wanting(query)).await.unwrap();
        (totals.sessions, other.session_facets(&archive.user).await.unwrap().sources.first().map_or(0, |s| s.count))
    };
    assert_eq!(count("").await, (0, 0));
    archive.add([said("a", "Alpha", &[]), said("b", "Beta", &[])]).await;
    assert_eq!(count("").await, (2, 2));
    assert_eq!(count("alpha").await, (1, 2));
    archive.store.rename(&archive.user, &id("a"), "Gamma").await.unwrap();
    assert_eq!(count("alpha").await, (0, 2));
    archive.store.delete_sessions(&archive.user, &[id("a")]).await.unwrap();
    assert_eq!(count("").await, (1, 1));
    other.close().await;
});

contract!(sessions_of_an_older_archive_are_indexed_when_it_is_opened, async |archive| {
    archive.add([said("s", "Title", &["words of old"]), said("t", "More", &["words"])]).await;
    archive.execute("delete from search_slice; delete from search_text; delete from search_tools").await;
    assert_eq!(names(archive, "old").await, [""; 0]);
    let again = archive.open_again().await;
    assert_eq!(archive.number("select count(distinct session_key) from search_slice").await, 2);
    again.close().await;
    assert_eq!(names(archive, "words").await, ["s", "t"]);
});

contract!(a_hit_is_the_message_with_most_of_the_words, async |archive| {
    let texts = ["The parser fails", "nothing", "Then the login parser\nfailed again", "parser"];
    let session = with_tools(said("s", "Login", &texts), vec![result("parser: error in login.rs"), call("Bash", "{}")]);
    archive.add([session, said("t", "Parser login", &["no word of it"])]).await;
    let ids = [id("s"), id("t"), id("gone")];
    let hits = archive.store.hits(&archive.user, &wanting("parser login"), &ids).await.unwrap();
    assert_eq!(hits.len(), 1, "a title alone is no hit: {hits:?}");
    let hit = &hits[&id("s")];
    assert_eq!((hit.matches, hit.message.as_deref()), (3, Some("m2")));
    let marked: Vec<&str> = hit.marks.iter().map(|mark| &hit.text[mark.clone()]).collect();
    assert_eq!((hit.text.as_str(), marked), ("Then the login parser failed again", vec!["login", "parser"]));
    let in_tools = Selection { in_tools: true, ..wanting("error") };
    let hits = archive.store.hits(&archive.user, &in_tools, &ids).await.unwrap();
    assert_eq!(hits[&id("s")].message.as_deref(), Some("tools"));
    assert!(archive.store.hits(&archive.user, &Selection::default(), &ids).await.unwrap().is_empty());
    assert!(archive.store.hits(&someone_else(), &wanting("parser"), &ids).await.unwrap().is_empty());
});
