//! `/create/{slug}/till`: what it costs, and paying. The embedded till takes no money and says so.
//! Pressing twice pays once; after paying, this address leads to the film. A till that is connected has its own page:
//! pressing leads there.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use policy::Subject;
use policy::derive::csp;
use serde::Deserialize;
use studio::AccountId;
use studio::marketing::AtTill;
use studio::orders::{OrderId, OrderView};
use studio::till::{Outcome, Settled, TillMode};

use super::{Draft, Instead, draft, frame};
use crate::oops::{Oops, words_of};
use crate::paper::fields::{Line, Wrong, summary, tick};
use crate::paper::heroes;
use crate::paper::path::Step;
use crate::visit::{App, Customer, Visit};

/// What the page sent, to pay with money or with the code of a gift pass.
#[derive(Deserialize, Default)]
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
    /// The code of a gift pass, as typed.
    #[serde(default)]
    code: String,
}

/// GET: the bill. Who has a step left to do is sent there.
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
    page(&app, &visit, &account, &draft, &Fields::default(), &Wrong::new(), StatusCode::OK).await
}

/// POST: settles the order.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(slug): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Instead> {
    let order = OrderId::parse(&fields.order).ok_or_else(Oops::not_found)?;
    let outcome = fields.outcome.unwrap_or(Outcome::Pay);
    // Whoever has typed a code means to pay with it, whichever button they press.
    if matches!(outcome, Outcome::Pay) && !fields.code.trim().is_empty() {
        return redeem(State(app), visit, Customer(account), Path(slug), Form(fields)).await;
    }
    let settled = app.studio.till().settle(&account, &order, &fields.pay_key, outcome).await;
    if matches!(settled, Ok(Settled::Paid(_) | Settled::AtPage(_) | Settled::Waiting(_))) {
        remember(&app, &visit, &account, &fields).await;
    }
    let refused = match settled {
        Ok(Settled::Paid(order)) => return Ok(to_film(&visit, &order)),
        Ok(Settled::AtPage(url)) => return onto(&app, &visit, &account, &slug, &url).await,
        Ok(Settled::Waiting(_)) => return Ok(visit.go(&format!("/create/{slug}/till/wait"))),
        Ok(Settled::Abandoned(_)) => return Ok(visit.go(&format!("/films/{slug}"))),
        Ok(Settled::Declined(_)) => (StatusCode::PAYMENT_REQUIRED, visit.text("till-declined")),
        Err(error) if matches!(error.code(), "order-incomplete" | "order-changed") => {
            (crate::oops::status_of(&error), words_of(visit.language, &error))
        }
        Err(error) => return Err(error.into()),
    };
    let draft = draft(&app, &visit, &account, &slug).await?;
    page(&app, &visit, &account, &draft, &fields, &vec![("", refused.1)], refused.0).await
}

