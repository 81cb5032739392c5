//! `/gift/mine/{gift}/till`: what it costs, and paying: the same till as that of a film.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use studio::gifts::{Bought, Gift, Standing};
use studio::till::{Outcome, TillMode};

use super::{found, last_day, title_of};
use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::pages::create::till::straight_to;
use crate::paper::fields::{Wrong, summary};
use crate::visit::{App, Customer, Visit};

/// What was pressed.
#[derive(Deserialize)]
pub(crate) struct Fields {
    pay_key: String,
    outcome: Option<Outcome>,
}

/// GET: the bill. One that is paid leads to the pass.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(gift): Path<String>,
) -> Result<Response, Oops> {
    let gift = found(&app, &account, &gift).await?;
    if gift.standing != Standing::Unpaid {
        return Ok(visit.go(&format!("/gift/mine/{}", gift.id)));
    }
    Ok(page(&app, &visit, &gift, &Wrong::new(), StatusCode::OK))
}

/// POST: pays, or leaves.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(gift): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let gift = found(&app, &account, &gift).await?;
    let outcome = fields.outcome.unwrap_or(Outcome::Pay);
    match app.studio.gifts().pay(&account, &gift.id, &fields.pay_key, outcome).await {
        Ok(Bought::Paid | Bought::Waiting) => Ok(visit.go(&format!("/gift/mine/{}", gift.id))),
        Ok(Bought::Abandoned) => Ok(visit.go("/gift")),
        Ok(Bought::AtPage(url)) => Ok(straight_to(&app, &visit, &url).unwrap_or_else(|| onto(&visit, &url))),
        Ok(Bought::Declined) => {
            let wrong = vec![("", visit.text("gift-declined"))];
            Ok(page(&app, &visit, &gift, &wrong, StatusCode::PAYMENT_REQUIRED))
        }
        Err(error) if error.code() == "order-changed" => {
            let wrong = vec![("", words_of(visit.language, &error))];
            Ok(page(&app, &visit, &gift, &wrong, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

fn page(app: &App, visit: &Visit, gift: &Gift, wrong: &Wrong, status: StatusCode) -> Response {
    let price = visit.language.money(gift.price.cents.into(), &gift.price.currency);
    let mode = app.studio.till().mode();
    let is_test = mode == TillMode::NoMoney;
    let title = title_of(app, visit, gift.film.as_deref());
    let until = last_day(visit, gift.expires_at_ms);
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            @if is_test { div.notice { h2 { (visit.text("till-test")) } p { (visit.text("gift-till-test-words")) } } }
            @if mode == TillMode::TestMode { div.notice { p { (visit.text("till-rehearsal")) } } }
            section.ticket.stack {
                dl.bill {
                    dt { (visit.language.with("gift-bill", &[("title", title.into())])) } dd { (price) }
                    dt { (visit.text("gift-giver")) } dd { bdi { (gift.giver) } }
                    dt.total { (visit.text("till-total")) } dd.total { (price) }
                }
                form.stack method="post" action=(visit.to(&format!("/gift/mine/{}/till", gift.id))) data-once {
                    input type="hidden" name="pay_key" value=(gift.pay_key);
                    button.button.big.wide name="outcome" value="pay" {
                        @if is_test { (visit.text("gift-pay-test")) } @else { span { (visit.language.with("gift-pay", &[("price", price.clone().into())])) } }
                    }
                    div.row {
                        @if is_test { button.button.quiet name="outcome" value="decline" { (visit.text("till-decline-test")) } }
                        button.button.quiet name="outcome" value="abandon" { (visit.text("till-leave")) }
                    }
                }
                p.hint { (visit.language.with("gift-till-words", &[("date", until.into())])) }
            }
        }
    };
    Frame::new(visit, &visit.text("gift-till-title")).class("small-title").status(status).page(body)
}

/// The link to the till's own page.
fn onto(visit: &Visit, url: &str) -> Response {
    let body = html! {
        div.wrap.narrow.stack {
            p { (visit.text("till-onto-words")) }
            div { a.button.big href=(url) rel="noreferrer" { (visit.text("till-onto")) } }
        }
    };
    Frame::new(visit, &visit.text("gift-till-title")).class("small-title").page(body)
}
