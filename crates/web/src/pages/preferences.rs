//! `/preferences/{token}`: where the links of marketing mail lead. Without signing in, one button stops it all;
//! the mail program's own button (RFC 8058) posts to the same address.

use axum::extract::{Form, Path, Query, State};
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use studio::marketing::{Method, Preferences};

use crate::frame::Frame;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// What was just done.
#[derive(Deserialize)]
pub(crate) struct Done {
    done: Option<String>,
}

/// What was sent: a button of the page, or what a mail program sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    decision: Option<String>,
    #[serde(rename = "List-Unsubscribe")]
    one_click: Option<String>,
}

/// GET: how it stands, and the buttons. Opening it changes nothing: mail scanners open links too.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let found = app.studio.marketing().preferences(&token).await?;
    Ok(page(&visit, &token, &found, done.done.is_some()))
}

/// POST: stops it, or confirms what was ticked.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let marketing = app.studio.marketing();
    match fields.decision.as_deref() {
        Some("confirm") => marketing.confirm_by_link(&token).await?,
        _ => {
            let method = if fields.one_click.is_some() { Method::OneClick } else { Method::MailLink };
            marketing.stop_by_link(&token, method).await?;
        }
    }
    Ok(visit.go(&format!("/preferences/{token}?done=yes")))
}

fn page(visit: &Visit, token: &str, found: &Preferences, done: bool) -> Response {
    let state = match (found.wanted, found.unconfirmed) {
        (true, true) => "preferences-unconfirmed",
        (true, false) => "preferences-on",
        (false, _) => "preferences-off",
    };
    let button = |decision: &str, key: &str, quiet: bool| {
        html! {
            form method="post" action=(visit.to(&format!("/preferences/{token}"))) data-once {
                button.button.big.quiet[quiet] name="decision" value=(decision) { (visit.text(key)) }
            }
        }
    };
    let body = html! {
        div.wrap.narrow.stack {
            @if done { div.notice role="status" { p { (visit.text("preferences-saved")) } } }
            div.sheet.stack {
                p.lead { (visit.text(state)) }
                p { (visit.text("preferences-words")) }
                div.row {
                    @if found.unconfirmed { (button("confirm", "preferences-confirm", false)) }
                    @if found.wanted { (button("stop", "preferences-stop", found.unconfirmed)) }
                }
            }
        }
    };
    Frame::new(visit, &visit.text("preferences-title")).class("small-title").page(body)
}
