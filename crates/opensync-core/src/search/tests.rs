use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::*;

fn stream(text: &str) -> String {
    let mut stream = Stream::new();
    stream.push(text);
    stream.as_str().replace(BREAK, "|").trim().to_owned()
}

fn finds(text: &str, query: &str) -> bool {
    matches(text, &terms(query))
}

fn finds_phrase(text: &str, phrase: &str) -> bool {
    matches(text, &[Term::phrase(phrase).unwrap()])
}

/// What an engine does with a stream and a term.
fn engine_finds(stream: &str, term: &Term) -> bool {
    term.phrases().iter().any(|phrase| {
        let end = if phrase.prefix { "" } else { " " };
        stream.contains(&format!(" {}{end}", phrase.tokens.join(" ")))
    })
}

#[test]
fn texts_become_tokens() {
    let cases = [
        ("", ""),
        ("Fix the bug, please!", "fix the bug please |"),
        ("authMiddleware", "authmiddleware | auth middleware |"),
        ("auth_middleware", "auth middleware | authmiddleware |"),
        ("src/auth_middleware.rs", "src auth middleware rs | authmiddleware |"),
        ("my-fooBar", "my foobar | my foo bar | myfoobar |"),
        ("HTTPServer APIs", "httpserver apis | http server apis |"),
        ("sha256 v2 base64Encode 3F2A", "sha256 v2 base64encode 3f2a | sha256 v2 base64 encode 3f2a |"),
        ("__init__ --no-verify a--b -x", "init no verify a b x | noverify |"),
        ("a GitHub\nb", "a github b | a git hub |"),
        ("don't l’homme", "don t l homme |"),
        ("std::fs 12:30 3.14", "std fs 12 30 3 14 |"),
        ("東京都 庁", "東京 京都 都 庁 |"),
        ("使用authMiddleware", "使用 用 authmiddleware | 使用 用 auth middleware |"),
        ("인증", "인증 증 |"),
        ("ÜberMut naïve", "ubermut naive | uber mut naive |"),
        ("Üb\u{ad}er caf\u{65}\u{301}s", "uber cafes |"),
        ("🎉 ok 👩\u{200d}💻 🅰️", "ok |"),
        ("🎉", ""),
        ("x² ①②", "x 2 12 2 |"),
    ];
    for (text, tokens) in cases {
        assert_eq!(stream(text), tokens, "{text}");
    }
}

#[test]
fn positions_count_breaks() {
    let mut stream = Stream::new();
    stream.push("one Two");
    stream.push("authMiddleware");
    let tokens: Vec<_> = stream.tokens().collect();
    assert_eq!(tokens, [(0, "one"), (1, "two"), (3, "authmiddleware"), (5, "auth"), (6, "middleware")]);
    stream.clear();
    assert_eq!(stream.as_str(), "");
}

#[test]
fn queries_find_every_spelling() {
    let cases = [
        ("refactoring", "refact"),
        ("use authMiddleware here", "authMidd"),
        ("use authMiddleware here", "authmidd"),
        ("use authMiddleware here", "auth_mid"),
        ("use authMiddleware here", "midd"),
        ("use auth_middleware here", "authMidd"),
        ("use auth_middleware here", "authmidd"),
        ("use auth_middleware here", "auth_"),
        ("use auth middleware here", "auth_mid"),
        ("in src/auth_middleware.rs now", "src/auth_mid"),
        ("in src/auth_middleware.rs now", "middleware.rs"),
        ("in src/MyHTTPServer.java now", "src/MyHTTPS"),
        ("re-run it", "rerun"),
        ("GitHub", "github"),
        ("a non-TypeScript file", "typescr"),
        ("Crème brûlée", "creme BRUL"),
        ("東京都庁", "京都"),
        ("東京都庁", "庁"),
        ("東京都庁", "京"),
        ("東京都庁", "東京都庁"),
        ("第3章節", "第3章"),
        ("ภาษาไทย", "ไทย"),
        ("don’t", "don't"),
    ];
    for (text, query) in cases {
        assert!(finds(text, query), "{query} in {text}: {:?}", terms(query));
    }
    for (text, query) in
        [("middleware auth", "auth_mid"), ("cat", "at"), ("東都京", "東京"), ("a b", "c"), ("a b", "a c")]
    {
        assert!(!finds(text, query), "{query} in {text}");
    }
}

#[test]
fn a_phrase_is_found_in_every_spelling() {
    for text in ["the authMiddleware", "auth_middleware", "Auth\nmiddleware", "auth-middleware.", "auth/middleware x"] {
        assert!(finds_phrase(text, "auth middleware"), "{text}");
        assert!(!finds_phrase(text, "auth middle"), "{text}");
        assert!(finds_phrase(text, "auth middle*"), "{text}");
    }
    assert!(finds_phrase("Use GitHub Actions", "github actions"));
    assert!(finds_phrase("Use GitHub Actions", "git hub actions"));
    assert!(finds_phrase("the log", "log") && !finds_phrase("the login", "log"));
    assert!(!finds_phrase("middleware auth", "auth middleware"));
    // Identifiers stand by themselves, whatever stands before and behind them.
    assert!(!finds_phrase("b_c d_e", "bc de"));
}

