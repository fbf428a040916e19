//! Sessions.

use serde::{Deserialize, Serialize};

use super::super::Whole;
use super::ledger::{DiscardedJson, ResponseJson};
use super::message::MessageJson;
use super::piece::Marks;
use super::read::Incoming;
use crate::filter::Status;
use crate::import::{ImportedSession, Parent, TitleRank};
use crate::label::{self, Labels};
use crate::{MicroDollars, Relation, Session, text};

/// A title somebody gave has at most so many characters; longer ones are cut like any other.
const LONGEST_TITLE: usize = 400;

/// A session. Fields without a default must be there; totals are written for who reads the file and
/// added up again by an import.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the file")]
pub(super) struct SessionJson {
    #[serde(default)]
    id: String,
    external_id: String,
    source: String,
    title: String,
    /// `edited` when it was given in OpenSync, else where the tool has it from; null for none.
    #[serde(default)]
    title_from: Option<String>,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default, skip_deserializing)]
    model: Option<String>,
    #[serde(default, skip_deserializing)]
    model_count: u64,
    #[serde(default, skip_deserializing)]
    provider: Option<String>,
    /// Model and provider the tool names beside its responses.
    #[serde(default)]
    model_hint: Option<String>,
    #[serde(default)]
    provider_hint: Option<String>,
    #[serde(default)]
    project_path: Option<String>,
    #[serde(default, skip_deserializing)]
    project_name: Option<String>,
    #[serde(default)]
    git_branch: Option<String>,
    #[serde(default)]
    client_version: Option<String>,
    /// The machine it was recorded on.
    #[serde(default)]
    machine: Option<String>,
    #[serde(default)]
    file: Option<String>,
    #[serde(default, skip_deserializing)]
    prompt_tokens: Option<u64>,
    #[serde(default, skip_deserializing)]
    completion_tokens: Option<u64>,
    #[serde(default, skip_deserializing)]
    total_tokens: Option<u64>,
    #[serde(default, skip_deserializing)]
    cache_read_tokens: Option<u64>,
    #[serde(default, skip_deserializing)]
    cache_write_tokens: Option<u64>,
    #[serde(default, skip_deserializing)]
    reasoning_tokens: Option<u64>,
    #[serde(default, skip_deserializing)]
    cost: Option<f64>,
    #[serde(default, skip_deserializing)]
    cost_partial: bool,
    #[serde(default, skip_deserializing)]
    message_count: u64,
    #[serde(default)]
    duration_ms: Option<u64>,
    #[serde(default)]
    parent: Option<ParentJson>,
    #[serde(default)]
    sidechain: bool,
    #[serde(default)]
    hidden: bool,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    eval_ready: bool,
    #[serde(default)]
    eval_status: Option<String>,
    #[serde(default)]
    eval_notes: Option<String>,
    #[serde(default)]
    eval_tags: Vec<String>,
    #[serde(default)]
    expected_output: Option<String>,
    #[serde(default)]
    reviewed_at: Option<i64>,
    #[serde(default)]
    born_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    #[serde(default)]
    responses: Vec<ResponseJson>,
    #[serde(default)]
    discarded: Vec<DiscardedJson>,
    #[serde(default, skip_serializing)]
    messages: Vec<MessageJson>,
    // Of a piece, see there.
    #[serde(default, skip_serializing)]
    after: Option<String>,
    #[serde(default, skip_serializing)]
    keep: Option<u64>,
    #[serde(default, skip_serializing)]
    mark: Option<String>,
    #[serde(default, skip_serializing)]
    more: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ParentJson {
    external_id: String,
    relation: String,
    #[serde(default)]
    call_id: Option<String>,
    /// Known from the responses the two share, and not from the tool.
    #[serde(default)]
    found: bool,
}

