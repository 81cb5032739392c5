//! `/contact`: writing to us, with or without an account.

use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use studio::enquiries::{Kind, MESSAGE_CHARS_MAX, NewEnquiry};

use super::sign_up::email_line;
use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::paper::fields::{Line, Wrong, choice, summary};
use crate::visit::{App, Visit};

/// What the page was opened with.
#[derive(Deserialize)]
pub(crate) struct Asked {
    about: Option<String>,
    sent: Option<String>,
}

/// What the form sent.
#[derive(Default, Deserialize)]
pub(crate) struct Fields {
    #[serde(default)]
    email: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    message: String,
}

/// GET: the form, or that it has arrived.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    if let Some(sent) = asked.sent.as_deref() {
        return Ok(arrived(&visit, sent == "first"));
    }
    let email = match visit.owner() {
        Some(account) => app.studio.accounts().get(account).await?.email,
        None => String::new(),
    };
    let fields = Fields { email, kind: asked.about.unwrap_or_default(), ..Fields::default() };
    Ok(page(&visit, &fields, &Wrong::new(), StatusCode::OK))
}

/// POST: takes it, or says what is missing and keeps what was written.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let wrong = |field: &'static str, key: &str| {
        page(&visit, &fields, &vec![(field, visit.text(key))], StatusCode::UNPROCESSABLE_ENTITY)
    };
    if fields.email.trim().is_empty() {
        return Ok(wrong("email", "error-email-missing"));
    }
    let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.word() == fields.kind) else {
        return Ok(wrong("kind", "error-kind-missing"));
    };
    let new = NewEnquiry {
        email: fields.email.clone(),
        kind,
        message: fields.message.clone(),
        language: visit.language.code().to_owned(),
    };
    match app.studio.enquiries().ask(new, &visit.client()).await {
        Ok(taken) if taken.priority => Ok(visit.go("/contact?sent=first")),
        Ok(_) => Ok(visit.go("/contact?sent=yes")),
        Err(error) => {
            let field = match error.code() {
                "email-invalid" => "email",
                "message-empty" | "message-long" => "message",
                "too-many-enquiries" => "",
                _ => return Err(error.into()),
            };
            let wrong = vec![(field, words_of(visit.language, &error))];
            Ok(page(&visit, &fields, &wrong, status_of(&error)))
        }
    }
}

fn page(visit: &Visit, fields: &Fields, wrong: &Wrong, status: StatusCode) -> Response {
    let kinds: Vec<_> = Kind::ALL
        .into_iter()
        .map(|kind| (kind.word().to_owned(), visit.text(&format!("contact-kind-{}", kind.word()))))
        .collect();
    let email = Line { hint: Some(visit.text("contact-email-hint")), ..email_line(visit, &fields.email) };
    let email = Line { label: visit.text("contact-email"), ..email };
    let problem = wrong.iter().find(|(field, _)| *field == "message").map(|(_, words)| words.as_str());
    let address = visit.policy.controller.email.as_str();
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            form.sheet.stack method="post" action=(visit.to("/contact")) data-once {
                (email.show(wrong))
                (choice("kind", &visit.text("contact-kind"), None, &kinds, &fields.kind))
                div.field.wrong[problem.is_some()] {
                    label for="message" { (visit.text("contact-message")) }
                    p.hint id="message-hint" { (visit.text("contact-message-hint")) }
                    @if let Some(problem) = problem { p.wrong-words id="message-wrong" { (problem) } }
                    textarea.input id="message" name="message" rows="8" required dir="auto" maxlength=(MESSAGE_CHARS_MAX)
                        aria-invalid=[problem.map(|_| "true")] aria-describedby="message-hint message-wrong" { (fields.message) }
                }
                div { button.button.big { (visit.text("contact-send")) } }
                p.hint { (visit.text("contact-gdpr-hint")) }
            }
            p { (visit.language.with("contact-address", &[("email", address.into())])) }
        }
    };
    Frame::new(visit, &visit.text("contact-title"))
        .lead(html! { (visit.text("contact-lead")) })
        .public(&visit.text("contact-lead"))
        .class("small-title")
        .status(status)
        .page(body)
}

fn arrived(visit: &Visit, first: bool) -> Response {
    let words = if first { "contact-sent-priority-words" } else { "contact-sent-words" };
    let body = html! {
        div.wrap.narrow.stack {
            p.lead role="status" { (visit.text(words)) }
            p { a.button href=(visit.to("/")) { (visit.text("contact-sent-back")) } }
        }
    };
    Frame::new(visit, &visit.text("contact-sent-title")).class("small-title").page(body)
}
