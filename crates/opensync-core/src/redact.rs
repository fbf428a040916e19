//! Takes out of a session what [`crate::secret`] finds in it, before the session goes to another archive.
//!
//! A session is read twice: a [`Survey`] gathers what is found, then a [`Redaction`] takes out every place
//! of it. Images are left out, as nothing can look into them. Ids, models and figures stay.

use std::collections::{BTreeMap, HashSet};

use crate::export::Whole;
use crate::secret::{Finding, Redactor, Weight, scan};
use crate::{Body, Message, Part, Session};

/// Gathers what is found in a session.
#[derive(Debug, Default)]
pub struct Survey {
    values: BTreeMap<String, (&'static str, Weight)>,
}

/// Takes out what was found.
#[derive(Debug)]
pub struct Redaction {
    redactor: Redactor,
    seed: u64,
}

impl Survey {
    /// Looks at what is said of the session.
    pub fn session(&mut self, session: &Session, whole: &Whole) {
        heads(&mut session.clone(), &mut whole.clone(), &mut |text| self.look(text));
    }

    /// Looks at a message.
    pub fn message(&mut self, message: &Message) {
        rewritten(message, &mut |text| self.look(text));
    }

    fn look(&mut self, text: &str) -> String {
        for finding in scan(text) {
            self.values.entry(finding.value).or_insert((finding.kind, finding.weight));
        }
        String::new()
    }

    /// What takes it all out.
    pub fn redaction(self) -> Redaction {
        let mut hasher = blake3::Hasher::new();
        for value in self.values.keys() {
            hasher.update(&(value.len() as u64).to_le_bytes()).update(value.as_bytes());
        }
        let mut seed = [0; 8];
        seed.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        let known = self.values.into_iter().map(|(value, (kind, weight))| Finding {
            kind,
            weight,
            range: 0..value.len(),
            value,
        });
        Redaction { redactor: Redactor::new(known, HashSet::new()), seed: u64::from_le_bytes(seed) }
    }
}

impl Redaction {
    /// Another number when something else is taken out; it tells nothing of what.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What is said of the session, without what was found.
    pub fn session(&self, session: &mut Session, whole: &mut Whole) {
        heads(session, whole, &mut |text| self.redactor.redact(text).into_owned());
    }

    /// A message without what was found.
    pub fn message(&self, message: &Message) -> Message {
        rewritten(message, &mut |text| self.redactor.redact(text).into_owned())
    }
}

/// Puts another text in the place of each that is said of a session.
fn heads(session: &mut Session, whole: &mut Whole, of: &mut dyn FnMut(&str) -> String) {
    session.title = of(&session.title);
    for tag in &mut session.tags {
        *tag = of(tag);
    }
    let Session { summary, project_path, project_name, git_branch, file, eval_notes, expected_output, .. } = session;
    let imported = &mut whole.imported;
    if let Some((title, _)) = &mut imported.title {
        *title = of(title);
    }
    let texts = [summary, project_path, project_name, git_branch, file, eval_notes, expected_output];
    let more = [&mut imported.summary, &mut imported.project_path, &mut imported.git_branch];
    for text in texts.into_iter().chain(more).flatten() {
        *text = of(text);
    }
}

/// A message with another text in the place of each, and without images.
fn rewritten(message: &Message, of: &mut dyn FnMut(&str) -> String) -> Message {
    let body =
        |of: &mut dyn FnMut(&str) -> String, body: &Body| Body::from(of(&body.text().unwrap_or_default()).as_str());
    let mut parts = Vec::with_capacity(message.parts.len());
    for part in &message.parts {
        parts.push(match part {
            Part::Text(text) => Part::Text(of(text)),
            Part::Thinking(thought) => Part::Thinking(body(of, thought)),
            Part::ToolCall { call_id, name, arguments } => {
                Part::ToolCall { call_id: call_id.clone(), name: of(name), arguments: body(of, arguments) }
            }
            Part::ToolResult { call_id, name, output, is_error, duration_ms, details } => Part::ToolResult {
                call_id: call_id.clone(),
                name: name.as_deref().map(&mut *of),
                output: body(of, output),
                is_error: *is_error,
                duration_ms: *duration_ms,
                details: details.as_ref().map(|details| body(of, details)),
            },
            Part::Image { media_type, .. } => {
                Part::Image { media_type: media_type.clone(), name: None, body: Body::default() }
            }
            Part::Unknown { kind, json } => Part::Unknown { kind: kind.clone(), json: body(of, json) },
        });
    }
    Message { parts, ..message.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    /// In two pieces, so that no scanner takes this file for a leak.
    fn token() -> String {
        format!("ghp_{}", "R4nd0mR4nd0mR4nd0mR4nd0mR4nd0mR4nd0m")
    }

    fn message(parts: Vec<Part>) -> Message {
        Message { parts, ..Message::new("m", Role::Assistant, Some(1)) }
    }

    #[test]
    fn what_is_found_anywhere_is_taken_out_everywhere() {
        let token = token();
        let body = |text: &str| Body::from(text);
        let result = |output: &str, details: &str| Part::ToolResult {
            call_id: Some("c".to_owned()),
            name: None,
            output: body(output),
            is_error: None,
            duration_ms: None,
            details: Some(body(details)),
        };
        let call = |text: &str| Part::ToolCall { call_id: None, name: "run".to_owned(), arguments: body(text) };
        let said = message(vec![
            Part::Text(format!("Use {token}")),
            Part::Thinking(body(&format!("So {token}"))),
            call(&format!("{{\"key\":\"{token}\"}}")),
            result(&format!("got {token}"), &format!("{{\"a\":\"{token}\"}}")),
            Part::Unknown { kind: "odd".to_owned(), json: body(&format!("[\"{token}\"]")) },
            Part::Image { media_type: "image/png".to_owned(), name: Some("a".to_owned()), body: Body::raw(vec![7]) },
        ]);
        // A value that only its place tells.
        let told = message(vec![Part::Text("password: hunter2-Ab9x".to_owned())]);
        let later = message(vec![Part::Text("it was hunter2-Ab9x, no?".to_owned())]);
        let mut survey = Survey::default();
        for message in [&said, &told, &later] {
            survey.message(message);
        }
        let redaction = survey.redaction();
        let clean = redaction.message(&said);
        assert_eq!(clean.parts.len(), said.parts.len());
        assert!(!format!("{clean:?}").contains(&token), "{clean:?}");
        assert!(format!("{clean:?}").contains("⟦GitHub token⟧"));
        assert!(matches!(&clean.parts[5], Part::Image { name: None, body, .. } if body.size() == 0));
        assert!(!redaction.message(&later).text().contains("hunter2"));
        assert_eq!(clean.external_id, said.external_id);
    }

    #[test]
    fn another_value_makes_another_seed() {
        let seed = |texts: &[&str]| {
            let mut survey = Survey::default();
            for text in texts {
                survey.message(&message(vec![Part::Text((*text).to_owned())]));
            }
            survey.redaction().seed()
        };
        let token = token();
        assert_eq!(seed(&[&token, "nothing"]), seed(&["here: ", &token, &token]));
        assert_ne!(seed(&[&token]), seed(&["nothing"]));
    }
}
