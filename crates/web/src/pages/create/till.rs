//! `/create/{slug}/till`: what it costs, and paying. The embedded till takes no money and says so.
//! Pressing twice pays once; after paying, this address leads to the film.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use studio::orders::OrderId;
use studio::till::{Outcome, Settled};

use super::{Draft, draft, frame};
use crate::oops::{Oops, words_of};
use crate::paper::fields::{Wrong, summary};
use crate::paper::path::Step;
use crate::visit::{App, Customer, Visit};

/// What the page sent.
#[derive(Deserialize)]
pub(crate) struct Fields {
    order: String,
    pay_key: String,
    outcome: Option<Outcome>,
}

/// GET: the bill. Who has a step left to do is sent there.
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
    let open = draft.first_open();
    if open != "stills" {
        return Ok(visit.go(&draft.to(open)));
    }
    Ok(page(&app, &visit, &draft, &Wrong::new(), StatusCode::OK))
}

/// POST: settles the order.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(slug): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let order = OrderId::parse(&fields.order).ok_or_else(Oops::not_found)?;
    let outcome = fields.outcome.unwrap_or(Outcome::Pay);
    let settled = app.studio.till().settle(&account, &order, &fields.pay_key, outcome).await;
    let refused = match settled {
        Ok(Settled::Paid(order)) => {
            return Ok(match &order.made {
                Some(film) => visit.go(&format!("/minitube/{film}")),
                None => visit.go("/minitube"),
            });
        }
        Ok(Settled::Abandoned(_)) => return Ok(visit.go(&format!("/films/{slug}"))),
        Ok(Settled::Declined(_)) => (StatusCode::PAYMENT_REQUIRED, visit.text("till-declined")),
        Err(error) if matches!(error.code(), "order-incomplete" | "order-changed") => {
            (crate::oops::status_of(&error), words_of(visit.language, &error))
        }
        Err(error) => return Err(error.into()),
    };
    match draft(&app, &visit, &account, &slug).await {
        Ok(draft) => Ok(page(&app, &visit, &draft, &vec![("", refused.1)], refused.0)),
        Err(answer) => Ok(answer),
    }
}

fn page(app: &App, visit: &Visit, draft: &Draft, wrong: &Wrong, status: StatusCode) -> Response {
    let price = visit.language.money(draft.order.price.cents.into(), &draft.order.price.currency);
    let title = draft.title(visit);
    let name = draft.order.name.clone().unwrap_or_default();
    let is_test = !app.studio.till().takes_money();
    let (frame, path) = frame(visit, draft, Step::Till, &visit.text("till-title"));
    let body = html! {
        div.wrap.narrow.stack {
            (path)
            (summary(visit, wrong))
            @if is_test { div.notice { h2 { (visit.text("till-test")) } p { (visit.text("till-test-words")) } } }
            section.ticket.stack {
                dl.bill {
                    dt { (visit.language.with("till-film", &[("title", title.into())])) } dd { (price) }
                    dt { (visit.text("till-for")) } dd { bdi { (name) } }
                    dt.total { (visit.text("till-total")) } dd.total { (price) }
                }
                form.stack method="post" action=(visit.to(&draft.to("till"))) data-once {
                    input type="hidden" name="order" value=(draft.order.id);
                    input type="hidden" name="pay_key" value=(draft.order.pay_key);
                    button.button.big.wide name="outcome" value="pay" {
                        @if is_test { (visit.text("till-pay-test")) } @else { (visit.language.with("till-pay", &[("price", price.clone().into())])) }
                    }
                    div.row {
                        @if is_test { button.button.quiet name="outcome" value="decline" { (visit.text("till-decline-test")) } }
                        button.button.quiet name="outcome" value="abandon" { (visit.text("till-leave")) }
                    }
                }
                p.hint { (visit.text("till-words")) }
            }
        }
    };
    frame.status(status).page(body)
}
