//! What every renderer must hold, whatever it is given.

use opensync_core::search::typed;
use proptest::prelude::*;

use super::markdown::{Breaks, markdown};
use super::terminal::{terminal, terminal_after};
use super::{Budget, Html, clip, diff, highlight, patch, tool};

const ELEMENTS: &[&str] = &[
    "a",
    "article",
    "b",
    "blockquote",
    "br",
    "button",
    "code",
    "del",
    "div",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "input",
    "ins",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "samp",
    "span",
    "strong",
    "svg",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
    "use",
];
const ATTRIBUTES: &[&str] = &[
    "align",
    "aria-hidden",
    "aria-label",
    "checked",
    "class",
    "data-copy-block",
    "disabled",
    "href",
    "rel",
    "role",
    "start",
    "tabindex",
    "target",
    "title",
    "type",
];

/// Reads HTML the way a browser finds tags, and refuses all that the renderers do not write.
#[track_caller]
fn assert_safe(html: &str) {
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        let tag_text = after.trim_start_matches('/');
        let name: String = tag_text.chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(ELEMENTS.contains(&name.as_str()), "<{name} in {html}");
        let mut attributes = &tag_text[name.len()..];
        loop {
            attributes = attributes.trim_start_matches([' ', '/']);
            if let Some(end) = attributes.strip_prefix('>') {
                rest = end;
                break;
            }
            let end = attributes.find(['=', ' ', '>']).unwrap_or_else(|| panic!("open tag in {html}"));
            let (attribute, value) = attributes.split_at(end);
            assert!(ATTRIBUTES.contains(&attribute), "{attribute} in {html}");
            let Some(value) = value.strip_prefix("=\"") else {
                attributes = value;
                continue;
            };
            let (value, after) = value.split_once('"').unwrap_or_else(|| panic!("open value in {html}"));
            assert!(!value.contains(['<', '>']), "{value} in {html}");
            if attribute == "href" {
                let value = value.to_ascii_lowercase();
                let harmless = ["http://", "https://", "mailto:", "/assets/", "http:", "https:"];
                assert!(harmless.iter().any(|start| value.starts_with(start)), "{value} in {html}");
            }
            attributes = after;
        }
    }
    let allowed = |c: char| !c.is_control() || c == '\n' || c == '\t';
    assert!(html.chars().all(allowed), "control character in {html:?}");
}

fn md(text: &str) -> String {
    markdown(text, Breaks::Folded, &mut Budget::default()).to_string()
}

#[test]
fn raw_html_is_text() {
    let html = md("<script>alert(1)</script>\n\nand <img src=x onerror=alert(1)> **too**");
    assert_safe(&html);
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{html}");
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt; <strong>too</strong>"), "{html}");
}

#[test]
fn links_leave_without_a_referrer_and_images_are_links() {
    let html = md("[a](https://example.org/?q=\"x\"&y) ![chart](https://example.org/c.png) https://example.com");
    assert_safe(&html);
    assert_eq!(html.matches("rel=\"noopener nofollow noreferrer\"").count(), 3, "{html}");
    assert!(html.contains(">chart</a>"), "{html}");
    assert!(!html.contains("<img"), "{html}");
}

#[test]
fn other_links_are_text() {
    for link in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "/sessions",
        "#m-1",
        "src/lib.rs:4",
        "vbscript:x",
    ] {
        let html = md(&format!("[text]({link}) ![image]({link})"));
        assert_safe(&html);
        assert!(!html.contains("<a "), "{html}");
        assert!(html.contains(">text</span>"), "{html}");
    }
}

#[test]
fn tables_tasks_and_code_are_rendered() {
    let html =
        md("| a | b |\n|---|--:|\n| 1 | 2 |\n\n- [x] done\n- [ ] open\n\n```rust src/lib.rs\nfn main() {} // x\n```\n");
    assert_safe(&html);
    assert!(html.contains("<div class=\"scroll-x\" tabindex=\"0\">\n<table>"), "{html}");
    assert!(html.contains("<td align=\"right\">2</td>"), "{html}");
    assert!(html.contains("aria-label=\"Done\" checked"), "{html}");
    assert!(html.contains("<span class=\"path\">src/lib.rs</span>"), "{html}");
    assert!(html.contains("<span class=\"tk\">fn</span> <span class=\"tf\">main</span>"), "{html}");
    assert!(html.contains("<span class=\"tc\">// x</span>"), "{html}");
}

