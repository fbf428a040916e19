//! Makes a session of a conversation of the editor and its bubbles.

use std::collections::{BTreeMap, HashMap, HashSet};

use opensync_core::import::{Discarded, ImportedSession, Parent, ProblemKind, Response, TitleRank};
use opensync_core::text::title;
use opensync_core::{Message, MicroDollars, Part, Relation, Role};

use super::bubble::{Bubble, address};
use super::prompt;
use super::workspaces::{Listed, Workspaces};
use crate::loose::{Object, string};
use crate::tally::Tally;

/// What the rest of the store says about a conversation.
pub(super) struct Around<'a> {
    pub parent: Option<String>,
    pub listed: Option<&'a Listed>,
    pub workspaces: &'a Workspaces,
}

/// A bubble's place in a conversation.
pub(super) struct Place<'a> {
    pub id: String,
    pub kind: Option<f64>,
    pub at: Option<i64>,
    /// The bubble itself, when it is not in a row of its own.
    pub inline: Option<&'a str>,
}

/// Whether anything was said in it; drafts and windows that were only opened are kept as well.
pub(super) fn has_conversation(composer: &Object<'_>) -> bool {
    let is_list = |name: &str| !composer.list(name).is_empty();
    is_list("fullConversationHeadersOnly") || is_list("conversation") || !composer.object("conversationMap").is_empty()
}

/// Its bubbles in order: by headers, else as they are written inline.
pub(super) fn places<'a>(composer: &Object<'a>) -> Vec<Place<'a>> {
    let map = composer.object("conversationMap");
    let mut places = Vec::new();
    for header in composer.list("fullConversationHeadersOnly") {
        let header = Object::parse(header).unwrap_or_default();
        let Some(id) = header.text("bubbleId") else { continue };
        let inline = map.raw(&id);
        places.push(Place { kind: header.number("type"), at: header.time("createdAt"), inline, id });
    }
    if places.is_empty() {
        for (bubble, number) in composer.list("conversation").into_iter().zip(1..) {
            let id = Object::parse(bubble).and_then(|bubble| bubble.text("bubbleId"));
            let id = id.unwrap_or_else(|| format!("bubble-{number}"));
            places.push(Place { id, kind: None, at: None, inline: Some(bubble) });
        }
    }
    if places.is_empty() {
        for (id, bubble) in map.fields() {
            places.push(Place { id: id.to_owned(), kind: None, at: None, inline: Some(bubble) });
        }
    }
    // A header that is written twice is one bubble.
    let mut seen = HashSet::new();
    places.retain(|place| seen.insert(place.id.clone()));
    places
}

/// Where version 1 and 2 keep calls: the records by bubble, JSON in text.
pub(super) fn calls(composer: &Object<'_>) -> String {
    let capabilities = composer.list("capabilities").into_iter().filter_map(Object::parse);
    let data = capabilities.filter(|capability| capability.number("type") == Some(15.0));
    let mut maps = data.filter_map(|capability| {
        let raw = capability.object("data").raw("bubbleDataMap")?;
        Some(string(raw).unwrap_or_else(|| raw.to_owned()))
    });
    maps.next_back().unwrap_or_default()
}

