//! `/account/orders`: what was paid for, with what, and what came back. To keep or to print.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use studio::orders::{Back, Paid, Receipt, Thing};

use crate::frame::Frame;
use crate::oops::Oops;
use crate::pages::{films, gift};
use crate::paper::heroes;
use crate::visit::{App, Customer, Visit};

/// GET: the list.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
) -> Result<Response, Oops> {
    let receipts = app.studio.orders().receipts(&account).await?;
    let body = html! {
        div.wrap.narrow.stack {
            @if !app.studio.till().mode().is_live() { div.notice { p { (visit.text("receipts-test")) } } }
            @if receipts.is_empty() {
                div.sheet { p { (visit.text("receipts-none")) } p { a href=(visit.to("/films")) { (visit.text("nav-films")) } } }
            }
            ul.things { @for receipt in &receipts { li.sheet.flat.stack.tight { (one(&app, &visit, receipt)) } } }
            p.not-printed { a href=(visit.to("/account")) { (visit.text("account-title")) } }
        }
    };
    let frame =
        Frame::new(&visit, &visit.text("receipts-title")).lead(html! { (visit.text("receipts-words")) });
    Ok(frame.class("small-title").page(body))
}

fn one(app: &App, visit: &Visit, receipt: &Receipt) -> Markup {
    let (title, names, link) = match &receipt.thing {
        Thing::Film { slug, name, second, made } => (
            films::title_of(app, visit, slug),
            name.as_deref().map(|first| heroes::names(visit.language, first, second.as_deref())),
            made.as_ref().map(|film| (format!("/minitube/{film}"), "library-watch")),
        ),
        Thing::Gift { film, gift } => (
            visit
                .language
                .plain("gift-bill", &[("title", gift::title_of(app, visit, film.as_deref()).into())]),
            None,
            Some((format!("/gift/mine/{gift}"), "gift-open")),
        ),
    };
    let price = match &receipt.paid {
        Paid::Money(price) => price.in_words(visit.language.code()),
        Paid::Pass => visit.text("receipts-pass"),
        Paid::Nothing => visit.text("receipts-free"),
    };
    html! {
        h2 { bdi { (title) } }
        dl.facts {
            @if let Some(names) = names { div { dt { (visit.text("till-for")) } dd { bdi { (names) } } } }
            div { dt { (visit.text("receipts-paid")) } dd { (price) " · " (visit.day(receipt.paid_at_ms)) } }
            @if let Some(back) = &receipt.back {
                div { dt { (visit.text("receipts-back")) } dd {
                    @match back {
                        Back::OnItsWay => (visit.text("receipts-back-soon")),
                        Back::Since(at_ms) => (visit.day(*at_ms)),
                    }
                } }
            }
            div { dt { (visit.text("receipts-number")) } dd { bdi.number translate="no" { (receipt.number) } } }
        }
        @if let Some((path, words)) = link { p.not-printed { a href=(visit.to(&path)) { (visit.text(words)) } } }
    }
}
