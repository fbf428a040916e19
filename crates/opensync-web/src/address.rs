//! What the addresses of the API may be spelled like. Plugins join the address they were given and a path as
//! texts, so a slash may stand twice; and some take an address only when it looks like that of a hosted server.

use std::borrow::Cow;

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::middleware::Next;
use axum::response::Response;

/// What the API begins with. Everything else is pages.
const FAMILIES: [&str; 4] = ["sync", "api", "health", "search"];
/// Ends of a first segment that means nothing here.
const HOSTED: [&str; 2] = ["convex.site", "convex.cloud"];

/// Whether a path, spelled as routes are, is one of the API.
pub fn is_api(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    FAMILIES.contains(&first) && path != "/api/docs"
}

/// Asks for the route that is meant. It must run before a route is chosen.
pub async fn plain(mut request: Request, next: Next) -> Response {
    if let Some(uri) = rewritten(request.uri()) {
        *request.uri_mut() = uri;
    }
    next.run(request).await
}

fn rewritten(uri: &Uri) -> Option<Uri> {
    let Cow::Owned(mut address) = meant(uri.path()) else { return None };
    if let Some(query) = uri.query() {
        address.push('?');
        address.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(address).ok()?);
    Uri::from_parts(parts).ok()
}

/// The path of the API that is meant; any other path as it is.
fn meant(path: &str) -> Cow<'_, str> {
    let mut segments = path.trim_start_matches('/').split('/').peekable();
    let is_hosted = |first: &&str| {
        HOSTED.iter().any(|end| first.strip_suffix(end).is_some_and(|name| name.is_empty() || name.ends_with('.')))
    };
    if segments.next_if(is_hosted).is_none() && !path.contains("//") {
        return path.into();
    }
    let ends = path.ends_with('/');
    let mut plain: String = segments.filter(|segment| !segment.is_empty()).flat_map(|segment| ["/", segment]).collect();
    if ends {
        plain.push('/');
    }
    if is_api(&plain) { plain.into() } else { path.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_api_may_have_more_in_front_and_slashes_twice() {
        for (path, expected) in [
            ("//sync/session", "/sync/session"),
            ("/sync//session", "/sync/session"),
            ("/convex.site/sync/session", "/sync/session"),
            ("/.convex.site//sync/session", "/sync/session"),
            ("//.convex.cloud/health", "/health"),
            ("/happy-otter-1.convex.site/search", "/search"),
            ("/convex.site/api/sessions/", "/api/sessions/"),
            ("///api//sessions//get", "/api/sessions/get"),
            ("//health//", "/health/"),
        ] {
            assert_eq!(meant(path), expected, "{path}");
        }
    }

    #[test]
    fn every_other_address_stays_as_it_is() {
        for path in [
            "/",
            "//",
            "",
            "*",
            "/sync/session",
            "//sessions",
            "/convex.site/sessions",
            "/convex.site",
            "/xconvex.site/sync/session",
            "/convex.site/convex.site/sync/session",
            "/sessions/convex.site/sync",
            "//apis//x",
            "//evil.example/sync",
        ] {
            assert_eq!(meant(path), path);
        }
    }

    #[test]
    fn the_query_goes_along() {
        let uri = rewritten(&"/convex.site//api/sessions?q=a//b&x=%2F".parse().unwrap()).unwrap();
        assert_eq!(uri, "/api/sessions?q=a//b&x=%2F");
        assert_eq!(rewritten(&"/api/sessions?q=a//b".parse().unwrap()), None);
        let whole = rewritten(&"http://localhost:1//health".parse().unwrap()).unwrap();
        assert_eq!(whole, "http://localhost:1/health");
    }
}
