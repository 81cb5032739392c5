//! `/sign-in/link/{token}`: the link of a mail. In the browser that asked for it, it signs in at once;
//! in any other one a button is pressed first, so that a mail scanner that follows links uses nothing up.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::html;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::pages::usage;
use crate::visit::{App, Visit};

/// GET: signs in the browser that waits, asks every other one.
pub(crate) async fn show(state: State<App>, visit: Visit, token: Path<String>) -> Result<Response, Oops> {
    if visit.waiting.is_some() {
        return send(state, visit, token).await;
    }
    let body = html! {
        div.wrap.narrow {
            form.sheet.stack method="post" action=(visit.to(&format!("/sign-in/link/{}", token.0))) data-once {
                p { (visit.text("link-explain")) }
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
    let who = app.studio.accounts().open_link(&token, secret, &visit.client()).await?;
    let next = visit.waiting.as_ref().and_then(|waiting| waiting.next.as_deref());
    usage::entered(&app, &visit, &who).await;
    Ok(super::enter(&app, &visit, &who, next))
}
