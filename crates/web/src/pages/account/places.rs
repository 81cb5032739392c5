//! `/account/sessions`: where the owner is signed in, and ending what they do not know.

use axum::extract::{Form, State};
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use studio::SessionId;
use studio::sessions::Ending;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::paper::action;
use crate::visit::{App, Customer, Visit};

/// Which session is to end; none: all but this one.
#[derive(Deserialize)]
pub(crate) struct Fields {
    session: Option<String>,
}

/// GET: the list.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
) -> Result<Response, Oops> {
    let places = app.studio.sessions().of_account(&account).await?;
    let here = visit.session.as_ref().map(|session| &session.id);
    let body = html! {
        div.wrap.narrow.stack {
            p.lead { (visit.text("places-words")) }
            ul.things { @for place in &places {
                li.sheet.flat {
                    p {
                        (visit.language.with("places-place", &[
                            ("since", visit.day(place.signed_in_at_ms).into()),
                            ("seen", visit.day(place.seen_at_ms).into()),
                        ]))
                    }
                    @if Some(&place.id) == here {
                        p { strong { (visit.text("places-here")) } }
                    } @else {
                        form method="post" action=(visit.to("/account/sessions")) data-once {
                            button.button.quiet.small name="session" value=(place.id) { (visit.text("places-end")) }
                        }
                    }
                }
            } }
            @if places.len() > 1 { (action(&visit, "/account/sessions", "button", &visit.text("places-end-all"))) }
            p { a href=(visit.to("/account")) { (visit.text("account-title")) } }
        }
    };
    Ok(Frame::new(&visit, &visit.text("places-title")).class("small-title").page(body))
}

/// POST: ends one, or all but this one.
pub(crate) async fn end(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let here = &visit.session.as_ref().ok_or_else(Oops::not_found)?.id;
    let sessions = app.studio.sessions();
    match fields.session {
        Some(session) => {
            let session = SessionId::parse(&session).ok_or_else(Oops::not_found)?;
            sessions.end_of_account(&account, Ending::One(&session)).await?;
        }
        None => sessions.end_of_account(&account, Ending::AllBut(here)).await?,
    }
    Ok(visit.go("/account/sessions"))
}
