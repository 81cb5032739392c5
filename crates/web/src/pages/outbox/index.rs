//! GET `/outbox`: the last mails, newest first.

use axum::extract::State;
use axum::response::Response;
use maud::html;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// How many mails are listed.
const LISTED: u64 = 50;

/// The list.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    let mails = app.studio.mail().list(LISTED).await?;
    let body = html! {
        div.wrap.narrow.stack {
            @if mails.is_empty() { p { (visit.text("outbox-empty")) } }
            ul.things {
                @for mail in &mails {
                    li.sheet.flat {
                        p.hint { bdi { (mail.letter.to) } }
                        h2 { a href=(visit.to(&format!("/outbox/{}", mail.id))) dir="auto" { (mail.letter.subject) } }
                    }
                }
            }
        }
    };
    let title = visit.text("outbox-title");
    Ok(Frame::new(&visit, &title).lead(html! { (visit.text("outbox-lead")) }).class("small-title").page(body))
}
