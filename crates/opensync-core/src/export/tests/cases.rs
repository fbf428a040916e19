use super::*;

fn parsed(format: &Format, options: Options) -> Value {
    serde_json::from_str(&one(format, options)).unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn deepeval_has_a_case_of_each_prompt_that_was_answered() {
    let file = parsed(&DEEPEVAL, Options::of(Kind::Cases));
    let cases = file.as_array().unwrap();
    assert_eq!(cases.len(), 2);
    let first = &cases[0];
    assert_eq!(first["input"], "Look at \u{1b}[31m/home/user/x\u{1b}[0m\n\n[Image: image/png, shot.png]");
    assert_eq!(first["actual_output"], "I will look.\n\n```sh\nls\n```", "all answers up to the next prompt");
    assert_eq!(first["expected_output"], Value::Null, "only the last case has it");
    assert_eq!(first["context"], json!([]));
    assert_eq!((&first["retrieval_context"], &first["expected_tools"]), (&json!([]), &json!([])));
    let tool = &first["tools_called"][0];
    assert_eq!((&tool["name"], &tool["input_parameters"]["z"]), (&json!("Bash"), &json!("/home/user")));
    assert_eq!(tool["output"], "\u{1b}]0;title\u{7}no such file\r\n```\n");
    assert_eq!((&first["name"], &first["comments"]), (&json!("one#1"), &json!("First line\nsecond line")));
    assert_eq!((&first["input_token_count"], &first["output_token_count"]), (&json!(40), &json!(10)));
    let meta = json!({
        "session_id": "one", "model": "big-model", "tool": "tool", "title": "one",
        "timestamp": "2026-11-23T09:43:20Z", "tokens_input": 40, "tokens_output": 10, "latency_ms": 4000,
        "project": "shop", "tags": ["bug", "rust"], "eval_status": "golden", "turn_index": 1,
    });
    assert_eq!((&first["metadata"], &first["additional_metadata"]), (&meta, &meta));
    let last = &cases[1];
    assert_eq!((&last["name"], &last["input"]), (&json!("one#3"), &json!("Thanks")));
    assert_eq!((&last["actual_output"], &last["expected_output"]), (&json!("Welcome"), &json!("It is fixed.")));
    let before = last["context"].as_array().unwrap();
    assert_eq!(before.len(), 3);
    assert!(before[1].as_str().unwrap().starts_with("assistant: I will look."), "{before:?}");
    assert_eq!(before[2], "user: Nobody answers this");
}

#[test]
fn deepeval_is_laid_out_as_its_readers_know_it() {
    let text = one(&DEEPEVAL, Options::of(Kind::Cases));
    assert!(text.starts_with("[\n  {\n    \"input\": ") && text.ends_with("\n  }\n]"), "{text}");
    let keys: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("    \"")?.split_once("\":"))
        .map(|(key, _)| key)
        .take(13)
        .collect();
    let wanted = [
        "input",
        "actual_output",
        "expected_output",
        "context",
        "retrieval_context",
        "tools_called",
        "expected_tools",
        "name",
        "comments",
        "input_token_count",
        "output_token_count",
        "metadata",
        "additional_metadata",
    ];
    assert_eq!(keys, wanted);
    assert_eq!(export(&DEEPEVAL, &[], Options::of(Kind::Cases)).0, "[]");
}

#[test]
fn options_choose_what_a_case_takes_in() {
    let base = Options::of(Kind::Cases);
    let none = Options { tool_calls: false, context: false, anonymise_paths: false, ..base.clone() };
    let file = parsed(&DEEPEVAL, none);
    assert_eq!((&file[0]["tools_called"], &file[1]["context"]), (&json!([]), &json!([])));
    assert!(file[0]["input"].as_str().unwrap().contains("/home/ana/x"));
    let file = parsed(&DEEPEVAL, Options { system_prompts: true, context: false, ..base.clone() });
    assert_eq!(file[0]["context"], json!(["system: Be brief"]));
    let file = parsed(&DEEPEVAL, Options { expected_in_all: true, ..base.clone() });
    assert_eq!(file[0]["expected_output"], "It is fixed.");
    let file = parsed(&DEEPEVAL, Options { turn_mode: TurnMode::FinalAnswer, ..base.clone() });
    assert_eq!((file.as_array().unwrap().len(), &file[0]["name"]), (1, &json!("one#3")));
    let file = parsed(&DEEPEVAL, Options { turn_mode: TurnMode::Session, ..base });
    assert_eq!(file.as_array().unwrap().len(), 1);
    assert!(file[0]["input"].as_str().unwrap().ends_with("Nobody answers this\n\nThanks\n\nStill there?"));
    assert_eq!(file[0]["actual_output"], "I will look.\n\n```sh\nls\n```\n\nWelcome");
    assert_eq!(file[0]["expected_output"], "It is fixed.");
}

