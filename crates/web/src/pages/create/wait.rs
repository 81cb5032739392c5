//! GET `/create/{slug}/till/wait`: where the till's own page sends back to. Coming here proves nothing: the page waits
//! until the till has said that the order is paid, and then leads to the film.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use maud::html;

use super::{draft, frame};
use crate::oops::Oops;
use crate::paper::path::Step;
use crate::visit::{App, Customer, Visit};

/// The page loads itself again after so many seconds, with or without JavaScript.
const REFRESH_S: &str = "3";

/// The page. Where nothing is under way, the visitor is sent to the till.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(slug): Path<String>,
) -> Result<Response, Oops> {
    let draft = match draft(&app, &visit, &account, &slug).await {
        Ok(draft) => draft,
        Err(answer) => return Ok(answer),
    };
    if !app.studio.till().is_waiting(&account, &draft.order.id).await? {
        return Ok(visit.go(&draft.to("till")));
    }
    let (frame, path) = frame(&visit, &draft, Step::Till, &visit.text("till-wait-title"));
    let body = html! {
        div.wrap.narrow.stack {
            (path)
            div.notice role="status" { p { (visit.text("till-wait-words")) } }
            p { (visit.text("till-wait-unpaid")) }
            div { a.button.quiet href=(visit.to(&draft.to("till"))) { (visit.text("till-wait-back")) } }
        }
    };
    let mut answer = frame.page(body);
    answer.headers_mut().insert(header::REFRESH, HeaderValue::from_static(REFRESH_S));
    Ok(answer)
}
