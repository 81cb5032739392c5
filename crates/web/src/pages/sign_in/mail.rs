//! `/sign-in/mail`: waits for the mail. Its link is opened, or its six digits are typed here.

use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use serde::Deserialize;

use crate::cookies::{self, with_next};
use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::pages::usage;
use crate::paper::fields::{Line, Wrong, summary};
use crate::visit::{App, Visit};

/// What was filled in.
#[derive(Deserialize)]
pub(crate) struct Fields {
    #[serde(default)]
    code: String,
}

/// What the mail is waited for: an account, or without this to sign in.
#[derive(Deserialize)]
pub(crate) struct Begun {
    new: Option<String>,
}

impl Begun {
    /// Where one begins again: where one began.
    fn again(&self) -> &'static str {
        if self.new.is_some() { "/sign-up" } else { "/sign-in" }
    }
}

/// GET: the page that waits. Who waits for nothing is sent to begin again.
pub(crate) async fn show(visit: Visit, Query(begun): Query<Begun>) -> Response {
    if visit.account().is_some() {
        return visit.go("/library");
    }
    if visit.waiting.is_none() {
        return visit.go(begun.again());
    }
    page(&visit, &begun, "", &Wrong::new(), StatusCode::OK)
}

/// POST: takes the six digits.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Query(begun): Query<Begun>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let Some(waiting) = &visit.waiting else { return Ok(visit.go(begun.again())) };
    let digits: String = fields.code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    match app.studio.accounts().enter_code(&waiting.secret, &digits, &visit.client()).await {
        Ok(who) => {
            usage::entered(&app, &visit, &who).await;
            Ok(super::enter(&visit, &who, waiting.next.as_deref()))
        }
        Err(error) if matches!(error.code(), "code-wrong" | "link-invalid") => {
            // Here a code is typed, and no link opened.
            let words = match error.code() {
                "link-invalid" => visit.text("mail-code-late"),
                _ => words_of(visit.language, &error),
            };
            let wrong = vec![("code", words)];
            let mut answer = page(&visit, &begun, &fields.code, &wrong, status_of(&error));
            if error.code() == "link-invalid" {
                cookies::clear_waiting(&mut answer, &visit);
            }
            Ok(answer)
        }
        Err(error) => Err(error.into()),
    }
}

fn page(visit: &Visit, begun: &Begun, code: &str, wrong: &Wrong, status: StatusCode) -> Response {
    let next = visit.waiting.as_ref().and_then(|waiting| waiting.next.as_deref());
    // Starting again is to lead back to where one began, and on to where one wanted to go.
    let again = with_next(begun.again(), next);
    let here = if begun.new.is_some() { "/sign-in/mail?new=1" } else { "/sign-in/mail" };
    let line = Line {
        hint: Some(visit.text("mail-code-hint")),
        autocomplete: "one-time-code",
        longest: Some(12),
        class: "code",
        ..Line::new("code", visit.text("mail-code"), code)
    };
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            @if visit.is_local() {
                div.notice {
                    p { (visit.text("mail-local")) }
                    p { a.button href=(visit.to("/outbox")) { (visit.text("mail-local-button")) } }
                }
            }
            form.sheet.stack method="post" action=(visit.to(here)) data-once {
                (line.show(wrong))
                div { button.button.big { (visit.text("mail-button")) } }
            }
            p.soft { (visit.text("mail-none")) " " a href=(visit.to(&again)) { (visit.text("mail-again")) } }
        }
    };
    Frame::new(visit, &visit.text("mail-title"))
        .lead(html! { (visit.text("mail-lead")) })
        .class("small-title")
        .address(here)
        .status(status)
        .page(body)
}
