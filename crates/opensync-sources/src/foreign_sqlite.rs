//! Opens SQLite databases of other programs, which may be running, without writing beside them.
//!
//! A client in WAL mode keeps its last writes in `-wal` until it folds them in, and often leaves
//! them there when it ends: the main file alone misses sessions and shows deleted ones. To read a
//! `-wal` SQLite needs its index, `-shm`, and would by itself make both files where they are
//! missing. So the way in depends on what is there:
//!
//! | what is there | how it is opened |
//! |---|---|
//! | no WAL mode | `mode=ro` |
//! | `-wal` and `-shm` | `mode=ro&readonly_shm=1`: the index is read, or built in memory when no client keeps it |
//! | WAL mode, `-wal` missing or without frames, no `-shm` | `immutable=1`: no client has it open, all is in the main file. Looked at again afterwards: see [`Database::doubts`] |
//! | a `-wal` with frames, no `-shm` (a copy, a backup) | a copy in a temporary folder: SQLite can read the frames only with an index file, which must not appear beside them |
//! | a client died inside a transaction (`-journal`), or the index must be rebuilt | a copy as well: both repairs write |
//!
//! Nothing else is copied. Every reader waits up to five seconds for a lock; `wal_checkpoint`,
//! `journal_mode` and `VACUUM` are never run.
//!
//! Whether a database is in WAL mode is in its header, which SQLite tells only by opening it. The
//! file is read for that, but never while this process has the database open: on POSIX systems
//! closing any handle of a file gives up all locks the process holds on it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use opensync_core::import::{Problem, ProblemKind};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, Row};
use tempfile::TempDir;

use crate::loose::hex;
use crate::{Origin, Sink, Unreadable};

/// A value of more bytes is left out; nothing a client writes comes near.
pub const MAX_VALUE: i64 = 256 << 20;
/// The header of a write-ahead log; shorter ones hold no frames.
const WAL_HEADER: u64 = 32;
const HEADER: &[u8; 16] = b"SQLite format 3\0";
const BUSY: Duration = Duration::from_secs(5);
const COPY_TRIES: u32 = 3;

/// A database that is open for reading.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    /// Its head is damaged; what can be reached is read.
    damage: Option<String>,
    /// What it looked like, when nothing keeps a client from changing it meanwhile.
    unguarded: Option<(PathBuf, Stamp)>,
    _copy: Option<TempDir>,
    _held: Held,
}

/// Why a database could not be opened.
#[derive(Debug)]
pub enum Failure {
    /// The file could not be read; another time it may.
    Unreadable(Unreadable),
    /// It is no database, or its head is damaged.
    Damaged(String),
}

impl Failure {
    /// Damage is a problem of the file, the rest an error.
    pub fn report(self, sink: &mut dyn Sink) -> Result<(), Unreadable> {
        match self {
            Self::Unreadable(unreadable) => Err(unreadable),
            Self::Damaged(reason) => {
                sink.problem(Problem { line: None, kind: ProblemKind::Damaged, reason });
                Ok(())
            }
        }
    }
}

