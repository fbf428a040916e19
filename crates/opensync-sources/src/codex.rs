//! Codex CLI.

use std::path::Path;

use crate::{About, Origin, Sink, Source, Unreadable};

/// Codex CLI.
pub struct Codex;

/// What is fixed about it.
pub static ABOUT: About = About { id: "codex-cli", name: "Codex CLI", roots: &[".codex"], env: "CODEX_HOME", connect: &[] };

impl Source for Codex {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, _root: &Path, _unreadable: &mut Vec<Unreadable>) -> Vec<Origin> {
        Vec::new()
    }

    fn read(&self, _origin: &Origin, _sink: &mut dyn Sink) -> Result<(), Unreadable> {
        Ok(())
    }
}