/// POST `/create/{slug}/till/pass`: pays with the code of a gift pass.
pub(crate) async fn redeem(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(slug): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Instead> {
    let order = OrderId::parse(&fields.order).ok_or_else(Oops::not_found)?;
    let (gifts, client) = (app.studio.gifts(), visit.client());
    let error = match gifts.redeem(&account, &order, &fields.pay_key, &fields.code, &client).await {
        Ok(order) => {
            // Who pays with a pass is no customer by that: boxes that were left alone say nothing here.
            if fields.marketing.is_some() || fields.objects.is_some() {
                remember(&app, &visit, &account, &fields).await;
            }
            return Ok(to_film(&visit, &order));
        }
        Err(error) => error,
    };
    let field = match error.code() {
        "order-incomplete" | "order-changed" | "order-being-paid" => "",
        "too-many-codes" => "code",
        code if code.starts_with("pass-") => "code",
        _ => return Err(error.into()),
    };
    let draft = draft(&app, &visit, &account, &slug).await?;
    let wrong = vec![(field, words_of(visit.language, &error))];
    page(&app, &visit, &account, &draft, &fields, &wrong, crate::oops::status_of(&error)).await
}

/// On to the film that a paid order became.
fn to_film(visit: &Visit, order: &OrderView) -> Response {
    match &order.made {
        Some(film) => visit.go(&format!("/minitube/{film}")),
        None => visit.go("/minitube"),
    }
}

/// Sends on to the till's own page, where a form may lead there: where the policy says, and nowhere else.
pub(in crate::pages) fn straight_to(app: &App, visit: &Visit, url: &str) -> Option<Response> {
    let allowed = visit.consent.decision.allowed;
    let sources = csp::sources(&visit.policy, visit.page(), app.studio.switched_on(), allowed);
    let lies_in =
        |source: &String| url.strip_prefix(source.as_str()).is_some_and(|rest| rest.starts_with('/'));
    sources.form.iter().any(lies_in).then(|| Redirect::to(url).into_response())
}

/// Sends on to the till's own page; to one that no form may lead to the visitor follows a link.
async fn onto(
    app: &App,
    visit: &Visit,
    account: &AccountId,
    slug: &str,
    url: &str,
) -> Result<Response, Instead> {
    if let Some(answer) = straight_to(app, visit, url) {
        return Ok(answer);
    }
    let draft = draft(app, visit, account, slug).await?;
    let (frame, path) = frame(visit, &draft, Step::Till, &visit.text("till-title"));
    let body = html! {
        div.wrap.narrow.stack {
            (path)
            p { (visit.text("till-onto-words")) }
            div { a.button.big href=(url) rel="noreferrer" { (visit.text("till-onto")) } }
        }
    };
    Ok(frame.page(body))
}

/// What was said about mail at the till. Whatever happens here does not touch the order.
async fn remember(app: &App, visit: &Visit, account: &AccountId, fields: &Fields) {
    let said = AtTill {
        agrees: fields.marketing.clone(),
        was_told: fields.customer.is_some(),
        objects: fields.objects.is_some(),
    };
    if let Err(error) = app.studio.marketing().said_at_till(account, &said, visit.consent.country).await {
        tracing::warn!(code = error.code(), "what was said about mail at the till could not be kept");
    }
}

/// `typed`: what was filled in before, which stays.
async fn page(
    app: &App,
    visit: &Visit,
    account: &AccountId,
    draft: &Draft,
    typed: &Fields,
    wrong: &Wrong,
    status: StatusCode,
) -> Result<Response, Instead> {
    let asks_about_mail = app.studio.marketing().asks_at_till(account).await?;
    // A payment is under way already.
    let waiting = app.studio.till().is_waiting(account, &draft.order.id).await?;
    let price = visit.language.money(draft.order.price.cents.into(), &draft.order.price.currency);
    let title = draft.title(visit);
    let names = heroes::of_order(visit.language, &draft.order).unwrap_or_default();
    let mode = app.studio.till().mode();
    let is_test = mode == TillMode::NoMoney;
    let language = visit.language.code();
    let (news, customer) =
        (visit.policy.wording(Subject::Marketing), visit.policy.wording(Subject::Customer));
    let nothing = Wrong::new();
    let boxes = html! {
        @if asks_about_mail {
            (tick("marketing", news.in_language(language), &news.version, typed.marketing.is_some(), false, &nothing))
            @if app.studio.marketing().tells_customers(visit.consent.country) {
                input type="hidden" name="customer" value=(customer.version);
                (tick("objects", customer.in_language(language), &customer.version, typed.objects.is_some(), false, &nothing))
            }
        }
    };
    let code = Line {
        hint: Some(visit.text("gift-code-hint")),
        longest: Some(60),
        required: false,
        ..Line::new("code", visit.text("gift-code"), &typed.code)
    };
    let (frame, path) = frame(visit, draft, Step::Till, &visit.text("till-title"));
    let body = html! {
        div.wrap.narrow.stack {
            (path)
            (summary(visit, wrong))
            @if is_test { div.notice { h2 { (visit.text("till-test")) } p { (visit.text("till-test-words")) } } }
            @if mode == TillMode::TestMode { div.notice { p { (visit.text("till-rehearsal")) } } }
            @if waiting {
                div.notice { p { (visit.text("till-under-way")) " " a href=(visit.to(&draft.to("till/wait"))) { (visit.text("till-wait-title")) } } }
            }
            section.ticket.stack {
                dl.bill {
                    dt { (visit.language.with("till-film", &[("title", title.into())])) } dd { (price) }
                    dt { (visit.text("till-for")) } dd { bdi { (names) } }
                    dt.total { (visit.text("till-total")) } dd.total { (price) }
                }
                form.stack method="post" action=(visit.to(&draft.to("till"))) data-once {
                    input type="hidden" name="order" value=(draft.order.id);
                    input type="hidden" name="pay_key" value=(draft.order.pay_key);
                    // Enter presses the first button of a form: in this field it tries the code, and takes no money.
                    div.stack.tight {
                        h2 { (visit.text("gift-have")) }
                        (code.show(wrong))
                        div { button.button.quiet formaction=(visit.to(&draft.to("till/pass"))) { (visit.text("gift-redeem")) } }
                    }
                    (boxes)
                    button.button.big.wide name="outcome" value="pay" {
                        @if is_test { (visit.text("till-pay-test")) } @else { span { (visit.language.with("till-pay", &[("price", price.clone().into())])) } }
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
    Ok(frame.status(status).page(body))
}
