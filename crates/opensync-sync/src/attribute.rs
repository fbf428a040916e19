//! Token figures of single messages.

use std::collections::HashMap;

use opensync_core::Role;
use opensync_core::import::ImportedSession;

/// Gives each assistant message the output of its response, and each prompt the input of the first
/// response that answers it. Figures an importer set stay.
pub fn attribute(session: &mut ImportedSession) {
    let mut usage: HashMap<&str, (u64, u64)> = HashMap::new();
    for response in &session.responses {
        if let Some(message) = &response.message_id {
            let entry = usage.entry(message).or_insert((response.usage.prompt(), 0));
            entry.1 += response.usage.output;
        }
    }
    let mut prompt: Option<usize> = None;
    for n in 0..session.messages.len() {
        let message = &mut session.messages[n];
        match message.role {
            Role::User => prompt = Some(n),
            Role::Assistant => {
                let Some((input, output)) = usage.get(message.external_id.as_str()).copied() else { continue };
                message.completion_tokens.get_or_insert(output);
                if let Some(prompt) = prompt.take() {
                    session.messages[prompt].prompt_tokens.get_or_insert(input);
                }
            }
            Role::System | Role::Tool => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use opensync_core::import::Response;
    use opensync_core::{Message, Usage};

    use super::*;

    #[test]
    fn a_prompt_shows_the_input_of_the_first_response_that_answers_it() {
        let message = |id: &str, role| Message::new(id, role, None);
        let response = |id: &str, fresh, output| Response {
            key: id.to_owned(),
            message_id: Some(id.to_owned()),
            model: None,
            provider: None,
            at: None,
            usage: Usage { fresh, output, ..Usage::default() },
            stored_cost: None,
            incomplete: false,
            line: 1,
            records: 1,
        };
        let mut session = ImportedSession {
            messages: vec![
                message("u1", Role::User),
                message("a1", Role::Assistant),
                message("t1", Role::Tool),
                message("a2", Role::Assistant),
                message("u2", Role::User),
                message("a3", Role::Assistant),
            ],
            responses: vec![response("a1", 10, 1), response("a2", 20, 2)],
            ..ImportedSession::default()
        };
        attribute(&mut session);
        let tokens: Vec<_> = session.messages.iter().map(|m| (m.prompt_tokens, m.completion_tokens)).collect();
        assert_eq!(
            tokens,
            [(Some(10), None), (None, Some(1)), (None, None), (None, Some(2)), (None, None), (None, None)]
        );
    }
}
