//! The user's side of the conversation: which messages are prompts, and which turns still count.

use opensync_core::{Message, Part, Role};

use super::display::{Display, Spot, texts};
use super::prompt::{self, Written};

/// How many prompts back an event may belong to.
const PROMPTS_BACK: usize = 8;

/// A user message that may turn out to be none.
#[derive(Debug, Clone)]
pub(super) struct Prompt {
    message: usize,
    /// The client says that a user wrote it.
    sure: bool,
    /// Both its records, the item and the event, were seen.
    paired: bool,
}

impl Display {
    /// A `message` item in the user's name.
    pub(super) fn user(&mut self, spot: Spot, written: Written) {
        for (index, text) in written.injected.into_iter().enumerate() {
            let mut spot = spot.clone();
            // The prompt keeps the record's own id.
            if !written.parts.is_empty() || index > 0 {
                spot.id = format!("{}:context{}", spot.id, if index > 0 { index.to_string() } else { String::new() });
            }
            self.system(spot, Part::Text(text));
        }
        if written.parts.is_empty() {
            return;
        }
        self.turn();
        let text = texts(&written.parts);
        if let Some(last) = self.prompts.last_mut() {
            let (index, after) = (last.message, last.message + 1);
            let before = self.messages.get(index).map(Message::text).unwrap_or_default();
            let same = prompt::same(&before, &text);
            let only_event = last.sure && !last.paired && !written.sure;
            let unanswered =
                self.messages.get(after..).unwrap_or_default().iter().all(|message| message.role == Role::System);
            if same && only_event && unanswered {
                last.paired = true;
                return;
            }
            if same && self.aborted && unanswered {
                self.aborted = false;
                self.left_out = true;
                return;
            }
        }
        self.aborted = false;
        self.left_out = false;
        let message = self.add(spot, Role::User, written.parts);
        self.prompts.push(Prompt { message, sure: written.sure, paired: false });
    }

    /// A `user_message` or `UserMessage` event: says that a user message is a real prompt.
    /// `images` are only made when the prompt is not there yet.
    pub(super) fn user_event(&mut self, spot: Spot, mut parts: Vec<Part>, images: impl FnOnce() -> Vec<Part>) {
        let text = texts(&parts);
        if std::mem::take(&mut self.left_out) {
            return;
        }
        let messages = &self.messages;
        let is = |prompt: &&mut Prompt| {
            let shown = messages.get(prompt.message).map(Message::text).unwrap_or_default();
            !prompt.paired && (text.is_empty() || prompt::same(&shown, &text))
        };
        if let Some(prompt) = self.prompts.iter_mut().rev().take(PROMPTS_BACK).find(is) {
            prompt.sure = true;
            prompt.paired = true;
        } else {
            parts.append(&mut images());
            if parts.is_empty() {
                return;
            }
            self.turn();
            self.aborted = false;
            let message = self.add(spot, Role::User, parts);
            self.prompts.push(Prompt { message, sure: true, paired: false });
        }
    }

    /// The user took back the last turns: they stay, but are not on the path.
    pub(super) fn roll_back(&mut self, turns: u64) {
        self.turn();
        let any_sure = self.prompts.iter().any(|prompt| prompt.sure);
        let is_turn = |prompt: &&Prompt| {
            (prompt.sure || !any_sure) && self.messages.get(prompt.message).is_some_and(|message| !message.off_path)
        };
        let turns = usize::try_from(turns).unwrap_or(usize::MAX);
        let Some(from) = self.prompts.iter().rev().filter(is_turn).take(turns).last().map(|prompt| prompt.message)
        else {
            return;
        };
        for message in self.messages.iter_mut().skip(from) {
            message.off_path = true;
        }
    }

    /// The first real prompt.
    pub(super) fn first_prompt(&self) -> Option<String> {
        let users = || self.messages.iter().filter(|message| message.role == Role::User);
        let texts = |off_path: bool| {
            users()
                .filter(move |message| message.off_path == off_path)
                .map(Message::text)
                .find(|text| !text.trim().is_empty())
        };
        texts(false).or_else(|| texts(true))
    }

    /// Makes a system message of what turns out to be no prompt.
    pub(super) fn judge_prompts(&mut self) {
        if self.prompts.iter().any(|prompt| prompt.sure) {
            // The client marks prompts here, so that what it did not mark it put in itself, unless
            // the mark is still to be written.
            let last = self.messages.len().saturating_sub(1);
            for prompt in self.prompts.iter().filter(|prompt| !prompt.sure && prompt.message != last) {
                if let Some(message) = self.messages.get_mut(prompt.message) {
                    message.role = Role::System;
                }
            }
        }
    }
}
