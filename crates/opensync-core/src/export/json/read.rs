//! Reads the file again, one session at a time, so that memory holds the largest of them and no more.

use std::fmt;
use std::io::Read;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::session::SessionJson;
use super::{Marks, NAME, VERSION};
use crate::import::ImportedSession;
use crate::label::Labels;
use crate::price::Cost;

/// A session of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The source's id.
    pub source: String,
    /// The file it was read from, in the archive it comes from.
    pub file: Option<String>,
    /// The machine it was recorded on, as far as its archive knows.
    pub machine: Option<String>,
    /// The session.
    pub session: ImportedSession,
    /// What each of its responses costs.
    pub costs: Vec<Cost>,
    /// The title somebody gave it.
    pub edited_title: Option<String>,
    /// Its labels.
    pub labels: Labels,
    /// How it goes together with what is here, when it is a piece.
    pub marks: Marks,
}

/// Why a file was not read to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is something else.
    #[error("this is no file that `opensync export --format json` wrote ({0})")]
    Foreign(String),
    /// It was written by a later program.
    #[error(
        "this file has version {0} of the format, and this program reads up to version {VERSION}; a newer one can import it"
    )]
    Later(u64),
    /// It is damaged. Sessions before that one were handed over.
    #[error("session {number} of the file cannot be read: {why}")]
    Damaged {
        /// Which session, from 1.
        number: u64,
        /// What is wrong, and where.
        why: String,
    },
    /// Whoever took the sessions wants no more.
    #[error("the import was stopped")]
    Stopped,
}

/// Hands over each session of a file until `take` answers false; answers how many there were.
pub fn read(file: impl Read, take: &mut dyn FnMut(Incoming) -> bool) -> Result<u64, ReadError> {
    let mut reading = Reading { take, is_ours: false, version: None, begun: false, number: 0, refused: None };
    let mut json = serde_json::Deserializer::from_reader(file);
    let result = json.deserialize_map(File(&mut reading)).and_then(|()| json.end());
    match (result, reading.refused) {
        (_, Some(refused)) => Err(refused),
        (Ok(()), None) if reading.begun => Ok(reading.number),
        (Ok(()), None) => Err(ReadError::Foreign("it has no sessions".to_owned())),
        (Err(error), None) if reading.begun => {
            Err(ReadError::Damaged { number: reading.number + 1, why: error.to_string() })
        }
        (Err(error), None) => Err(ReadError::Foreign(error.to_string())),
    }
}

struct Reading<'a> {
    take: &'a mut dyn FnMut(Incoming) -> bool,
    is_ours: bool,
    version: Option<u64>,
    /// The sessions began.
    begun: bool,
    /// Sessions handed over.
    number: u64,
    refused: Option<ReadError>,
}

impl Reading<'_> {
    /// Whether the sessions that follow can be understood.
    fn check(&mut self) -> Result<(), ReadError> {
        match self.version {
            _ if !self.is_ours => Err(ReadError::Foreign("it does not begin with its format".to_owned())),
            None => Err(ReadError::Foreign("it does not say its version".to_owned())),
            Some(version) if version > VERSION => Err(ReadError::Later(version)),
            Some(_) => Ok(()),
        }
    }

    fn refuse<E: serde::de::Error>(&mut self, error: ReadError) -> E {
        let text = error.to_string();
        self.refused = Some(error);
        E::custom(text)
    }
}

/// The object the file is.
struct File<'a, 'b>(&'a mut Reading<'b>);

impl<'de> Visitor<'de> for File<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with sessions")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "format" => self.0.is_ours = map.next_value::<String>()? == NAME,
                "version" => self.0.version = Some(map.next_value()?),
                "sessions" => {
                    if let Err(error) = self.0.check() {
                        return Err(self.0.refuse(error));
                    }
                    if self.0.begun {
                        return Err(A::Error::duplicate_field("sessions"));
                    }
                    self.0.begun = true;
                    map.next_value_seed(Sessions(self.0))?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The list of sessions.
struct Sessions<'a, 'b>(&'a mut Reading<'b>);

impl<'de> DeserializeSeed<'de> for Sessions<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Sessions<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of sessions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(session) = list.next_element::<SessionJson>()? {
            let number = self.0.number + 1;
            let incoming = match session.read() {
                Ok(incoming) => incoming,
                Err(why) => return Err(self.0.refuse(ReadError::Damaged { number, why })),
            };
            if !(self.0.take)(incoming) {
                return Err(self.0.refuse(ReadError::Stopped));
            }
            self.0.number = number;
        }
        Ok(())
    }
}
