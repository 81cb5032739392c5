//! `/account/passkeys`: the passkeys of an account, and adding one. `/sign-in/passkey`: signing in with one. The
//! browser does its part in a script; without scripts there are the password and the link by mail.

use axum::Json;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use studio::accounts::{Made, PasskeyId, PasskeySite, Used};

use crate::frame::Frame;
use crate::oops::Oops;
use crate::pages::sign_in;
use crate::visit::{App, Customer, PasskeyPlace, Visit};

/// What was just done.
#[derive(Deserialize)]
pub(crate) struct Done {
    done: Option<String>,
}

/// Which passkey is to go.
#[derive(Deserialize)]
pub(crate) struct Fields {
    passkey: String,
}

/// GET: the list, and the button to add one.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    PasskeyPlace(place): PasskeyPlace,
    Customer(account): Customer,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let is_added = done.done.as_deref() == Some("passkey");
    let passkeys = app.studio.accounts().passkeys(&account).await?;
    let body = html! {
        div.wrap.narrow.stack {
            @if is_added { div.notice role="status" { p { (visit.text("passkeys-added")) } } }
            p.lead { (visit.text("passkeys-words")) }
            @if place.is_some() {
                div.sheet.stack data-passkey="add" data-failed=(visit.text("passkeys-add-failed")) data-known=(visit.text("passkeys-known")) hidden {
                    div { button.button type="button" { (visit.text("passkeys-add")) } }
                    p.wrong-words role="alert" hidden {}
                }
                noscript { p.hint { (visit.text("passkeys-script")) } }
            } @else {
                div.notice { p { (visit.text("passkeys-address")) } }
            }
            @if passkeys.is_empty() { p.soft { (visit.text("passkeys-none")) } }
            ul.things { @for passkey in &passkeys {
                li.sheet.flat { form.stack.tight method="post" action=(visit.to("/account/passkeys")) data-once {
                    p { (visit.language.with("passkeys-since", &[("date", visit.day(passkey.created_at_ms).into())])) }
                    @if let Some(at_ms) = passkey.used_at_ms {
                        p.hint { (visit.language.with("passkeys-used", &[("date", visit.day(at_ms).into())])) }
                    }
                    div { button.button.quiet.small name="passkey" value=(passkey.id) { (visit.text("passkeys-remove")) } }
                } }
            } }
            p { a href=(visit.to("/account")) { (visit.text("account-title")) } }
        }
    };
    Ok(Frame::new(&visit, &visit.text("passkeys-title"))
        .class("small-title")
        .script("js/passkey.js")
        .page(body))
}

/// POST: removes one.
pub(crate) async fn remove(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let passkey = PasskeyId::parse(&fields.passkey).ok_or_else(Oops::not_found)?;
    app.studio.accounts().remove_passkey(&account, &passkey).await?;
    Ok(visit.go("/account/passkeys"))
}

/// POST `/account/passkeys/begin`: what the browser needs to make one.
pub(crate) async fn begin(
    State(app): State<App>,
    visit: Visit,
    place: PasskeyPlace,
    Customer(_): Customer,
) -> Result<Response, Oops> {
    let session = visit.session.as_ref().ok_or_else(Oops::not_found)?;
    let making = app.studio.accounts().begin_passkey(session).await?;
    Ok(Json(json!({ "site": site(place)?.id, "make": making })).into_response())
}

/// POST `/account/passkeys/add`: the passkey that it made.
pub(crate) async fn add(
    State(app): State<App>,
    visit: Visit,
    place: PasskeyPlace,
    Customer(_): Customer,
    Json(made): Json<Made>,
) -> Result<Response, Oops> {
    let session = visit.session.as_ref().ok_or_else(Oops::not_found)?;
    app.studio.accounts().add_passkey(session, &site(place)?, &made).await?;
    Ok(visit.go_or_tell("/account/passkeys?done=passkey"))
}

/// POST `/sign-in/passkey/begin`: the challenge for whoever signs in.
pub(crate) async fn begin_sign_in(
    State(app): State<App>,
    visit: Visit,
    place: PasskeyPlace,
) -> Result<Response, Oops> {
    let challenge = app.studio.accounts().begin_passkey_sign_in(&visit.client()).await?;
    Ok(Json(json!({ "site": site(place)?.id, "challenge": challenge })).into_response())
}

/// What the browser answers, and where its visitor wanted to go.
#[derive(Deserialize)]
pub(crate) struct Answer {
    #[serde(flatten)]
    used: Used,
    next: Option<String>,
}

/// POST `/sign-in/passkey`: signs in.
pub(crate) async fn sign_in(
    State(app): State<App>,
    visit: Visit,
    place: PasskeyPlace,
    Json(answer): Json<Answer>,
) -> Result<Response, Oops> {
    let who = app.studio.accounts().passkey_sign_in(&site(place)?, &answer.used).await?;
    Ok(sign_in::enter(&visit, &who, answer.next.as_deref()))
}

/// The button on the sign-in page; shown by the script where the browser has passkeys.
pub(in crate::pages) fn button(visit: &Visit, place: &PasskeyPlace, next: Option<&str>) -> Markup {
    html! {
        @if place.0.is_some() {
            div.sheet.stack.tight data-passkey="use" data-next=[next] data-failed=(visit.text("passkeys-failed")) hidden {
                div { button.button.big.quiet type="button" { (visit.text("passkeys-sign-in")) } }
                p.wrong-words role="alert" hidden {}
            }
        }
    }
}

fn site(place: PasskeyPlace) -> Result<PasskeySite, Oops> {
    place.0.ok_or_else(Oops::not_found)
}