#[test]
fn what_many_languages_call_a_keyword_is_coloured() {
    for (language, code, expected) in [
        ("typescript", "const x: number = 1", "<span class=\"tk\">const</span>"),
        ("py", "def f(): return 'x'", "<span class=\"tf\">f</span>"),
        ("json", "{\"a\": 1}", "<span class=\"tf\">&quot;a&quot;</span>"),
        ("toml", "a = 1", "<span class=\"tn\">1</span>"),
        ("sh", "if true; then echo 'x'; fi", "<span class=\"tk\">if</span>"),
        ("sql", "select 1 from t", "<span class=\"tk\">select</span>"),
        ("go", "func main() {}", "<span class=\"tf\">main</span>"),
    ] {
        let html = highlight::code(code, language, &mut Budget::default()).to_string();
        assert!(html.contains(expected), "{language}: {html}");
    }
}

#[test]
fn the_budget_ends_and_what_is_remembered_costs_nothing() {
    let mut budget = Budget::default();
    let code = format!("let budget_test = 1;\n{}", "let y = 2;\n".repeat(300));
    assert!(highlight::code(&code, "rust", &mut budget).as_str().contains("class=\"tk\""));
    assert!(highlight::code(&code, "rust", &mut Budget::none()).as_str().contains("class=\"tk\""));
    let other = code.replace("budget_test", "another_name");
    assert!(!highlight::code(&other, "rust", &mut Budget::none()).as_str().contains("<span"));
}

#[test]
fn nested_and_endless_markdown_ends() {
    for text in [
        ">".repeat(20_000),
        "[".repeat(20_000),
        "*a _b ".repeat(8_000),
        "- ".repeat(5_000),
        "`".repeat(9_999),
        "|-".repeat(9_000),
    ] {
        assert_safe(&md(&text));
    }
}

#[test]
fn terminal_colours_become_classes_and_everything_else_goes() {
    let text = "\u{1b}[1;32m   Compiling\u{1b}[0m x\r\n\u{1b}]0;title\u{7}\u{1b}[31mred \u{1b}[38;5;196mstill\u{1b}[39m\u{1b}[2K\u{1b}(B <b>";
    let html = terminal(text).to_string();
    assert_safe(&html);
    assert_eq!(html, "<span class=\"a2 ab\">   Compiling</span> x\n<span class=\"a1\">red still</span> &lt;b&gt;");
}

#[test]
fn a_progress_line_shows_its_last_state() {
    assert_eq!(terminal("10 %\r50 %\r100 %\ndone\r\n").to_string(), "100 %\ndone\n");
}

#[test]
fn text_that_reorders_itself_is_put_straight() {
    assert_eq!(terminal("rm \u{202e}fdp.txt").to_string(), "rm fdp.txt");
}

#[test]
fn a_diff_marks_the_words_that_changed() {
    let hunks = diff::between("let a = now();\nloop {\n", "let a = clock.now();\nloop {\n");
    let html = diff::html(&hunks, "txt", 40, &mut Budget::default()).to_string();
    assert_safe(&html);
    assert!(html.contains("<ins>clock.</ins>"), "{html}");
    assert_eq!(html.matches("<div class=\"d\">").count(), 1);
    assert_eq!(html.matches("<div class=\"c\">").count(), 1);
}

#[test]
fn lines_that_stay_have_their_text_for_both_sides_and_changes_are_groups() {
    let hunks = diff::between("a\nb\nc\n", "a\nx\ny\nc\n");
    let html = diff::html(&hunks, "txt", 40, &mut Budget::default()).to_string();
    assert_safe(&html);
    assert_eq!(html.matches("<samp aria-hidden=\"true\">").count(), 2);
    let (_, group) = html.split_once("<div class=\"x\">").unwrap();
    let (group, _) = group.split_once("</div></div>").unwrap();
    assert_eq!((group.matches("class=\"d\"").count(), group.matches("class=\"a\"").count()), (1, 2));
}