#[test]
fn no_phrase_crosses_from_one_text_into_the_next() {
    let mut stream = Stream::new();
    stream.push("one");
    stream.push("two");
    assert!(!engine_finds(stream.as_str(), &Term::phrase("one two").unwrap()));
}

#[test]
fn a_query_without_letters_is_no_term() {
    assert_eq!(terms("!!! 🎉 — _"), []);
    assert!(matches("anything", &[]));
}

#[test]
fn long_tokens_are_cut_in_texts_and_queries() {
    let long = "aB".repeat(500);
    assert_eq!(stream(&long), format!("{} |", "ab".repeat(32)));
    assert!(finds(&long, &long) && finds(&long, &long[..70]) && finds(&long, &long[..9]));
    let wide = "é".repeat(500);
    assert_eq!(stream(&wide), format!("{} |", "e".repeat(64)));
    let many = "word ".repeat(100);
    assert!(finds_phrase(&many, &many));
}

#[test]
fn marks_cover_whole_words_and_the_characters_asked_for() {
    let marked = |text: &str, query: &str| -> Vec<String> {
        highlight(text, &terms(query)).into_iter().map(|range| text[range].to_owned()).collect()
    };
    assert_eq!(marked("Refactoring the authMiddleware.", "refact midd"), ["Refactoring", "Middleware"]);
    assert_eq!(marked("in src/auth_middleware.rs", "auth_mid"), ["auth_middleware"]);
    assert_eq!(marked("東京都庁", "京都"), ["京都"]);
    assert_eq!(marked("東京都庁", "京"), ["京"]);
    assert_eq!(marked("a Crème", "creme"), ["Crème"]);
    assert_eq!(marked("nothing", "else"), Vec::<String>::new());
}

#[test]
fn a_snippet_shows_the_place_with_the_most_terms() {
    let text = format!("{} alpha {} alpha then beta {}", "x ".repeat(200), "y ".repeat(200), "z ".repeat(200));
    let found = snippet(&text, &terms("alpha beta"), 60).unwrap();
    assert!(text[found.range.clone()].contains("alpha then beta"), "{found:?}");
    assert!(text[found.range.clone()].chars().count() <= 60);
    let marks: Vec<&str> = found.marks.iter().map(|mark| &text[mark.clone()]).collect();
    assert_eq!(marks, ["alpha", "beta"]);
    assert_eq!(snippet(&text, &terms("gamma"), 60), None);
    let short = snippet("  only beta ", &terms("beta"), 60).unwrap();
    assert_eq!(short.range, 2..11);
    assert_eq!(short.marks.first(), Some(&(7..11)));
}

#[test]
fn pieces_lose_no_phrase() {
    let text: String = (0..2_000).map(|n| format!("w{n}, ")).collect();
    let parts: Vec<&str> = pieces(&text, 4_000).collect();
    assert!(parts.len() > 2 && parts.iter().all(|part| part.len() <= 4_000));
    for n in 0..2_000 - PHRASE_TOKENS {
        let phrase: Vec<String> = (n..n + PHRASE_TOKENS).map(|n| format!("w{n}")).collect();
        let terms = [Term::phrase(&phrase.join(" ")).unwrap()];
        assert!(parts.iter().any(|part| matches(part, &terms)), "{n}");
    }
    assert_eq!(pieces("", 100).collect::<Vec<_>>(), [""]);
}

/// Words of every kind: what agents write, and what nobody writes.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z]{1,8}",
        4 => "[a-zA-Z0-9_.-]{1,12}",
        1 => "[a-z]{1,4}[A-Z][a-z]{1,4}",
        1 => "[é-üÀ-ÿА-яα-ω]{1,6}",
        1 => "[一-龥ぁ-んァ-ン가-힣ก-๛ ]{1,6}",
        1 => "[🎉🅰❤️👩‍💻ß½²İǅﬁ\u{301}\u{3099}\u{ad}]{1,3}",
        1 => "[ \n\t\"'()*/:;,]{1,2}",
        1 => "[\\p{L}\\p{Mn}\\p{Nd}\\p{S}\\p{P}]{1,4}",
    ];
    let gap = prop_oneof![3 => " ", 1 => "\n", 1 => "", 1 => "/"];
    proptest::collection::vec((piece, gap), 0..12)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(piece, gap)| [piece, gap]).collect())
}

/// Whether a reader would call it a word: not one that begins with a mark or the middle of a Hangul syllable,
/// or is an exponent.
fn is_plain(word: &str) -> bool {
    let continues = |c: char| matches!(c, '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7fb}');
    let usual = |c: char| (c.is_alphabetic() && !continues(c)) || c.is_ascii_digit() || c == '\'';
    word.chars().next().is_some_and(|c| usual(c) && !unicode_normalization::char::is_combining_mark(c))
}

