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

/// Factory Droid.
pub static FACTORY_DROID: About = About {
    id: "factory-droid",
    name: "Factory Droid",
    roots: &[".factory/sessions"],
    env: "",
    connect: &[("Start it once", "droid")],
};

/// Pi.
pub static PI: About = About {
    id: "pi",
    name: "Pi",
    roots: &[".pi/agent/sessions"],
    env: "",
    connect: &[("Start it once", "pi")],
};
