//! `/contact/confirm/{token}`: whoever asked us for something about data says that the request is theirs, or that it is
//! not. The page names the request by its kind and day, as the mail with the link does, and says the same whether or not
//! there is an account.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use serde::Deserialize;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// What was answered.
#[derive(Deserialize)]
pub(crate) struct Fields {
    /// `yes` or `no`; anything else is no answer.
    mine: Option<String>,
}

/// GET: the question; mail programs that open links by themselves answer nothing.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Oops> {
    question(&app, &visit, &token, StatusCode::OK).await
}

/// POST: it is theirs, or it is not. Without an answer it is asked again.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let enquiries = app.studio.enquiries();
    let done = match fields.mine.as_deref() {
        Some("yes") => {
            enquiries.confirm(&token).await?;
            visit.text("whose-done")
        }
        Some("no") => {
            let late = enquiries.deny(&token).await?;
            visit.text(if late { "whose-not-done-late" } else { "whose-not-done" })
        }
        _ => return question(&app, &visit, &token, StatusCode::UNPROCESSABLE_ENTITY).await,
    };
    let body = html! {
        div.wrap.narrow.stack { div.notice role="status" { p { (done) } } }
    };
    Ok(Frame::new(&visit, &visit.text("whose-title")).class("small-title").page(body))
}

/// Both answers weigh the same: nobody is led to one.
async fn question(app: &App, visit: &Visit, token: &str, status: StatusCode) -> Result<Response, Oops> {
    let request = app.studio.enquiries().of_link(token).await?;
    let kind = request.what(visit.language.code());
    let day = visit.day(request.came_at_ms);
    let question = visit.language.with("whose-question", &[("date", day.into()), ("kind", kind.into())]);
    let body = html! {
        div.wrap.narrow {
            form.sheet.stack method="post" action=(visit.to(&format!("/contact/confirm/{token}"))) data-once {
                p.lead { (question) }
                p { (visit.text("whose-care")) }
                div.row.answers {
                    button.button.quiet name="mine" value="yes" { (visit.text("whose-button")) }
                    button.button.quiet name="mine" value="no" { (visit.text("whose-not-button")) }
                }
            }
        }
    };
    Ok(Frame::new(visit, &visit.text("whose-title")).class("small-title").status(status).page(body))
}
