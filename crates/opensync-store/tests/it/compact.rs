//! What is left of a deleted session once the archive was compacted: nothing but its name.

use std::fs;

use opensync_core::import::{ImportedSession, Problem, ProblemKind, TitleRank};
use opensync_core::label::{Edit, LabelChange};
use opensync_core::price::Prices;
use opensync_core::share::Frozen;
use opensync_core::{Body, Message, Part, Role, SessionId, UserId};
use opensync_store::{Error, Publication};
use serde_json::json;

use crate::received::calls;
use crate::support::{Archive, conversation, file, id, message, response, session};

/// In every field. Letters of no other word, so that no compression of neighbours cuts it short.
const MARK: &str = "qzxv7marked7wjkq";

fn long() -> String {
    // Nothing in it repeats, so it is stored as it is.
    let mut state = 7u64;
    let mut text = String::new();
    for _ in 0..3_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        text.push(char::from(33 + (state >> 40) as u8 % 90));
    }
    format!("{text} {MARK} {text}")
}

fn marked(name: &str) -> ImportedSession {
    let text = |what: &str| format!("{MARK} {what}");
    let body = |what: &str| Body::from(text(what).as_str());
    let mut prompt = message(MARK, Role::User, &text("prompt"));
    prompt.parts.push(Part::Image {
        media_type: "image/png".to_owned(),
        name: Some(text("image")),
        body: Body::raw(long().into_bytes()),
    });
    let mut answer = Message::new(format!("{MARK}-2"), Role::Assistant, Some(1_600));
    answer.model = Some(text("model"));
    answer.parts = vec![
        Part::Thinking(body("thought")),
        Part::ToolCall { call_id: Some(text("call")), name: text("tool"), arguments: Body::from(long().as_str()) },
        Part::Unknown { kind: text("kind"), json: body("json") },
    ];
    let mut result = Message::new(format!("{MARK}-3"), Role::Tool, Some(1_700));
    result.parts = vec![Part::ToolResult {
        call_id: Some(text("call")),
        name: Some(text("tool")),
        output: body("output"),
        is_error: None,
        duration_ms: None,
        details: Some(body("details")),
    }];
    let mut paid = response(MARK, Some(1));
    (paid.message_id, paid.model, paid.provider) = (Some(text("id")), Some(text("model")), Some(text("provider")));
    ImportedSession {
        title: Some((text("title"), TitleRank::Prompt)),
        summary: Some(text("summary")),
        project_path: Some(format!("/home/{MARK}/{MARK}")),
        git_branch: Some(text("branch")),
        client_version: Some(text("version")),
        model: Some(text("model")),
        provider: Some(text("provider")),
        messages: vec![prompt, answer, result],
        responses: vec![paid],
        ..session(name)
    }
}

async fn fill(archive: &Archive) {
    let mut read = file("/marked.jsonl", [marked("gone")]);
    read.problems.push(Problem { line: Some(1), kind: ProblemKind::Damaged, reason: format!("{MARK} in a line") });
    archive.write(vec![read, file("/kept.jsonl", [conversation("kept", 5, &["1"])])]).await;
    let change = LabelChange {
        ready: Some(true),
        add_tags: vec![MARK.to_owned()],
        notes: Edit::Set(format!("{MARK} notes")),
        expected_output: Edit::Set(format!("{MARK} expected")),
        ..LabelChange::default()
    };
    archive.store.label_sessions(&archive.user, &[id("gone")], &change).await.unwrap();
    let copy = Frozen {
        seq: 0,
        is_prompt: true,
        counted: true,
        body: Body::new(long().as_bytes()),
        images: vec![opensync_core::share::FrozenImage {
            index: 1,
            media_type: MARK.to_owned(),
            bytes: MARK.as_bytes().to_vec(),
        }],
    };
    let publication = Publication {
        head: format!("{{\"title\":\"{MARK}\"}}"),
        findings: format!("[\"{MARK}\"]"),
        messages: vec![copy],
        ..Publication::default()
    };
    archive.store.publish(&archive.user, &id("gone"), publication, MARK, 10).await.unwrap();
    let part = json!({ "type": MARK, "content": MARK });
    let bodies = [
        json!({ "externalId": "sent", "source": "pi", "title": MARK, "projectPath": MARK, "endReason": MARK }),
        json!({ "sessionExternalId": "sent", "externalId": MARK, "role": "user", "textContent": MARK, "parts": [part] }),
    ];
    archive.store.receive(&archive.user, calls(&bodies), &Prices::embedded()).await.unwrap();
}

/// The sessions with the mark: one of a file, one of a plugin.
fn both() -> [SessionId; 2] {
    [id("gone"), SessionId::derive(&UserId::local(), "pi", "sent")]
}

/// In how many places of the archive the mark is.
async fn places(archive: &Archive) -> i64 {
    let Some(folder) = archive.folder() else {
        // The text of a row shows bytes as hexadecimal digits.
        let sql = "select coalesce(sum((xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %I.%I x \
             where x::text ilike ''%%qzxv7marked7wjkq%%'' or x::text ilike ''%%717a7876376d61726b656437776a6b71%%''', \
             table_schema, table_name), false, true, '')))[1]::text::bigint), 0)::bigint from information_schema.tables \
             where table_schema = current_schema() and table_type = 'BASE TABLE'";
        return archive.number(sql).await;
    };
    let mut count = 0;
    for file in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        // The middle alone: an index leaves out the beginning of a word that the one before it shares.
        count += bytes.windows(7).filter(|window| window.eq_ignore_ascii_case(b"7marked")).count();
    }
    count as i64
}

contract!(no_byte_of_a_deleted_session_is_left, async |archive| {
    fill(archive).await;
    assert!(places(archive).await >= 18, "{}", places(archive).await);
    archive.store.delete_later(&archive.user, &both(), 1_000).await.unwrap();
    archive.store.finish_deletions(1_000).await.unwrap();
    let compacted = archive.store.compact().await.unwrap();
    assert_eq!(places(archive).await, 0);
    assert!(compacted.after > 0 && compacted.after <= compacted.before, "{compacted:?}");
    assert_eq!(archive.number("select count(*) from tombstone").await, 2);
    // The rest works as before.
    assert_eq!(archive.messages("kept").await.len(), 2);
    archive.add([conversation("new", 7, &["9"])]).await;
    assert_eq!(archive.messages("new").await.len(), 2);
    assert_eq!(archive.store.problems(&archive.user, 9).await.unwrap(), []);
});

contract!(an_archive_in_use_is_not_compacted, async |archive| {
    fill(archive).await;
    archive.store.delete_sessions(&archive.user, &both()).await.unwrap();
    let mut held = archive.raw().await;
    held.hold().await;
    assert!(matches!(archive.store.compact().await, Err(Error::Busy)));
    held.release().await;
    archive.store.compact().await.unwrap();
    assert_eq!(places(archive).await, 0);
});
