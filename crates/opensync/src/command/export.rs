//! Writes sessions to a file.

use std::fs::{self, File as Disk, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use opensync_core::filter::{Filter, Selection};
use opensync_core::{SessionId, UserId};
use opensync_store::Store;
use opensync_web::export::{self, Context, File, Format, Kind, Options};
use opensync_web::format::plural;

use crate::arguments::{Answer, ExportFlags};
use crate::config::Config;
use crate::output;

/// Exports, and says how much.
pub async fn run(config: &Config, flags: ExportFlags) -> anyhow::Result<()> {
    let Some(format) = export::find(&flags.format) else {
        bail!("`{}` is no format. Choose from {}", flags.format, export::known());
    };
    let to_stdout = flags.output.as_deref() == Some(Path::new("-"));
    let store = config.store().await?;
    let user = UserId::local();
    let ids = sessions(&store, &user, &flags, format).await?;
    if ids.is_empty() {
        bail!("No session matches, so nothing was written");
    }
    let context = context(&flags, format);
    let path = match &flags.output {
        Some(path) => path.clone(),
        None => PathBuf::from(format.file_name(&context, title(&store, &user, &ids).await?.as_deref())),
    };
    let bar = output::bar(ids.len() as u64, "{pos} of {len} sessions");
    let mut file = File::new(&store, &user, ids, format, context);
    let mut size = 0;
    let mut target = if to_stdout { Target::Stdout(io::stdout()) } else { Target::create(&path, flags.force)? };
    while let Some(piece) = file.piece().await.context("The archive cannot be read; no file was written")? {
        size += piece.len() as u64;
        match target.write(piece.as_bytes()) {
            // Whoever read it has enough.
            Err(error) if to_stdout && error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written.with_context(|| format!("{} cannot be written", path.display()))?,
        }
        bar.set_position(file.sessions());
    }
    target.finish().with_context(|| format!("{} cannot be written", path.display()))?;
    bar.finish_and_clear();
    let cases = file.cases().map_or_else(String::new, |cases| format!(", {}", plural(cases, "test case")));
    let done = format!("{}{cases}, {}", plural(file.sessions(), "session"), output::bytes(size));
    if to_stdout {
        output::remark(&done);
    } else {
        output::result(&format!("{done}: {}", path.display()));
    }
    store.close().await;
    Ok(())
}

async fn sessions(
    store: &Store,
    user: &UserId,
    flags: &ExportFlags,
    format: &Format,
) -> anyhow::Result<Vec<SessionId>> {
    let is_whole = format.kind == Kind::Whole;
    let agents = flags.sub_agents.map_or(is_whole, |answer| answer == Answer::Yes);
    let mut ids = Vec::new();
    for id in &flags.ids {
        let ours = store.session(user, &SessionId::from_stored(id.clone())).await?;
        let session = match ours {
            Some(session) => Some(session),
            None => store.session_by_external_id(user, id).await?,
        };
        match session {
            Some(session) if ids.contains(&session.id) => {}
            Some(session) => ids.push(session.id),
            None => bail!("There is no session `{id}`"),
        }
    }
    if flags.ids.is_empty() {
        if flags.query.is_none() && is_whole && agents {
            return Ok(store.all_session_ids(user).await?);
        }
        ids = store.session_ids(user, &selection(flags.query.as_deref().unwrap_or_default())?).await?;
    }
    if agents {
        let mut below = store.sub_agents_below(user, &ids).await?;
        below.sort();
        ids.extend(below);
    }
    Ok(ids)
}

/// What a query means; one that is not clear would match more than was meant.
fn selection(query: &str) -> anyhow::Result<Selection> {
    let (mut filter, complaints) = Filter::parse_text(query);
    if let Some(complaint) = complaints.first() {
        bail!("The query is not clear: {}", complaint.text);
    }
    let unknown = filter.resolve_sources(opensync_sources::KNOWN.iter().map(|about| about.id));
    if let Some(source) = unknown.first() {
        bail!("The query is not clear: there is no source `{source}`");
    }
    Ok(filter.select(Timestamp::now(), &TimeZone::system()))
}

fn context(flags: &ExportFlags, format: &Format) -> Context {
    let mut options = Options::of(format.kind);
    for (name, answer) in [
        ("system", flags.system),
        ("tools", flags.tools),
        ("thinking", flags.thinking),
        ("anonymise", flags.anonymise),
        ("context", flags.context),
    ] {
        if let Some(answer) = answer {
            options.set(name, if answer == Answer::Yes { "1" } else { "0" });
        }
    }
    for (name, value) in [("mode", &flags.per), ("expected_on", &flags.expected_on), ("shape", &flags.shape)] {
        if let Some(value) = value {
            options.set(name, value);
        }
    }
    Context { at: Timestamp::now(), zone: TimeZone::system(), source_name: opensync_sources::name, options }
}

async fn title(store: &Store, user: &UserId, ids: &[SessionId]) -> anyhow::Result<Option<String>> {
    let [id] = ids else { return Ok(None) };
    Ok(store.session(user, id).await?.map(|session| session.title))
}

/// Where the pieces go. A file appears under its name when it is whole.
enum Target {
    Stdout(io::Stdout),
    File { writer: BufWriter<Disk>, draft: Draft, path: PathBuf, force: bool },
}

/// A file that goes away unless it is kept.
struct Draft(Option<PathBuf>);

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // It is of no use to anybody, and staying would do no harm.
            let _ = fs::remove_file(path);
        }
    }
}

impl Target {
    fn create(path: &Path, force: bool) -> anyhow::Result<Self> {
        refuse(path, force)?;
        let mut draft = path.as_os_str().to_owned();
        draft.push(format!(".{}.part", std::process::id()));
        let draft = PathBuf::from(draft);
        let file = OpenOptions::new().write(true).create_new(true).open(&draft);
        let file = file.with_context(|| format!("{} cannot be written", path.display()))?;
        let (writer, path) = (BufWriter::new(file), path.to_owned());
        Ok(Self::File { writer, draft: Draft(Some(draft)), path, force })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.write_all(bytes),
            Self::File { writer, .. } => writer.write_all(bytes),
        }
    }

    fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Stdout(mut out) => Ok(out.flush()?),
            Self::File { writer, mut draft, path, force } => {
                writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
                // Somebody may have made one meanwhile.
                refuse(&path, force)?;
                if let Some(from) = &draft.0 {
                    fs::rename(from, &path)?;
                }
                draft.0 = None;
                Ok(())
            }
        }
    }
}

fn refuse(path: &Path, force: bool) -> anyhow::Result<()> {
    if path.is_dir() {
        bail!("{} is a folder; name a file in it", path.display());
    }
    if !force && path.symlink_metadata().is_ok() {
        bail!("{} exists already; --force replaces it", path.display());
    }
    Ok(())
}