#[test]
fn what_is_typed_is_words_and_phrases() {
    let word = |text| Term::word(text).unwrap();
    assert_eq!(typed("auth  Middle"), [word("auth"), word("Middle")]);
    assert_eq!(typed("a \"user id\" b"), [word("a"), Term::phrase("user id").unwrap(), word("b")]);
    assert_eq!(typed("\"user i"), [Term::phrase("user i*").unwrap()], "the second quote is still to come");
    assert_eq!(typed("-> \"\" “…”"), []);
    assert!(typed(&"word ".repeat(500)).len() < 20);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn tokens_are_letters_digits_and_marks(text in text()) {
        let mut stream = Stream::new();
        stream.push(&text);
        for (_, token) in stream.tokens() {
            let safe = |c: char| c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c);
            prop_assert!(token.chars().all(safe) && token.chars().all(|c| !c.is_ascii_uppercase()), "{}", token);
            prop_assert!(token.chars().count() <= 2 * TOKEN_CHARS + 36 && !token.is_empty());
        }
        let text = stream.as_str();
        prop_assert!(!text.contains("  ") && (text.is_empty() || text.starts_with(' ') && text.ends_with(' ')));
    }

    #[test]
    fn any_text_and_query_are_taken(text in any::<String>(), query in any::<String>(), width in 0_usize..200) {
        let terms = terms(&query);
        found(&text, &terms);
        Term::phrase(&query);
        highlight(&text, &terms);
        snippet(&text, &terms, width);
        pieces(&text, width).for_each(drop);
    }

    #[test]
    fn every_word_and_every_beginning_of_it_is_found(text in text()) {
        for word in text.unicode_words().chain(text.split_whitespace()).filter(|word| is_plain(word)) {
            let mut prefix = String::new();
            for grapheme in word.graphemes(true) {
                prefix.push_str(grapheme);
                if let Some(term) = Term::word(&prefix) {
                    prop_assert!(matches(&text, std::slice::from_ref(&term)), "{:?} of {:?}: {:?}", prefix, word, term);
                }
            }
        }
        for term in text.split_whitespace().filter_map(Term::phrase) {
            prop_assert!(matches(&text, std::slice::from_ref(&term)), "phrase {:?}", term);
        }
    }

    #[test]
    fn a_stream_answers_like_a_reader(texts in proptest::collection::vec(text(), 1..4), query in text()) {
        let mut stream = Stream::new();
        for text in &texts {
            stream.push(text);
        }
        let words = query.split_whitespace().filter_map(Term::word).chain(Term::phrase(&query));
        let own = texts[0].split_whitespace().filter_map(Term::word);
        let halves = texts[0].split_once(' ').into_iter().filter_map(|(_, half)| Term::phrase(half.get(..half.len() / 2)?));
        for term in words.chain(own).chain(halves) {
            let read = texts.iter().any(|text| matches(text, std::slice::from_ref(&term)));
            prop_assert_eq!(engine_finds(stream.as_str(), &term), read, "{:?}", term);
        }
    }

    #[test]
    fn pieces_are_found_like_the_whole(text in text(), query in text(), bytes in 64_usize..200) {
        let parts: Vec<&str> = pieces(&text, bytes).collect();
        for term in query.split_whitespace().chain(text.split_whitespace()).filter_map(Term::word) {
            if matches(&text, std::slice::from_ref(&term)) && !text.split(' ').any(|word| word.len() > 30) {
                prop_assert!(parts.iter().any(|part| matches(part, std::slice::from_ref(&term))), "{:?}", term);
            }
        }
    }

    #[test]
    fn marks_are_apart_and_on_character_boundaries(text in text(), query in text()) {
        let terms: Vec<Term> = terms(&query).into_iter().chain(terms(&text)).collect();
        let marks = highlight(&text, &terms);
        let mut behind = None;
        for mark in &marks {
            prop_assert!(text.get(mark.clone()).is_some_and(|mark| !mark.is_empty()));
            prop_assert!(behind.is_none_or(|behind| behind < mark.start));
            behind = Some(mark.end);
        }
        prop_assert_eq!(marks.is_empty(), !found(&text, &terms).contains(&true));
        for width in [0, 10, 80] {
            let piece = snippet(&text, &terms, width);
            prop_assert_eq!(piece.is_some(), !marks.is_empty());
            if let Some(piece) = piece {
                prop_assert!(text[piece.range.clone()].chars().count() <= width);
                prop_assert!(piece.marks.iter().all(|mark| text.get(mark.clone()).is_some()
                    && piece.range.start <= mark.start && mark.end <= piece.range.end));
            }
        }
    }

    /// The short way for ASCII and the long way agree: a mark that folds to nothing forces the
    /// long one.
    #[test]
    fn ascii_has_no_rules_of_its_own(words in proptest::collection::vec("[a-zA-Z0-9]{1,9}[ /_-]{0,2}", 0..6)) {
        let text = words.concat();
        let wide: String = text.chars().map(|c| if c.is_alphanumeric() { format!("{c}\u{301}") } else { c.to_string() }).collect();
        prop_assert_eq!(stream(&text), stream(&wide));
    }
}
