//! `/desk/orders`: orders that were paid, found by what a customer names; one of them with what became of it; giving its
//! money back, and making its film again, each with a reason that its owner reads. Nothing personal of it is shown.

use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::desk::{Act, Done, Event, OrderLine, OrderPage, OrderShown};
use studio::films::Again;
use studio::gifts::Sold;
use studio::looks::{REASON_CHARS_MAX, REASON_CHARS_MIN};
use studio::orders::{OrderId, OrderState};

use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::pages::{films, gift};
use crate::paper::fields::{Line, Wrong, summary};
use crate::visit::{App, AtDesk, Visit};

/// The states that orders are looked for by, by the words of the address.
const STATES: [(&str, OrderState); 5] = [
    ("paid", OrderState::Paid),
    ("making", OrderState::Making),
    ("done", OrderState::Done),
    ("failed", OrderState::Failed),
    ("refunded", OrderState::Refunded),
];
/// What is made again, by the words of the form.
const AGAIN: [(&str, Again); 2] = [("given-up", Again::GivenUp), ("personal", Again::Personal)];

/// What is looked for.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    number: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    before: String,
}

/// What is to be done, and why.
#[derive(Deserialize, Default)]
pub(crate) struct Fields {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    which: String,
    #[serde(default)]
    revision: i32,
}

/// GET: the list; or on to the order with the number that was typed.
pub(crate) async fn list(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    let desk = app.studio.desk();
    if !asked.number.trim().is_empty()
        && let Some(found) = desk.find_order(&who, &asked.number).await?
    {
        return Ok(visit.go(&format!("/desk/orders/{found}")));
    }
    let sold = match asked.number.trim() {
        "" => None,
        number => desk.find_gift(&who, number).await?,
    };
    let mut wrong = Wrong::new();
    if !asked.number.trim().is_empty() && sold.is_none() {
        wrong.push(("number", visit.text("orders-none")));
    }
    let state = STATES.iter().find(|(word, _)| *word == asked.state).map(|(_, state)| *state);
    let page = desk.orders(&who, state, OrderId::parse(&asked.before).as_ref()).await?;
    Ok(listed(&app, &visit, &asked, sold.as_ref(), &page, &wrong))
}

fn listed(
    app: &App,
    visit: &Visit,
    asked: &Asked,
    sold: Option<&Sold>,
    page: &OrderPage,
    wrong: &Wrong,
) -> Response {
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let by_state = |word: &str| {
        if word.is_empty() { "/desk/orders".into() } else { format!("/desk/orders?state={word}") }
    };
    let number = Line {
        hint: Some(visit.text("orders-number-hint")),
        longest: Some(200),
        ..Line::new("number", visit.text("orders-number"), &asked.number)
    };
    let body = html! {
        div.wrap.stack {
            (summary(visit, wrong))
            form.sheet.stack method="get" action=(visit.to("/desk/orders")) role="search" {
                (number.show(wrong))
                div { button.button { (visit.text("orders-find")) } }
            }
            @if let Some(sold) = sold {
                section.sheet.flat.stack.tight aria-labelledby="sold" {
                    h2 id="sold" { (visit.text("gifts-title")) }
                    p role="status" { (gift::title_of(app, visit, sold.film.as_deref())) " · " (gift::standing(visit, sold.standing)) }
                    p.soft { (visit.language.money(sold.price.cents.into(), &sold.price.currency)) " · " (visit.moment(sold.paid_at_ms)) }
                }
            }
            nav.row aria-label=(visit.text("orders-by-state")) {
                a.button.quiet.small href=(visit.to(&by_state(""))) aria-current=[asked.state.is_empty().then_some("page")] { (visit.text("orders-all")) }
                @for (word, _) in STATES {
                    a.button.quiet.small href=(visit.to(&by_state(word))) aria-current=[(asked.state == word).then_some("page")] { (visit.text(&format!("state-{word}"))) }
                }
            }
            section.sheet aria-labelledby="orders" {
                h2 id="orders" { (visit.text("desk-orders")) }
                @if page.lines.is_empty() { p.soft { (visit.text("desk-none")) } } @else {
                    div.scroller tabindex="0" role="region" aria-labelledby="orders" { table {
                        thead { tr {
                            th { (visit.text("orders-number")) } th { (visit.text("desk-film")) } th { (visit.text("orders-state")) }
                            th.number { (visit.text("orders-amount")) } th { (visit.text("order-paid")) }
                        } }
                        tbody { @for line in &page.lines { tr {
                            th scope="row" { a href=(visit.to(&format!("/desk/orders/{}", line.id))) { code { (line.id) } } }
                            td { (films::title_of(app, visit, &line.film)) }
                            td { (state(visit, line.state)) }
                            td.number { (amount(visit, line)) }
                            td { (line.paid_at_ms.map_or_else(|| visit.text("orders-not-kept"), |at_ms| visit.moment(at_ms))) }
                        } } }
                    } }
                }
            }
            @if let Some(older) = &page.older {
                p { a.button.quiet href=(visit.to(&format!("/desk/orders?state={}&before={older}", asked.state))) rel="next" { (visit.text("orders-older")) } }
            }
            p { a href=(visit.to("/desk")) { (visit.text("desk-title")) } }
        }
    };
    Frame::new(visit, &visit.text("orders-title")).class("small-title").status(status).page(body)
}

