//! Prompts and final answers.

use opensync_core::{Body, Message, Part, Role};
use opensync_store::{Around, Window};

use crate::support::{Archive, id, message, session, someone_else};

/// A session of turns: a prompt, an answer that goes on, a call with its result, and a final answer. The
/// third has no answer, the fourth is not shown, and something is said before the first.
async fn add_turns(archive: &Archive, turns: u64) {
    let mut long = session("long");
    long.messages.push(message("hello", Role::Assistant, "Hello"));
    for turn in 0..turns {
        let mut call = message(&format!("work{turn}"), Role::Assistant, "I will look");
        let arguments = Body::from("{}");
        call.parts.push(Part::ToolCall { call_id: None, name: "Read".to_owned(), arguments });
        let silent = Message::new(format!("silent{turn}"), Role::Assistant, None);
        let mut said = vec![message(&format!("prompt{turn}"), Role::User, "Go on")];
        if turn != 2 {
            said.extend([call, message(&format!("out{turn}"), Role::Tool, "output")]);
            said.extend([message(&format!("answer{turn}"), Role::Assistant, "Done"), silent]);
        }
        long.messages.extend(said.into_iter().map(|message| Message { off_path: turn == 3, ..message }));
    }
    archive.add([long]).await;
}

/// What a chat of so many turns shows.
fn shown(turns: u64) -> Vec<String> {
    let turn = |turn: u64| match turn {
        2 => vec![format!("prompt{turn}")],
        3 => Vec::new(),
        _ => vec![format!("prompt{turn}"), format!("answer{turn}")],
    };
    std::iter::once("hello".to_owned()).chain((0..turns).flat_map(turn)).collect()
}

async fn chat(archive: &Archive, around: Around, limit: u64) -> Window {
    archive.store.chat(&archive.user, &id("long"), &around, limit).await.unwrap()
}

fn names(window: &Window) -> Vec<String> {
    window.messages.iter().map(|stored| stored.message.external_id.clone()).collect()
}

contract!(a_chat_is_prompts_and_final_answers, async |archive| {
    add_turns(archive, 6).await;
    let window = chat(archive, Around::Start, 60).await;
    assert_eq!(names(&window), shown(6));
    assert_eq!((window.before, window.after), (None, None));
    let parts = window.messages.iter().flat_map(|stored| &stored.message.parts);
    assert!(parts.clone().count() > 0 && parts.clone().all(|part| matches!(part, Part::Text(_))));
});

contract!(walking_through_a_chat_gives_every_message_once, async |archive| {
    add_turns(archive, 40).await;
    for limit in [1, 2, 7, 20] {
        let (mut seen, mut around) = (Vec::new(), Around::Start);
        loop {
            let window = chat(archive, around, limit).await;
            seen.extend(names(&window));
            let Some(after) = window.after else { break };
            around = Around::After(after);
        }
        assert_eq!(seen, shown(40), "forward, {limit}");
        let (mut seen, mut around) = (Vec::new(), Around::Before(u64::MAX));
        loop {
            let window = chat(archive, around, limit).await;
            seen.splice(0..0, names(&window));
            let Some(before) = window.before else { break };
            around = Around::Before(before);
        }
        assert_eq!(seen, shown(40), "backward, {limit}");
    }
});

contract!(a_chat_around_a_message_leads_to_all_others, async |archive| {
    add_turns(archive, 40).await;
    let all = archive.store.all_messages(&archive.user, &id("long")).await.unwrap();
    for stored in &all {
        let around = Around::Message(stored.message.external_id.clone());
        let middle = chat(archive, around, 8).await;
        assert_eq!(middle, chat(archive, Around::Place(stored.seq), 8).await);
        let mut seen = names(&middle);
        if let Some(before) = middle.before {
            seen.splice(0..0, names(&chat(archive, Around::Before(before), 200).await));
        }
        if let Some(after) = middle.after {
            seen.extend(names(&chat(archive, Around::After(after), 200).await));
        }
        assert_eq!(seen, shown(40), "{}", stored.message.external_id);
        let places: Vec<u64> = middle.messages.iter().map(|stored| stored.seq).collect();
        assert!(places[0] <= stored.seq && stored.seq <= places[places.len() - 1] + 4, "{}", stored.seq);
    }
    let unknown = chat(archive, Around::Message("gone".to_owned()), 8).await;
    assert_eq!(unknown, chat(archive, Around::Start, 8).await);
});

contract!(a_chat_is_only_for_the_owner_of_its_session, async |archive| {
    add_turns(archive, 2).await;
    for around in [Around::Start, Around::After(0), Around::Before(9), Around::Place(1), Around::After(u64::MAX)] {
        let other = archive.store.chat(&someone_else(), &id("long"), &around, 60).await.unwrap();
        assert_eq!(other, Window::default());
        let gone = archive.store.chat(&archive.user, &id("gone"), &around, 60).await.unwrap();
        assert_eq!(gone, Window::default());
    }
    assert_eq!(chat(archive, Around::After(u64::MAX), 60).await, Window::default());
});
