//! `/gift/stop/{token}`: where the link in a gift mail leads. One button, without signing in: no more gift mail to that
//! address.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::html;
use serde::Deserialize;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::paper::action;
use crate::visit::{App, Visit};

/// What was just done.
#[derive(Deserialize)]
pub(crate) struct Done {
    done: Option<String>,
}

/// GET: the button. Opening it changes nothing: mail scanners open links too.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    app.studio.gifts().check_refusal(&token)?;
    let here = format!("/gift/stop/{token}");
    let body = html! {
        div.wrap.narrow.stack {
            @if done.done.is_some() {
                div.notice role="status" { p { (visit.text("gift-stopped")) } }
            } @else {
                div.sheet.stack {
                    p.lead { (visit.text("gift-stop-words")) }
                    (action(&visit, &here, "button big", &visit.text("gift-stop")))
                }
            }
        }
    };
    Ok(Frame::new(&visit, &visit.text("gift-stop-title")).class("small-title").page(body))
}

/// POST: no more.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Oops> {
    app.studio.gifts().refuse(&token).await?;
    Ok(visit.go(&format!("/gift/stop/{token}?done=yes")))
}