impl Database {
    /// Opens it as the table above says.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        Self::open_as(path, true)
    }

    /// Opens it to look something up: where [`Database::open`] would make a copy, the main file has
    /// to do.
    pub fn glance(path: &Path) -> Result<Self, Failure> {
        Self::open_as(path, false)
    }

    fn open_as(path: &Path, may_copy: bool) -> Result<Self, Failure> {
        let unreadable = |cause| Failure::Unreadable(Unreadable { path: path.to_owned(), cause });
        // A link's companions lie beside what it points to.
        let real = path.canonicalize().map_err(unreadable)?;
        let before = Stamp::of(&real).map_err(unreadable)?;
        let (held, mode) = Held::new(real.clone()).map_err(unreadable)?;
        if mode == Mode::Other {
            return Err(Failure::Damaged("the file is no SQLite database".to_owned()));
        }
        let wal_mode = before.wal.is_some() || mode == Mode::Wal;
        let has_frames = before.wal.is_some_and(|(size, _)| size > WAL_HEADER);
        let has_index = before.wal.is_some() && beside(&real, "-shm").exists();
        let how = match (wal_mode, has_index, has_frames) {
            (false, ..) => Some("mode=ro"),
            (true, true, _) => Some("mode=ro&readonly_shm=1"),
            (true, false, true) if may_copy => None,
            (true, false, _) => Some("mode=ro&immutable=1"),
        };
        if let Some(how) = how {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            match connect(&uri(&real, how), flags) {
                Ok((connection, damage)) => {
                    let unguarded = how.ends_with("immutable=1").then_some((real, before));
                    return Ok(Self { connection, damage, unguarded, _copy: None, _held: held });
                }
                Err(error) if !(may_copy && needs_copy(&error)) => return Err(failure(path, error)),
                Err(_) => {}
            }
        }
        let copy = copy(&real).map_err(unreadable)?;
        let name = copy.path().join("copy.db");
        let opened = connect(&name.to_string_lossy(), OpenFlags::SQLITE_OPEN_READ_WRITE);
        let (connection, damage) = opened.map_err(|error| failure(path, error))?;
        Ok(Self { connection, damage, unguarded: None, _copy: Some(copy), _held: held })
    }

    /// Runs `read` on one state of the database, whatever a client writes meanwhile.
    pub fn at_once<T>(&self, read: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        self.connection.execute_batch("begin")?;
        let result = read();
        // Some errors have ended it already.
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("rollback")?;
        }
        result
    }

    /// The connection, for statements that read.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// What is to be said once it was read.
    ///
    /// A client may have changed the file while it was read without protection against that. What
    /// was read may then mix old and new; the next reading, which the change leads to, replaces it.
    pub fn doubts(&self) -> Vec<(ProblemKind, String)> {
        let mut doubts = Vec::new();
        doubts.extend(self.damage.clone().map(|reason| (ProblemKind::Damaged, reason)));
        if self.unguarded.as_ref().is_some_and(|(path, before)| Stamp::of(path).ok().as_ref() != Some(before)) {
            let reason = "the database changed while it was read; it is read again";
            doubts.push((ProblemKind::Unfinished, reason.to_owned()));
        }
        doubts
    }

    /// The columns of a table; none when there is no such table.
    pub fn columns(&self, table: &str) -> Vec<String> {
        let names = || {
            let mut statement = self.connection.prepare("select name from pragma_table_info(?1)")?;
            statement.query_map([table], |row| row.get(0))?.collect::<Result<Vec<String>, Error>>()
        };
        names().unwrap_or_default()
    }
}

/// What can change of a database: sizes and times of its file and of its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    main: (u64, i64),
    wal: Option<(u64, i64)>,
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        let stamp = |about: Metadata| (about.len(), mtime_ns(&about));
        Ok(Self { main: stamp(fs::metadata(path)?), wal: fs::metadata(beside(path, "-wal")).ok().map(stamp) })
    }
}

/// The database as an origin. Its log, when it holds anything, is in the note.
pub fn origin(path: PathBuf) -> io::Result<Origin> {
    let about = fs::metadata(&path)?;
    let real = path.canonicalize()?;
    let Stamp { main: (size, mut mtime_ns), wal } = Stamp::of(&real)?;
    let mut note = String::new();
    if let Some((wal_size, wal_mtime)) = wal.filter(|(size, _)| *size > WAL_HEADER) {
        note = format!("wal {wal_size} {wal_mtime}");
        mtime_ns = mtime_ns.max(wal_mtime);
    }
    Ok(Origin { path, size, mtime_ns, file_id: file_id(&about), note })
}

/// What a column holds as text; bytes that are no UTF-8 become replacement characters.
pub fn text<'a>(row: &'a Row<'_>, column: usize) -> Option<Cow<'a, str>> {
    match row.get_ref(column).ok()? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes)),
        ValueRef::Integer(number) => Some(Cow::Owned(number.to_string())),
        ValueRef::Real(number) => Some(Cow::Owned(number.to_string())),
        ValueRef::Null => None,
    }
}

/// What a column holds as a number, also when it is written as text.
pub fn number(row: &Row<'_>, column: usize) -> Option<f64> {
    match row.get_ref(column).ok()? {
        ValueRef::Integer(number) => Some(number as f64),
        ValueRef::Real(number) => Some(number).filter(|number| number.is_finite()),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok()?.trim().parse().ok(),
        ValueRef::Blob(_) | ValueRef::Null => None,
    }
}

/// Last change, nanoseconds since 1970.
pub(crate) fn mtime_ns(about: &Metadata) -> i64 {
    let since = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(unix)]
pub(crate) fn file_id(about: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(about)
}

#[cfg(not(unix))]
pub(crate) fn file_id(_: &Metadata) -> u64 {
    0
}

