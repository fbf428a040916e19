//! Writes every sample page, with the files it needs, into a folder:
//! `cargo run -p opensync-web --example gallery -- FOLDER`. Serve that folder to look at them.

use std::fs;
use std::io::{Error, Result};
use std::path::Path;

use opensync_web::{assets, page};

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).ok_or_else(|| Error::other("give the folder to write to"))?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("assets"))?;
    for asset in assets::all() {
        fs::write(folder.join(asset.path.trim_start_matches('/')), asset.bytes)?;
    }
    let shell = page::samples::shell();
    for (name, html) in page::samples::all(&shell).map_err(Error::other)? {
        fs::write(folder.join(format!("{name}.html")), html)?;
    }
    for (name, html) in page::samples::fragments(&shell).map_err(Error::other)? {
        fs::write(folder.join(format!("{name}.part.html")), html)?;
    }
    Ok(())
}
