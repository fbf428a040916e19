//! Sessions to look at: what tests and the gallery render.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use opensync_core::session::{Family, Relation};
use opensync_core::{Body, Message, MicroDollars, Part, Role, Session, SessionId, StoredMessage, UserId};
use opensync_store::Outline;
use serde_json::json;

use super::{Around, PartPage, SessionShowPage, View, Wanted, Window};
use crate::page::shell::{Nav, Shell};

mod transcript;

use transcript::conversation;

/// 23 November 2026, 10:01 in Lisbon.
const NOW: i64 = 1_795_428_060_000;
const START: i64 = NOW - 50 * 60_000;

/// Every sample by name.
pub fn samples() -> Vec<(&'static str, SessionShowPage)> {
    vec![
        ("session", page(conversation(), None, None)),
        ("session-middle", page(conversation(), Some(40), Some(140))),
        ("session-fork", fork()),
        ("session-bare", bare()),
        ("session-hostile", hostile()),
    ]
}

/// Parts shown whole.
pub fn parts() -> Vec<(&'static str, PartPage)> {
    let messages = conversation();
    let part = |name, at: usize, index, view| {
        let wanted = Wanted { view, piece: Some(0), ..Wanted::default() };
        PartPage::new(shell(), &session(), &messages[at], index, &wanted, None).map(|page| (name, page))
    };
    [part("part-output", 12, 0, View::Content), part("part-arguments", 2, 2, View::Arguments)]
        .into_iter()
        .flatten()
        .collect()
}

/// The fields every sample page has around it.
fn shell() -> Shell {
    Shell {
        theme: None,
        page: Nav::Sessions,
        progress: None,
        mark: "1-0".to_owned(),
        now: Timestamp::from_millisecond(NOW).unwrap_or_default(),
        zone: TimeZone::get("Europe/Lisbon").unwrap_or(TimeZone::UTC),
        undo: crate::page::undo::UndoNotice::default(),
    }
}

fn page(messages: Vec<StoredMessage>, before: Option<u64>, after: Option<u64>) -> SessionShowPage {
    let prompts = prompts(&messages);
    let window = Window { messages, before, after, at: None, ..Window::default() };
    let outline = Outline { prompts, ..Outline::default() }.into();
    let around = Around { rail: rail(), total: 1284, sub_agents: vec![sub_agent()], outline, ..Around::default() };
    SessionShowPage::new(shell(), &session(), &window, &around, "project=ledgerline")
}

/// A session that continues a copy of another one.
fn fork() -> SessionShowPage {
    let mut messages = conversation();
    for stored in messages.iter_mut().take(5) {
        stored.message.inherited = true;
    }
    let prompts = prompts(&messages);
    let fork = Session { relation: Some(Relation::Fork), model_count: 1, cost_partial: true, ..session() };
    let window = Window { messages, ..Window::default() };
    let around = Around {
        rail: rail(),
        total: 25,
        parent: rail().into_iter().next(),
        outline: Outline { prompts, inherited: 5, ..Outline::default() }.into(),
        ..Around::default()
    };
    SessionShowPage::new(shell(), &fork, &window, &around, "")
}

/// A session of which almost nothing is known.
fn bare() -> SessionShowPage {
    let bare = Session {
        title: "Untitled session".to_owned(),
        source: "acme-agent".to_owned(),
        model: None,
        model_count: 0,
        provider: None,
        project_path: None,
        project_name: None,
        git_branch: None,
        client_version: None,
        machine: None,
        prompt_tokens: None,
        completion_tokens: None,
        total_tokens: None,
        cache_read_tokens: None,
        cache_write_tokens: None,
        reasoning_tokens: None,
        cost: None,
        message_count: 1,
        duration_ms: None,
        sub_agents: 0,
        ..session()
    };
    let mut message = Message::new("only", Role::User, None);
    message.parts.push(Part::Text("Hello?".to_owned()));
    let window = Window {
        messages: numbered(vec![message, Message::new("silent", Role::Assistant, None)]),
        ..Window::default()
    };
    SessionShowPage::new(shell(), &bare, &window, &Around::default(), "")
}

