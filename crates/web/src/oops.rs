//! Failures: a status for machines, and a page in the look of the house that says what happened, what
//! is safe and what to do.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::html;
use studio::{Class, Error};

use crate::drawings;
use crate::frame::Frame;
use crate::language::Language;
use crate::visit::Visit;

/// Something did not go as asked.
#[derive(Clone, Debug)]
pub(crate) struct Oops {
    /// For machines.
    pub(crate) status: StatusCode,
    /// A stable word; `error-{code}` are its words in the translations.
    pub(crate) code: &'static str,
    /// The studio's own English sentence, for a code that has no words of ours.
    pub(crate) sentence: Option<String>,
    /// Seconds after which trying again may succeed.
    pub(crate) retry_after_s: Option<u64>,
}

/// Marks an answer that is a page already, whatever its status.
#[derive(Clone)]
pub(crate) struct Dressed;

impl Oops {
    /// A failure with a status and a code.
    pub(crate) fn new(status: StatusCode, code: &'static str) -> Self {
        Self { status, code, sentence: None, retry_after_s: None }
    }

    /// There is no such page or thing.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found")
    }

    /// The sentence for the person.
    pub(crate) fn words(&self, language: Language) -> String {
        words_for(language, self.code, self.sentence.as_deref(), self.status)
    }
}

/// The words for a code; where we have none, the studio's English sentence; else what the status says.
fn words_for(language: Language, code: &str, sentence: Option<&str>, status: StatusCode) -> String {
    let key = format!("error-{code}");
    if language.has(&key) {
        return language.text(&key);
    }
    match sentence {
        Some(sentence) => sentence.to_owned(),
        None => language.text(&format!("oops-{}-what", shown(status).as_u16())),
    }
}

/// The words for an error of the studio.
pub(crate) fn words_of(language: Language, error: &Error) -> String {
    words_for(language, error.code(), Some(error.sentence()), status_of(error))
}

/// The HTTP status of an error of the studio.
pub(crate) fn status_of(error: &Error) -> StatusCode {
    match (error.class(), error.code()) {
        (_, "file-too-large" | "too-large") => StatusCode::PAYLOAD_TOO_LARGE,
        (_, "unsupported-type" | "unknown-type" | "heic" | "not-a-picture") => {
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        }
        (Class::NotFound, _) => StatusCode::NOT_FOUND,
        (Class::Refused, _) => StatusCode::UNPROCESSABLE_ENTITY,
        (Class::Conflict, _) => StatusCode::CONFLICT,
        (Class::TooMany, _) => StatusCode::TOO_MANY_REQUESTS,
        (Class::Unavailable, _) => StatusCode::SERVICE_UNAVAILABLE,
        (Class::Internal, _) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<Error> for Oops {
    fn from(error: Error) -> Self {
        if matches!(error.class(), Class::Internal | Class::Unavailable) {
            tracing::error!(
                code = error.code(),
                detail = error.detail().unwrap_or_default(),
                "a request failed"
            );
        }
        Self {
            status: status_of(&error),
            code: error.code(),
            sentence: Some(error.sentence().to_owned()),
            retry_after_s: error.retry_after_s(),
        }
    }
}

impl IntoResponse for Oops {
    /// Bare: [`dress`] makes the page, in the visitor's language.
    fn into_response(self) -> Response {
        let mut answer = self.status.into_response();
        if let Some(seconds) = self.retry_after_s {
            answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        } else if self.status == StatusCode::SERVICE_UNAVAILABLE {
            answer.headers_mut().insert(header::RETRY_AFTER, 5.into());
        }
        answer.extensions_mut().insert(self);
        answer
    }
}

/// The statuses that have words of their own; every other one borrows from its class.
fn shown(status: StatusCode) -> StatusCode {
    match status.as_u16() {
        400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 421 | 422 | 429 | 500 | 503 => status,
        402..=499 => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Gives a failure its page, or its JSON. Leaves pages alone.
pub(crate) fn dress(visit: &Visit, head: bool, answer: Response) -> Response {
    let status = answer.status();
    if !(status.is_client_error() || status.is_server_error())
        || answer.extensions().get::<Dressed>().is_some()
    {
        return answer;
    }
    let oops = answer.extensions().get::<Oops>().cloned().unwrap_or_else(|| Oops {
        status,
        code: match status.as_u16() {
            400 => "bad-request",
            404 => "not-found",
            405 => "method",
            413 => "too-large",
            415 => "unsupported-type",
            _ if status.is_server_error() => "internal",
            _ => "bad-request",
        },
        sentence: None,
        retry_after_s: None,
    });
    let mut page = if visit.json {
        let message = oops.words(visit.language);
        let body = serde_json::json!({ "code": oops.code, "message": message });
        (status, axum::Json(body)).into_response()
    } else {
        page(visit, &oops)
    };
    for name in [header::RETRY_AFTER, header::ALLOW, header::SET_COOKIE, header::CONTENT_RANGE] {
        if let Some(value) = answer.headers().get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if head {
        *page.body_mut() = Body::empty();
    }
    page
}

fn page(visit: &Visit, oops: &Oops) -> Response {
    let number = shown(oops.status).as_u16();
    let part = |part: &str| visit.text(&format!("oops-{number}-{part}"));
    let body = html! {
        div.wrap {
            div.oops {
                div {
                    p.big-number { (visit.text("oops-number")) " " (oops.status.as_u16()) }
                    p.lead { (oops.words(visit.language)) }
                    p { (part("safe")) }
                    p { (part("do")) }
                    p.row {
                        a.button href=(visit.to("/")) { (visit.text("oops-home")) }
                        a.button.quiet href=(visit.to("/films")) { (visit.text("nav-films")) }
                    }
                }
                (drawings::lost_snail())
            }
        }
    };
    Frame::new(visit, &part("title")).status(oops.status).page(body)
}
