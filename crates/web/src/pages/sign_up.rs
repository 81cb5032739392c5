//! `/sign-up`: an account for a grown-up. The adult confirmation is required, marketing is off unless
//! ticked, a password may be chosen but need not. The address is confirmed by a mail in any case.

use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use policy::Subject;
use serde::Deserialize;
use studio::accounts::SignUp;

use crate::cookies;
use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::paper::fields::{Line, Wrong, summary, tick};
use crate::visit::{App, Visit};

/// Where to go afterwards.
#[derive(Deserialize, Default)]
pub(crate) struct Next {
    /// A path of ours.
    pub(crate) next: Option<String>,
}

/// What was filled in.
#[derive(Deserialize, Default)]
pub(crate) struct Fields {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    adult: Option<String>,
    marketing: Option<String>,
    next: Option<String>,
}

/// GET: the empty form.
pub(crate) async fn show(visit: Visit, Query(next): Query<Next>) -> Response {
    if visit.account().is_some() {
        return visit.go(next.next.as_deref().and_then(cookies::own_path).unwrap_or("/films"));
    }
    page(&visit, &Fields { next: next.next, ..Fields::default() }, &Wrong::new(), StatusCode::OK)
}

/// POST: writes the mail; the same answer whether the address is known or not.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let form = SignUp {
        email: fields.email.clone(),
        adult: fields.adult.clone(),
        password: Some(fields.password.clone()).filter(|password| !password.is_empty()),
        marketing: fields.marketing.clone(),
        language: visit.language.code().into(),
    };
    match app.studio.accounts().sign_up(form, &visit.client()).await {
        Ok(waiting) => {
            let mut answer = visit.go("/sign-in/mail");
            cookies::set_waiting(&mut answer, &app.options, &waiting.secret, fields.next.as_deref());
            Ok(answer)
        }
        Err(error) => {
            let field = match error.code() {
                "adult-required" => "adult",
                "email-invalid" => "email",
                "password-short" | "password-long" => "password",
                _ => return Err(error.into()),
            };
            let wrong = vec![(field, words_of(visit.language, &error))];
            Ok(page(&visit, &fields, &wrong, status_of(&error)))
        }
    }
}

fn page(visit: &Visit, fields: &Fields, wrong: &Wrong, status: StatusCode) -> Response {
    let policy = &visit.policy;
    let (adult, marketing) = (policy.wording(Subject::Adult), policy.wording(Subject::Marketing));
    let language = visit.language.code();
    let password = Line {
        kind: "password",
        hint: Some(visit.text("sign-up-password-hint")),
        autocomplete: "new-password",
        required: false,
        ..Line::new("password", visit.text("field-password"), "")
    };
    let next = fields.next.as_deref().and_then(cookies::own_path);
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            form.sheet.stack method="post" action=(visit.to("/sign-up")) data-once {
                @if let Some(next) = next { input type="hidden" name="next" value=(next); }
                (email_line(visit, &fields.email).show(wrong))
                (password.show(wrong))
                (tick("adult", adult.in_language(language), &adult.version, fields.adult.is_some(), true, wrong))
                (tick("marketing", marketing.in_language(language), &marketing.version, fields.marketing.is_some(), false, wrong))
                button.button.big { (visit.text("sign-up-button")) }
                p.hint { (visit.text("sign-up-afterwards")) }
            }
            p {
                (visit.text("sign-up-have-account")) " "
                a href=(visit.to(&with_next("/sign-in", next))) { (visit.text("sign-in-title")) }
            }
        }
    };
    Frame::new(visit, &visit.text("sign-up-title"))
        .lead(html! { (visit.text("sign-up-lead")) })
        .class("small-title")
        .status(status)
        .page(body)
}

/// The field for the e-mail address, here and when signing in.
pub(super) fn email_line<'a>(visit: &Visit, value: &'a str) -> Line<'a> {
    Line {
        kind: "email",
        autocomplete: "email",
        longest: Some(254),
        ..Line::new("email", visit.text("field-email"), value)
    }
}

/// A path with where to go afterwards.
pub(super) fn with_next(path: &str, next: Option<&str>) -> String {
    match next {
        Some(next) => format!("{path}?next={next}"),
        None => path.to_owned(),
    }
}
