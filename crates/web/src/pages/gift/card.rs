//! GET `/gift/mine/{gift}/card`: the card, to be printed and cut out. Printing leaves everything else away.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::html;
use studio::gifts::Standing;

use super::{found, last_day, title_of};
use crate::drawings;
use crate::frame::Frame;
use crate::oops::Oops;
use crate::visit::{App, Customer, Visit};

/// The card. Where the pass is good for nothing there is none.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(gift): Path<String>,
) -> Result<Response, Oops> {
    let gift = found(&app, &account, &gift).await?;
    let Some(code) = gift.code.as_deref().filter(|_| gift.standing == Standing::Good) else {
        return Ok(visit.go(&format!("/gift/mine/{}", gift.id)));
    };
    let title = title_of(&app, &visit, gift.film.as_deref());
    let until = last_day(&visit, gift.expires_at_ms);
    let site = visit.options.public_url.as_str();
    let body = html! {
        div.wrap.narrow.stack {
            p.hint.not-printed { (visit.text("gift-card-hint")) }
            article.gift-card aria-label=(visit.text("gift-card")) {
                div.gift-picture aria-hidden="true" { (drawings::playbill()) }
                div.stack.tight {
                    p.gift-title { (visit.language.with("gift-card-for", &[("title", title.into())])) }
                    @for line in gift.message.lines() { p dir="auto" { (line) } }
                    p.gift-giver dir="auto" { bdi { (gift.giver) } }
                }
                div.gift-cut {
                    p { (visit.language.with("gift-card-how", &[("address", format!("{site}/gift").into())])) }
                    p.gift-code dir="ltr" translate="no" { (code) }
                    p.hint { (visit.language.with("gift-until", &[("date", until.into())])) }
                }
            }
            p.not-printed { a href=(visit.to(&format!("/gift/mine/{}", gift.id))) { (visit.text("gift-card-back")) } }
        }
    };
    Ok(Frame::new(&visit, &visit.text("gift-card")).class("small-title").page(body))
}
