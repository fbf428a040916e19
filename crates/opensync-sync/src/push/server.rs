//! The server sessions are pushed to: requests, and what to do when one fails.

use std::sync::Arc;
use std::time::Duration;

use opensync_store::Accepted;
use serde_json::Value;
use ureq::Agent;

use super::retry::Waits;

const CONNECT: Duration = Duration::from_secs(15);
/// A slow line may take so long for a few megabytes, and a busy server to write them.
const REQUEST: Duration = Duration::from_mins(10);
/// From so many bytes on the server is asked first.
const ASK_FIRST_BYTES: usize = 128 << 10;
/// Where sessions are pushed to on a server.
const PATH: &str = "/sync/push";

/// Why nothing more could be sent. What was acknowledged is noted, and what to do stands in the text.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The address is none.
    #[error("`{0}` is no address of a server. Write one like https://sessions.example")]
    Address(String),
    /// No answer, for longer than was waited.
    #[error("{host} cannot be reached ({why}). Nothing is lost: the next push goes on where this one stopped")]
    Unreachable {
        /// The server.
        host: String,
        /// What went wrong.
        why: String,
    },
    /// The key is wrong.
    #[error(
        "{0} does not know this key, or it was revoked. Make one there with `opensync key create NAME --scope sync` and \
         give it as OPENSYNC_PUSH_KEY, as push-key in the configuration file, or with --key-file"
    )]
    Key(String),
    /// The key is right, and may do other things only.
    #[error("this key may not send sessions to {0}: it needs the right `sync`")]
    Right(String),
    /// Something else answers there.
    #[error(
        "{host} answers with status {status}{said}. Check the address; an OpenSync there must be as new as this one"
    )]
    Foreign {
        /// The server.
        host: String,
        /// The status.
        status: u16,
        /// What it said, if anything.
        said: String,
    },
    /// The local archive failed.
    #[error("the archive here cannot be read or written")]
    Store(#[from] opensync_store::Error),
}

/// Why a request was not taken.
pub(super) enum Refused {
    /// It was too large.
    TooLarge,
    /// Something in it is wrong.
    Wrong(String),
    /// No other one would be taken either.
    Failed(Failure),
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What became of a session.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) source: String,
    pub(super) external_id: String,
    pub(super) accepted: Accepted,
}

/// A server. Cheap to clone.
#[derive(Clone)]
pub struct Server {
    inner: Arc<Inner>,
    patience: Option<Duration>,
}

struct Inner {
    agent: Agent,
    url: String,
    key: String,
}

/// What a try came to.
enum Try {
    Answered(Value),
    Refused(Refused),
    /// It may go well later.
    Later {
        why: String,
        asked: Option<Duration>,
    },
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.host())
    }
}

