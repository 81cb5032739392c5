//! `/create/{slug}/till`: what it costs, and paying. The embedded till takes no money and says so.
//! Pressing twice pays once; after paying, this address leads to the film.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use policy::Subject;
use serde::Deserialize;
use studio::AccountId;
use studio::marketing::Method;
use studio::orders::OrderId;
use studio::till::{Outcome, Settled};

use super::{Draft, draft, frame};
use crate::oops::{Oops, words_of};
use crate::paper::fields::{Wrong, summary, tick};
use crate::paper::path::Step;
use crate::visit::{App, Customer, Visit};

/// What the page sent.
#[derive(Deserialize)]
pub(crate) struct Fields {
    order: String,
    pay_key: String,
    outcome: Option<Outcome>,
    /// The wording of the box that agrees to marketing mail.
    marketing: Option<String>,
    /// The box that objects to mail about similar films was shown.
    customer: Option<String>,
    /// It was ticked.
    objects: Option<String>,
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
    let undecided = app.studio.marketing().history(&account).await?.is_empty();
    Ok(page(&app, &visit, &draft, undecided, &Wrong::new(), StatusCode::OK))
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
    if matches!(settled, Ok(Settled::Paid(_))) {
        remember(&app, &visit, &account, &fields).await;
    }
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
        Ok(draft) => {
            let undecided = app.studio.marketing().history(&account).await?.is_empty();
            Ok(page(&app, &visit, &draft, undecided, &vec![("", refused.1)], refused.0))
        }
        Err(answer) => Ok(answer),
    }
}

/// What was said about mail at the till. The order is paid: whatever happens here does not touch it.
async fn remember(app: &App, visit: &Visit, account: &AccountId, fields: &Fields) {
    let (marketing, country) = (app.studio.marketing(), visit.consent.country);
    let said = match (&fields.marketing, &fields.customer, &fields.objects) {
        (Some(wording), ..) => marketing.subscribe(account, Method::Checkout, wording, country).await,
        (None, Some(_), Some(_)) => marketing.stop(account, Method::Checkout).await,
        (None, Some(_), None) if marketing.tells_customers(country) => {
            marketing.told_customer(account, country).await
        }
        _ => Ok(()),
    };
    if let Err(error) = said {
        tracing::warn!(code = error.code(), "what was said about mail at the till could not be kept");
    }
}

/// `undecided`: nothing was ever said about mail, so the boxes for that are there.
fn page(
    app: &App,
    visit: &Visit,
    draft: &Draft,
    undecided: bool,
    wrong: &Wrong,
    status: StatusCode,
) -> Response {
    let price = visit.language.money(draft.order.price.cents.into(), &draft.order.price.currency);
    let title = draft.title(visit);
    let name = draft.order.name.clone().unwrap_or_default();
    let is_test = !app.studio.till().takes_money();
    let language = visit.language.code();
    let (news, customer) =
        (visit.policy.wording(Subject::Marketing), visit.policy.wording(Subject::Customer));
    let nothing = Wrong::new();
    let boxes = html! {
        @if undecided {
            (tick("marketing", news.in_language(language), &news.version, false, false, &nothing))
            @if app.studio.marketing().tells_customers(visit.consent.country) {
                input type="hidden" name="customer" value=(customer.version);
                (tick("objects", customer.in_language(language), &customer.version, false, false, &nothing))
            }
        }
    };
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
                    (boxes)
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
