//! `/sign-in/link/{token}`: the link of a mail. In the browser that asked for it, it signs in at once;
//! in any other one a button is pressed first, so that a mail scanner that follows links uses nothing up.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::html;

use crate::cookies::with_next;
use crate::frame::Frame;
use crate::oops::{Oops, status_of};
use crate::pages::usage;
use crate::visit::{App, Visit};

/// GET: signs in the browser that asked for this link, asks every other one: a link that somebody else asked for would
/// lead into their account.
pub(crate) async fn show(state: State<App>, visit: Visit, token: Path<String>) -> Result<Response, Oops> {
    let secret = visit.waiting.as_ref().map(|waiting| waiting.secret.as_str());
    let found = match state.studio.accounts().look_at_link(&token, secret, &visit.client()).await {
        Ok(found) if found.is_waited_for => return send(state, visit, token).await,
        Ok(found) => found,
        Err(_) if visit.account().is_some() => return Ok(there(&visit)),
        Err(error) if error.code() == "link-invalid" => {
            return too_late(&state, &visit, &token, &error).await;
        }
        Err(error) => return Err(error.into()),
    };
    if visit.account().is_some() {
        return Ok(there(&visit));
    }
    let body = html! {
        div.wrap.narrow {
            form.sheet.stack method="post" action=(visit.to(&format!("/sign-in/link/{}", token.0))) data-once {
                p { (visit.language.with("link-explain", &[("email", found.email.into())])) }
                div { button.button.big { (visit.text("sign-in-button")) } }
            }
        }
    };
    Ok(Frame::new(&visit, &visit.text("sign-in-title")).class("small-title").page(body))
}

/// POST: signs in.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Oops> {
    let secret = visit.waiting.as_ref().map(|waiting| waiting.secret.as_str());
    let who = match app.studio.accounts().open_link(&token, secret, &visit.client()).await {
        Ok(who) => who,
        Err(_) if visit.account().is_some() => return Ok(there(&visit)),
        Err(error) if error.code() == "link-invalid" => return too_late(&app, &visit, &token, &error).await,
        Err(error) => return Err(error.into()),
    };
    let next = visit.waiting.as_ref().and_then(|waiting| waiting.next.as_deref());
    usage::entered(&app, &visit, &who).await;
    Ok(super::enter(&visit, &who, next))
}

/// For whoever is signed in already.
fn there(visit: &Visit) -> Response {
    let body = html! {
        div.wrap.narrow.stack {
            p.lead { (visit.text("link-there")) }
            div { a.button.big href=(visit.to("/library")) { (visit.text("nav-library")) } }
        }
    };
    Frame::new(visit, &visit.text("sign-in-title")).class("small-title").page(body)
}

/// A link that was used, or is too old: another one can be had. Who signed up with it has no account that could be
/// signed in to, so they are led to the form again.
async fn too_late(app: &App, visit: &Visit, token: &str, error: &studio::Error) -> Result<Response, Oops> {
    let (title, words, to, button) = match app.studio.accounts().is_link_of_sign_up(token).await? {
        true => ("sign-up-title", "link-late-sign-up", "/sign-up", "sign-up-title"),
        false => ("sign-in-title", "link-late", "/sign-in", "link-again"),
    };
    let next = visit.waiting.as_ref().and_then(|waiting| waiting.next.as_deref());
    let body = html! {
        div.wrap.narrow.stack {
            p.lead { (visit.text(words)) }
            div { a.button.big href=(visit.to(&with_next(to, next))) { (visit.text(button)) } }
        }
    };
    Ok(Frame::new(visit, &visit.text(title)).class("small-title").status(status_of(error)).page(body))
}