#[test]
fn some_lines_of_a_diff_are_cut_out_of_its_hunks() {
    let line = |text: &str| format!("{text}\n");
    let (old, new): (String, String) = (0..40).map(|n| (line(&format!("old {n}")), line(&format!("new {n}")))).unzip();
    let hunks = diff::between(&old, &new);
    let all: Vec<&diff::Line> = hunks.iter().flat_map(|hunk| &hunk.lines).collect();
    for (from, count) in [(0, 5), (3, 50), (79, 9), (80, 9), (0, 1_000)] {
        let some = diff::some_lines(&hunks, from, count);
        let some: Vec<&diff::Line> = some.iter().flat_map(|hunk| &hunk.lines).collect();
        assert_eq!(some, all[from.min(all.len())..(from + count).min(all.len())], "{from}, {count}");
    }
}

#[test]
fn words_are_marked_where_colours_and_emphasis_divide_them() {
    let marked = |html: Html, words: &str| html.marked(&typed(words)).to_string();
    let html = markdown("call `auth.check` and re**fac**tor", Breaks::Folded, &mut Budget::none());
    assert_eq!(marked(html.clone(), "check").matches("<mark>check</mark>").count(), 1);
    let two = marked(html.clone(), "refactor");
    assert!(two.contains("<mark>re</mark>") && two.contains("<mark class=\"on\">fac</mark>"), "{two}");
    assert_eq!(html.clone().marked(&typed("refactor")).marks(), 1, "one word is one mark");
    assert_eq!(html.clone().marked(&typed("\"call auth check\"")).marks(), 1);
    assert_eq!(html.marked(&typed("strong code mark")).marks(), 0, "tags are no words");
    let code = highlight::code("let retry_count = self.limit;", "rust", &mut Budget::default());
    let code = marked(code, "self.limit");
    assert_safe(&code);
    assert!(code.contains("<mark>self</mark>") && code.contains("<mark class=\"on\">.limit</mark>"), "{code}");
}

#[test]
fn numbers_and_signs_of_a_diff_are_not_what_is_found() {
    let hunks = diff::created("113 apples\n");
    let html = diff::html(&hunks, "txt", 40, &mut Budget::default());
    assert_eq!(html.clone().marked(&typed("1")).marks(), 1, "the line, not its number");
    let stays = diff::html(&diff::between("same\na\n", "same\nb\n"), "txt", 40, &mut Budget::default());
    assert_eq!(stays.marked(&typed("same")).marks(), 1, "not its copy on the other side");
}