/// Opens it and reads its schema. What is wrong with the head of a damaged one comes with it.
fn connect(name: &str, flags: OpenFlags) -> Result<(Connection, Option<String>), Error> {
    let connection = Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    // The database is foreign: what its schema may call is limited, and its cells are checked.
    connection.execute_batch("pragma query_only = 1; pragma trusted_schema = 0; pragma cell_size_check = 1;")?;
    let look = || connection.query_row("select count(*) from sqlite_schema", [], |_| Ok(()));
    let Err(error) = look() else { return Ok((connection, None)) };
    if error.sqlite_error_code() != Some(ErrorCode::DatabaseCorrupt) {
        return Err(error);
    }
    // Lets SQLite read a file that is shorter than its header says, or whose schema is damaged in
    // parts; nothing can be written all the same.
    connection.execute_batch("pragma writable_schema = 1")?;
    look()?;
    Ok((connection, Some(describe(&error))))
}

fn needs_copy(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

fn failure(path: &Path, error: Error) -> Failure {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Failure::Damaged(describe(&error)),
        _ => Failure::Unreadable(Unreadable { path: path.to_owned(), cause: io::Error::other(error) }),
    }
}

/// Whether the same may work another time: a lock, a network that is gone, no memory.
pub fn may_pass(error: &Error) -> bool {
    use ErrorCode::{DatabaseBusy, DatabaseLocked, OutOfMemory, SystemIoFailure};
    let code = error.sqlite_error_code();
    matches!(code, Some(DatabaseBusy | DatabaseLocked | OutOfMemory | SystemIoFailure))
}

/// Says what is wrong without any content.
pub fn describe(error: &Error) -> String {
    match error {
        Error::SqliteFailure(code, _) => code.to_string(),
        other => other.to_string(),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// How a database is written, by its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Rollback,
    Wal,
    /// It is no database.
    Other,
}

impl Mode {
    fn of(path: &Path) -> io::Result<Self> {
        let mut header = Vec::new();
        File::open(path)?.take(100).read_to_end(&mut header)?;
        Ok(match header.get(18..20) {
            _ if header.is_empty() => Self::Rollback,
            Some(versions) if header.starts_with(HEADER) && versions.contains(&2) => Self::Wal,
            Some(_) if header.starts_with(HEADER) => Self::Rollback,
            _ => Self::Other,
        })
    }
}

/// The databases this process has open: how often, and their mode.
static OPEN: Mutex<BTreeMap<PathBuf, (usize, Mode)>> = Mutex::new(BTreeMap::new());

/// Counts an open database, so that its file is not opened and closed beside SQLite.
#[derive(Debug)]
struct Held(PathBuf);

impl Held {
    fn new(path: PathBuf) -> io::Result<(Self, Mode)> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let mode = match open.get_mut(&path) {
            Some((count, mode)) => {
                *count += 1;
                *mode
            }
            None => open.entry(path.clone()).or_insert((1, Mode::of(&path)?)).1,
        };
        Ok((Self(path), mode))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&self.0) {
            Some((count, _)) if *count > 1 => *count -= 1,
            _ => drop(open.remove(&self.0)),
        }
    }
}

/// The database and its log, log last. A client that writes meanwhile leads to another try.
fn copy(path: &Path) -> io::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("opensync-").tempdir()?;
    for _ in 0..COPY_TRIES {
        let before = Stamp::of(path)?;
        for (suffix, name) in [("", "copy.db"), ("-journal", "copy.db-journal"), ("-wal", "copy.db-wal")] {
            match File::open(beside(path, suffix)) {
                Ok(mut from) => drop(io::copy(&mut from, &mut File::create(folder.path().join(name))?)?),
                Err(cause) if cause.kind() == io::ErrorKind::NotFound && !suffix.is_empty() => {}
                Err(cause) => return Err(cause),
            }
        }
        if Stamp::of(path)? == before {
            return Ok(folder);
        }
    }
    Err(io::Error::new(io::ErrorKind::ResourceBusy, "the database keeps changing while it is copied"))
}

/// `file:` with the path in it, whatever characters it has.
fn uri(path: &Path, how: &str) -> String {
    let mut uri = String::from("file://");
    for byte in uri_path(path) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b':' => uri.push(char::from(byte)),
            other => uri.extend(["%", &hex(&[other])]),
        }
    }
    uri.push('?');
    uri.push_str(how);
    uri
}

#[cfg(unix)]
fn uri_path(path: &Path) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec()
}

#[cfg(not(unix))]
fn uri_path(path: &Path) -> Vec<u8> {
    let path = path.to_string_lossy().replace('\\', "/");
    let path = path.strip_prefix("//?/").unwrap_or(&path);
    match path.strip_prefix("UNC/") {
        Some(share) => format!("//{share}"),
        None if path.starts_with("//") => path.to_owned(),
        None => format!("/{path}"),
    }
    .into_bytes()
}
