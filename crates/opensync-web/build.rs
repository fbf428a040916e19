//! Packs stylesheets, scripts and icons into the program.
//!
//! Every file gets a name that holds the hash of its content, so that browsers may keep it for good,
//! and is stored compressed beside its plain form. The result is a table in `OUT_DIR/assets.rs`,
//! which `src/assets.rs` includes.
//!
//! - `app.css`: `assets/css/layers.css`, then the other files of that folder by name.
//! - `app.js`: htmx as it was published, then what `assets/js/app.js` imports. See [`Bundle`].
//! - `public.js`: the same for pages behind public links.
//! - `icons.svg`: `assets/icons.svg`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use flate2::Compression;
use flate2::write::GzEncoder;

type Result<T> = std::result::Result<T, String>;

const NODE_MISSING: &str = "opensync-web needs htmx from npm: install Node.js 20 or later, then run \
                            `npm ci --ignore-scripts` in the workspace's folder and build again";

fn main() -> ExitCode {
    match build() {
        Ok(watched) => {
            for path in watched {
                println!("cargo::rerun-if-changed={}", path.display());
            }
            ExitCode::SUCCESS
        }
        Err(message) => {
            println!("cargo::error={message}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the table and says which files it depends on.
fn build() -> Result<Vec<PathBuf>> {
    let crate_dir = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    let workspace = crate_dir.join("../..");
    let assets = crate_dir.join("assets");
    let htmx = htmx_folder(&workspace)?;

    let mut table = String::from("static ASSETS: &[Asset] = &[\n");
    let published = read(&htmx.join("dist/htmx.min.js"))?;
    let [pages, public] = Bundle::all(&assets.join("js"), ["app.js", "public.js"])?;
    for (stem, extension, content_type, text) in [
        ("app", "css", "text/css; charset=utf-8", style_sheet(&assets.join("css"))?),
        ("app", "js", "text/javascript; charset=utf-8", format!("{published}\n{pages}")),
        ("public", "js", "text/javascript; charset=utf-8", format!("{published}\n{public}")),
        ("icons", "svg", "image/svg+xml", read(&assets.join("icons.svg"))?),
    ] {
        add(&mut table, &out, (stem, extension), content_type, text.as_bytes())?;
    }
    table.push_str("];\n");
    let _ = writeln!(
        table,
        "/// The licence of htmx, the one part of the pages that is not ours.\npub const HTMX_LICENCE: &str = {:?};",
        read(&htmx.join("LICENSE"))?
    );
    fs::write(out.join("assets.rs"), table).map_err(|cause| format!("cannot write the asset table: {cause}"))?;

    Ok(vec![
        crate_dir.join("build.rs"),
        assets,
        workspace.join("package-lock.json"),
        htmx.join("package.json"),
        htmx.join("dist/htmx.min.js"),
    ])
}

/// Stores one asset in both forms and adds its row to the table.
fn add(table: &mut String, out: &Path, name: (&str, &str), content_type: &str, bytes: &[u8]) -> Result<()> {
    let (stem, extension) = name;
    let hash = blake3::hash(bytes).to_hex();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let gzip = encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|cause| format!("gzip: {cause}"))?;
    for (suffix, content) in [("", bytes), (".gz", &gzip)] {
        let path = out.join(format!("{stem}.{extension}{suffix}"));
        fs::write(&path, content).map_err(|cause| format!("cannot write {}: {cause}", path.display()))?;
    }
    let _ = writeln!(
        table,
        "    Asset {{\n        name: \"{stem}.{extension}\",\n        path: \"/assets/{stem}.{hash}.{extension}\",\n        \
         content_type: \"{content_type}\",\n        bytes: include_bytes!(concat!(env!(\"OUT_DIR\"), \
         \"/{stem}.{extension}\")),\n        gzip: include_bytes!(concat!(env!(\"OUT_DIR\"), \
         \"/{stem}.{extension}.gz\")),\n    }},",
        hash = &hash[..12]
    );
    Ok(())
}

/// Where npm put htmx; installs it first when it is not there.
fn htmx_folder(workspace: &Path) -> Result<PathBuf> {
    let folder = workspace.join("node_modules/htmx.org");
    if !folder.is_dir() {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let installed = Command::new(npm)
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(workspace)
            .stdin(std::process::Stdio::null())
            .output();
        if !installed.is_ok_and(|output| output.status.success() && folder.is_dir()) {
            return Err(NODE_MISSING.to_owned());
        }
    }
    Ok(folder)
}

/// All stylesheets in one, without comments and indentation.
fn style_sheet(folder: &Path) -> Result<String> {
    let mut names = files(folder, "css")?;
    names.sort_by_key(|name| (name != "layers.css", name.clone()));
    let mut sheet = String::new();
    for name in names {
        let text = read(&folder.join(&name))?;
        let mut rest = text.as_str();
        let mut plain = String::new();
        while let Some((before, after)) = rest.split_once("/*") {
            plain.push_str(before);
            rest = after.split_once("*/").ok_or_else(|| format!("{name}: a comment is not closed"))?.1;
        }
        plain.push_str(rest);
        push_lines(&mut sheet, plain.lines());
    }
    Ok(sheet)
}

/// Joins ES modules into one, in the order of their imports.
///
/// It knows two forms and no others, each on one line: `import { a, b } from "./file.js";` (or
/// `import "./file.js";`) and `export` before a `function`, `async function` or `const`. A module
/// that exports becomes a function that returns its exports under their own names, so those names
/// must differ between modules; everything else stays private to its module.
struct Bundle<'a> {
    folder: &'a Path,
    done: BTreeSet<String>,
    open: Vec<String>,
    names: BTreeSet<String>,
    text: String,
}

impl<'a> Bundle<'a> {
    fn all<const N: usize>(folder: &'a Path, entries: [&str; N]) -> Result<[String; N]> {
        let mut texts = entries.map(|_| String::new());
        let mut used = BTreeSet::new();
        for (text, entry) in texts.iter_mut().zip(entries) {
            let mut bundle =
                Self { folder, done: BTreeSet::new(), open: Vec::new(), names: BTreeSet::new(), text: String::new() };
            bundle.add(entry)?;
            used.append(&mut bundle.done);
            *text = bundle.text;
        }
        match files(folder, "js")?.into_iter().find(|name| !used.contains(name)) {
            Some(name) => Err(format!("{name} is imported by no other script")),
            None => Ok(texts),
        }
    }

    fn add(&mut self, name: &str) -> Result<()> {
        if self.done.contains(name) {
            return Ok(());
        }
        if self.open.iter().any(|open| open == name) {
            return Err(format!("{name} imports itself, by way of {}", self.open.join(", ")));
        }
        self.open.push(name.to_owned());
        let source = read(&self.folder.join(name))?;
        let mut body = String::new();
        let mut exports = Vec::new();
        for line in source.lines() {
            if line.starts_with("import ") {
                let imported = line
                    .split_once("\"./")
                    .and_then(|(_, rest)| rest.strip_suffix("\";"))
                    .ok_or_else(|| format!("{name}: cannot follow `{line}`"))?;
                self.add(imported)?;
            } else if let Some(declaration) = line.strip_prefix("export ") {
                let export = ["async function ", "function ", "const "]
                    .iter()
                    .find_map(|keyword| declaration.strip_prefix(keyword))
                    .and_then(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next())
                    .ok_or_else(|| format!("{name}: cannot export `{line}`"))?;
                if !self.names.insert(export.to_owned()) {
                    return Err(format!("{name}: another script exports `{export}` too"));
                }
                exports.push(export.to_owned());
                push_lines(&mut body, [declaration]);
            } else {
                push_lines(&mut body, [line]);
            }
        }
        if exports.is_empty() {
            let _ = writeln!(self.text, "{{\n{body}}}");
        } else {
            let names = exports.join(", ");
            let _ = writeln!(self.text, "const {{ {names} }} = (() => {{\n{body}return {{ {names} }};\n}})();");
        }
        self.open.pop();
        self.done.insert(name.to_owned());
        Ok(())
    }
}

/// Adds lines without indentation, empty lines and comment lines.
fn push_lines<'a>(text: &mut String, lines: impl IntoIterator<Item = &'a str>) {
    for line in lines.into_iter().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")) {
        text.push_str(line);
        text.push('\n');
    }
}

/// Names of the files in `folder` that end in `.extension`, sorted.
fn files(folder: &Path, extension: &str) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).map_err(|cause| format!("cannot list {}: {cause}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| Path::new(name).extension().is_some_and(|found| found == extension))
        .collect();
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|cause| format!("cannot read {}: {cause}", path.display()))
}

fn variable(name: &str) -> Result<String> {
    std::env::var(name).map_err(|_| format!("{name} is not set"))
}