/// GET `/desk/orders/{order}`: one of them.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
    Path(order): Path<String>,
) -> Result<Response, Oops> {
    let shown = app.studio.desk().order(&who, &id(&order)?).await?;
    let line = &shown.line;
    let to = |part: &str| visit.to(&format!("/desk/orders/{}/{part}", line.id));
    let body = html! {
        div.wrap.narrow.stack {
            (facts(&app, &visit, line))
            @if shown.is_disputed { div.notice.bad { p { (visit.text("order-disputed")) " " a href=(visit.to("/desk/disputes")) { (visit.text("disputes-title")) } } } }
            section.sheet aria-labelledby="events" {
                h2 id="events" { (visit.text("order-events")) }
                ol.things { @for (event, at_ms) in &shown.events {
                    li { strong { (event_words(&visit, *event)) } " · " (visit.moment(*at_ms)) }
                } }
                @if line.state == OrderState::Failed { p { (visit.text("order-going-back")) } }
                @if let Some(problem) = &shown.problem { p { (visit.text("order-till-says")) " " (problem) } }
            }
            section.sheet aria-labelledby="troubles" {
                h2 id="troubles" { (visit.text("desk-failures")) }
                @if shown.troubles.is_empty() { p.soft { (visit.text("desk-none")) } }
                ul { @for trouble in &shown.troubles {
                    li {
                        (visit.text("desk-shot")) " " (trouble.place + 1) " · "
                        (visit.language.with("processors-tries", &[("number", u64::from(trouble.failures).into())]))
                        @if trouble.given_up { " · " strong { (visit.text("desk-given-up")) } }
                    }
                } }
            }
            (log(&visit, &shown.done))
            div.row {
                @if shown.may_refund { a.button.quiet href=(to("refund")) { (visit.text("order-refund")) } }
                @if !shown.again.is_empty() { a.button.quiet href=(to("again")) { (visit.text("order-again")) } }
            }
            p { a href=(visit.to("/desk/orders")) { (visit.text("orders-title")) } }
        }
    };
    Ok(Frame::new(&visit, &visit.text("order-title")).class("small-title").page(body))
}

/// GET `/desk/orders/{order}/refund`: what that means, and the reason.
pub(crate) async fn ask_refund(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
    Path(order): Path<String>,
) -> Result<Response, Oops> {
    let shown = app.studio.desk().order(&who, &id(&order)?).await?;
    Ok(form(&app, &visit, &shown, Act::Refund, &Fields::default(), &Wrong::new(), StatusCode::OK))
}

