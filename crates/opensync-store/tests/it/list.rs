//! Orders and pages of the session list.

use std::cmp::Reverse;

use jiff::tz::TimeZone;
use opensync_core::Session;
use opensync_core::filter::{Cursor, Filter, Order, Selection, SortKey};
use opensync_core::import::{ImportedSession, Response};
use opensync_core::{Role, Usage};
use opensync_store::{FileRead, SessionPage};

use crate::support::{Archive, file, id, message, response, session, someone_else, sub_agent};

const ORDERS: [Order; 2] = [Order::Desc, Order::Asc];

/// A session with so many messages and tokens, of unknown tokens and cost when `None`.
fn listed(name: &str, created_at: i64, messages: usize, tokens: Option<u64>, cost: Option<i64>) -> ImportedSession {
    let mut listed = ImportedSession { created_at: Some(created_at), ..session(name) };
    for n in 0..messages {
        listed.messages.push(message(&n.to_string(), Role::Assistant, "x"));
    }
    listed.responses = tokens
        .map(|output| Response { usage: Usage { output, ..Usage::default() }, ..response(name, cost) })
        .into_iter()
        .collect();
    listed
}

/// Thirteen sessions with ties in every column, and with unknown tokens and costs.
async fn add_varied(archive: &Archive) -> Vec<Session> {
    let given = [
        (50, 3, Some(70), Some(9)),
        (10, 1, None, None),
        (50, 3, Some(70), Some(9)),
        (20, 2, Some(0), Some(0)),
        (20, 3, Some(70), None),
        (90, 9, None, None),
        (30, 0, None, None),
        (90, 1, Some(5_000), Some(1)),
        (-5, 2, Some(70), Some(9)),
        (90, 1, Some(5_000), Some(800)),
        (10, 1, None, None),
        (60, 4, Some(1), None),
        (50, 3, Some(70), Some(9)),
    ];
    let sessions = given.into_iter().enumerate().map(|(n, (created_at, messages, tokens, cost))| {
        listed(&format!("s{n:02}"), created_at, messages, tokens, cost)
    });
    archive.add(sessions).await;
    let mut all = Vec::new();
    for n in 0..given.len() {
        all.push(archive.get(&format!("s{n:02}")).await);
    }
    all
}

/// What the list must be, worked out without a database; `all` is in the order of writing.
fn expected(all: &[Session], sort: SortKey, order: Order) -> Vec<String> {
    let mut rows: Vec<(usize, &Session)> = all.iter().enumerate().collect();
    let value = |session: &Session| match sort {
        SortKey::Date | SortKey::Relevance => Some(session.created_at),
        SortKey::Messages => Some(session.message_count as i64),
        SortKey::Tokens => session.total_tokens.map(|tokens| tokens as i64),
        SortKey::Cost => session.cost.map(|cost| cost.0),
    };
    rows.sort_by_key(|(n, session)| {
        let value = value(session);
        let signed = if order == Order::Desc { value.map(|value| -value) } else { value };
        let newest = if sort == SortKey::Date && order == Order::Asc { *n as i64 } else { -(*n as i64) };
        (value.is_none(), signed, Reverse(session.created_at), newest)
    });
    rows.into_iter().map(|(_, session)| session.external_id.clone()).collect()
}

async fn page(archive: &Archive, sort: SortKey, order: Order, cursor: Option<Cursor>, limit: u64) -> SessionPage {
    let all = Selection::default();
    archive.store.session_list(&archive.user, &all, sort, order, cursor, limit).await.unwrap()
}

fn names(sessions: &[Session]) -> Vec<String> {
    sessions.iter().map(|session| session.external_id.clone()).collect()
}

contract!(every_order_breaks_ties_by_newest_and_puts_unknown_values_last, async |archive| {
    let all = add_varied(archive).await;
    for (sort, order) in SortKey::ALL.into_iter().flat_map(|sort| ORDERS.map(|order| (sort, order))) {
        let page = page(archive, sort, order, None, 100).await;
        assert_eq!(names(&page.sessions), expected(&all, sort, order), "{sort:?} {order:?}");
        assert_eq!(page.next, None);
        assert!(page.sessions.iter().all(|session| all.contains(session)));
    }
});

