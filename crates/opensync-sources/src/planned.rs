//! Tools whose stores are recognised but not read yet: lists name them and say so.

use crate::About;

/// OpenCode.
pub static OPENCODE: About = About {
    id: "opencode",
    name: "OpenCode",
    roots: &[".local/share/opencode"],
    env: "",
    connect: &[("Start it once", "opencode")],
};

/// Cursor, the editor and its command line.
pub static CURSOR: About = About {
    id: "cursor",
    name: "Cursor",
    roots: &[".config/Cursor/User", "Library/Application Support/Cursor/User", ".cursor"],
    env: "",
    connect: &[("Start it once", "cursor-agent")],
};
