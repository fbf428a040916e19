//! Writes the samples of a session's page into a folder: `cargo run --example transcript -- FOLDER`.

use std::path::PathBuf;

use askama::Template;
use opensync_web::{assets, page::session_show::samples};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/transcript".to_owned()));
    std::fs::create_dir_all(folder.join("assets"))?;
    for (name, page) in samples::samples() {
        std::fs::write(folder.join(format!("{name}.html")), page.render()?)?;
    }
    for (name, page) in samples::parts() {
        std::fs::write(folder.join(format!("{name}.html")), page.render()?)?;
    }
    for asset in assets::all() {
        std::fs::write(folder.join(asset.path.trim_start_matches('/')), asset.bytes)?;
    }
    Ok(())
}
