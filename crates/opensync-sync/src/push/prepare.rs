//! Reads what is new of a session, as it is sent.

use opensync_core::export::{Marks, Whole, piece};
use opensync_core::redact::{Redaction, Survey};
use opensync_core::{Session, UserId};
use opensync_store::{Candidate, Sent, Store};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::trail::Trail;

/// Messages read at once.
const WINDOW: u64 = 100;
/// Where digests begin when nothing is taken out.
const PLAIN: u64 = 0;

/// How sessions are read.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) store: Store,
    pub(super) user: UserId,
    /// The name of the archive they are sent to.
    pub(super) archive: String,
    /// The machine of those that name none.
    pub(super) machine: Option<String>,
    /// Take out what nobody should read.
    pub(super) redact: bool,
}

/// What there is to do about a session.
pub(super) enum Prepared {
    /// It is gone by now.
    Gone,
    /// The other archive has it as it is.
    Same(Sent),
    /// Something is to be sent.
    Piece(Piece),
}

/// A piece of a session.
pub(super) struct Piece {
    /// As JSON.
    pub(super) json: String,
    pub(super) external_id: String,
    pub(super) title: String,
    /// How many messages are in it.
    pub(super) messages: u64,
    /// There is more behind it.
    pub(super) has_more: bool,
    /// What is noted once it is acknowledged.
    pub(super) sent: Sent,
}

impl Reading {
    /// Reads at most about `most` bytes of messages, and one in any case. `afresh` to send all of it.
    pub(super) async fn prepare(
        &self,
        candidate: &Candidate,
        afresh: bool,
        most: usize,
    ) -> opensync_store::Result<Prepared> {
        let Self { store, user, archive, .. } = self;
        let id = &candidate.id;
        let sent = if afresh { None } else { store.sent(user, archive, id).await? };
        let (Some(mut session), Some(mut whole)) = (store.session(user, id).await?, store.whole(user, id).await?)
        else {
            return Ok(Prepared::Gone);
        };
        // Before the messages: when one is written meanwhile, what is noted of it is of an earlier one.
        let digests = store.message_digests(user, id).await?;
        let redaction = if self.redact { Some(self.look_through(&session, &whole).await?) } else { None };
        if let Some(redaction) = &redaction {
            redaction.session(&mut session, &mut whole);
        }
        // Another number than without, also when nothing was found.
        let seed = redaction.as_ref().map_or(PLAIN, |redaction| redaction.seed().max(PLAIN + 1));
        session.machine = session.machine.take().or_else(|| self.machine.clone());
        let head = piece::head(&session, &whole);
        let digest = xxh3_64_with_seed(head.as_bytes(), seed).cast_signed();
        let trail = sent.as_ref().and_then(|sent| Trail::parse(sent.trail.as_deref()?));
        let kept = trail.as_ref().and_then(|trail| trail.kept(seed, &digests)).filter(|kept| *kept > 0);
        let noted = |trail: &Trail, revision: i64| Sent {
            id: id.clone(),
            revision,
            head: digest,
            trail: Some(trail.to_bytes()),
            gone: false,
        };
        if let (Some(trail), Some(sent)) = (&trail, &sent)
            && trail.kept(seed, &digests) == Some(digests.len() as u64)
            && trail.len() == digests.len() as u64
            && sent.head == digest
        {
            return Ok(Prepared::Same(noted(trail, candidate.revision)));
        }
        let from = kept.unwrap_or(0);
        let messages = self.messages(candidate, redaction.as_ref(), from, digests.len() as u64, most).await?;
        let until = from + messages.len() as u64;
        let now = Trail::of(seed, digests.get(..usize::try_from(until).unwrap_or(usize::MAX)).unwrap_or(&digests));
        // Fewer than there were when they shrank meanwhile: then it is looked at again.
        let has_more = until < digests.len() as u64 && !messages.is_empty();
        let marks = Marks {
            after: trail.filter(|_| kept.is_some()).map(|trail| trail.mark()),
            keep: kept,
            mark: Some(now.mark()),
            more: has_more,
        };
        Ok(Prepared::Piece(Piece {
            json: piece::piece(&head, &marks, &messages),
            external_id: session.external_id,
            title: session.title,
            messages: messages.len() as u64,
            has_more,
            // Until all of it was sent it is not acknowledged in any state.
            sent: noted(&now, if has_more { -1 } else { candidate.revision }),
        }))
    }

    async fn look_through(&self, session: &Session, whole: &Whole) -> opensync_store::Result<Redaction> {
        let mut survey = Survey::default();
        survey.session(session, whole);
        let mut after = None;
        loop {
            let window = self.store.every_message(&self.user, &session.id, after, WINDOW).await?;
            let Some(last) = window.last() else { return Ok(survey.redaction()) };
            after = Some(last.seq);
            for stored in &window {
                survey.message(&stored.message);
            }
        }
    }

    /// Messages from a place on, as JSON.
    async fn messages(
        &self,
        candidate: &Candidate,
        redaction: Option<&Redaction>,
        from: u64,
        until: u64,
        most: usize,
    ) -> opensync_store::Result<Vec<String>> {
        let (mut messages, mut size) = (Vec::new(), 0);
        let mut after = from.checked_sub(1);
        loop {
            let window = self.store.every_message(&self.user, &candidate.id, after, WINDOW).await?;
            let Some(last) = window.last().map(|stored| stored.seq) else { return Ok(messages) };
            after = Some(last);
            for stored in window {
                if from + messages.len() as u64 >= until || (size > 0 && size >= most) {
                    return Ok(messages);
                }
                let json = match redaction {
                    Some(redaction) => piece::message(&redaction.message(&stored.message)),
                    None => piece::message(&stored.message),
                };
                // One that is large goes alone.
                if size > 0 && size + json.len() > most.saturating_mul(2) {
                    return Ok(messages);
                }
                size += json.len();
                messages.push(json);
            }
        }
    }
}