/// POST: gives it back.
pub(crate) async fn refund(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
    Path(order): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let id = id(&order)?;
    let done = app.studio.desk().refund(&who, &id, &fields.reason).await;
    match done {
        Ok(()) => Ok(visit.go(&format!("/desk/orders/{id}"))),
        Err(error) if is_for_the_form(error.code()) => {
            let shown = app.studio.desk().order(&who, &id).await?;
            let wrong = vec![field_of(&visit, &error)];
            Ok(form(&app, &visit, &shown, Act::Refund, &fields, &wrong, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

/// GET `/desk/orders/{order}/again`: what can be made again, and the reason.
pub(crate) async fn ask_again(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
    Path(order): Path<String>,
) -> Result<Response, Oops> {
    let shown = app.studio.desk().order(&who, &id(&order)?).await?;
    let fields = Fields { revision: shown.revision, ..Fields::default() };
    Ok(form(&app, &visit, &shown, Act::MakeAgain, &fields, &Wrong::new(), StatusCode::OK))
}

/// POST: makes it again.
pub(crate) async fn again(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
    Path(order): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let id = id(&order)?;
    let which = AGAIN.iter().find(|(word, _)| *word == fields.which).map(|(_, which)| *which);
    let which = which.ok_or_else(Oops::not_found)?;
    let done = app.studio.desk().make_again(&who, &id, which, fields.revision, &fields.reason).await;
    match done {
        Ok(()) => Ok(visit.go(&format!("/desk/orders/{id}"))),
        Err(error) if is_for_the_form(error.code()) => {
            let shown = app.studio.desk().order(&who, &id).await?;
            let wrong = vec![field_of(&visit, &error)];
            Ok(form(&app, &visit, &shown, Act::MakeAgain, &fields, &wrong, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Errors that are said on the form itself.
fn is_for_the_form(code: &str) -> bool {
    matches!(
        code,
        "reason-short" | "reason-long" | "nothing-given-up" | "photo-gone" | "film-older" | "order-disputed"
    )
}

/// Beside which field an error is said, and its words.
fn field_of(visit: &Visit, error: &studio::Error) -> (&'static str, String) {
    let field = if error.code().starts_with("reason-") { "reason" } else { "" };
    (field, words_of(visit.language, error))
}

fn form(
    app: &App,
    visit: &Visit,
    shown: &OrderShown,
    act: Act,
    fields: &Fields,
    wrong: &Wrong,
    status: StatusCode,
) -> Response {
    let line = &shown.line;
    let here = format!("/desk/orders/{}", line.id);
    let (title, part, is_open) = match act {
        Act::Refund => (visit.text("order-refund"), "refund", shown.may_refund),
        Act::MakeAgain => (visit.text("order-again"), "again", !shown.again.is_empty()),
    };
    let problem = wrong.iter().find(|(field, _)| *field == "reason").map(|(_, words)| words.as_str());
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            (facts(app, visit, line))
            @if is_open {
                form.sheet.stack method="post" action=(visit.to(&format!("{here}/{part}"))) data-once {
                    @match act {
                        Act::Refund => {
                            @if shown.is_by_pass { p { (visit.text("order-refund-pass")) } }
                            @else { p { (visit.language.with("order-refund-words", &[("amount", amount(visit, line).into())])) } }
                        }
                        Act::MakeAgain => {
                            p { (visit.text("order-again-words")) }
                            input type="hidden" name="revision" value=(fields.revision);
                            (which(visit, &shown.again, &fields.which))
                        }
                    }
                    div.field.wrong[problem.is_some()] {
                        label for="reason" { (visit.text("order-reason")) }
                        @if let Some(problem) = problem { p.wrong-words id="reason-wrong" { (problem) } }
                        textarea.input id="reason" name="reason" rows="3" required dir="auto" minlength=(REASON_CHARS_MIN) maxlength=(REASON_CHARS_MAX)
                            aria-invalid=[problem.map(|_| "true")] aria-describedby=[problem.map(|_| "reason-wrong")] { (fields.reason) }
                    }
                    div { button.button { (title) } }
                }
            } @else { div.notice { p { (visit.text("order-not-now")) } } }
            p { a href=(visit.to(&here)) { (visit.text("order-back")) } }
        }
    };
    Frame::new(visit, &title).class("small-title").status(status).page(body)
}

/// What is made again: what is best for the family first.
fn which(visit: &Visit, again: &[Again], chosen: &str) -> Markup {
    let first = AGAIN.iter().find(|(_, which)| again.first() == Some(which)).map_or("", |(word, _)| *word);
    let chosen = if chosen.is_empty() { first } else { chosen };
    html! {
        fieldset.answers role="radiogroup" {
            legend { (visit.text("order-again-which")) }
            @for (word, which) in AGAIN { @if again.contains(&which) {
                div.tick {
                    input type="radio" id=(word) name="which" value=(word) checked[chosen == word] required;
                    label for=(word) { (match which {
                        Again::GivenUp => visit.text("order-again-given-up"),
                        Again::Personal => visit.text("order-again-personal"),
                    }) }
                }
            } }
        }
    }
}

/// What an order is of.
fn facts(app: &App, visit: &Visit, line: &OrderLine) -> Markup {
    html! {
        article.sheet.stack.tight {
            p { code { (line.id) } }
            p { strong { (films::title_of(app, visit, &line.film)) } " · " (crate::language::Language::name_of(&line.language)) " · " (amount(visit, line)) }
            p { span.tag { (state(visit, line.state)) } }
        }
    }
}

/// What was done with it, by whom and why.
fn log(visit: &Visit, done: &[Done]) -> Markup {
    html! {
        section.sheet aria-labelledby="log" {
            h2 id="log" { (visit.text("order-done")) }
            @if done.is_empty() { p.soft { (visit.text("desk-none")) } }
            ol.things { @for one in done { li {
                p { strong { (act_words(visit, one.act)) } " · " (visit.moment(one.at_ms)) }
                @if let Some(reason) = &one.reason { p dir="auto" { (reason) } }
                p.hint { (visit.text(&format!("role-{}", one.role.word()))) " · " (one.by) }
            } } }
        }
    }
}

/// The words for what was done with an order; its owner reads them too.
pub(crate) fn act_words(visit: &Visit, act: Act) -> String {
    visit.text(match act {
        Act::Refund => "order-act-refund",
        Act::MakeAgain => "order-act-again",
    })
}

fn event_words(visit: &Visit, event: Event) -> String {
    visit.text(match event {
        Event::Paid => "order-paid",
        Event::FirstShot => "order-first-shot",
        Event::Whole => "order-whole",
        Event::Back => "order-money-back",
    })
}

fn state(visit: &Visit, state: OrderState) -> String {
    let word = STATES.iter().find(|(_, known)| *known == state).map_or("draft", |(word, _)| *word);
    visit.text(&format!("state-{word}"))
}

fn amount(visit: &Visit, line: &OrderLine) -> String {
    match &line.price {
        Some(price) => visit.language.money(price.cents.into(), &price.currency),
        None => visit.text("orders-not-kept"),
    }
}

fn id(order: &str) -> Result<OrderId, Oops> {
    OrderId::parse(order).ok_or_else(Oops::not_found)
}
