//! Claude Code.

use std::path::Path;

use crate::{About, Origin, Sink, Source, Unreadable};

/// Claude Code.
pub struct ClaudeCode;

/// What is fixed about it.
pub static ABOUT: About = About { id: "claude-code", name: "Claude Code", roots: &[".claude"], env: "CLAUDE_CONFIG_DIR", connect: &[] };

impl Source for ClaudeCode {
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
