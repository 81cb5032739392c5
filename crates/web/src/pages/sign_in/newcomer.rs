//! `/sign-up/service`: the questions for somebody who comes from the sign-in service and has no account: the same as
//! for everybody, but for the address, which is known, and the password, which is not needed.

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::html;
use policy::{CookiePurpose, Subject};
use serde::Deserialize;
use studio::accounts::{PersonSignUp, UNDER_AGE};

use crate::cookies;
use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::pages::sign_up::{ages, for_adults, said_under_age};
use crate::paper::fields::{Wrong, one_of, summary, tick};
use crate::visit::{App, Visit};

/// What was filled in.
#[derive(Deserialize, Default)]
pub(crate) struct Fields {
    adult: Option<String>,
    marketing: Option<String>,
}

/// GET: the empty form. Who does not come from the service signs up as everybody.
pub(crate) async fn show(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Result<Response, Oops> {
    if visit.account().is_some() {
        return Ok(visit.go("/films"));
    }
    let accounts = app.studio.accounts();
    let Some(waiting) = visit.waiting.as_ref().filter(|_| accounts.service().is_some()) else {
        return Ok(visit.go("/sign-up"));
    };
    if said_under_age(&visit, &headers) {
        return Ok(for_adults(&visit));
    }
    match accounts.address_at_service(&waiting.secret, &visit.client()).await {
        Ok(email) => Ok(page(&visit, &email, &Fields::default(), &Wrong::new(), StatusCode::OK)),
        Err(error) if error.code() == "service-late" => Ok(visit.go("/sign-up")),
        Err(error) => Err(error.into()),
    }
}

/// POST: makes the account and signs in.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let accounts = app.studio.accounts();
    let Some(waiting) = visit.waiting.as_ref().filter(|_| accounts.service().is_some()) else {
        return Ok(visit.go("/sign-up"));
    };
    // Another answer is not tried at once.
    let is_minor = said_under_age(&visit, &headers);
    let adult = if is_minor { Some(UNDER_AGE.to_owned()) } else { fields.adult.clone() };
    let form = PersonSignUp {
        adult,
        marketing: fields.marketing.clone(),
        country: visit.consent.country,
        language: visit.language.code().into(),
    };
    match accounts.sign_up_from_service(&waiting.secret, form, &visit.client()).await {
        Ok(who) => {
            crate::pages::usage::entered(&app, &visit, &who).await;
            Ok(super::enter(&visit, &who, waiting.next.as_deref()))
        }
        Err(error) if error.code() == "under-age" => {
            let mut answer = for_adults(&visit);
            cookies::set(&mut answer, &visit, CookiePurpose::Age, Some(UNDER_AGE));
            cookies::clear_waiting(&mut answer, &visit);
            Ok(answer)
        }
        Err(error) if error.code() == "adult-required" => {
            let email = accounts.address_at_service(&waiting.secret, &visit.client()).await?;
            let wrong = vec![("adult", words_of(visit.language, &error))];
            Ok(page(&visit, &email, &fields, &wrong, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

fn page(visit: &Visit, email: &str, fields: &Fields, wrong: &Wrong, status: StatusCode) -> Response {
    let marketing = visit.policy.wording(Subject::Marketing);
    let words = marketing.in_language(visit.language.code());
    let ticked = fields.marketing.is_some();
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            form.sheet.stack method="post" action=(visit.to("/sign-up/service")) data-once {
                p { (visit.language.with("service-address", &[("email", email.to_owned().into())])) }
                (one_of("adult", &visit.text("sign-up-age"), &ages(visit), fields.adult.as_deref(), wrong))
                (tick("marketing", words, &marketing.version, ticked, false, wrong))
                button.button.big { (visit.text("sign-up-button")) }
            }
            p {
                (visit.text("sign-up-have-account")) " "
                a href=(visit.to("/sign-in")) { (visit.text("sign-in-title")) }
            }
        }
    };
    Frame::new(visit, &visit.text("sign-up-title"))
        .lead(html! { (visit.text("sign-up-lead")) })
        .class("small-title")
        .status(status)
        .page(body)
}