/// The session; nothing when no bubble of it says anything.
pub(super) fn session(
    id: &str,
    composer: &Object<'_>,
    places: &[Place<'_>],
    mut bubbles: HashMap<String, Bubble>,
    around: &Around<'_>,
    tally: &mut Tally,
) -> Option<ImportedSession> {
    let mut turns = Turns::default();
    let (mut folder, mut files) = (None, Vec::new());
    for place in places {
        let Some(mut bubble) = bubbles.remove(&place.id) else { continue };
        bubble.at = bubble.at.or(place.at);
        folder = folder.or_else(|| bubble.folder.take());
        files.append(&mut bubble.files);
        turns.bubble(id, &place.id, bubble);
    }
    let Turns { mut messages, mut responses, discarded, newest, .. } = turns;
    if messages.is_empty() {
        tally.add(ProblemKind::Unsupported, "a conversation has no readable message");
        return None;
    }
    times_of_prompts(&mut messages);
    costs(&composer.object("usageData"), &mut responses, tally);
    let name = composer.text("name").or_else(|| around.listed.and_then(|listed| listed.name.clone()));
    let parent = around.parent.clone().or_else(|| around.listed.and_then(|listed| listed.parent.clone()));
    let answered = messages.iter().rev().find_map(|message| message.model.clone());
    let created_at = composer.time("createdAt").or_else(|| messages.iter().find_map(|message| message.created_at));
    Some(ImportedSession {
        external_id: id.to_owned(),
        title: None
            .or_else(|| Some((prompt::given_name(name)?, TitleRank::Generated)))
            .or_else(|| Some((prompt_title(&messages)?, TitleRank::Prompt))),
        summary: composer.object("latestConversationSummary").object("summary").text("summary"),
        project_path: project(id, composer, around, folder, &files),
        model: answered.or_else(|| prompt::model(composer.object("modelConfig").text("modelName"))),
        created_at,
        born_at: created_at,
        updated_at: composer.time("lastUpdatedAt").or(newest).or(created_at),
        archived: composer.is_true("isArchived") || around.listed.is_some_and(|listed| listed.archived),
        sidechain: parent.is_some() || around.listed.is_some_and(|listed| listed.is_agent),
        parent: parent.map(|external_id| Parent { external_id, relation: Relation::SubAgent, call_id: None }),
        messages,
        responses,
        discarded,
        ..ImportedSession::default()
    })
}

/// The first line of the first prompt.
pub(super) fn prompt_title(messages: &[Message]) -> Option<String> {
    let prompts = messages.iter().filter(|message| message.role == Role::User);
    let texts = prompts.flat_map(|message| &message.parts).filter_map(|part| match part {
        Part::Text(text) => Some(text),
        _ => None,
    });
    texts.flat_map(|text| text.lines()).find_map(title)
}

/// Messages while bubbles are added.
#[derive(Default)]
struct Turns {
    messages: Vec<Message>,
    responses: Vec<Response>,
    discarded: Vec<Discarded>,
    /// The last message is an assistant's and takes more.
    open: bool,
    /// The model the last prompt was sent to.
    model: Option<String>,
    newest: Option<i64>,
}

impl Turns {
    fn bubble(&mut self, session: &str, id: &str, bubble: Bubble) {
        let Bubble { role, parts, at, model, usage, .. } = bubble;
        self.newest = self.newest.max(at);
        if role == Role::User {
            self.model.clone_from(&model);
        }
        if !parts.is_empty() {
            if role != Role::Assistant || !self.open {
                self.messages.push(Message::new(id, role, at));
            }
            self.open = role == Role::Assistant;
            if let Some(message) = self.messages.last_mut() {
                message.parts.extend(parts);
                if role == Role::Assistant && message.model.is_none() {
                    message.model = model.clone().or_else(|| self.model.clone());
                }
            }
        }
        let Some(usage) = usage else { return };
        let line = (self.responses.len() + self.discarded.len()) as u64 + 1;
        if role == Role::Assistant {
            self.responses.push(Response {
                key: format!("{session}:{id}"),
                message_id: self.messages.last().filter(|_| self.open).map(|message| message.external_id.clone()),
                model: model.or_else(|| self.model.clone()),
                provider: None,
                at,
                usage,
                stored_cost: None,
                incomplete: false,
                line,
                records: 1,
            });
        } else {
            self.discarded.push(Discarded { line, why: "the size of a prompt".into(), usage });
        }
    }
}

/// A prompt without a time was written just before its answer.
fn times_of_prompts(messages: &mut [Message]) {
    let mut next = None;
    for message in messages.iter_mut().rev() {
        if message.role == Role::User {
            message.created_at = message.created_at.or(next);
        }
        next = message.created_at.or(next);
    }
}

/// Gives the cost stored for each model to its responses, by their tokens.
fn costs(stored: &Object<'_>, responses: &mut [Response], tally: &mut Tally) {
    let mut left: BTreeMap<Option<String>, f64> = BTreeMap::new();
    for (model, data) in stored.fields() {
        let cents = Object::parse(data).and_then(|data| data.number("costInCents")).unwrap_or(0.0);
        if cents > 0.0 {
            let is_known = responses.iter().any(|response| response.model.as_deref() == Some(model));
            *left.entry(is_known.then(|| model.to_owned())).or_default() += cents / 100.0;
        }
    }
    for (model, usd) in left {
        // What belongs to no response's model is shared among all.
        let is_its = |response: &&mut Response| model.is_none() || response.model == model;
        let total: u64 =
            responses.iter_mut().filter(is_its).map(|response| response.usage.total()).fold(0, u64::saturating_add);
        if total == 0 {
            tally.add(ProblemKind::Unsupported, "a cost is stored without any token count");
            continue;
        }
        let whole = MicroDollars::from_usd(usd).0;
        let (mut given, mut seen) = (0, 0u64);
        for response in responses.iter_mut().filter(is_its) {
            seen = seen.saturating_add(response.usage.total());
            let until = (whole as f64 * (seen as f64 / total as f64)).round() as i64;
            let cost = response.stored_cost.get_or_insert_default();
            cost.0 += until - given;
            given = until;
        }
    }
}

/// Where it was, from the most certain to the least.
fn project(
    id: &str,
    composer: &Object<'_>,
    around: &Around<'_>,
    folder: Option<String>,
    files: &[String],
) -> Option<String> {
    let identifier = composer.object("workspaceIdentifier");
    let listed = around.listed;
    let window = || listed.and_then(|listed| listed.workspace.clone()).or_else(|| identifier.text("id"));
    let repository = || {
        let repositories = composer.list("trackedGitRepos");
        Object::parse(repositories.first()?)?.text("repoPath")
    };
    address(&identifier.object("uri"))
        .or_else(|| listed.and_then(|listed| listed.folder.clone()))
        .or_else(|| around.workspaces.of_conversation(id))
        .or_else(|| around.workspaces.folder(&window()?))
        .or(folder)
        .or_else(repository)
        .or_else(|| common_folder(files))
}

/// The folder all files are in, when it is more than the root.
fn common_folder(files: &[String]) -> Option<String> {
    let (first, others) = files.split_first()?;
    let mut common = first.rsplit_once(['/', '\\'])?.0;
    for file in others {
        while !file.strip_prefix(common).is_some_and(|rest| rest.starts_with(['/', '\\'])) {
            common = common.rsplit_once(['/', '\\'])?.0;
        }
    }
    Some(common.to_owned()).filter(|path| path.matches(['/', '\\']).count() > 1)
}

#[cfg(test)]
mod tests {
    use opensync_core::Usage;

    use super::*;

    fn response(model: &str, fresh: u64) -> Response {
        Response {
            key: String::new(),
            message_id: None,
            model: Some(model.to_owned()),
            provider: None,
            at: None,
            usage: Usage { fresh, ..Usage::default() },
            stored_cost: None,
            incomplete: false,
            line: 1,
            records: 1,
        }
    }

    #[test]
    fn a_stored_cost_is_shared_by_tokens_and_nothing_of_it_is_lost() {
        let stored = Object::parse(r#"{"a":{"costInCents":10,"amount":3},"b":{"costInCents":1}}"#).unwrap();
        let mut responses = [response("a", 1), response("a", 2), response("c", 4)];
        costs(&stored, &mut responses, &mut Tally::default());
        let costs: Vec<_> = responses.iter().map(|response| response.stored_cost.unwrap().0).collect();
        assert_eq!(costs.iter().sum::<i64>(), 110_000);
        assert!(costs[1] > costs[0] && costs[2] < 10_000);
    }

    #[test]
    fn the_folder_of_attached_files_is_a_last_resort() {
        let files = |paths: &[&str]| common_folder(&paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>());
        assert_eq!(files(&["/w/app/src/a.rs", "/w/app/test/b.rs"]).as_deref(), Some("/w/app"));
        assert_eq!(files(&["/w/app/a.rs", "/v/b.rs"]), None);
        assert_eq!(files(&[]), None);
    }
}
