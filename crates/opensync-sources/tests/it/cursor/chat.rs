//! Chats of the command line.

use opensync_core::Relation;
use opensync_core::import::ProblemKind;

use super::*;

const ID: &str = "11111111-2222-3333-4444-555555555555";

/// Names a blob; any 32 bytes do.
fn hash(number: u8) -> String {
    format!("{number:02x}").repeat(32)
}

/// A node with these hashes in field `field`.
fn node(field: u8, numbers: &[u8]) -> Vec<u8> {
    numbers.iter().flat_map(|number| [vec![field << 3 | 2, 32], vec![*number; 32]].concat()).collect()
}

struct Chat {
    home: Home,
    connection: Connection,
    path: String,
}

impl Chat {
    fn new(folder: &str, head: &Value) -> Self {
        let home = Home::new();
        let path = format!("{CLI}/chats/{folder}/{ID}/store.db");
        let connection = home.database(&path);
        connection
            .execute_batch(
                "create table blobs (id text primary key, data blob); create table meta (key text, value text)",
            )
            .unwrap();
        let digits: Vec<_> = head.to_string().bytes().map(|byte| format!("{byte:02x}")).collect();
        connection.execute("insert into meta values ('0', ?1)", [digits.concat()]).unwrap();
        Self { home, connection, path }
    }

    fn blob(&self, number: u8, data: impl AsRef<[u8]>) -> &Self {
        self.connection.execute("insert into blobs values (?1, ?2)", (hash(number), data.as_ref())).unwrap();
        self
    }

    fn said(&self, number: u8, role: &str, content: impl Into<Value>) -> &Self {
        self.blob(number, json!({"role": role, "content": content.into()}).to_string())
    }

    fn seen(&self) -> Seen {
        self.home.seen(&Cursor)
    }
}

fn head() -> Value {
    json!({"agentId": ID, "latestRootBlobId": hash(0), "name": "New Agent", "createdAt": T, "lastUsedModel": "auto"})
}

#[test]
fn order_and_membership_come_from_the_root() {
    let chat = Chat::new("x", &head());
    let nested = [node(2, &[9]), node(1, &[4, 2])].concat();
    chat.blob(0, nested).blob(9, node(1, &[1, 3]));
    chat.said(1, "system", "You help.").said(2, "assistant", "Last").said(
        3,
        "user",
        "<user_query>\nFirst\n</user_query>",
    );
    chat.blob(4, b"\x0a\x05junk!{\"role\":\"user\",\"content\":\"Embedded\"}trailing");
    chat.said(5, "user", "An edited prompt");
    let seen = chat.seen();
    assert_eq!(seen.problems, []);
    let session = seen.session(ID);
    let texts: Vec<_> = session.messages.iter().map(|message| (message.role, message.text())).collect();
    let text = |role, text: &str| (role, text.to_owned());
    assert_eq!(
        texts,
        [
            text(Role::System, "You help."),
            text(Role::User, "First"),
            text(Role::User, "Embedded"),
            text(Role::Assistant, "Last")
        ]
    );
    assert_eq!((title(session), session.model.as_deref(), session.created_at), ("First", None, Some(T)));
    assert!(session.messages.iter().all(|message| message.created_at.is_none()));
}

#[test]
fn without_a_root_all_messages_are_read_in_the_order_they_were_written() {
    let mut head = head();
    head["latestRootBlobId"] = json!(hash(77));
    let chat = Chat::new("x", &head);
    chat.said(8, "user", "First").said(3, "assistant", "Second").said(8 + 1, "user", "Third");
    let texts: Vec<_> = chat.seen().session(ID).messages.iter().map(Message::text).collect();
    assert_eq!(texts, ["First", "Second", "Third"]);
}

