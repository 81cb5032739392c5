//! No other site may act in a visitor's name. A request that changes something must come from our own
//! pages: the browser itself says so in `Sec-Fetch-Site`, or, where it is too old for that, in `Origin`.
//! What sends neither is no browser and holds no visitor's cookie; besides, the cookie is SameSite=Lax.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::oops::Oops;
use crate::visit::header_text;

/// Refuses what another site sent with 403.
pub(crate) async fn same_origin(request: Request, next: Next) -> Response {
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let host = request.uri().authority().map(|authority| authority.as_str().to_owned());
    if harmless || is_ours(request.headers(), host.as_deref()) {
        next.run(request).await
    } else {
        Oops::new(StatusCode::FORBIDDEN, "other-site").into_response()
    }
}

fn is_ours(headers: &HeaderMap, authority: Option<&str>) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        // "none": the person reloads or typed the address; no page can bring that about.
        return site == "same-origin" || site == "none";
    }
    match header_text(headers, header::ORIGIN) {
        None => !headers.contains_key(header::ORIGIN),
        Some(origin) => {
            let host = authority.or_else(|| header_text(headers, header::HOST)).unwrap_or_default();
            origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn ours(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_ours(&headers.collect(), None)
    }

    #[test]
    fn only_our_own_pages_count() {
        assert!(ours(&[("host", "a:1"), ("sec-fetch-site", "same-origin"), ("origin", "http://a:1")]));
        assert!(ours(&[("host", "a:1"), ("origin", "http://a:1")]));
        assert!(ours(&[("host", "a:1")]));
        assert!(!ours(&[("host", "a:1"), ("sec-fetch-site", "cross-site")]));
        assert!(!ours(&[("host", "a:1"), ("sec-fetch-site", "same-site"), ("origin", "http://a:1")]));
        assert!(!ours(&[("host", "a:1"), ("origin", "http://a:2")]));
        assert!(!ours(&[("host", "a:1"), ("origin", "null")]));
        assert!(!ours(&[("host", "a:1"), ("origin", "http://a:1.evil.example")]));
    }
}
