//! `/contact/confirm/{token}`: whoever asked us for something about data says that the request is theirs. The page
//! says the same whether or not there is an account.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::html;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// GET: the question; mail programs that open links by themselves answer nothing.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Oops> {
    app.studio.enquiries().check_link(&token).await?;
    let body = html! {
        div.wrap.narrow {
            form.sheet.stack method="post" action=(visit.to(&format!("/contact/confirm/{token}"))) data-once {
                p.lead { (visit.text("whose-question")) }
                div { button.button.big { (visit.text("whose-button")) } }
            }
        }
    };
    Ok(Frame::new(&visit, &visit.text("whose-title")).class("small-title").page(body))
}

/// POST: it is theirs.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Oops> {
    app.studio.enquiries().confirm(&token).await?;
    let body = html! {
        div.wrap.narrow.stack { div.notice role="status" { p { (visit.text("whose-done")) } } }
    };
    Ok(Frame::new(&visit, &visit.text("whose-title")).class("small-title").page(body))
}