#[test]
fn results_are_in_the_message_of_their_call_and_odd_things_are_kept() {
    let chat = Chat::new("x", &head());
    chat.blob(0, node(1, &[1, 2, 1]));
    chat.said(
        1,
        "assistant",
        json!([
            {"type": "redacted-reasoning", "data": "x"},
            {"type": "tool-call", "toolCallId": "a", "toolName": "Read", "args": "{\"path\":1}"},
            {"type": "tool-call", "toolCallId": "b", "toolName": "Run", "args": {"cmd": "ls"}},
            {"type": "hologram"},
        ]),
    );
    chat.said(
        2,
        "tool",
        json!([
            {"type": "tool-result", "toolCallId": "b", "toolName": "Run", "result": {"exit": 1}, "isError": true},
            {"type": "tool-result", "toolCallId": "a", "toolName": "Read", "output": {"type": "text", "value": "text"}},
            {"type": "tool-result", "toolCallId": "lost", "toolName": "Read", "result": "nowhere"},
        ]),
    );
    let seen = chat.seen();
    let problems: Vec<_> = seen.problems.iter().map(|problem| (problem.kind, problem.reason.as_str())).collect();
    assert_eq!(problems, [(ProblemKind::Unknown, "content type `hologram` (2 times)")]);
    let session = seen.session(ID);
    let ids = [format!("assistant {}", hash(1)), format!("tool {}", hash(2)), format!("assistant {}~2", hash(1))];
    assert_eq!(outline(session), ids, "the same blob twice is two messages");
    let results: Vec<_> = session.messages[0]
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::ToolResult { call_id, output, is_error, .. } => {
                Some((call_id.clone().unwrap(), output.text().unwrap(), *is_error))
            }
            _ => None,
        })
        .collect();
    assert_eq!(results, [("b".into(), "{\"exit\":1}".into(), Some(true)), ("a".into(), "text".into(), None)]);
    assert!(
        matches!(&session.messages[0].parts[1], Part::ToolCall { arguments, .. } if arguments.text().unwrap() == "{\"path\":1}")
    );
}

#[test]
fn a_circle_of_nodes_ends() {
    let chat = Chat::new("x", &head());
    chat.blob(0, node(1, &[1, 2])).blob(1, node(2, &[0, 1])).said(2, "user", "Hello");
    let seen = chat.seen();
    assert_eq!(title(seen.session(ID)), "Hello");
    assert!(seen.problems.iter().all(|problem| problem.kind == ProblemKind::Damaged));
}

#[test]
fn the_folder_is_found_by_its_hash_among_known_ones() {
    // Of /home/ana/code/checkout-api.
    let chat = Chat::new("de04c6610cda4e6bb7dd8b1b493c165c", &head());
    chat.blob(0, node(1, &[1])).said(1, "user", "Hello");
    assert_eq!(chat.seen().session(ID).project_path, None);
    let workspace = json!({"folder": "file:///home/ana/code/checkout-api"}).to_string();
    chat.home.write(&format!("{USER}/workspaceStorage/w/workspace.json"), workspace);
    assert_eq!(chat.seen().session(ID).project_path.as_deref(), Some("/home/ana/code/checkout-api"));
    let meta = json!({"cwd": "/elsewhere", "title": "Named", "updatedAtMs": T + 5, "isSubagent": true}).to_string();
    chat.home.write(&chat.path.replace("store.db", "meta.json"), meta);
    let seen = chat.seen();
    let session = seen.session(ID);
    assert_eq!((title(session), session.project_path.as_deref()), ("Named", Some("/elsewhere")));
    assert_eq!((session.updated_at, session.sidechain), (Some(T + 5), true));
}

#[test]
fn the_richest_store_of_a_conversation_is_read() {
    let mut head = head();
    head["subagentInfo"] = json!({"parentAgentId": "main"});
    let chat = Chat::new("x", &head);
    let transcript = format!("{CLI}/projects/home-ana/agent-transcripts/{ID}");
    let line = json!({"role": "user", "message": {"content": "From the transcript"}});
    chat.home.write(&format!("{transcript}/{ID}.jsonl"), line.to_string());
    chat.home.write(&format!("{transcript}.txt"), "user:\nFrom the text\n");
    let only = |want: &str| {
        let seen = chat.seen();
        assert_eq!(seen.sessions.len(), 1);
        assert_eq!(title(&seen.sessions[0]), want);
    };
    // A chat in which nothing was said yet has nothing to give.
    only("From the transcript");
    chat.blob(0, node(1, &[1])).said(1, "user", "From the chat");
    only("From the chat");
    assert_eq!(chat.seen().sessions[0].parent.as_ref().unwrap().relation, Relation::SubAgent);
    let editor = pairs(&chat.home, "globalStorage/state.vscdb");
    put(&editor, "cursorDiskKV", &format!("composerData:{ID}"), "{}");
    only("From the chat");
    let composer = json!({"conversation": [user("From the editor")]});
    put(&editor, "cursorDiskKV", &format!("composerData:{ID}"), &composer.to_string());
    only("From the editor");
}
