//! The end of an account: `/account/delete` asks once, `/account/stay` takes it back while there is time.

use axum::extract::State;
use axum::response::Response;
use maud::html;

use crate::cookies;
use crate::frame::Frame;
use crate::oops::Oops;
use crate::paper::action;
use crate::visit::{App, Leaving, Owner, Visit, with_cache_emptied};

/// GET `/account/delete`: the question, with what happens when.
pub(crate) async fn show(visit: Visit) -> Response {
    let days = policy::derive::retention::grace_ms(&visit.policy) / (24 * 3_600 * 1_000);
    let body = html! {
        div.wrap.narrow {
            form.sheet.stack method="post" action=(visit.to("/account/delete")) data-once {
                p.lead { (visit.language.with("leave-words", &[("days", days.into())])) }
                ul {
                    li { (visit.text("leave-now")) }
                    li { (visit.language.with("leave-grace", &[("days", days.into())])) }
                    li { (visit.text("leave-after")) }
                    li { (visit.text("leave-books")) }
                }
                div.row {
                    button.button.big { (visit.text("leave-button")) }
                    a.button.big.quiet href=(visit.to("/account")) { (visit.text("leave-not")) }
                }
            }
        }
    };
    Frame::new(&visit, &visit.text("leave-title")).class("small-title").page(body)
}

/// POST `/account/delete`: the account is shut, and this browser signed out.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
) -> Result<Response, Oops> {
    let ends_at_ms = app.studio.accounts().leave(&account).await?;
    let body = html! {
        div.wrap.narrow.stack {
            div.notice role="status" { p { (visit.language.with("leave-done", &[("date", visit.day(ends_at_ms).into())])) } }
            p { a.button.quiet href=(visit.to("/")) { (visit.text("oops-home")) } }
        }
    };
    // Nobody is signed in any more: the page is that of a stranger.
    let stranger = Visit { session: None, ..visit };
    let frame = Frame::new(&stranger, &stranger.text("leave-done-title")).class("small-title");
    let mut answer = with_cache_emptied(frame.page(body));
    cookies::clear_session(&mut answer, &stranger);
    Ok(answer)
}

/// GET `/account/stay`: how long there is still time.
pub(crate) async fn offer(
    State(app): State<App>,
    visit: Visit,
    Leaving(account): Leaving,
) -> Result<Response, Oops> {
    let ends_at_ms = app.studio.accounts().ends_at_ms(&account).await?;
    let body = html! {
        div.wrap.narrow.stack {
            form.sheet.stack method="post" action=(visit.to("/account/stay")) data-once {
                p.lead { (visit.language.with("stay-words", &[("date", visit.day(ends_at_ms).into())])) }
                p { (visit.text("stay-nothing")) }
                div { button.button.big { (visit.text("stay-button")) } }
            }
            (action(&visit, "/sign-out", "button quiet", &visit.text("sign-out")))
        }
    };
    Ok(Frame::new(&visit, &visit.text("stay-title")).class("small-title").page(body))
}

/// POST `/account/stay`: everything is as it was.
pub(crate) async fn stay(
    State(app): State<App>,
    visit: Visit,
    Leaving(account): Leaving,
) -> Result<Response, Oops> {
    let here = visit.session.as_ref().ok_or_else(Oops::not_found)?;
    let session = app.studio.accounts().stay(&account, here.signed_in_at_ms).await?;
    let mut answer = visit.go("/library");
    cookies::set_session(&mut answer, &visit, &session.token);
    Ok(answer)
}
