//! Events: what the client tells its user while it works.

use opensync_core::Part;
use opensync_core::text::clean;

use super::display::Spot;
use super::expected;
use super::ledger::Whose;
use super::output::{self, Outcome};
use super::prompt::Written;
use super::reader::Reader;
use super::records::{Ended, Event, Str, TokenCount, contents, kind, piece};

/// Events that are known and not shown: progress, twins of items, questions to the user.
fn is_known(kind: &str) -> bool {
    const ENDINGS: &[&str] = &["_begin", "_delta", "_request", "_response", "_update", "_updated", "_diff", "_started"];
    const KNOWN: &[&str] = &[
        "agent_reasoning_raw_content",
        "agent_reasoning_section_break",
        "background_event",
        "context_compacted",
        "deprecation_notice",
        "elicitation_request",
        "entered_review_mode",
        "guardian_assessment",
        "guardian_warning",
        "hook_completed",
        "mcp_startup_complete",
        "model_reroute",
        "model_verification",
        "raw_response_item",
        "request_permissions",
        "request_user_input",
        "session_configured",
        "shutdown_complete",
        "skills_update_available",
        "stream_error",
        "sub_agent_activity",
        "terminal_interaction",
        "undo_completed",
        "view_image_tool_call",
        "warning",
    ];
    KNOWN.contains(&kind) || ENDINGS.iter().any(|end| kind.ends_with(end))
}

/// Takes one event.
pub(super) fn event(reader: &mut Reader, number: u64, at: Option<i64>, json: &str) -> Result<(), serde_json::Error> {
    let kind = kind(json);
    match &*kind {
        "token_count" => {
            let count: TokenCount = serde_json::from_str(json)?;
            expected::token_count(reader, &count);
            let (total, last) = count.counters();
            let (ledger, place) = reader.ledger_at(number, at, reader.display.answer);
            if ledger.count(&place, total, last) {
                reader.display.close();
            }
            return Ok(());
        }
        "user_message" => {
            let event: Event<'_> = serde_json::from_str(json)?;
            expected::prompt(reader, &event);
            let images = || {
                let urls: Vec<Str<'_>> = piece(event.images).unwrap_or_default();
                let paths: Vec<Str<'_>> = piece(event.local_images).unwrap_or_default();
                let urls = urls.iter().map(|url| output::image_at(url));
                urls.chain(paths.iter().map(|path| output::local_image(path))).collect()
            };
            reader.display.user_event(reader.spot("", number, at), Written::event(&event.message, true), images);
        }
        "item_completed" => {
            let event: Event<'_> = serde_json::from_str(json)?;
            reader.expect("`item_completed` events", &[("item", event.item.is_some())]);
            if let Some(item) = piece::<Ended<'_>>(event.item) {
                completed(reader, reader.spot(&item.id, number, at), &item);
            }
        }
        "agent_message" => {
            let event: Event<'_> = serde_json::from_str(json)?;
            reader.expect("`agent_message` events", &[("message", event.message.is_there())]);
            reader.display.answer_event(reader.spot("", number, at), &event.message);
        }
        "agent_reasoning" => {
            let event: Event<'_> = serde_json::from_str(json)?;
            reader.expect("`agent_reasoning` events", &[("text", event.text.is_there())]);
            reader.display.reasoning_event(&event.text);
        }
        "task_started" | "turn_started" => reader.display.turn(),
        "task_complete" | "turn_complete" | "turn_aborted" => {
            let event: Event<'_> = serde_json::from_str(json)?;
            reader.display.turn();
            if &*kind == "turn_aborted" {
                reader.display.abort();
            }
            if reader.whose(number) == Whose::Own
                && let Some(time) = event.duration_ms.count()
            {
                reader.work_ms = Some(reader.work_ms.unwrap_or(0).saturating_add(time));
            }
        }
        "thread_name_updated" => {
            let event: Event<'_> = serde_json::from_str(json)?;
            let name = event.thread_name.owned();
            if event.thread_id.is_empty() || *event.thread_id == *reader.session.external_id {
                reader.own_name = name;
            } else if reader.whose(number) != Whose::Own {
                reader.parents_name = name;
            }
        }
        "thread_rolled_back" => {
            let event: Event<'_> = serde_json::from_str(json)?;
            reader.display.roll_back(event.num_turns.count().unwrap_or(0));
        }
        "error" => {
            let event: Event<'_> = serde_json::from_str(json)?;
            if let Some(text) = event.message.some() {
                reader.display.system(reader.spot("", number, at), Part::Text(clean(text).into_owned()));
            }
        }
        "exited_review_mode" => {
            let event: Event<'_> = serde_json::from_str(json)?;
            if let Some(review) = event.review_output {
                let part = Part::Unknown { kind: kind.to_string(), json: review.get().into() };
                reader.display.system(reader.spot("", number, at), part);
            }
        }
        "thread_settings_applied" => return Ok(()),
        other if other.ends_with("_end") => {
            let ended: Ended<'_> = serde_json::from_str(json)?;
            reader.display.ended(&ended.call_id, Outcome::of(&ended));
        }
        other if is_known(other) => {}
        other => reader.unknown(number, "event_msg/", other),
    }
    reader.touch(number, at);
    Ok(())
}

/// `item_completed`: the prompts of newer versions, and how calls ended.
fn completed(reader: &mut Reader, spot: Spot, item: &Ended<'_>) {
    match &*item.kind {
        "UserMessage" => {
            let pieces = contents(item.content);
            let parts = pieces.iter().filter(|piece| !piece.text.is_empty());
            let parts = parts.flat_map(|piece| Written::event(&piece.text, false)).collect();
            reader.display.user_event(spot, parts, || pieces.iter().filter_map(output::image).collect());
        }
        "AgentMessage" | "Reasoning" | "Plan" | "ContextCompaction" => {}
        _ => reader.display.ended(&item.id, Outcome::of(item)),
    }
}