#[test]
fn a_conversation_is_one_case_of_several_turns() {
    let file = parsed(&CONVERSATION, Options { system_prompts: true, ..Options::of(Kind::Conversations) });
    let case = &file[0];
    assert_eq!((&case["scenario"], &case["context"]), (&json!("one"), &json!(["Be brief"])));
    assert_eq!((&case["expected_outcome"], &case["name"]), (&json!("It is fixed."), &json!("one")));
    let turns = case["turns"].as_array().unwrap();
    let roles: Vec<&str> = turns.iter().map(|turn| turn["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "assistant", "user", "assistant", "user"], "one side after another is one turn");
    assert_eq!(turns[2]["content"], "Nobody answers this\n\nThanks");
    assert_eq!(turns[1]["tools_called"][0]["name"], "Bash");
    assert!(turns[0].get("tools_called").is_none());
    let silent = [(session("two"), vec![said("m", Role::User, "Hello?")])];
    assert_eq!(export(&CONVERSATION, &silent, Options::of(Kind::Conversations)).0, "[]");
}

#[test]
fn openai_has_a_line_of_each_prompt_that_was_answered() {
    let text = one(&OPENAI, Options { system_prompts: true, ..Options::of(Kind::Cases) });
    assert!(text.ends_with("}\n") && !text.contains("\n\n"));
    let lines = lines(&text);
    assert_eq!(lines.len(), 2);
    let input = lines[1]["input"].as_array().unwrap();
    let roles: Vec<&str> = input.iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "user", "user"]);
    assert!(input.iter().all(|message| !message["content"].as_str().unwrap().is_empty()));
    let tool = "[Tool call: Bash]\n```json\n{\n  \"a\": 2.0,\n  \"z\": \"/home/user\"\n}\n```\n[Tool result]\n````\n";
    assert!(input[2]["content"].as_str().unwrap().contains(tool), "{}", input[2]["content"]);
    assert_eq!(lines[0]["ideal"], "I will look.\n\n```sh\nls\n```");
    assert_eq!(lines[1]["ideal"], "It is fixed.", "what it should have been");
    let messages = lines[1]["messages"].as_array().unwrap();
    assert_eq!((messages.len(), &messages[5]), (6, &json!({ "role": "assistant", "content": "Welcome" })));
    assert_eq!(lines[1]["metadata"]["turn_index"], 3);
    let lean = self::lines(&one(&OPENAI, Options { tool_calls: false, ..Options::of(Kind::Cases) }));
    assert!(!lean[1].to_string().contains("Tool call"));
}

#[test]
fn openai_takes_whole_conversations_too() {
    let options = Options { conversations: true, turn_mode: TurnMode::Session, ..Options::of(Kind::Cases) };
    let lines = lines(&one(&OPENAI, options));
    assert_eq!(lines.len(), 1);
    assert!(lines[0].get("input").is_none() && lines[0].get("ideal").is_none());
    assert_eq!(lines[0]["messages"].as_array().unwrap().len(), 6);
}

#[test]
fn promptfoo_asks_for_what_is_expected() {
    let lines = lines(&one(&PROMPTFOO, Options::of(Kind::Cases)));
    assert_eq!(lines[0]["vars"]["language"], "sh");
    assert_eq!(lines[0]["vars"]["task_type"], "general");
    assert_eq!(lines[0]["assert"][0]["value"], "Response should be helpful, accurate and complete");
    let wanted = json!([{ "type": "llm-rubric", "value": "Response should match: It is fixed." }]);
    assert_eq!(lines[1]["assert"], wanted);
    let plain = Session { eval_status: None, expected_output: None, ..session("x") };
    let (text, _) = export(&PROMPTFOO, &[(plain, messages())], Options::of(Kind::Cases));
    assert!(!text.contains("assert"));
}

#[test]
fn odd_calls_of_tools_can_be_read() {
    let mut answer = said("a", Role::Assistant, "Done");
    answer.parts.push(call("1", "", "not json"));
    answer.parts.push(call("2", "list", "[1]"));
    answer.parts.push(call("3", "none", ""));
    answer.parts.push(result("9", "of nobody"));
    let messages = vec![said("u", Role::User, "Go"), answer];
    let (text, _) = export(&DEEPEVAL, &[(session("x"), messages)], Options::of(Kind::Cases));
    let file: Value = serde_json::from_str(&text).unwrap();
    let tools = json!([
        { "name": "tool", "input_parameters": { "input": "not json" } },
        { "name": "list", "input_parameters": { "input": [1] } },
        { "name": "none", "input_parameters": {} },
    ]);
    assert_eq!(file[0]["tools_called"], tools);
}
