//! `/sign-in/service`: signing in by a service, where one is connected. The browser is sent there and comes back to
//! `/sign-in/service/return`; only the browser that was sent may, which the cookie of who waits tells.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use studio::accounts::{Brought, CameBack, Door, Return};

use crate::cookies;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// Where the browser comes back to.
const BACK: &str = "/sign-in/service/return";

/// Where to go afterwards, and whether somebody wants to make an account.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    next: Option<String>,
    new: Option<String>,
}

/// GET: sends the browser to the service.
pub(crate) async fn go(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    let next = wanted.next.as_deref().and_then(cookies::own_path);
    if visit.account().is_some() {
        return Ok(visit.go(next.unwrap_or("/library")));
    }
    let accounts = app.studio.accounts();
    if accounts.service().is_none() {
        return Ok(visit.go("/sign-in"));
    }
    let door = if wanted.new.is_some() { Door::SignUp } else { Door::SignIn };
    let sent = accounts.go_to_service(door, &back_to(&app, &visit), &visit.client()).await?;
    let mut answer = Redirect::to(&sent.to).into_response();
    cookies::set_waiting(&mut answer, &visit, &sent.secret, next);
    Ok(answer)
}

/// GET `/sign-in/service/return`: signs in, goes on to the questions for somebody new, or is sent there once more.
pub(crate) async fn back(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Query(parameters): Query<BTreeMap<String, String>>,
) -> Result<Response, Oops> {
    let accounts = app.studio.accounts();
    if accounts.service().is_none() {
        return Ok(visit.go("/sign-in"));
    }
    let (secret, next) = match &visit.waiting {
        Some(waiting) => (waiting.secret.as_str(), waiting.next.as_deref()),
        None => ("", None),
    };
    let state = parameters.get("state").cloned().unwrap_or_default();
    let asked = parameters.contains_key("asked");
    let brought = Brought { cookies: cookies::all(&headers), parameters };
    let came = Return { secret, state: &state, asked, brought: &brought };
    match accounts.back_from_service(came, &back_to(&app, &visit), &visit.client()).await? {
        CameBack::Ask(to) => Ok(Redirect::to(&to).into_response()),
        CameBack::In(who) => Ok(super::enter(&visit, &who, next)),
        CameBack::New(arrived) => {
            let mut answer = visit.go("/sign-up/service");
            cookies::set_waiting(&mut answer, &visit, &arrived, next);
            Ok(answer)
        }
    }
}

/// The way to the service on the pages to sign in and up; nothing where none is connected.
pub(crate) fn button(visit: &Visit, service: Option<&str>, is_new: bool, next: Option<&str>) -> Markup {
    let new = if is_new { "?new=1" } else { "" };
    let next = next.map(|next| format!("{}next={next}", if is_new { "&" } else { "?" })).unwrap_or_default();
    let to = visit.to(&format!("/sign-in/service{new}{next}"));
    html! {
        @if let Some(service) = service {
            div.sheet.stack.tight {
                div {
                    a.button.big.quiet href=(to) {
                        span { (visit.language.with("service-continue", &[("service", service.to_owned().into())])) }
                    }
                }
                p.hint { (visit.text("service-hint")) }
            }
        }
    }
}

fn back_to(app: &App, visit: &Visit) -> String {
    format!("{}{}", app.options.public_url, visit.to(BACK))
}
