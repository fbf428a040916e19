//! What every request passes: the host allow-list, and headers that tell the browser to be strict.

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::{AppState, address};

const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// Answers only to names of this server. A page elsewhere that points its own name at 127.0.0.1
/// would otherwise read the archive.
pub async fn known_host(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str));
    if !host.is_some_and(|host| is_known(host, &state.hosts)) {
        let text = "This server does not answer to that name. Open it by its address, such as http://127.0.0.1:6796, \
                    or start it with --listen and the name it should answer to.\n";
        let mut answer = (StatusCode::MISDIRECTED_REQUEST, text).into_response();
        if address::is_api(request.uri().path()) {
            open(answer.headers_mut());
        }
        return answer;
    }
    next.run(request).await
}

fn is_known(host: &str, names: &[String]) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let loopback = name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    loopback || names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Refuses what another site's page asks a browser to change here. Programs send neither header.
pub async fn same_origin(request: Request, next: Next) -> Response {
    if !request.method().is_safe() && !is_from_here(request.headers()) {
        return (StatusCode::FORBIDDEN, "Only a page of this server may ask for that.\n").into_response();
    }
    next.run(request).await
}

fn is_from_here(headers: &HeaderMap) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (header("sec-fetch-site"), header("origin")) {
        // It comes first: pages that send no referrer send `null` as their origin.
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = header("host").unwrap_or_default();
            origin.split_once("://").is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host))
        }
        (None, None) => true,
    }
}

/// Headers of pages and their fragments.
pub async fn page_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A page and its fragment share an address: nothing between may mix them up.
    headers.append(header::VARY, HeaderValue::from_static("HX-Request, HX-Request-Type, HX-Target"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Further headers of pages behind public links: no search engine lists them.
pub async fn public_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let robots = HeaderValue::from_static("noindex, nofollow, noarchive");
    response.headers_mut().insert(HeaderName::from_static("x-robots-tag"), robots);
    response
}

/// Headers of the API: any origin may ask, because only a key opens it.
pub async fn api_headers(request: Request, next: Next) -> Response {
    let preflight = request.method() == Method::OPTIONS;
    let mut response = if preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    open(headers);
    if preflight {
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PATCH, DELETE, OPTIONS"),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type"),
            (header::ACCESS_CONTROL_MAX_AGE, "86400"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Lets pages of any origin read an answer.
fn open(headers: &mut HeaderMap) {
    const EXPOSED: &str = "Content-Disposition, Retry-After, X-Export-Sessions, X-Export-TestCases";
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
}

#[cfg(test)]
mod tests {
    use super::is_known;

    #[test]
    fn only_loopback_and_given_names_are_known() {
        let names = vec!["sessions.example".to_owned()];
        for host in ["127.0.0.1:6796", "localhost", "LOCALHOST:1", "[::1]:6796", "sessions.example:80", "127.1.2.3"] {
            assert!(is_known(host, &names), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "", "[::2]", "localhost.evil.example", "10.0.0.1"] {
            assert!(!is_known(host, &names), "{host}");
        }
    }
}
