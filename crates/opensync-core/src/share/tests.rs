use std::collections::HashSet;

use super::*;
use crate::{Body, Message, Part, Role, StoredMessage};

fn stored(parts: Vec<Part>) -> StoredMessage {
    let mut message = Message::new("external-7", Role::Assistant, Some(1_000));
    message.parts = parts;
    message.model = Some("big-model".to_owned());
    StoredMessage { seq: 7, message }
}

fn parts(secret: &str) -> Vec<Part> {
    let body = |text: &str| Body::new(text.as_bytes());
    vec![
        Part::Text(format!("token {secret} here")),
        Part::Thinking(body(&format!("use {secret}"))),
        Part::ToolCall {
            call_id: Some("toolu_1".to_owned()),
            name: format!("tool {secret}"),
            arguments: body(&serde_json::json!({ "command": format!("curl \"{secret}\"") }).to_string()),
        },
        Part::ToolResult {
            call_id: Some("toolu_1".to_owned()),
            name: Some(format!("tool {secret}")),
            output: body(&format!("said {secret}")),
            is_error: Some(false),
            duration_ms: Some(3),
            details: Some(body(
                &serde_json::json!({ "structuredPatch": [{ "lines": [secret] }], "agentId": "agent-1", "exit": 0 })
                    .to_string(),
            )),
        },
        Part::Image {
            media_type: "image/png".to_owned(),
            name: Some(format!("{secret}.png")),
            body: Body::raw(vec![1, 2, 3]),
        },
        Part::Unknown { kind: format!("kind {secret}"), json: body(&serde_json::json!({ "a": secret }).to_string()) },
    ]
}

fn secret() -> String {
    format!("ghp_{}", "a8Kd03jfL2mQp9Zx7Rt5Vw1Bn6Yc4Hs0Gq3U")
}

#[test]
fn a_copy_has_every_part_and_no_secret() {
    let message = stored(parts(&secret()));
    let mut survey = Survey::default();
    survey.message(&message);
    let found = survey.found();
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!((found[0].kind, found[0].count, found[0].shown.as_str()), ("GitHub token", 10, "ghp_a8••••••••Gq3U"));
    assert_eq!(found[0].context, ("token ".to_owned(), " here".to_owned()));
    assert_eq!((found[1].kind, found[1].image), ("image", Some(4)));

    let frozen = Freezer::new(survey.redactor(&HashSet::new()), HashSet::new()).message(&message);
    assert!(frozen.images.is_empty());
    let json = frozen.body.text().unwrap();
    assert!(!json.contains("ghp_") && !json.contains("toolu_1") && !json.contains("agent-1"), "{json}");
    let thawed = thaw(7, &frozen.body).unwrap().message;
    assert_eq!((thawed.external_id.as_str(), thawed.parts.len()), ("7", 6));
    assert_eq!(thawed.parts[0], Part::Text("token ⟦GitHub token⟧ here".to_owned()));
    let Part::ToolResult { details: Some(details), .. } = &thawed.parts[3] else { panic!("{thawed:?}") };
    assert_eq!(details.text().unwrap(), "{\"exit\":0,\"structuredPatch\":[{\"lines\":[\"⟦GitHub token⟧\"]}]}");
    let Part::Image { body, name, .. } = &thawed.parts[4] else { panic!("{thawed:?}") };
    assert_eq!((body.size(), name.as_deref()), (0, Some("Removed before sharing")));
}

#[test]
fn what_is_kept_is_in_the_copy() {
    let message = stored(parts("ana@shop.example"));
    let mut survey = Survey::default();
    survey.message(&message);
    let kept: HashSet<String> = survey.found().iter().map(|found| found.name.clone()).collect();
    let frozen = Freezer::new(survey.redactor(&kept), kept).message(&message);
    assert_eq!(frozen.images.len(), 1);
    let thawed = thaw(7, &frozen.body).unwrap().message;
    assert_eq!(thawed.parts[0], message.message.parts[0]);
    let Part::Image { body, name, .. } = &thawed.parts[4] else { panic!("{thawed:?}") };
    assert_eq!((body.size(), name.as_deref()), (3, Some("ana@shop.example.png")));
}

#[test]
fn a_slug_has_words_of_the_title_and_random_letters() {
    let random = [31u8; 13];
    assert_eq!(slug("Fix the Bug in ⟦email⟧ now", &random), "fix-the-bug-in-now-vvvvvvvvvvvvv");
    assert_eq!(slug("語", &random), "vvvvvvvvvvvvv");
    assert!(slug(&"a".repeat(90), &random).len() < 60);
}

#[test]
fn contexts_show_no_other_secret() {
    let mut survey = Survey::default();
    let second = format!("npm_{}", "a8Kd03jfL2mQp9Zx7Rt5Vw1Bn6Yc4Hs0Gq3U");
    survey.message(&stored(vec![Part::Text(format!("{} {second}", secret()))]));
    for found in survey.found() {
        let seen = format!("{}{}{}", found.context.0, found.shown, found.context.1);
        assert!(!seen.contains("Kd03jfL2"), "{seen}");
    }
}