#[test]
fn line_feeds_of_json_belong_to_no_word() {
    let html = Html::text(r#"{"command": "cd src\ncargo test \\next"}"#);
    assert_eq!(html.clone().marked(&typed("cargo")).marks(), 0);
    let marked = html.marked_json(&typed("cargo next")).to_string();
    assert!(marked.contains("src\\n<mark>cargo</mark> test \\\\<mark>next</mark>"), "{marked}");
}

#[test]
fn the_mark_that_is_read_is_one_of_them() {
    let html = Html::text("a b a c a").marked(&typed("a"));
    assert_eq!(html.marks(), 3);
    let now = html.clone().with_now(1).to_string();
    assert_eq!(now, "<mark>a</mark> b <mark class=\"now\" id=\"hit\">a</mark> c <mark>a</mark>");
    assert_eq!(html.clone().with_now(3), html);
}

#[test]
fn a_piece_begins_in_the_colours_the_one_before_ended_with() {
    let text = format!("\u{1b}[31;1mred\n{}still\u{1b}[0m plain", "line\n".repeat(clip::PIECE_LINES - 1));
    let pieces: Vec<_> = clip::pieces(&text).collect();
    assert_eq!(pieces.len(), 2);
    let second = terminal_after(pieces[1].before, pieces[1].text).to_string();
    assert_eq!(second, r#"<span class="a1 ab">still</span> plain"#);
}

#[test]
fn pieces_of_a_long_text_are_all_of_it() {
    let lines: Vec<String> = (0..9_000).map(|n| format!("line {n}")).collect();
    for text in [lines.join("\n"), "é".repeat(400_000), String::new(), "\n\n".to_owned(), "one\n".repeat(2_000)] {
        let pieces: Vec<clip::Piece<'_>> = clip::pieces(&text).collect();
        let (first, last) = (pieces.first().unwrap(), pieces.last().unwrap());
        assert!((first.number, first.line, last.more) == (0, 1, false));
        assert!(pieces.windows(2).all(|pair| pair[0].more && pair[1].number == pair[0].number + 1));
        assert!(pieces.iter().all(|piece| piece.text.len() <= clip::PIECE_BYTES));
        let together: String = pieces.iter().map(|piece| piece.text.replace('\n', "")).collect();
        assert_eq!(together, text.replace('\n', ""));
    }
    let text = lines.join("\n");
    let second = clip::pieces(&text).nth(1).unwrap();
    assert_eq!((second.line, second.text.lines().next()), (4_001, Some("line 4000")));
}

#[test]
fn a_diff_finds_the_lines_that_stayed() {
    let hunks = diff::between("a\nb\nc\nd\n", "a\nx\nc\ny\nd\n");
    let file = diff::FileDiff { hunks, ..diff::FileDiff::default() };
    assert_eq!(file.counts(), (2, 1));
}

#[test]
fn patches_of_both_forms_are_read() {
    let files = patch::parse(
        "*** Begin Patch\n*** Update File: src/cart.js\n@@ function discount\n-  return a - a * p;\n+  return a - (a * p) / 100;\n*** Delete File: old.js\n*** End Patch",
    );
    assert_eq!(files.len(), 2);
    assert_eq!((files[0].path.as_str(), files[0].counts()), ("src/cart.js", (1, 1)));
    assert_eq!(files[0].hunks[0].head, "function discount");
    assert_eq!(files[1].note, "deleted");

    let files = patch::parse("--- a/x.rs\n+++ b/x.rs\n@@ -3,2 +3,3 @@ fn f\n a\n+b\n c\n");
    assert_eq!(files[0].path, "x.rs");
    let lines = &files[0].hunks[0].lines;
    assert_eq!((lines[1].old, lines[1].new), (None, Some(4)));
    assert_eq!((lines[2].old, lines[2].new), (Some(4), Some(5)));
}

#[test]
fn calls_are_told_by_their_arguments() {
    let summary = |name: &str, arguments: &str| tool::read(name, arguments, Some("/home/ana/shop"), None).summary;
    assert_eq!(summary("Read", r#"{"file_path":"/home/ana/shop/src/a.rs","offset":40,"limit":79}"#), "src/a.rs:40-118");
    assert_eq!(summary("Grep", r#"{"pattern":"now","path":"/home/ana/shop/src"}"#), "now in src");
    assert_eq!(summary("shell", r#"{"command":["bash","-lc","ls dist"]}"#), "ls dist");
    assert_eq!(summary("exec_command", r#"{"cmd":"ls"}"#), "ls");
    assert_eq!(summary("WebFetch", r#"{"url":"https://example.org","prompt":"x"}"#), "https://example.org");
    assert_eq!(summary("Agent", r#"{"description":"List exports","prompt":"..."}"#), "List exports");
    assert_eq!(
        summary("update_plan", r#"{"plan":[{"step":"a","status":"completed"},{"step":"b","status":"in_progress"}]}"#),
        "1 of 2 done · b"
    );
    assert_eq!(summary("odd", "free text"), "free text");
    assert_eq!(summary("odd", ""), "");
    assert_eq!(tool::readable_name("mcp__github__list_issues"), "github · list_issues");
}

#[test]
fn edits_take_line_numbers_from_the_record() {
    let arguments = r#"{"file_path":"a.js","old_string":"x","new_string":"y"}"#;
    let details = serde_json::json!({"structuredPatch":[{"oldStart":3,"newStart":3,"lines":[" a","-x","+y"]}]});
    let tool = tool::read("Edit", arguments, None, Some(&details));
    assert_eq!(tool.edits[0].hunks[0].lines[1].old, Some(4));
    assert_eq!(tool::read("Edit", arguments, None, None).edits[0].counts(), (1, 1));
    assert_eq!(tool::read("Write", r#"{"file_path":"a","content":"1\n2\n"}"#, None, None).edits[0].counts(), (2, 0));
}

#[test]
fn answers_are_unwrapped() {
    let output = tool::output("{\"output\":\"Success\\n\",\"metadata\":{\"exit_code\":0}}", None);
    assert_eq!((output.text.as_ref(), output.exit), ("Success\n", Some(0)));
    let output = tool::output("Chunk ID: a\nWall time: 0.1 seconds\nProcess exited with code 2\nOutput:\nls: no", None);
    assert_eq!((output.text.as_ref(), output.exit), ("ls: no", Some(2)));
    let output = tool::output("Exit code 1\n2 failing", None);
    assert_eq!((output.text.as_ref(), output.exit), ("2 failing", Some(1)));
    let output = tool::output("Output:\nplain", None);
    assert_eq!((output.text.as_ref(), output.exit), ("Output:\nplain", None));
}

/// Text that looks like what attackers and tools write.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,12}",
        any::<char>().prop_map(String::from),
        prop::sample::select(vec![
            "<script>",
            "</code>",
            "<img src=x onerror=alert(1)>",
            "\" onclick=\"x",
            "' onload='",
            "javascript:alert(1)",
            "[x](javascript:a)",
            "![x](//evil)",
            "[a](https://b \"c\")",
            "<https://x>",
            "```rust\n",
            "\n```\n",
            "~~~",
            "| a | b |\n|--|--|\n",
            "- [x] ",
            "\u{1b}[31m",
            "\u{1b}]8;;javascript:x\u{7}",
            "\u{9b}1m",
            "\r",
            "\n",
            "@@ -1,2 +3,4 @@",
            "*** Update File: <b>\n",
            "+<i>\n",
            "-\"\n",
            "--- a\n+++ b\n",
            "{\"old_string\":\"<\",\"new_string\":\">\"}",
            "&lt;",
            "&#x3c;",
            "\0",
            "語",
            "\u{202e}",
            "> ",
            "1. ",
            "**",
            "_",
            "`",
            "[^1]",
            "[^1]: x",
            "www.a.b",
            "a@b.c",
            "<!-- ",
            "-->",
            "<![CDATA[",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_gives_safe_markup(text in hostile(), other in hostile()) {
        assert_safe(&md(&text));
        assert_safe(markdown(&text, Breaks::Kept, &mut Budget::none()).as_str());
        assert_safe(terminal(&text).as_str());
        let mut escaped = Html::default();
        escaped.push_text(&super::terminal::plain(&text));
        assert_safe(escaped.as_str());
        let mut budget = Budget::default();
        assert_safe(diff::html(&diff::between(&text, &other), "rs", 40, &mut budget).as_str());
        for file in patch::parse(&text) {
            assert_safe(diff::html(&file.hunks, &file.path, 40, &mut budget).as_str());
        }
        let words = typed(&other);
        let marked = markdown(&text, Breaks::Kept, &mut Budget::none()).marked(&words);
        assert_safe(marked.as_str());
        let bare = marked.as_str().replace("<mark>", "").replace("<mark class=\"on\">", "").replace("</mark>", "");
        let plain = markdown(&text, Breaks::Kept, &mut Budget::none());
        prop_assert_eq!(bare.replace("&#39;", "'"), plain.as_str().replace("&#39;", "'"));
        for language in ["js", "html", "markdown", &other] {
            highlight::code(&text, language, &mut budget);
        }
    }

    #[test]
    fn any_call_can_be_read(name in hostile(), arguments in hostile(), project in hostile()) {
        tool::read(&name, &arguments, Some(&project), None);
        let wrapped = serde_json::json!({"file_path": arguments, "old_string": name, "new_string": project}).to_string();
        tool::read(&name, &wrapped, Some(&project), None);
        tool::output(&arguments, None);
        clip::to(&arguments, 2, 9);
    }
}
