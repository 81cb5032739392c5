//! `/sign-in`: an e-mail address with a password, or without one for a mail with a link.

use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use serde::Deserialize;

use crate::cookies::{self, with_next};
use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::pages::account::passkeys;
use crate::pages::sign_up::{Next, email_line};
use crate::paper::fields::{Line, Wrong, summary};
use crate::visit::{App, PasskeyPlace, Visit};

/// What was filled in. Without a password, or with the second button, a mail is asked for.
#[derive(Deserialize, Default)]
pub(crate) struct Fields {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    how: Option<String>,
    next: Option<String>,
}

/// GET: the empty form.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    place: PasskeyPlace,
    Query(next): Query<Next>,
) -> Response {
    if visit.account().is_some() {
        return visit.go(next.next.as_deref().and_then(cookies::own_path).unwrap_or("/library"));
    }
    let fields = Fields { next: next.next, ..Fields::default() };
    page(&app, &visit, &place, &fields, &Wrong::new(), StatusCode::OK)
}

/// POST: signs in, or writes the mail.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    place: PasskeyPlace,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let accounts = app.studio.accounts();
    let by_mail = fields.password.is_empty() || fields.how.as_deref() == Some("link");
    let error = if by_mail {
        match accounts.send_link(&fields.email, visit.language.code(), &visit.client()).await {
            Ok(waiting) => {
                let mut answer = visit.go("/sign-in/mail");
                cookies::set_waiting(&mut answer, &visit, &waiting.secret, fields.next.as_deref());
                return Ok(answer);
            }
            Err(error) => error,
        }
    } else {
        match accounts.sign_in(&fields.email, &fields.password, &visit.client()).await {
            Ok(who) => return Ok(super::enter(&visit, &who, fields.next.as_deref())),
            Err(error) => error,
        }
    };
    let field = match error.code() {
        "sign-in-wrong" => "password",
        "email-invalid" => "email",
        _ => return Err(error.into()),
    };
    let wrong = vec![(field, words_of(visit.language, &error))];
    Ok(page(&app, &visit, &place, &fields, &wrong, status_of(&error)))
}

fn page(
    app: &App,
    visit: &Visit,
    place: &PasskeyPlace,
    fields: &Fields,
    wrong: &Wrong,
    status: StatusCode,
) -> Response {
    let service = app.studio.accounts().service();
    let next = fields.next.as_deref().and_then(cookies::own_path);
    let password = Line {
        kind: "password",
        hint: Some(visit.text("sign-in-password-hint")),
        autocomplete: "current-password",
        required: false,
        ..Line::new("password", visit.text("field-password"), "")
    };
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            form.sheet.stack method="post" action=(visit.to("/sign-in")) data-once {
                @if let Some(next) = next { input type="hidden" name="next" value=(next); }
                (email_line(visit, &fields.email).show(wrong))
                (password.show(wrong))
                div.row {
                    button.button.big { (visit.text("sign-in-button")) }
                    button.button.big.quiet name="how" value="link" { (visit.text("sign-in-link-button")) }
                }
            }
            (passkeys::button(visit, place, next))
            (super::service::button(visit, service.as_deref(), false, next))
            p {
                (visit.text("sign-in-no-account")) " "
                a href=(visit.to(&with_next("/sign-up", next))) { (visit.text("sign-up-title")) }
            }
        }
    };
    Frame::new(visit, &visit.text("sign-in-title"))
        .lead(html! { (visit.text("sign-in-lead")) })
        .findable(&visit.text("sign-in-description"))
        .class("small-title")
        .script("js/passkey.js")
        .leads_to(next)
        .status(status)
        .page(body)
}
