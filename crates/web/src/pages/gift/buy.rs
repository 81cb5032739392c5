//! `/gift`: what a gift pass is, for everybody; the form for those who are signed in; and the field for whoever was
//! given a code. `/gift/film/{slug}` is the same page with a film chosen: an address that signing in leads back to.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::Class;
use studio::gifts::{GIVER_CHARS_MAX, MESSAGE_CHARS_MAX, NewGift, WITHDRAW_DAYS};

use super::{last_day, title_of};
use crate::cookies::{own_path, with_next};
use crate::drawings;
use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::paper::fields::{Line, Wrong, choice, summary};
use crate::visit::{App, Visit};

/// What was filled in: what to give, or a code.
#[derive(Deserialize, Default)]
pub(crate) struct Fields {
    #[serde(default)]
    film: String,
    #[serde(default)]
    giver: String,
    #[serde(default)]
    message: String,
    code: Option<String>,
}

/// GET: the page.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    page(&app, &visit, &Fields::default(), &Wrong::new(), StatusCode::OK)
}

/// GET `/gift/film/{slug}`: the page with that film chosen.
pub(crate) async fn show_film(
    State(app): State<App>,
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, Oops> {
    app.studio.catalogue().show(&slug).ok_or_else(Oops::not_found)?;
    page(&app, &visit, &Fields { film: slug, ..Fields::default() }, &Wrong::new(), StatusCode::OK)
}

/// POST: begins a gift, or looks a code up.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    if let Some(code) = &fields.code {
        let code: String = code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        if code.is_empty() {
            let wrong = vec![("code", visit.text("error-pass-unknown"))];
            return page(&app, &visit, &fields, &wrong, StatusCode::UNPROCESSABLE_ENTITY);
        }
        return match app.studio.gifts().look(&code, &visit.client()).await {
            Ok(_) => Ok(visit.go(&format!("/gift/{code}"))),
            Err(error) if matches!(error.class(), Class::NotFound | Class::Refused | Class::Conflict) => {
                let wrong = vec![("code", words_of(visit.language, &error))];
                page(&app, &visit, &fields, &wrong, status_of(&error))
            }
            Err(error) => Err(error.into()),
        };
    }
    let Some(account) = visit.account() else {
        // Their session ended while they wrote: what they wrote stays on the page.
        let wrong = vec![("", visit.text("gift-sign-in-first"))];
        return page(&app, &visit, &fields, &wrong, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let new = NewGift {
        film: Some(fields.film.clone()).filter(|film| !film.is_empty()),
        giver: fields.giver.clone(),
        message: fields.message.clone(),
    };
    match app.studio.gifts().begin(account, &new).await {
        Ok(gift) => Ok(visit.go(&format!("/gift/mine/{gift}/till"))),
        Err(error) => {
            let field = match error.code() {
                "gift-film" => "film",
                "gift-giver" => "giver",
                "gift-words-long" | "gift-words-link" => "message",
                "gift-unpaid-many" => "",
                _ => return Err(error.into()),
            };
            let wrong = vec![(field, words_of(visit.language, &error))];
            page(&app, &visit, &fields, &wrong, status_of(&error))
        }
    }
}

fn page(
    app: &App,
    visit: &Visit,
    fields: &Fields,
    wrong: &Wrong,
    status: StatusCode,
) -> Result<Response, Oops> {
    let until = last_day(visit, app.studio.gifts().good_until_ms()?);
    let code = Line {
        hint: Some(visit.text("gift-code-hint")),
        longest: Some(60),
        ..Line::new("code", visit.text("gift-code"), fields.code.as_deref().unwrap_or_default())
    };
    let here = address(&fields.film);
    // Who is not signed in sees the form only when they sent it.
    let was_sent = status != StatusCode::OK && fields.code.is_none();
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            ul {
                li { (visit.text("gift-how-code")) }
                li { (visit.text("gift-how-hand")) }
                li { (visit.language.with("gift-how-until", &[("date", until.into())])) }
                li { (visit.language.with("gift-how-back", &[("days", WITHDRAW_DAYS.into())])) }
            }
            @if visit.account().is_none() {
                div.sheet.stack {
                    p { (visit.text("gift-sign-in-words")) }
                    div.row {
                        a.button.big href=(visit.to(&with_next("/sign-in", Some(&here)))) { (visit.text("sign-in-title")) }
                        a.button.quiet href=(visit.to(&with_next("/sign-up", Some(&here)))) { (visit.text("sign-up-title")) }
                    }
                }
            }
            @if visit.account().is_some() || was_sent { (form(app, visit, fields, wrong)) }
            form.sheet.flat.stack method="post" action=(visit.to("/gift")) {
                h2 { (visit.text("gift-have")) }
                (code.show(wrong))
                div { button.button.quiet { (visit.text("gift-look")) } }
            }
        }
    };
    let lead = visit.text("gift-lead");
    Ok(Frame::new(visit, &visit.text("gift-title"))
        .lead(html! { (lead) })
        .public(&lead)
        .class("small-title")
        .status(status)
        .page(body))
}

/// The page's address, with the film that is to be given where one is chosen.
fn address(film: &str) -> String {
    let with_film = format!("/gift/film/{film}");
    own_path(&with_film).filter(|_| !film.is_empty()).unwrap_or("/gift").to_owned()
}

fn form(app: &App, visit: &Visit, fields: &Fields, wrong: &Wrong) -> Markup {
    let films: Vec<(String, String)> = app
        .studio
        .gifts()
        .offers()
        .into_iter()
        .map(|offer| {
            let price = visit.language.money(offer.price.cents.into(), &offer.price.currency);
            let title = title_of(app, visit, offer.film.as_deref());
            (offer.film.unwrap_or_default(), format!("{title} – {price}"))
        })
        .collect();
    let giver = Line {
        hint: Some(visit.text("gift-giver-hint")),
        autocomplete: "name",
        longest: Some(GIVER_CHARS_MAX as u32),
        ..Line::new("giver", visit.text("gift-giver"), &fields.giver)
    };
    let problem = wrong.iter().find(|(field, _)| *field == "message").map(|(_, words)| words.as_str());
    html! {
        form.sheet.stack method="post" action=(visit.to("/gift")) data-once {
            (drawings::envelope())
            (choice("film", &visit.text("gift-film"), None, &films, &fields.film))
            (giver.show(wrong))
            div.field.wrong[problem.is_some()] {
                label for="message" { (visit.text("gift-message")) }
                p.hint id="message-hint" { (visit.text("gift-message-hint")) }
                @if let Some(problem) = problem { p.wrong-words id="message-wrong" { (problem) } }
                textarea.input id="message" name="message" rows="4" dir="auto" maxlength=(MESSAGE_CHARS_MAX)
                    aria-invalid=[problem.map(|_| "true")] aria-describedby="message-hint message-wrong" { (fields.message) }
            }
            div { button.button.big { (visit.text("gift-next")) } }
        }
    }
}
