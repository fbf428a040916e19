//! Windows of messages.

use opensync_core::{Message, Role};
use opensync_store::{Around, Window};

use crate::support::{Archive, id, message, session, someone_else};

/// Adds a session of `count` messages, `m0` and so on, of which those at `off_path` are not shown;
/// answers the places of the others.
async fn add_messages(archive: &Archive, count: u64, off_path: impl Fn(u64) -> bool) -> Vec<u64> {
    let mut long = session("long");
    for seq in 0..count {
        let role = if seq % 2 == 0 { Role::User } else { Role::Assistant };
        let message = message(&format!("m{seq}"), role, &format!("text {seq}"));
        long.messages.push(Message { off_path: off_path(seq), ..message });
    }
    archive.add([long]).await;
    (0..count).filter(|seq| !off_path(*seq)).collect()
}

async fn window(archive: &Archive, around: Around, limit: u64) -> Window {
    archive.store.messages(&archive.user, &id("long"), &around, limit).await.unwrap()
}

fn places(window: &Window) -> Vec<u64> {
    window.messages.iter().map(|message| message.seq).collect()
}

/// A window shows neighbours, and says exactly then that there are more when there are.
fn assert_edges(window: &Window, shown: &[u64], what: &str) {
    let places = places(window);
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        assert_eq!((window.before, window.after), (None, None), "{what}");
        return;
    };
    let start = shown.iter().position(|seq| seq == first).unwrap();
    let end = start + places.len();
    assert_eq!(places, shown[start..end], "{what}");
    assert_eq!(window.before, (start > 0).then_some(*first), "before, {what}");
    assert_eq!(window.after, (end < shown.len()).then_some(*last), "after, {what}");
}

contract!(the_first_window_starts_at_the_first_message, async |archive| {
    let shown = add_messages(archive, 10, |_| false).await;
    for limit in [1, 3, 9] {
        let window = window(archive, Around::Start, limit).await;
        assert_eq!(places(&window), (0..limit).collect::<Vec<_>>());
        assert_eq!((window.before, window.after), (None, Some(limit - 1)));
    }
    for limit in [10, 11, u64::MAX] {
        let window = window(archive, Around::Start, limit).await;
        assert_eq!(places(&window), shown);
        assert_eq!((window.before, window.after), (None, None));
    }
});

contract!(walking_forward_gives_every_message_once, async |archive| {
    let shown = add_messages(archive, 500, |seq| seq % 7 == 0 || seq == 499).await;
    let (mut seen, mut around) = (Vec::new(), Around::Start);
    loop {
        let window = window(archive, around, 60).await;
        assert_edges(&window, &shown, "forward");
        seen.extend(places(&window));
        let Some(after) = window.after else { break };
        around = Around::After(after);
    }
    assert_eq!(seen, shown);
});

contract!(walking_backward_gives_every_message_once, async |archive| {
    let shown = add_messages(archive, 500, |seq| seq % 7 == 0 || seq == 499).await;
    let (mut seen, mut around) = (Vec::new(), Around::Before(500));
    loop {
        let window = window(archive, around, 60).await;
        assert_edges(&window, &shown, "backward");
        seen.splice(0..0, places(&window));
        let Some(before) = window.before else { break };
        around = Around::Before(before);
    }
    assert_eq!(seen, shown);
});

contract!(a_window_beside_any_place_knows_its_edges, async |archive| {
    let shown = add_messages(archive, 23, |seq| [0, 1, 5, 12, 13, 22].contains(&seq)).await;
    for place in 0..26 {
        for limit in [1, 4, 30] {
            let after = window(archive, Around::After(place), limit).await;
            assert_edges(&after, &shown, &format!("after {place}, {limit}"));
            assert!(places(&after).iter().all(|seq| *seq > place));
            let before = window(archive, Around::Before(place), limit).await;
            assert_edges(&before, &shown, &format!("before {place}, {limit}"));
            assert!(places(&before).iter().all(|seq| *seq < place));
        }
    }
});

contract!(a_window_around_any_message_holds_it_and_leads_to_all_others, async |archive| {
    let shown = add_messages(archive, 23, |seq| [0, 5, 12, 13, 22].contains(&seq)).await;
    for target in &shown {
        for limit in [1, 2, 3, 4, 5, 8, 60] {
            let what = format!("around {target}, {limit}");
            let middle = window(archive, Around::Message(format!("m{target}")), limit).await;
            assert!(places(&middle).contains(target) && middle.messages.len() as u64 <= limit, "{what}");
            assert_edges(&middle, &shown, &what);
            let mut all = places(&middle);
            if let Some(before) = middle.before {
                all.splice(0..0, places(&window(archive, Around::Before(before), 60).await));
            }
            if let Some(after) = middle.after {
                all.extend(places(&window(archive, Around::After(after), 60).await));
            }
            assert_eq!(all, shown, "{what}");
        }
    }
});

