//! A language at the head of the path: `/de/films` is `/films` in German. Remembering the language in
//! the address needs no cookie.

use axum::extract::Request;
use axum::http::Uri;

use crate::language::Language;
use crate::visit::LanguageInPath;

/// Takes the language off the path and notes it.
pub(crate) fn language_in_path(mut request: Request) -> Request {
    let path = request.uri().path();
    let (first, rest) = match path[1.min(path.len())..].find('/') {
        Some(slash) => path.split_at(slash + 1),
        None => (path, ""),
    };
    let Some(language) = Language::of(first.trim_start_matches('/')) else { return request };
    let mut parts = request.uri().clone().into_parts();
    let rest = if rest.is_empty() { "/" } else { rest };
    let target = match request.uri().query() {
        Some(query) => format!("{rest}?{query}"),
        None => rest.to_owned(),
    };
    let Ok(target) = target.parse() else { return request };
    parts.path_and_query = Some(target);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
        request.extensions_mut().insert(LanguageInPath(language));
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn taken(path: &str) -> (String, Option<&'static str>) {
        let request = language_in_path(Request::builder().uri(path).body(Body::empty()).unwrap());
        let language = request.extensions().get::<LanguageInPath>().map(|found| found.0.code());
        (request.uri().to_string(), language)
    }

    #[test]
    fn the_language_is_taken_off() {
        assert_eq!(taken("/de/films?x=1"), ("/films?x=1".into(), Some("de")));
        assert_eq!(taken("/fr"), ("/".into(), Some("fr")));
        assert_eq!(taken("/es/"), ("/".into(), Some("es")));
        assert_eq!(taken("/desk"), ("/desk".into(), None));
        assert_eq!(taken("/"), ("/".into(), None));
        assert_eq!(taken("/assets/de/x"), ("/assets/de/x".into(), None));
        assert_eq!(taken("/de//evil.example"), ("//evil.example".into(), Some("de")));
    }
}
