//! `/gift/mine/{gift}`: the giver's page of a pass: the code, the card to print, the gift mail, and taking it back.

use axum::extract::{Form, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use maud::{Markup, html};
use policy::Subject;
use serde::Deserialize;
use studio::gifts::{Gift, Standing};
use studio::till::Waiting;

use super::{found, last_day, standing, title_of};
use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::paper::fields::{Line, Wrong, summary, tick};
use crate::visit::{App, Customer, Visit};

/// While the till is waited for, the page loads itself again after so many seconds, with or without JavaScript.
const PAUSE_S: &str = "5";

/// What is to be done.
#[derive(Deserialize, Default)]
pub(crate) struct Fields {
    #[serde(default)]
    todo: String,
    #[serde(default)]
    email: String,
    /// The day on which the gift mail goes; empty: at once.
    #[serde(default)]
    day: String,
    /// The wording that was confirmed.
    wording: Option<String>,
}

/// GET: the pass, or how its payment stands.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(gift): Path<String>,
) -> Result<Response, Oops> {
    let gift = found(&app, &account, &gift).await?;
    if gift.standing == Standing::Unpaid {
        return Ok(match app.studio.gifts().waiting(&account, &gift.id).await? {
            Some(waiting) => under_way(&visit, &gift, waiting),
            None => visit.go(&format!("/gift/mine/{}/till", gift.id)),
        });
    }
    page(&app, &visit, &gift, &Fields::default(), &Wrong::new(), StatusCode::OK)
}

/// POST: sends the gift mail or calls it off, takes the pass back, or forgets one that is not paid.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(gift): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let gift = found(&app, &account, &gift).await?;
    let (gifts, here) = (app.studio.gifts(), format!("/gift/mine/{}", gift.id));
    let done = match fields.todo.as_str() {
        "discard" => {
            gifts.discard(&account, &gift.id).await?;
            return Ok(visit.go("/library"));
        }
        "withdraw" => gifts.withdraw(&account, &gift.id).await,
        "unsend" => gifts.unsend(&account, &gift.id).await,
        "mail" => {
            let day = Some(fields.day.trim()).filter(|day| !day.is_empty());
            gifts.send(&account, &gift.id, &fields.email, fields.wording.as_deref(), day).await
        }
        _ => return Err(Oops::not_found()),
    };
    let error = match done {
        Ok(()) => return Ok(visit.go(&here)),
        Err(error) => error,
    };
    let field = match error.code() {
        "email-invalid" | "gift-mail-refused" => "email",
        "gift-day" => "day",
        "gift-wording" | "wording-changed" => "wording",
        "gift-too-late" | "gift-revoked" | "gift-mail-enough" | "gift-not-good" | "too-many-gift-mails" => "",
        _ => return Err(error.into()),
    };
    let wrong = vec![(field, words_of(visit.language, &error))];
    // What it is now: somebody may have used it meanwhile.
    let gift = gifts.find(&account, &gift.id).await?;
    page(&app, &visit, &gift, &fields, &wrong, status_of(&error))
}

fn under_way(visit: &Visit, gift: &Gift, waiting: Waiting) -> Response {
    let body = html! {
        div.wrap.narrow.stack {
            div.notice role="status" { p {
                @match waiting {
                    Waiting::Days => (visit.text("gift-wait-days")),
                    Waiting::Moments => (visit.text("gift-wait")),
                }
            } }
            @if waiting == Waiting::Moments {
                p { (visit.text("gift-wait-unpaid")) }
                div { a.button.quiet href=(visit.to(&format!("/gift/mine/{}/till", gift.id))) { (visit.text("till-wait-back")) } }
            }
        }
    };
    let mut answer = Frame::new(visit, &visit.text("till-wait-title")).class("small-title").page(body);
    if waiting == Waiting::Moments {
        answer.headers_mut().insert(header::REFRESH, HeaderValue::from_static(PAUSE_S));
    }
    answer
}