/// A session whose author wants to run script in the reader's browser.
fn hostile() -> SessionShowPage {
    let attack = "<script>alert(1)</script><img src=x onerror=alert(1)> \" onmouseover=\"alert(1) [x](javascript:alert(1)) \u{1b}]8;;javascript:x\u{7}";
    let mut messages = Vec::new();
    for role in [Role::System, Role::User, Role::Assistant, Role::Tool] {
        let mut message = Message::new(format!("{attack} {}", role.as_str()), role, Some(i64::MAX));
        message.model = Some(attack.to_owned());
        message.parts = vec![
            Part::Text(attack.to_owned()),
            Part::Thinking(Body::from(attack)),
            call(
                attack,
                attack,
                &json!({ attack: attack, "file_path": attack, "old_string": attack, "new_string": "x" }),
            ),
            call("b", attack, &json!({ "command": attack, "todos": [{ "content": attack }] })),
            result(
                "elsewhere",
                attack,
                attack,
                Some(true),
                Some(u64::MAX / 2),
                Some(json!({ "structuredPatch": attack })),
            ),
            Part::Image { media_type: attack.to_owned(), name: Some(attack.to_owned()), body: Body::raw(vec![1]) },
            Part::Unknown { kind: attack.to_owned(), json: Body::from(attack) },
        ];
        messages.push(message);
    }
    let nasty = Session {
        id: SessionId::from_stored(attack.to_owned()),
        title: attack.to_owned(),
        external_id: attack.to_owned(),
        source: attack.to_owned(),
        model: Some("other".to_owned()),
        project_name: Some(attack.to_owned()),
        project_path: Some(attack.to_owned()),
        git_branch: Some(attack.to_owned()),
        machine: Some(attack.to_owned()),
        created_at: -62_135_596_800_000,
        updated_at: 253_402_207_200_000,
        prompt_tokens: Some(u64::MAX),
        completion_tokens: Some(u64::MAX),
        total_tokens: Some(u64::MAX),
        cost: Some(MicroDollars(i64::MIN)),
        ..session()
    };
    let window = Window {
        messages: numbered(messages),
        before: Some(u64::MAX),
        after: Some(0),
        at: Some(3),
        ..Window::default()
    };
    let around = Around {
        rail: vec![nasty.clone()],
        total: 1,
        sub_agents: vec![nasty.clone()],
        parent: Some(nasty.clone()),
        outline: Outline { prompts: vec![(1, attack.to_owned())], inherited: u64::MAX, ..Outline::default() }.into(),
        ..Around::default()
    };
    SessionShowPage::new(shell(), &nasty, &window, &around, "q=x")
}

pub(crate) fn session() -> Session {
    Session {
        id: SessionId::derive(&UserId::local(), "claude-code", "4b1e7c92"),
        external_id: "4b1e7c92-0d5a-4c1e-9a41-6b0d1f6a8c11".to_owned(),
        source: "claude-code".to_owned(),
        title: "Fix flaky retries_with_backoff test in the webhook dispatcher".to_owned(),
        model: Some("claude-sonnet-4-5".to_owned()),
        model_count: 2,
        provider: Some("anthropic".to_owned()),
        project_path: Some("/home/mara/src/ledgerline".to_owned()),
        project_name: Some("ledgerline".to_owned()),
        git_branch: Some("fix/retry-clock".to_owned()),
        client_version: Some("2.1.197".to_owned()),
        machine: Some("ana-laptop".to_owned()),
        prompt_tokens: Some(575_680),
        completion_tokens: Some(36_800),
        total_tokens: Some(612_480),
        cache_read_tokens: Some(441_000),
        cache_write_tokens: Some(79_600),
        reasoning_tokens: Some(9_412),
        cost: Some(MicroDollars(2_940_000)),
        cost_partial: false,
        message_count: 58,
        duration_ms: Some(1_900_000),
        is_public: false,
        public_slug: None,
        summary: None,
        parent_id: None,
        relation: None,
        sub_agents: 1,
        family: Some(Family {
            agents: 3,
            total_tokens: Some(690_100),
            cost: Some(MicroDollars(3_380_000)),
            ..Family::default()
        }),
        file: None,
        eval_ready: false,
        eval_status: None,
        eval_notes: None,
        tags: Vec::new(),
        expected_output: None,
        reviewed_at: None,
        created_at: START,
        updated_at: START + 32 * 60_000,
    }
}