impl SessionJson {
    pub(super) fn new(session: &Session, whole: Option<&Whole>) -> Self {
        let s = session.clone();
        let imported = whole.map(|whole| whole.imported.clone()).unwrap_or_default();
        let is_edited = whole.is_some_and(|whole| whole.is_edited);
        let responses = whole.into_iter().flat_map(|whole| {
            let is_copy = |n: usize| whole.copies.binary_search(&n).is_ok();
            let each = whole.imported.responses.iter().enumerate();
            each.map(move |(n, response)| ResponseJson::new(response, whole.costs.get(n), is_copy(n)))
        });
        Self {
            id: s.id.to_string(),
            external_id: s.external_id,
            source: s.source,
            title: s.title,
            title_from: if is_edited { Some("edited") } else { imported.title.map(|(_, rank)| rank.as_str()) }
                .map(str::to_owned),
            summary: s.summary,
            model: s.model,
            model_count: s.model_count,
            provider: s.provider,
            model_hint: imported.model,
            provider_hint: imported.provider,
            project_path: s.project_path,
            project_name: s.project_name,
            git_branch: s.git_branch,
            client_version: s.client_version,
            machine: s.machine,
            file: s.file,
            prompt_tokens: s.prompt_tokens,
            completion_tokens: s.completion_tokens,
            total_tokens: s.total_tokens,
            cache_read_tokens: s.cache_read_tokens,
            cache_write_tokens: s.cache_write_tokens,
            reasoning_tokens: s.reasoning_tokens,
            cost: s.cost.map(MicroDollars::usd),
            cost_partial: s.cost_partial,
            message_count: s.message_count,
            duration_ms: s.duration_ms,
            parent: imported.parent.map(|parent| ParentJson {
                external_id: parent.external_id,
                relation: parent.relation.as_str().to_owned(),
                call_id: parent.call_id,
                found: whole.is_some_and(|whole| whole.is_found),
            }),
            sidechain: imported.sidechain,
            hidden: imported.hidden,
            archived: imported.archived,
            eval_ready: s.eval_ready,
            eval_status: s.eval_status.map(|status| status.as_str().to_owned()),
            eval_notes: s.eval_notes,
            eval_tags: s.tags,
            expected_output: s.expected_output,
            reviewed_at: s.reviewed_at,
            born_at: imported.born_at,
            created_at: s.created_at,
            updated_at: s.updated_at,
            responses: responses.collect(),
            discarded: imported.discarded.iter().map(DiscardedJson::from).collect(),
            messages: Vec::new(),
            after: None,
            keep: None,
            mark: None,
            more: false,
        }
    }

    /// What an import makes of it; what is wrong with it otherwise.
    pub(super) fn read(self) -> Result<Incoming, String> {
        if self.external_id.trim().is_empty() || self.source.trim().is_empty() {
            return Err("externalId and source must name it".to_owned());
        }
        let (created, updated) = (moment(Some(self.created_at)), moment(Some(self.updated_at)));
        if created.is_none() || updated.is_none() {
            return Err("createdAt and updatedAt must be moments".to_owned());
        }
        let cannot = |error: label::LabelError| format!("its labels cannot be used: {error}");
        let texts = |text: Option<&str>| text.map_or(Ok(label::Edit::Clear), label::text);
        let labels = Labels {
            ready: self.eval_ready,
            status: self.eval_status.as_deref().and_then(Status::parse).filter(|status| *status != Status::None),
            notes: texts(self.eval_notes.as_deref()).map_err(cannot)?.value().cloned(),
            tags: label::tags(self.eval_tags.iter().map(String::as_str)).map_err(cannot)?,
            expected_output: texts(self.expected_output.as_deref()).map_err(cannot)?.value().cloned(),
            reviewed_at: moment(self.reviewed_at),
        };
        let title = title(self.title);
        let is_edited = self.title_from.as_deref() == Some("edited");
        let rank = self.title_from.as_deref().and_then(TitleRank::parse);
        let (mut responses, mut costs) = (Vec::new(), Vec::new());
        for response in self.responses {
            let (response, cost) = response.read();
            responses.push(response);
            costs.push(cost);
        }
        let parent = self.parent.filter(|parent| !parent.found).and_then(|parent| {
            let relation = Relation::parse(&parent.relation)?;
            Some(Parent { external_id: parent.external_id, relation, call_id: parent.call_id })
        });
        let session = ImportedSession {
            external_id: text::clean(&self.external_id).into_owned(),
            parent,
            title: title.clone().zip(rank),
            summary: self.summary,
            project_path: self.project_path,
            git_branch: self.git_branch,
            provider: self.provider_hint,
            model: self.model_hint,
            client_version: self.client_version,
            created_at: created,
            updated_at: updated,
            born_at: moment(self.born_at),
            duration_ms: self.duration_ms,
            hidden: self.hidden,
            archived: self.archived,
            sidechain: self.sidechain,
            messages: self.messages.into_iter().map(Into::into).collect(),
            responses,
            discarded: self.discarded.into_iter().map(Into::into).collect(),
        };
        let edited_title = title.filter(|_| is_edited);
        Ok(Incoming {
            source: text::clean(&self.source).into_owned(),
            file: self.file,
            machine: self.machine.as_deref().and_then(text::machine),
            session,
            costs,
            edited_title,
            labels,
            marks: Marks { after: self.after, keep: self.keep, mark: self.mark, more: self.more },
        })
    }
}

/// A moment one can reckon with; nothing for one that is far beyond any.
pub(super) fn moment(at: Option<i64>) -> Option<i64> {
    at.filter(|at| at.unsigned_abs() <= 1 << 53)
}

/// A title as it was written, unless no program of ours wrote it.
fn title(title: String) -> Option<String> {
    let is_line =
        !title.chars().any(char::is_control) && title.chars().take(LONGEST_TITLE + 1).count() <= LONGEST_TITLE;
    if is_line && !title.trim().is_empty() { Some(title) } else { text::title(&title) }
}
