//! What a request says about who looks: theme, time zone, density, and whether a whole page or a
//! part of one is wanted.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header;
use axum::http::request::Parts;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::AppState;
use crate::page::session_list::Density;
use crate::page::session_show::Folds;
use crate::page::shell::{Nav, Shell, Theme};
use crate::page::undo::UndoNotice;

/// The viewer of a page.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Theme, time zone and the running import.
    pub shell: Shell,
    /// The remembered density of lists.
    pub density: Density,
    /// What of a conversation is open from the start.
    pub folds: Folds,
    /// The `HX-Target` of a request for a part of a page; `None` when a whole page is wanted.
    pub target: Option<String>,
    /// This server as the request names it, such as `http://127.0.0.1:6796`.
    pub origin: String,
}

impl FromRequestParts<AppState> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let headers = &parts.headers;
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let partial = text("hx-request-type") == Some("partial");
        let shell = Shell {
            theme: cookie(headers, "theme").and_then(|name| Theme::parse(&name)),
            page: Nav::Sessions,
            progress: Some(state.importer.progress()),
            // Taken before anything is read: what changes meanwhile is told twice rather than not.
            mark: state.importer.changes().now().to_string(),
            now: Timestamp::now(),
            zone: cookie(headers, "tz").and_then(|name| zone(&name)).unwrap_or_else(TimeZone::system),
            undo: UndoNotice::default(),
        };
        Ok(Self {
            shell,
            density: cookie(headers, "density").and_then(|name| Density::parse(&name)).unwrap_or_default(),
            folds: Folds::parse(
                &cookie(headers, "open").unwrap_or_default(),
                &cookie(headers, "diff").unwrap_or_default(),
            ),
            target: partial.then(|| text("hx-target").unwrap_or_default().to_owned()),
            origin: format!(
                "{}://{}",
                if text("x-forwarded-proto") == Some("https") { "https" } else { "http" },
                text("host").unwrap_or_default()
            ),
        })
    }
}

fn zone(name: &str) -> Option<TimeZone> {
    // Names are short and plain; anything else is no zone and would reach the file system.
    let plain = name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || "/_+-".contains(c));
    plain.then(|| TimeZone::get(name).ok()).flatten()
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.replace("%2F", "/"))
}
