//! What every request can reach.

use std::sync::Arc;

use opensync_core::UserId;
use opensync_store::Store;
use opensync_sync::{Importer, Receiver};

use crate::bulk::Bulk;
use crate::doomed::Doomed;
use crate::intake::Intake;
use crate::limit::Limits;
use crate::summary::Summariser;

/// Shared by all requests. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The archive.
    pub store: Store,
    /// The import, running or not.
    pub importer: Importer,
    /// Who looks at pages: without accounts, the one built-in user.
    pub viewer: UserId,
    /// Names this server answers to, besides loopback.
    pub hosts: Arc<Vec<String>>,
    /// Where the archive is, without any password.
    pub archive: Arc<str>,
    /// Where other machines reach it, when they do.
    pub(crate) reached_at: Option<Arc<str>>,
    /// The model that writes summaries, when one was chosen.
    pub(crate) summariser: Option<Summariser>,
    /// How often programs may ask.
    pub(crate) limits: Arc<Limits>,
    /// Work on many sessions at once, running or done.
    pub(crate) bulk: Bulk,
    /// Deletions that become final.
    pub(crate) doomed: Doomed,
    /// What sync plugins send.
    pub(crate) intake: Intake,
}

impl AppState {
    /// The state of a server for one user. `hosts` are further names it answers to, without port;
    /// `archive` is where the archive is, without any password.
    pub fn new(store: Store, importer: Importer, hosts: Vec<String>, archive: &str) -> Self {
        let intake = Intake::new(Receiver::new(store.clone(), importer.prices().clone(), importer.changes().clone()));
        Self {
            store,
            importer,
            viewer: UserId::local(),
            hosts: Arc::new(hosts),
            archive: archive.into(),
            reached_at: None,
            summariser: None,
            limits: Arc::default(),
            bulk: Bulk::default(),
            doomed: Doomed::default(),
            intake,
        }
    }

    /// Tells where other machines reach it, such as `http://sessions.example:6797`.
    #[must_use]
    pub fn reached_at(mut self, url: Option<String>) -> Self {
        self.reached_at = url.map(Into::into);
        self
    }

    /// Has summaries written by a model.
    #[must_use]
    pub fn with_summariser(mut self, summariser: Option<Summariser>) -> Self {
        self.summariser = summariser;
        self
    }

    /// Sets how often programs may ask.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = Arc::new(limits);
        self
    }
}
