//! `/desk/enquiries`: what people wrote to us, what goes first on top, each with the day its answer is due.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::html;
use studio::enquiries::EnquiryId;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::paper::action;
use crate::visit::{App, Visit};

/// The most that are listed.
const LISTED: u64 = 200;

/// GET: what waits for an answer.
pub(crate) async fn list(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    let open = app.studio.enquiries().open(LISTED).await?;
    let now_ms = app.studio.now_ms();
    let body = html! {
        div.wrap.narrow.stack {
            @if open.is_empty() { p { (visit.text("desk-none")) } }
            ul.things { @for enquiry in &open {
                li.sheet.flat {
                    h2 { a href=(visit.to(&format!("/desk/enquiries/{}", enquiry.id))) { (visit.text(&format!("contact-kind-{}", enquiry.kind.word()))) } }
                    p { @if enquiry.priority { strong { (visit.text("desk-enquiry-first")) } " · " } (visit.text("desk-enquiry-due")) " " (visit.day(enquiry.due_at_ms)) }
                    @if enquiry.due_at_ms < now_ms { p.wrong-words { (visit.text("desk-enquiry-overdue")) } }
                }
            } }
        }
    };
    Ok(Frame::new(&visit, &visit.text("desk-enquiries")).class("small-title").page(body))
}

/// GET `/desk/enquiries/{enquiry}`: one of them.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(enquiry): Path<String>,
) -> Result<Response, Oops> {
    let enquiry =
        app.studio.enquiries().get(&EnquiryId::parse(&enquiry).ok_or_else(Oops::not_found)?).await?;
    let body = html! {
        div.wrap.narrow.stack {
            article.sheet.stack.tight {
                p { a href={ "mailto:" (enquiry.email) } { bdi { (enquiry.email) } } }
                div.mail-text dir="auto" { (enquiry.message) }
                p.hint { (visit.text("desk-enquiry-due")) " " (visit.day(enquiry.due_at_ms)) }
            }
            (action(&visit, &format!("/desk/enquiries/{}", enquiry.id), "button", &visit.text("desk-enquiry-close")))
            p { a href=(visit.to("/desk/enquiries")) { (visit.text("desk-enquiries")) } }
        }
    };
    let title = visit.text(&format!("contact-kind-{}", enquiry.kind.word()));
    Ok(Frame::new(&visit, &title).class("small-title").page(body))
}

/// POST: it was answered.
pub(crate) async fn close(
    State(app): State<App>,
    visit: Visit,
    Path(enquiry): Path<String>,
) -> Result<Response, Oops> {
    app.studio.enquiries().close(&EnquiryId::parse(&enquiry).ok_or_else(Oops::not_found)?).await?;
    Ok(visit.go("/desk/enquiries"))
}