contract!(pages_give_every_session_once, async |archive| {
    let all = add_varied(archive).await;
    for (sort, order) in SortKey::ALL.into_iter().flat_map(|sort| ORDERS.map(|order| (sort, order))) {
        for limit in [1, 2, 5, 12, 13] {
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let page = page(archive, sort, order, cursor, limit).await;
                assert!(page.sessions.len() as u64 == limit || page.next.is_none());
                seen.extend(names(&page.sessions));
                // A page's address carries its place as text.
                cursor = page.next.map(|next| Cursor::parse(&next.to_string()).unwrap());
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(seen, expected(&all, sort, order), "{sort:?} {order:?} by {limit}");
        }
    }
});

contract!(pages_stay_in_step_while_sessions_are_added, async |archive| {
    for (sort, order) in SortKey::ALL.into_iter().flat_map(|sort| ORDERS.map(|order| (sort, order))) {
        let all = add_varied(archive).await;
        let (mut seen, mut cursor, mut round) = (Vec::new(), None, 0);
        loop {
            let page = page(archive, sort, order, cursor, 3).await;
            seen.extend(names(&page.sessions));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
            round += 1;
            let extremes = [(95, 10, Some(9_999), Some(999)), (-9, 0, Some(0), Some(0)), (50, 3, None, None)];
            let added = extremes.into_iter().enumerate().map(|(n, (created_at, messages, tokens, cost))| {
                listed(&format!("added-{round}-{n}"), created_at, messages, tokens, cost)
            });
            archive.add(added).await;
        }
        seen.retain(|name| !name.starts_with("added"));
        assert_eq!(seen, expected(&all, sort, order), "{sort:?} {order:?}");
        // Nothing is left for the next order.
        archive.execute("delete from session; delete from response; delete from message; delete from part").await;
        archive.execute("update revision set number = number + 1, removed = number + 1").await;
    }
});

contract!(a_page_of_nothing_has_no_next, async |archive| {
    assert_eq!(page(archive, SortKey::Cost, Order::Asc, None, 10).await, SessionPage::default());
    add_varied(archive).await;
    let other = someone_else();
    let all = Selection::default();
    let list = archive.store.session_list(&other, &all, SortKey::Date, Order::Desc, None, 10).await.unwrap();
    assert_eq!(list, SessionPage::default());
});

contract!(neighbours_are_the_rows_beside_a_session, async |archive| {
    let all = add_varied(archive).await;
    let selection = Selection::default();
    for (sort, order) in SortKey::ALL.into_iter().flat_map(|sort| ORDERS.map(|order| (sort, order))) {
        let rows = expected(&all, sort, order);
        for (place, name) in rows.iter().enumerate() {
            for (before, after) in [(0, 0), (2, 3), (20, 20)] {
                let beside = archive
                    .store
                    .session_neighbours(&archive.user, &id(name), &selection, (sort, order), before, after)
                    .await
                    .unwrap();
                let first = place.saturating_sub(before as usize);
                let last = (place + after as usize + 1).min(rows.len());
                assert_eq!(names(&beside), rows[first..last], "{sort:?} {order:?} {name} {before} {after}");
            }
        }
    }
});

contract!(neighbours_of_a_session_outside_the_list_are_those_at_its_place, async |archive| {
    let all = add_varied(archive).await;
    archive.add([ImportedSession { created_at: Some(55), ..sub_agent("child", "s00") }]).await;
    let (date, selection) = ((SortKey::Date, Order::Desc), Selection::default());
    let beside = async |name: &str, selection: &Selection| {
        let id = id(name);
        names(&archive.store.session_neighbours(&archive.user, &id, selection, date, 1, 1).await.unwrap())
    };
    assert_eq!(beside("child", &selection).await, ["s11", "s12"]);
    let early = Selection { until: Some(25), ..Selection::default() };
    assert_eq!(beside("s12", &early).await, ["s04"]);
    assert_eq!(beside("gone", &selection).await, Vec::<String>::new());
    let other = archive.store.session_neighbours(&someone_else(), &all[0].id, &selection, date, 9, 9).await.unwrap();
    assert_eq!(other, []);
});

