//! `/desk/disputes`: payments that a parent's bank wants back. They are answered at the till's own place; here stands
//! which there are, and which were answered.

use axum::extract::{Form, State};
use axum::response::Response;
use maud::html;
use serde::Deserialize;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// What was done.
#[derive(Deserialize)]
pub(crate) struct Fields {
    /// The dispute that was answered.
    answered: Option<String>,
}

/// GET: the list.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    let disputes = app.studio.till().disputes().await?;
    let body = html! {
        div.wrap.stack {
            p { (visit.text("disputes-words")) }
            section.sheet {
                @if disputes.is_empty() { p.soft { (visit.text("desk-none")) } }
                ul.things { @for dispute in &disputes {
                    li { form.stack.tight method="post" action=(visit.to("/desk/disputes")) data-once {
                        p {
                            strong { (visit.language.money(dispute.amount_minor, &dispute.currency)) }
                            " · " (dispute.reason) " · " (visit.day(dispute.heard_at_ms)) " · " code { (dispute.id) }
                        }
                        @if dispute.is_inquiry { p { (visit.text("disputes-inquiry")) } }
                        @match dispute.answered_at_ms {
                            Some(at_ms) => p.soft { (visit.text("disputes-answered")) " · " (visit.day(at_ms)) },
                            None => div { button.button.quiet name="answered" value=(dispute.id) { (visit.text("disputes-mark")) } },
                        }
                    } }
                } }
            }
        }
    };
    Ok(Frame::new(&visit, &visit.text("disputes-title")).class("small-title").page(body))
}

/// POST: notes that one was answered.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let answered = fields.answered.ok_or_else(Oops::not_found)?;
    app.studio.till().answered(&answered).await?;
    Ok(visit.go("/desk/disputes"))
}
