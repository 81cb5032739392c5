//! GET `/create/{slug}/stills`: a look at the film with the child in it, before anything is paid.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::html;

use super::{Instead, draft, frame, onward};
use crate::paper::heroes;
use crate::paper::path::Step;
use crate::visit::{App, Customer, Visit};

/// The stills. Who has a step left to do is sent there.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(slug): Path<String>,
) -> Result<Response, Instead> {
    let draft = draft(&app, &visit, &account, &slug).await?;
    let open = draft.first_open();
    if open != "stills" {
        return Ok(visit.go(&draft.to(open)));
    }
    let names = heroes::of_order(visit.language, &draft.order).unwrap_or_default();
    let (frame, path) = frame(&visit, &draft, Step::Stills, &visit.text("stills-title"));
    let frame = frame.shown_title(visit.language.with("stills-title-named", &[("name", names.into())]));
    let body = html! {
        div.wrap.stack {
            (path)
            div.stills {
                @for number in 0..app.studio.orders().stills(&slug) {
                    span.mount.tilt[number % 2 == 0].tilt-2[number % 2 == 1] {
                        img src=(draft.to(&format!("stills/{number}.jpg"))) width="960" height="540"
                            alt=(visit.language.plain("stills-picture", &[("number", (number + 1).into())]));
                    }
                }
            }
            p { (visit.text("stills-words")) }
            div.row {
                (onward(&visit, &draft.to("till"), &visit.text("stills-button")))
                a.button.big.quiet href=(visit.to(&draft.to("child"))) { (visit.text("stills-change-name")) }
                a.button.big.quiet href=(visit.to(&draft.to("photo"))) { (visit.text("stills-change-photo")) }
                @if draft.takes_second() {
                    a.button.big.quiet href=(visit.to(&draft.to("second"))) {
                        (visit.text(if draft.order.second.is_some() { "stills-second" } else { "second-add" }))
                    }
                }
            }
        }
    };
    Ok(frame.page(body))
}