fn page(
    app: &App,
    visit: &Visit,
    gift: &Gift,
    fields: &Fields,
    wrong: &Wrong,
    status: StatusCode,
) -> Result<Response, Oops> {
    let mail_until_ms = app.studio.gifts().mail_goes_until_ms()?;
    let here = format!("/gift/mine/{}", gift.id);
    let title = title_of(app, visit, gift.film.as_deref());
    let until = last_day(visit, gift.expires_at_ms);
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            p.lead role="status" { strong { (title) } " · " (standing(visit, gift.standing)) }
            @if let Some(code) = gift.code.as_deref().filter(|_| gift.standing == Standing::Good) {
                section.sheet.stack aria-labelledby="code-title" {
                    h2 id="code-title" { (visit.text("gift-code")) }
                    p.gift-code dir="ltr" translate="no" { (code) }
                    p { (visit.language.with("gift-until", &[("date", until.into())])) }
                    p { a href={ (visit.options.public_url) "/gift/" (code) } { (visit.text("gift-link")) } }
                    div.row { a.button href=(visit.to(&format!("{here}/card"))) { (visit.text("gift-card")) } }
                }
                (mail_form(visit, gift, mail_until_ms, fields, wrong))
            }
            @if gift.can_withdraw {
                section.sheet.flat.stack aria-labelledby="back" {
                    h2 id="back" { (visit.text("gift-withdraw-title")) }
                    p { (visit.text("gift-withdraw-words")) }
                    form method="post" action=(visit.to(&here)) data-once {
                        button.button.quiet name="todo" value="withdraw" { (visit.text("gift-withdraw")) }
                    }
                }
            }
            p { a href=(visit.to("/library")) { (visit.text("nav-library")) } }
        }
    };
    Ok(Frame::new(visit, &visit.text("gift-mine-title")).class("small-title").status(status).page(body))
}

/// What became of gift mails, a sentence for each.
fn came(visit: &Visit, key: &str, at_ms: &[i64]) -> Markup {
    html! {
        @for at_ms in at_ms { p.soft { (visit.language.with(key, &[("moment", visit.moment(*at_ms).into())])) } }
    }
}

/// `until_ms`: when a mail goes that is given the last day that there is; nothing where there is none to choose.
fn mail_form(visit: &Visit, gift: &Gift, until_ms: Option<i64>, fields: &Fields, wrong: &Wrong) -> Markup {
    let here = format!("/gift/mine/{}", gift.id);
    let wording = visit.policy.wording(Subject::Gift);
    let email = Line {
        kind: "email",
        hint: Some(visit.text("gift-mail-hint")),
        longest: Some(254),
        ..Line::new("email", visit.text("gift-mail-to"), &fields.email)
    };
    let day = until_ms.map(|until_ms| Line {
        kind: "date",
        required: false,
        hint: Some(visit.language.plain("gift-mail-day-hint", &[("date", visit.day(until_ms).into())])),
        ..Line::new("day", visit.text("gift-mail-day"), &fields.day)
    });
    html! {
        @if !gift.goes_at_ms.is_empty() {
            form.sheet.flat.stack method="post" action=(visit.to(&here)) data-once {
                @for at_ms in &gift.goes_at_ms {
                    p { (visit.language.with("gift-mail-goes", &[("moment", visit.moment(*at_ms).into())])) }
                }
                div { button.button.quiet.small name="todo" value="unsend" { (visit.text("gift-unsend")) } }
            }
        }
        form.sheet.stack method="post" action=(visit.to(&here)) data-once {
            h2 { (visit.text("gift-mail-title")) }
            p { (visit.text("gift-mail-words")) }
            (came(visit, "gift-mailed", &gift.mailed_at_ms))
            (came(visit, "gift-mail-under-way", &gift.under_way_at_ms))
            (came(visit, "gift-mail-undelivered", &gift.undelivered_at_ms))
            (email.show(wrong))
            @if let Some(day) = &day { (day.show(wrong)) }
            (tick("wording", wording.in_language(visit.language.code()), &wording.version, false, true, wrong))
            div { button.button.quiet name="todo" value="mail" { (visit.text("gift-mail-send")) } }
        }
    }
}

/// A line in the library.
pub(in crate::pages) fn line(app: &App, visit: &Visit, gift: &Gift) -> Markup {
    let here = format!("/gift/mine/{}", gift.id);
    html! {
        li.sheet.flat.row.apart {
            div {
                h3 { (title_of(app, visit, gift.film.as_deref())) }
                p.soft { (standing(visit, gift.standing)) }
            }
            div.row {
                @if gift.standing == Standing::Unpaid {
                    a.button.small href=(visit.to(&format!("{here}/till"))) { (visit.text("library-continue")) }
                    form method="post" action=(visit.to(&here)) data-once {
                        button.button.quiet.small name="todo" value="discard" { (visit.text("library-discard")) }
                    }
                } @else {
                    a.button.quiet.small href=(visit.to(&here)) { (visit.text("gift-open")) }
                }
            }
        }
    }
}