fn sub_agent() -> Session {
    Session {
        id: SessionId::derive(&UserId::local(), "claude-code", "agent"),
        external_id: "4b1e7c92-0d5a:agent-a3710820d03a2738d".to_owned(),
        title: "Load the machine while tests run".to_owned(),
        total_tokens: Some(41_200),
        cost: Some(MicroDollars(180_000)),
        family: Some(Family { agents: 2, total_tokens: Some(77_620), tokens_partial: true, ..Family::default() }),
        relation: Some(Relation::SubAgent),
        ..session()
    }
}

fn rail() -> Vec<Session> {
    let other = |title: &str, source: &str, project: &str, cents: i64, minutes: i64| Session {
        id: SessionId::derive(&UserId::local(), source, title),
        title: title.to_owned(),
        source: source.to_owned(),
        project_name: Some(project.to_owned()),
        cost: Some(MicroDollars(cents * 10_000)),
        created_at: NOW - minutes * 60_000,
        ..session()
    };
    vec![
        other("Move invoice rounding to banker’s rounding and backfill October", "claude-code", "ledgerline", 782, 41),
        session(),
        other("Port the CSV importer from pandas to polars", "codex-cli", "northwind-etl", 112, 58),
        other("Why does the map jump when zooming past level 14?", "cursor", "trailhead-web", 61, 70),
        other("Add passkey sign-in next to password login", "opencode", "trailhead-api", 937, 120),
        other("Write a runbook for the Postgres 17 upgrade", "pi", "infra-notes", 28, 180),
        other("Shrink the container image below 80 MB", "factory-droid", "beacon", 74, 240),
        other("Explain the deadlock in the job scheduler", "claude-code", "beacon", 346, 300),
        other("Translate settings strings to Dutch and check plural forms", "opencode", "trailhead-web", 9, 430),
        other("Refactor the pricing table lookup to longest-prefix match", "codex-cli", "ledgerline", 138, 560),
        other("Draft the incident report for Thursday’s webhook outage", "cursor", "infra-notes", 17, 1_340),
        other("Make the search index survive a crash during compaction", "claude-code", "beacon", 491, 1_500),
    ]
}

fn prompts(messages: &[StoredMessage]) -> Vec<(u64, String)> {
    messages
        .iter()
        .filter(|stored| stored.message.role == Role::User)
        .map(|stored| (stored.seq, stored.message.external_id.clone()))
        .collect()
}

fn numbered(messages: Vec<Message>) -> Vec<StoredMessage> {
    (40..).zip(messages).map(|(seq, message)| StoredMessage { seq, message }).collect()
}

fn message(id: &str, role: Role, seconds: i64, tokens: Option<u64>, parts: Vec<Part>) -> Message {
    let mut message = Message::new(id, role, Some(START + seconds * 1000));
    match role {
        Role::User => message.prompt_tokens = tokens,
        _ => message.completion_tokens = tokens,
    }
    if role == Role::Assistant {
        message.model = Some("claude-sonnet-4-5".to_owned());
    }
    message.parts = parts;
    message
}

fn call(id: &str, name: &str, arguments: &serde_json::Value) -> Part {
    Part::ToolCall {
        call_id: Some(id.to_owned()),
        name: name.to_owned(),
        arguments: Body::from(arguments.to_string().as_str()),
    }
}

fn result(
    id: &str,
    name: &str,
    output: &str,
    is_error: Option<bool>,
    duration_ms: Option<u64>,
    details: Option<serde_json::Value>,
) -> Part {
    Part::ToolResult {
        call_id: Some(id.to_owned()),
        name: Some(name.to_owned()),
        output: Body::from(output),
        is_error,
        duration_ms,
        details: details.map(|details| Body::from(details.to_string().as_str())),
    }
}

fn text(text: &str) -> Part {
    Part::Text(text.to_owned())
}
