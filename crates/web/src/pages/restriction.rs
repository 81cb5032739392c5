//! `/account/restriction`: the right that data are only stored (GDPR, Art. 18), and lifting that again.

use axum::extract::{Form, State};
use axum::response::Response;
use maud::html;
use serde::Deserialize;

use crate::cookies;
use crate::frame::Frame;
use crate::oops::Oops;
use crate::paper::action;
use crate::visit::{App, Owner, Visit};

/// What is asked for.
#[derive(Deserialize)]
pub(crate) struct Fields {
    choice: Choice,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Choice {
    Restrict,
    Lift,
}

/// GET: how it stands, what it means, and the button.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
) -> Result<Response, Oops> {
    let since = app.studio.accounts().get(&account).await?.restricted_at_ms;
    let (choice, button) = match since {
        Some(_) => ("lift", "restriction-lift"),
        None => ("restrict", "restriction-button"),
    };
    let body = html! {
        div.wrap.narrow.stack {
            form.sheet.stack method="post" action=(visit.to("/account/restriction")) data-once {
                @match since {
                    Some(at_ms) => {
                        p.lead { (visit.language.with("restriction-since", &[("date", visit.day(at_ms).into())])) }
                        p { (visit.text("restriction-lift-words")) }
                    }
                    None => p.lead { (visit.text("restriction-words")) },
                }
                ul {
                    li { (visit.text("restriction-films")) }
                    li { (visit.text("restriction-mail")) }
                    li { (visit.text("restriction-still")) }
                }
                input type="hidden" name="choice" value=(choice);
                div.row {
                    button.button.big { (visit.text(button)) }
                    @if since.is_none() { a.button.big.quiet href=(visit.to("/account")) { (visit.text("restriction-not")) } }
                }
            }
            @if since.is_some() {
                p { a href=(visit.to("/account/export")) { (visit.text("export-title")) } }
                p { a href=(visit.to("/account/delete")) { (visit.text("leave-title")) } }
                p { a href=(visit.to("/contact?about=privacy")) { (visit.text("restriction-contact")) } }
                (action(&visit, "/sign-out", "button quiet", &visit.text("sign-out")))
            }
        }
    };
    Ok(Frame::new(&visit, &visit.text("restriction-title")).class("small-title").page(body))
}

/// POST: restricts or lifts; this browser stays signed in, every other one is signed out.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let accounts = app.studio.accounts();
    let (changed, to) = match fields.choice {
        Choice::Restrict => (accounts.restrict(&account).await?, "/account/restriction"),
        Choice::Lift => (accounts.lift_restriction(&account).await?, "/account?done=restriction-lifted"),
    };
    let mut answer = visit.go(to);
    // What changes nothing ends no session, and makes none.
    if changed && let Some(here) = &visit.session {
        let session = accounts.session_after(&account, here.signed_in_at_ms).await?;
        cookies::set_session(&mut answer, &app.options, &session.token);
    }
    Ok(answer)
}
