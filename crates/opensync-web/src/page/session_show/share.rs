//! The link of a session beside its conversation.

use askama::Template;
use opensync_core::Session;
use opensync_store::Share;

use crate::format;
use crate::page::shell::Shell;
use crate::render::html::percent;
use crate::render::terminal;
use crate::share::noted;

/// So many values are listed here; the review has the rest.
const LISTED: usize = 4;

/// What a session's page says of its link. Alone it takes the place of itself after a change.
#[derive(Debug, Clone, Template, Default)]
#[template(path = "session_show/share.html")]
pub struct ShareBox {
    /// The address forms go to.
    action: String,
    link: Option<Link>,
    /// There was a link that comes back.
    had_link: bool,
}

#[derive(Debug, Clone)]
struct Link {
    /// `/s/fix-the-bug-0123456789abc`
    path: String,
    /// The same with the name of this server.
    url: String,
    /// When it ends, in words; `None` for never.
    expires: Option<String>,
    is_over: bool,
    views: String,
    /// `3 findings removed`.
    removed: Option<String>,
    /// `2 findings stay`.
    kept: Option<String>,
    /// Value, what it is and how often, whether it stayed.
    findings: Vec<(String, String, bool)>,
    /// `4 messages since`.
    newer: Option<String>,
    /// Only this machine can open it.
    is_local: bool,
}

impl ShareBox {
    /// About a session and its link, when it has one. `origin` is this server as the request names it.
    pub fn new(session: &Session, share: Option<&Share>, origin: &str, shell: &Shell) -> Self {
        Self {
            action: format!("/sessions/{}/share", percent(session.id.as_str())),
            link: share.map(|share| Link::new(share, origin, shell)),
            had_link: session.public_slug.is_some(),
        }
    }

    fn is_public(&self) -> bool {
        self.link.as_ref().is_some_and(|link| !link.is_over)
    }
}

impl Link {
    fn new(share: &Share, origin: &str, shell: &Shell) -> Self {
        let path = format!("/s/{}", share.slug);
        let noted = noted(&share.findings);
        let kept = noted.iter().filter(|found| found.kept).count() as u64;
        let removed = noted.len() as u64 - kept;
        let now = shell.now.as_millisecond();
        Self {
            url: format!("{origin}{path}"),
            path,
            expires: share.expires_at.map(|at| ends(at, shell)),
            is_over: share.expires_at.is_some_and(|at| at <= now),
            views: format::plural(share.views, "view"),
            removed: (removed > 0).then(|| format!("{} removed", format::plural(removed, "finding"))),
            kept: (kept > 0)
                .then(|| format!("{} {}", format::plural(kept, "finding"), if kept == 1 { "stays" } else { "stay" })),
            findings: noted
                .iter()
                .take(LISTED)
                .map(|found| {
                    let about = format!("{}× {}", format::count(found.count), found.kind);
                    (terminal::plain(&found.shown), about, found.kept)
                })
                .collect(),
            newer: (share.newer > 0).then(|| format!("{} since", format::plural(share.newer, "message"))),
            is_local: is_loopback(origin),
        }
    }
}

/// `23 Dec 2026, 10:00`
pub(crate) fn ends(at: i64, shell: &Shell) -> String {
    format::moment(at, &shell.zone)
}

fn is_loopback(origin: &str) -> bool {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
