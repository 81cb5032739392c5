//! `/sign-up`: an account for a grown-up. The age is asked without hinting at an answer; who is under age leaves
//! no trace but a cookie, so that another answer is not tried at once. Marketing is off unless ticked, a password
//! may be chosen but need not. The address is confirmed by a mail in any case.

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::html;
use policy::{CookiePurpose, Subject};
use serde::Deserialize;
use studio::accounts::{SignUp, UNDER_AGE};

use crate::cookies::{self, with_next};
use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::pages::sign_in::service;
use crate::paper::fields::{Line, Wrong, one_of, summary, tick};
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
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Query(next): Query<Next>,
) -> Response {
    if visit.account().is_some() {
        return visit.go(next.next.as_deref().and_then(cookies::own_path).unwrap_or("/films"));
    }
    if said_under_age(&visit, &headers) {
        return for_adults(&visit);
    }
    page(&app, &visit, &Fields { next: next.next, ..Fields::default() }, &Wrong::new(), StatusCode::OK)
}

/// POST: writes the mail; the same answer whether the address is known or not.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    if said_under_age(&visit, &headers) {
        return Ok(for_adults(&visit));
    }
    let form = SignUp {
        email: fields.email.clone(),
        adult: fields.adult.clone(),
        password: Some(fields.password.clone()).filter(|password| !password.is_empty()),
        marketing: fields.marketing.clone(),
        country: visit.consent.country,
        language: visit.language.code().into(),
    };
    match app.studio.accounts().sign_up(form, &visit.client()).await {
        Ok(waiting) => {
            let mut answer = visit.go("/sign-in/mail?new=1");
            cookies::set_waiting(&mut answer, &visit, &waiting.secret, fields.next.as_deref());
            Ok(answer)
        }
        Err(error) => {
            let field = match error.code() {
                "under-age" => {
                    let mut answer = for_adults(&visit);
                    cookies::set(&mut answer, &visit, CookiePurpose::Age, Some(UNDER_AGE));
                    return Ok(answer);
                }
                "adult-required" => "adult",
                "email-invalid" => "email",
                "password-short" | "password-long" => "password",
                _ => return Err(error.into()),
            };
            let wrong = vec![(field, words_of(visit.language, &error))];
            Ok(page(&app, &visit, &fields, &wrong, status_of(&error)))
        }
    }
}

fn page(app: &App, visit: &Visit, fields: &Fields, wrong: &Wrong, status: StatusCode) -> Response {
    let policy = &visit.policy;
    let marketing = policy.wording(Subject::Marketing);
    let service = app.studio.accounts().service();
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
                (one_of("adult", &visit.text("sign-up-age"), &ages(visit), fields.adult.as_deref(), wrong))
                (tick("marketing", marketing.in_language(language), &marketing.version, fields.marketing.is_some(), false, wrong))
                button.button.big { (visit.text("sign-up-button")) }
                p.hint { (visit.text("sign-up-afterwards")) }
            }
            (service::button(visit, service.as_deref(), true, next))
            p {
                (visit.text("sign-up-have-account")) " "
                a href=(visit.to(&with_next("/sign-in", next))) { (visit.text("sign-in-title")) }
            }
        }
    };
    Frame::new(visit, &visit.text("sign-up-title"))
        .lead(html! { (visit.text("sign-up-lead")) })
        .findable(&visit.text("sign-up-description"))
        .class("small-title")
        .leads_to(next)
        .status(status)
        .page(body)
}

/// The answers to how old somebody is. Neither is chosen beforehand.
pub(super) fn ages(visit: &Visit) -> [(&'static str, &str, String); 2] {
    let adult = visit.policy.wording(Subject::Adult);
    let words = adult.in_language(visit.language.code()).to_owned();
    [("adult", adult.version.as_str(), words), ("minor", UNDER_AGE, visit.text("sign-up-minor"))]
}

/// Whether somebody said in this browser, less than a day ago, that they are not an adult.
pub(super) fn said_under_age(visit: &Visit, headers: &HeaderMap) -> bool {
    cookies::read(&visit.policy, headers, CookiePurpose::Age).is_some()
}

/// What somebody is told who is not an adult.
pub(super) fn for_adults(visit: &Visit) -> Response {
    let body = html! {
        div.wrap.narrow.stack {
            div.sheet.stack {
                p.lead { (visit.text("error-under-age")) }
                p { a.button.quiet href=(visit.to("/films")) { (visit.text("nav-films")) } }
            }
        }
    };
    Frame::new(visit, &visit.text("sign-up-minor-title"))
        .class("small-title")
        .status(StatusCode::FORBIDDEN)
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
