use super::*;

#[test]
fn text_is_a_transcript_that_is_safe_to_print() {
    let priced = Session { cost: Some(MicroDollars(2_940_000)), cost_partial: true, ..session("two") };
    let bare = Session { eval_status: None, tags: Vec::new(), total_tokens: None, model: None, ..session("three") };
    let sessions = [(session("one"), messages()), (priced, Vec::new()), (bare, Vec::new())];
    let (text, _) = export(&TEXT, &sessions, Options::of(Kind::Reading));
    let begin = "## Session: one\n\n**System:** Be brief\n\n**User:** Look at /home/ana/x\n\n[Image: image/png, shot.png, 3 bytes]\n";
    assert!(text.starts_with(begin), "{text}");
    for part in [
        "\n**Assistant:** I will look.\n\n[Tool call: Bash]\n{\"z\":\"/home/ana\",\"a\":2.0}\n\n[novelty]\n{\"x\": 1}\n",
        "\n**Tool:** [Tool result: Bash, failed]\nno such file\n```\n",
        "\n---\nTokens: 4,521 | Cost: n/a | Model: big-model\nStatus: Golden | Tags: bug, rust\n\n## Session: two\n\n---\n",
        "Cost: at least $2.94 |",
    ] {
        assert!(text.contains(part), "{part:?} in:\n{text}");
    }
    assert!(text.ends_with("## Session: three\n\n---\nTokens: n/a | Cost: n/a | Model: n/a\n"), "{text}");
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
}

#[test]
fn options_leave_out_what_is_not_wanted() {
    let lean =
        Options { system_prompts: false, tool_calls: false, anonymise_paths: true, ..Options::of(Kind::Reading) };
    for format in [&TEXT, &MARKDOWN] {
        let text = one(format, lean.clone());
        for gone in ["Be brief", "Bash", "no such file", "novelty", "ana", "hm"] {
            assert!(!text.contains(gone), "{gone} in:\n{text}");
        }
        assert!(text.contains("/home/user/x"));
        let text = one(format, Options { thinking: true, ..Options::of(Kind::Reading) });
        assert!(text.contains("hm"), "{text}");
    }
}

#[test]
fn markdown_has_a_table_and_fences_longer_than_any_inside() {
    let priced = Session { cost: Some(MicroDollars(80_000)), title: "a | b\n# c".to_owned(), ..session("one") };
    let (text, _) = export(&MARKDOWN, &[(priced, messages())], Options::of(Kind::Reading));
    let begin = "# a | b # c\n\n| Property | Value |\n|----------|-------|\n| Project | /home/ana/shop |\n\
                 | Model | big-model |\n| Tokens | 4,521 |\n| Cost | $0.0800 |\n| Date | 2026-11-23T09:43:20+00:00 |\n\n---\n\n\
                 ## System\n\nBe brief\n\n## User\n\nLook at /home/ana/x\n";
    assert!(text.starts_with(begin), "{text}");
    for part in [
        "\n## Assistant\n\nI will look.\n\n**Tool: Bash**\n\n```json\n{\n  \"a\": 2.0,\n  \"z\": \"/home/ana\"\n}\n```\n",
        "\n## Tool\n\n**Result (failed):**\n\n````\nno such file\n```\n````\n",
        "\n*Image: image/png, shot.png, 3 bytes*\n",
    ] {
        assert!(text.contains(part), "{part:?} in:\n{text}");
    }
}

#[test]
fn messages_without_anything_to_show_have_no_heading() {
    let mut thought = Message::new("m", Role::Assistant, None);
    thought.parts.push(Part::Thinking(Body::from("hm")));
    let sessions = [(session("one"), vec![thought, Message::new("n", Role::User, None)])];
    let text = export(&MARKDOWN, &sessions, Options::of(Kind::Reading)).0;
    assert!(text.ends_with("\n---\n"), "{text}");
}