contract!(a_window_around_a_place_is_the_window_around_its_message, async |archive| {
    let shown = add_messages(archive, 23, |seq| [0, 5, 12, 13, 22].contains(&seq)).await;
    for target in &shown {
        let middle = window(archive, Around::Place(*target), 8).await;
        assert_eq!(middle, window(archive, Around::Message(format!("m{target}")), 8).await);
    }
    assert_edges(&window(archive, Around::Place(12), 8).await, &shown, "a place that is not shown");
    for place in [99, u64::MAX] {
        let end = window(archive, Around::Place(place), 8).await;
        assert_eq!(places(&end), [20, 21], "the last ones");
    }
});

contract!(a_window_around_the_first_message_has_nothing_before_it, async |archive| {
    add_messages(archive, 200, |_| false).await;
    let first = window(archive, Around::Message("m0".to_owned()), 60).await;
    assert_eq!((first.before, first.messages[0].seq), (None, 0));
    let last = window(archive, Around::Message("m199".to_owned()), 60).await;
    assert_eq!((last.before, last.after), (Some(184), None));
    assert_eq!(last.messages.last().unwrap().seq, 199);
});

contract!(a_window_around_a_message_that_is_not_shown_shows_its_neighbours, async |archive| {
    let shown = add_messages(archive, 20, |seq| seq == 10 || seq == 0 || seq == 19).await;
    for (target, neighbour) in [("m10", 11), ("m0", 1), ("m19", 18)] {
        let window = window(archive, Around::Message(target.to_owned()), 8).await;
        assert_edges(&window, &shown, target);
        assert!(places(&window).contains(&neighbour), "{target}");
    }
});

contract!(a_window_around_an_unknown_message_starts_at_the_first, async |archive| {
    add_messages(archive, 10, |_| false).await;
    let unknown = window(archive, Around::Message("gone".to_owned()), 4).await;
    assert_eq!(unknown, window(archive, Around::Start, 4).await);
    assert_eq!(places(&unknown), [0, 1, 2, 3]);
});

contract!(places_beyond_every_session_are_no_error, async |archive| {
    let shown = add_messages(archive, 5, |_| false).await;
    assert_eq!(window(archive, Around::After(u64::MAX), 60).await, Window::default());
    assert_eq!(places(&window(archive, Around::Before(u64::MAX), u64::MAX).await), shown);
    assert_eq!(window(archive, Around::Before(0), 60).await, Window::default());
});

contract!(prompts_are_the_shown_messages_of_the_user, async |archive| {
    add_messages(archive, 9, |seq| seq == 4).await;
    let prompts = archive.store.prompts(&archive.user, &id("long")).await.unwrap();
    let expected: Vec<_> = [0, 2, 6, 8].map(|seq| (seq, format!("m{seq}"))).into();
    assert_eq!(prompts, expected);
});

contract!(all_messages_are_those_on_the_active_branch, async |archive| {
    let shown = add_messages(archive, 150, |seq| seq % 3 == 1).await;
    let all = archive.store.all_messages(&archive.user, &id("long")).await.unwrap();
    assert_eq!(all.iter().map(|message| message.seq).collect::<Vec<_>>(), shown);
    assert!(all.iter().all(|stored| stored.message.text() == format!("text {}", stored.seq)));
});

contract!(the_message_count_leaves_out_what_is_not_shown_and_what_no_one_said, async |archive| {
    let mut notes = session("notes");
    for (n, role) in [Role::System, Role::Tool, Role::User, Role::Assistant].into_iter().enumerate() {
        notes.messages.push(message(&n.to_string(), role, "x"));
    }
    archive.add([notes]).await;
    add_messages(archive, 9, |seq| seq == 4).await;
    assert_eq!(archive.get("notes").await.message_count, 2);
    assert_eq!(archive.get("long").await.message_count, 8);
    assert_eq!(archive.store.message_count(&archive.user).await.unwrap(), 10);
});

contract!(messages_are_only_for_the_owner_of_their_session, async |archive| {
    add_messages(archive, 3, |_| false).await;
    let (store, other, long) = (&archive.store, someone_else(), id("long"));
    for around in
        [Around::Start, Around::After(0), Around::Before(9), Around::Message("m1".to_owned()), Around::Place(1)]
    {
        assert_eq!(store.messages(&other, &long, &around, 60).await.unwrap(), Window::default());
    }
    assert_eq!(store.all_messages(&other, &long).await.unwrap(), []);
    assert_eq!(store.prompts(&other, &long).await.unwrap(), []);
    assert_eq!(store.part(&other, &long, 0, 0).await.unwrap(), None);
    assert_eq!(store.message_count(&other).await.unwrap(), 0);
});
