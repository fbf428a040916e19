//! Sessions and lists to look at and to test with.

use opensync_core::filter::{Cursor, ListQuery, Status};
use opensync_core::session::{FacetValue, Facets, Family, Relation, Totals};
use opensync_core::{MicroDollars, Session, SessionId, UserId};

use super::{Density, Loosening, SessionListPage};
use crate::page::shell::Shell;
use crate::page::view_list::sample_views;

/// Source, title, project, model, summary, messages, tokens, thousandths of a cent, minutes ago.
type Line = (&'static str, &'static str, &'static str, &'static str, &'static str, u64, u64, i64, i64);

const LINES: [Line; 26] = [
    (
        "claude-code",
        "Round invoices half to even and backfill October",
        "ledgerline",
        "claude-opus-4-5",
        "Dry run over the October snapshot agrees for 14 of 31 tenants so far; the rest is queued.",
        96,
        1_304_220,
        782_150,
        12,
    ),
    (
        "claude-code",
        "Fix the flaky retries_with_backoff test in the webhook dispatcher",
        "ledgerline",
        "claude-sonnet-4-5",
        "The test raced the wall clock. A clock is now passed in and 2,000 runs were clean.",
        58,
        612_480,
        294_040,
        50,
    ),
    (
        "codex-cli",
        "Port the CSV importer from pandas to polars",
        "northwind-etl",
        "gpt-5.2-codex",
        "Column types come from the manifest; the 1.2 GB fixture went from 48 s to 6.1 s.",
        41,
        388_190,
        112_300,
        58,
    ),
    (
        "cursor",
        "Why does the map jump when zooming past level 14?",
        "trailhead-web",
        "claude-sonnet-4-5",
        "The key of the tile cache ignored the pixel ratio, so sharp tiles replaced standard ones mid-gesture.",
        23,
        148_910,
        61_000,
        75,
    ),
    (
        "opencode",
        "Add passkey sign-in next to the password form",
        "trailhead-api",
        "claude-sonnet-4-5",
        "Registration and sign-in work. Open: how an account is recovered when every device is lost.",
        134,
        2_004_000,
        937_000,
        130,
    ),
    (
        "pi",
        "Write a runbook for the Postgres 17 upgrade",
        "infra-notes",
        "gemini-3-pro",
        "Twelve steps with ways back, and the two extensions that need a manual reindex.",
        17,
        92_400,
        28_000,
        190,
    ),
    (
        "factory-droid",
        "Shrink the container image below 80 MB",
        "beacon",
        "gpt-5.2",
        "Two stages and a static binary: 61 MB, and a cold start that is 0.9 s shorter.",
        29,
        204_800,
        74_000,
        250,
    ),
    (
        "claude-code",
        "Explain the deadlock in the job scheduler",
        "beacon",
        "claude-opus-4-5",
        "Two workers take the queue lock and the lease in opposite order when a job is queued again.",
        38,
        517_000,
        346_000,
        310,
    ),
    (
        "opencode",
        "Translate the settings to Dutch and check plural forms",
        "trailhead-web",
        "glm-4.6",
        "214 texts, 9 plural rules corrected, 3 texts left for a native speaker.",
        26,
        118_300,
        9_000,
        430,
    ),
    (
        "codex-cli",
        "Look prices up by the longest prefix",
        "ledgerline",
        "gpt-5.2-codex",
        "Dated model names fall back to their family; gpt-5.2 no longer matches gpt-5.",
        47,
        431_900,
        138_000,
        560,
    ),
    (
        "claude-code",
        "Review the threat model of share links",
        "beacon",
        "claude-opus-4-5",
        "",
        44,
        702_100,
        488_000,
        800,
    ),
    (
        "cursor",
        "Draft the incident report for Thursday's webhook outage",
        "ledgerline",
        "gpt-5.2",
        "Timeline from the logs, two contributing causes, five actions with owners.",
        12,
        64_200,
        17_000,
        1_320,
    ),
    (
        "codex-cli",
        "Bisect the p99 regression between 4.2 and 4.3",
        "beacon",
        "gpt-5.2-codex",
        "A debug assertion was left in the hot loop of the route matcher.",
        93,
        1_700_000,
        593_000,
        1_500,
    ),
    (
        "claude-code",
        "Make the index survive a crash during compaction",
        "beacon",
        "claude-sonnet-4-5",
        "Segments are renamed only after their directory was synced; a test pulls the plug 500 times.",
        88,
        1_100_000,
        491_000,
        1_900,
    ),
    ("aider", "Teach the linter about our error type", "beacon", "deepseek-v3.2", "", 39, 402_800, 0, 2_100),
    (
        "opencode",
        "Set up preview deployments for pull requests",
        "trailhead-api",
        "claude-sonnet-4-5",
        "Each branch has its own schema and a seeded database, both removed on merge.",
        52,
        604_400,
        271_000,
        2_900,
    ),
    (
        "claude-code",
        "Design the export format for tenants",
        "ledgerline",
        "claude-opus-4-5",
        "One Parquet file a table and a signed manifest. Three rejected drafts are in the notes.",
        211,
        6_100_000,
        3_814_000,
        4_400,
    ),
    (
        "claude-code",
        "Work out why the Sunday batch runs twice",
        "northwind-etl",
        "claude-haiku-4-5",
        "Two schedulers after the clocks changed; a lease on the run makes the second one do nothing.",
        36,
        312_700,
        97_000,
        5_800,
    ),
    (
        "factory-droid",
        "Find which services still trust the old root certificate",
        "infra-notes",
        "gpt-5.2",
        "Four services and a cron job. An order of rotation that needs no downtime.",
        15,
        88_100,
        24_000,
        6_100,
    ),
    (
        "claude-code",
        "Rewrite the ingest worker around a bounded channel",
        "beacon",
        "claude-opus-4-5",
        "Memory stays at 240 MB under ten times the load; slow readers now push back.",
        187,
        5_400_000,
        3_177_000,
        7_300,
    ),
    (
        "pi",
        "Name things: a glossary for billing",
        "ledgerline",
        "claude-haiku-4-5",
        "Charge, invoice line and settlement defined; 23 misuses listed by file and line.",
        9,
        41_200,
        6_000,
        8_000,
    ),
    (
        "claude-code",
        "Move to axum 0.9 and fix every extractor",
        "trailhead-api",
        "claude-sonnet-4-5",
        "62 handlers changed without a change in behaviour; two hidden panics are 400 answers now.",
        164,
        3_900_000,
        1_640_000,
        9_000,
    ),
    (
        "opencode",
        "Keyboard support for the layer picker",
        "trailhead-web",
        "claude-sonnet-4-5",
        "Arrows, type-ahead and Escape, checked with two screen readers.",
        31,
        240_500,
        102_000,
        10_000,
    ),
    (
        "codex-cli",
        "Estimate what five years of tiles will cost to store",
        "infra-notes",
        "gpt-5.2",
        "Between 41 and 58 TB; the cold tier pays off after nine months.",
        11,
        60_400,
        15_000,
        14_000,
    ),
    (
        "cursor",
        "Turn error toasts into messages in place",
        "trailhead-web",
        "gpt-5.2",
        "17 toasts replaced; the focus now moves to the first field with a problem.",
        44,
        281_900,
        86_000,
        60_000,
    ),
    ("codex-cli", "Hello", "scratch", "gpt-5.2-codex", "", 1, 0, 3, 700_000),
];

/// As many sessions as a page holds and one more, newest first, created before `now`.
pub fn sessions(now: i64) -> Vec<Session> {
    LINES.iter().enumerate().map(|(place, line)| session(place, line, now)).collect()
}

fn session(place: usize, line: &Line, now: i64) -> Session {
    let &(source, title, project, model, summary, messages, tokens, cost, minutes) = line;
    let created_at = now - minutes * 60_000;
    let known = source != "aider";
    let external_id = format!("sample-{place}");
    Session {
        id: SessionId::derive(&UserId::local(), source, &external_id),
        external_id,
        source: source.to_owned(),
        title: title.to_owned(),
        model: Some(model.to_owned()),
        model_count: if place == 1 { 2 } else { 1 },
        provider: None,
        project_path: Some(format!("/home/mara/src/{project}")),
        project_name: Some(project.to_owned()),
        git_branch: None,
        client_version: None,
        machine: None,
        prompt_tokens: known.then_some(tokens * 9 / 10),
        completion_tokens: known.then_some(tokens / 10),
        total_tokens: known.then_some(tokens),
        cache_read_tokens: None,
        cache_write_tokens: None,
        reasoning_tokens: None,
        cost: known.then_some(MicroDollars(cost * 10)),
        cost_partial: place == 5,
        message_count: messages,
        duration_ms: Some(messages * 31_000),
        is_public: matches!(place, 1 | 15 | 18),
        public_slug: None,
        summary: (!summary.is_empty()).then(|| summary.to_owned()),
        parent_id: None,
        relation: (place == 7).then_some(Relation::Fork),
        sub_agents: match place {
            0 => 3,
            1 => 2,
            4 => 4,
            16 => 7,
            19 => 1,
            _ => 0,
        },
        family: (place == 0).then(|| Family {
            agents: 3,
            total_tokens: Some(1_912_480),
            cost: Some(MicroDollars(11_240_000)),
            ..Family::default()
        }),
        file: None,
        eval_ready: matches!(place, 1 | 7),
        eval_status: match place {
            1 => Some(Status::Golden),
            4 => Some(Status::NeedsReview),
            5 => Some(Status::Correct),
            9 => Some(Status::Incorrect),
            _ => None,
        },
        eval_notes: None,
        tags: if place == 2 { ["etl", "polars", "slow"].map(str::to_owned).to_vec() } else { Vec::new() },
        expected_output: None,
        reviewed_at: None,
        created_at,
        updated_at: created_at + 600_000,
    }
}

/// What the sample archive can be filtered by.
pub fn facets() -> Facets {
    let values = |pairs: &[(&str, u64)]| {
        pairs.iter().map(|(value, count)| FacetValue { value: (*value).to_owned(), count: *count }).collect()
    };
    Facets {
        sources: values(&[
            ("opencode", 412),
            ("claude-code", 1846),
            ("codex-cli", 903),
            ("cursor", 511),
            ("factory-droid", 168),
            ("pi", 66),
            ("aider", 1),
        ]),
        projects: values(&[
            ("ledgerline", 988),
            ("beacon", 871),
            ("trailhead-web", 640),
            ("trailhead-api", 522),
            ("northwind-etl", 403),
            ("infra-notes", 211),
            ("scratch", 98),
            ("a, b and c", 61),
            ("dotfiles", 48),
            ("docs", 31),
            ("playground-for-the-new-rendering-pipeline", 22),
            ("talks", 12),
        ]),
        models: values(&[
            ("claude-sonnet-4-5", 1402),
            ("claude-opus-4-5", 903),
            ("gpt-5.2-codex", 720),
            ("gpt-5.2", 410),
            ("claude-haiku-4-5", 214),
            ("gemini-3-pro", 131),
            ("glm-4.6", 90),
            ("deepseek-v3.2", 37),
        ]),
    }
}

impl SessionListPage {
    /// Lists in every state: both densities, filtered, sorted, continued, without a match.
    pub fn samples(shell: &Shell) -> Vec<(&'static str, Self)> {
        let sessions = sessions(shell.now.as_millisecond());
        let all = Totals {
            sessions: 3907,
            sub_agents: 312,
            tokens: Some(1_600_400_000),
            cost: Some(MicroDollars(7_204_190_000)),
            cost_partial: false,
        };
        let some = Totals {
            sessions: 1284,
            sub_agents: 12,
            tokens: Some(519_200_000),
            cost: Some(MicroDollars(2_452_100_000)),
            cost_partial: true,
        };
        let few = Totals { sessions: 3, sub_agents: 0, tokens: None, cost: None, cost_partial: false };
        let after = sessions.get(24).map(|last| Cursor { value: None, created_at: last.created_at, key: 25 });
        let page = |name, query: &str, density, totals, rows: &[Session], next| {
            let query = ListQuery::parse(query);
            let mut loosened = Loosening::of(&query.filter);
            for (looser, count) in loosened.iter_mut().zip([126, 4, 2]) {
                looser.count = Some(count);
            }
            let shell = shell.clone();
            let page = Self::new(shell, &query, density, totals, 3907, &facets(), rows, next, loosened);
            (name, page.with_views(&sample_views()))
        };
        let full = sessions.get(..25).unwrap_or(&sessions);
        let none = Totals::default();
        vec![
            page("sessions", "", Density::Comfortable, all, full, after),
            page("sessions-filtered", "range=30d&model=claude-opus-4-5", Density::Comfortable, some, full, after),
            page("sessions-table", "source=claude-code,codex-cli&sort=cost", Density::Compact, some, full, after),
            page("sessions-view", "min_cost=1&range=7d&sort=cost", Density::Comfortable, some, full, after),
            page(
                "sessions-all-filters",
                "q=fix+%22log+in%22+-draft&source=pi&project=a&model=m&provider=p&branch=main&machine=box&tag=bug&eval=golden,ready\
                 &public=1&live=1&subagent=1&in=tools&min_cost=1&max_tokens=9000&min_messages=3&max_messages=9&range=7d\
                 &sort=relevance",
                Density::Comfortable,
                few,
                full.get(..3).unwrap_or(full),
                None,
            ),
            page("sessions-range", "from=2026-11-03&to=2026-11-14&order=asc", Density::Comfortable, some, full, after),
            page(
                "sessions-few",
                "q=flaky&project=gone",
                Density::Comfortable,
                few,
                full.get(..3).unwrap_or(full),
                None,
            ),
            page("sessions-next", "cursor=n_1_2", Density::Comfortable, all, full, after),
            page("no-results", "q=refactr&source=pi&range=today", Density::Comfortable, none, &[], None),
            page("no-results-one", "q=zzz", Density::Compact, none, &[], None),
        ]
    }
}