contract!(sub_agents_are_folded_in_one_list_and_shown_in_the_other, async |archive| {
    archive.add([session("parent"), sub_agent("child", "parent"), sub_agent("lost", "nowhere")]).await;
    archive.add([ImportedSession { hidden: true, ..session("probe") }]).await;
    let all = Selection::default();
    let list = page(archive, SortKey::Date, Order::Asc, None, 10).await;
    assert_eq!(names(&list.sessions), ["parent", "lost"]);
    let (user, store) = (&archive.user, &archive.store);
    let list = store.session_list_all(user, &all, SortKey::Date, Order::Asc, None, 2).await.unwrap();
    assert_eq!(names(&list.sessions), ["parent", "child"]);
    let list = store.session_list_all(user, &all, SortKey::Date, Order::Asc, list.next, 2).await.unwrap();
    assert_eq!((names(&list.sessions), list.next), (vec!["lost".to_owned()], None));
    let other = store.session_list_all(&someone_else(), &all, SortKey::Date, Order::Asc, None, 9).await.unwrap();
    assert_eq!(other, SessionPage::default());
});

/// The names of the sessions that a text matches, oldest first.
async fn matching(archive: &Archive, text: &str) -> Vec<String> {
    let (filter, complaints) = Filter::parse_text(text);
    assert!(complaints.is_empty(), "{text}");
    let selection = filter.select("2026-11-23T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
    let page = archive.store.session_list(&archive.user, &selection, SortKey::Date, Order::Asc, None, 9).await;
    page.unwrap().sessions.into_iter().map(|session| session.external_id).collect()
}

contract!(figures_branches_and_kinds_select, async |archive| {
    let branch = |name: &str| Some(name.to_owned());
    archive
        .add([
            ImportedSession { git_branch: branch("main"), ..listed("small", 1, 1, Some(10), Some(1_000)) },
            ImportedSession { git_branch: branch("fix"), ..listed("large", 2, 5, Some(5_000), Some(3_000_000)) },
            listed("unknown", 3, 2, None, None),
            sub_agent("agent", "large"),
        ])
        .await;
    let list = async |text: &str| matching(archive, text).await;
    assert_eq!(list("cost:>1").await, ["large"]);
    assert_eq!(list("cost:<=0.01").await, ["small"]);
    assert_eq!(list("tokens:<1k").await, ["small"]);
    assert_eq!(list("messages:2..5").await, ["large", "unknown"]);
    assert_eq!(list("branch:fix").await, ["large"]);
    assert_eq!(list("is:subagent").await, ["agent"]);
    assert_eq!(list("is:public").await, [""; 0]);
    // A sub-agent that is found by its words has a row of its own.
    assert_eq!(list("-small session").await, ["large", "unknown", "agent"]);
    assert_eq!(list("status:none tokens:>100").await, ["large"]);
    assert_eq!(list("status:golden").await, [""; 0]);
});

contract!(the_machine_selects, async |archive| {
    let on = |machine: &str, name: &str| FileRead {
        machine: Some(machine.to_owned()),
        ..file(&format!("/{name}"), [listed(name, 1, 1, None, None)])
    };
    archive.write(vec![on("laptop", "a"), on("my desktop", "b"), file("/c", [listed("c", 1, 1, None, None)])]).await;
    let list = async |text: &str| matching(archive, text).await;
    assert_eq!(list("machine:laptop").await, ["a"]);
    assert_eq!(list(r#"machine:laptop,"my desktop""#).await.len(), 2);
    assert_eq!(list("machine:Laptop").await, Vec::<String>::new());
    // Nobody said where it was written again.
    archive.write(vec![file("/a", [listed("a", 2, 1, None, None)])]).await;
    assert_eq!(archive.get("a").await.machine.as_deref(), Some("laptop"));
    archive.write(vec![on("other", "a")]).await;
    assert_eq!(archive.get("a").await.machine.as_deref(), Some("other"));
    assert_eq!(list("machine:other").await, ["a"]);
});