impl Server {
    /// The server at `url`; what fails is tried again for as long as `patience`, for ever when `None`.
    pub fn new(url: &str, key: &str, patience: Option<Duration>) -> Result<Self, Failure> {
        let url = url.trim().trim_end_matches('/');
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        if rest.is_none_or(|rest| rest.is_empty() || rest.contains(['@', '?', '#', ' '])) {
            // What stands before an `@` may be a password.
            let shown = url.rsplit('@').next().unwrap_or_default();
            return Err(Failure::Address(shown.to_owned()));
        }
        let agent = Agent::config_builder()
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(REQUEST))
            .http_status_as_error(false)
            // The key goes nowhere but to the address it was given for.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("opensync/", env!("CARGO_PKG_VERSION")))
            .build();
        let inner = Inner { agent: agent.into(), url: url.to_owned(), key: key.trim().to_owned() };
        Ok(Self { inner: Arc::new(inner), patience })
    }

    /// Whether the key travels where others can read it.
    pub fn is_open(&self) -> bool {
        let host = self.host();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_matches(['[', ']']);
        let name = if host.ends_with(']') { host.trim_matches(['[', ']']) } else { name };
        let is_loopback = name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        self.inner.url.starts_with("http://") && !is_loopback
    }

    /// Name and port.
    pub fn host(&self) -> &str {
        let url = self.inner.url.as_str();
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }

    /// The name of the archive there.
    pub(super) async fn archive(&self) -> Result<String, Failure> {
        let answer = match self.ask(None).await {
            Ok(answer) => answer,
            Err(Refused::Failed(failure)) => return Err(failure),
            Err(Refused::TooLarge) => return Err(self.foreign(413, None)),
            Err(Refused::Wrong(said)) => return Err(self.foreign(400, Some(&said))),
        };
        let archive = answer["archive"].as_str().filter(|name| !name.is_empty());
        archive.map(str::to_owned).ok_or_else(|| self.foreign(200, None))
    }

    /// Sends a body, packed with zstd; answers what became of its sessions.
    pub(super) async fn send(&self, body: Vec<u8>) -> Result<Vec<Answer>, Refused> {
        let answer = self.ask(Some(Arc::new(body))).await?;
        let read = |session: &Value| {
            let text = |name: &str| session[name].as_str().map(str::to_owned);
            let accepted = Accepted::parse(session["state"].as_str()?)?;
            Some(Answer { source: text("source")?, external_id: text("externalId")?, accepted })
        };
        let sessions = answer["sessions"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(sessions.iter().filter_map(read).collect())
    }

    /// Asks, with a body or without, until there is an answer or a reason to stop.
    async fn ask(&self, body: Option<Arc<Vec<u8>>>) -> Result<Value, Refused> {
        let mut waits = Waits::new(self.patience);
        loop {
            let (this, body) = (self.clone(), body.clone());
            let tried = tokio::task::spawn_blocking(move || this.once(body.as_deref().map(Vec::as_slice))).await;
            let tried = tried.unwrap_or_else(|_| Try::Later { why: "the request broke off".to_owned(), asked: None });
            let (why, asked) = match tried {
                Try::Answered(answer) => return Ok(answer),
                Try::Refused(refused) => return Err(refused),
                Try::Later { why, asked } => (why, asked),
            };
            let Some(wait) = waits.next(asked) else {
                return Err(Failure::Unreachable { host: self.host().to_owned(), why }.into());
            };
            tracing::warn!(why, wait_ms = wait.as_millis() as u64, "the server cannot be reached, trying again");
            tokio::time::sleep(wait).await;
        }
    }

    fn once(&self, body: Option<&[u8]>) -> Try {
        let Inner { agent, url, key } = &*self.inner;
        let (url, key) = (format!("{url}{PATH}"), format!("Bearer {key}"));
        let sent = match body {
            None => agent.get(url).header("authorization", key).call(),
            Some(body) => {
                let mut request = agent.post(url).header("authorization", key);
                if body.len() >= ASK_FIRST_BYTES {
                    // Who would not take it says so before it is sent.
                    request = request.header("expect", "100-continue");
                }
                request.header("content-type", "application/json").header("content-encoding", "zstd").send(body)
            }
        };
        let later = |error: &ureq::Error| Try::Later { why: reason(error), asked: None };
        let mut answer = match sent {
            Ok(answer) => answer,
            // Nothing that waiting helps.
            Err(ureq::Error::BadUri(_) | ureq::Error::InvalidProxyUrl | ureq::Error::Http(_)) => {
                return Try::Refused(Failure::Address(self.inner.url.clone()).into());
            }
            Err(error) => return later(&error),
        };
        let status = answer.status().as_u16();
        let asked = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let text = match answer.body_mut().with_config().limit(64 << 20).read_to_string() {
            Ok(text) => text,
            Err(error) => return later(&error),
        };
        let json: Value = serde_json::from_str(&text).unwrap_or_default();
        let said = json["message"].as_str().or(json["error"].as_str());
        let host = || self.host().to_owned();
        match status {
            200 if json.is_object() => Try::Answered(json),
            401 => Try::Refused(Failure::Key(host()).into()),
            403 => Try::Refused(Failure::Right(host()).into()),
            413 => Try::Refused(Refused::TooLarge),
            400 | 422 => Try::Refused(Refused::Wrong(said.unwrap_or("it says no more").to_owned())),
            408 | 425 | 429 | 500..=599 => {
                Try::Later { why: format!("status {status}"), asked: asked.map(Duration::from_secs) }
            }
            _ => Try::Refused(self.foreign(status, said).into()),
        }
    }

    fn foreign(&self, status: u16, said: Option<&str>) -> Failure {
        let said = said.map(|said| format!(": {}", said.chars().take(200).collect::<String>())).unwrap_or_default();
        Failure::Foreign { host: self.host().to_owned(), status, said }
    }
}

fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        Server::new(url, "osk_x", None).unwrap()
    }

    #[test]
    fn an_address_is_one_of_a_server() {
        for wrong in ["", "sessions.example", "ftp://x", "https://", "https://x?y=1", "http://a b"] {
            assert!(Server::new(wrong, "k", None).is_err(), "{wrong}");
        }
        let error = Server::new("https://me:s3cret@x", "k", None).unwrap_err().to_string();
        assert!(!error.contains("s3cret"), "{error}");
        assert_eq!(server(" https://sessions.example/team/ ").host(), "sessions.example");
    }

    #[test]
    fn a_key_travels_open_over_http_to_other_machines_only() {
        for (url, open) in [
            ("http://sessions.example", true),
            ("http://10.0.0.5:6796/x", true),
            ("http://[fe80::1]:80", true),
            ("https://sessions.example", false),
            ("http://127.0.0.1:6796", false),
            ("http://localhost", false),
            ("http://[::1]:6796", false),
            ("http://[::1]", false),
        ] {
            assert_eq!(server(url).is_open(), open, "{url}");
        }
    }

    #[test]
    fn nobody_sees_the_key() {
        let server = Server::new("https://sessions.example", "osk_s3cret", None).unwrap();
        assert!(!format!("{server:?}").contains("s3cret"));
    }
}
