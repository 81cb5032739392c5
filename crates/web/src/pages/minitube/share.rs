//! `/minitube/{film}/share`: links by which a parent shows this film to people they trust: making one, what became of
//! those there are, and ending one. A link's secret is shown once, right after it was made, and in no address of ours.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::accounts::PASSWORD_CHARS_MAX;
use studio::films::{FilmState, FilmView};
use studio::shares::{DAYS, DAYS_DEFAULT, NewShare, Share, ShareId};

use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::paper::fields::{Line, Wrong, choice, summary, tick};
use crate::paper::heroes;
use crate::visit::{App, Customer, Visit};

/// What was filled in.
#[derive(Deserialize, Default)]
pub(crate) struct Fields {
    #[serde(default)]
    days: String,
    #[serde(default)]
    password: String,
    named: Option<String>,
    end: Option<String>,
}

/// What the page shows beside the list.
#[derive(Default)]
struct Shown<'a> {
    fields: Fields,
    wrong: Wrong,
    /// The address that was made just now.
    made: Option<&'a str>,
    status: StatusCode,
}

/// GET: the links there are, and the form.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(film): Path<String>,
) -> Result<Response, Oops> {
    let film = app.studio.films().find(&account, &super::id(&film)?).await?;
    let shares = app.studio.shares().of_film(&account, &film.id).await?;
    Ok(page(&visit, &film, &shares, &Shown::default()))
}

/// POST: makes a link, or ends one.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(film): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let film = app.studio.films().find(&account, &super::id(&film)?).await?;
    let shares = app.studio.shares();
    if let Some(share) = &fields.end {
        shares.end(&account, &ShareId::parse(share).ok_or_else(Oops::not_found)?).await?;
        return Ok(visit.go(&format!("/minitube/{}/share", film.id)));
    }
    let new = NewShare {
        days: fields.days.parse().unwrap_or_default(),
        password: Some(fields.password.clone()).filter(|password| !password.is_empty()),
        named: fields.named.is_some(),
    };
    match shares.make(&account, &film.id, &new).await {
        Ok(token) => {
            let address = format!("{}/watch/{token}", visit.options.public_url);
            let shares = shares.of_film(&account, &film.id).await?;
            Ok(page(&visit, &film, &shares, &Shown { made: Some(&address), ..Shown::default() }))
        }
        Err(error) => {
            let field = match error.code() {
                "password-short" | "password-long" => "password",
                "share-days" => "days",
                "share-too-many" | "film-not-ready" => "",
                _ => return Err(error.into()),
            };
            let wrong = vec![(field, words_of(visit.language, &error))];
            let shares = shares.of_film(&account, &film.id).await?;
            Ok(page(&visit, &film, &shares, &Shown { fields, wrong, made: None, status: status_of(&error) }))
        }
    }
}

fn page(visit: &Visit, film: &FilmView, shares: &[Share], shown: &Shown<'_>) -> Response {
    let here = visit.to(&format!("/minitube/{}/share", film.id));
    let named = heroes::named(visit.language, film);
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, &shown.wrong))
            @if let Some(address) = shown.made { (made(visit, address)) }
            p.lead { (visit.text("share-words")) }
            @if film.state == FilmState::Ready {
                (form(visit, film, shown, &here))
            } @else {
                p.soft { (visit.text("share-not-ready")) }
            }
            section.stack.tight aria-labelledby="links" {
                h2 id="links" { (visit.text("share-links")) }
                @if shares.is_empty() { p.soft { (visit.text("share-none")) } }
                ul.things { @for share in shares { li.sheet.flat { (line(visit, film, share, &here)) } } }
            }
            p { a href=(visit.to(&format!("/minitube/{}", film.id))) { (visit.language.with("minitube-film", &named)) } }
        }
    };
    let frame = Frame::new(visit, &visit.text("share-title")).class("small-title").status(shown.status);
    if shown.made.is_some() { frame.script("js/share.js").page(body) } else { frame.page(body) }
}

/// The address, this once. It can be selected and copied without a script.
fn made(visit: &Visit, address: &str) -> Markup {
    html! {
        section.notice.good.stack.tight tabindex="-1" id="made" autofocus aria-labelledby="made-title" {
            h2 id="made-title" { (visit.text("share-made")) }
            div.field {
                label for="link" { (visit.text("share-link")) }
                p.hint id="link-hint" { (visit.text("share-made-words")) }
                input.input id="link" type="text" readonly value=(address) dir="ltr" aria-describedby="link-hint";
            }
            div.row {
                button.button type="button" data-send="link" hidden { (visit.text("share-send")) }
                button.button type="button" data-copy="link" hidden { (visit.text("share-copy")) }
                a.button.quiet href=(address) { (visit.text("share-look")) }
            }
            p role="status" data-copied=(visit.text("share-copied")) {}
        }
    }
}

fn form(visit: &Visit, film: &FilmView, shown: &Shown<'_>, here: &str) -> Markup {
    let password = Line {
        kind: "password",
        hint: Some(visit.text("share-password-hint")),
        autocomplete: "new-password",
        required: false,
        longest: Some(PASSWORD_CHARS_MAX as u32),
        ..Line::new("password", visit.text("share-password"), "")
    };
    let spans: Vec<(String, String)> = DAYS
        .iter()
        .map(|days| (days.to_string(), visit.language.plain("share-days", &[("days", (*days).into())])))
        .collect();
    let default = DAYS_DEFAULT.to_string();
    let named = match film.second {
        Some(_) => visit.text("share-named-two"),
        None => visit.text("share-named"),
    };
    let chosen = Some(shown.fields.days.as_str()).filter(|days| !days.is_empty()).unwrap_or(&default);
    html! {
        form.sheet.stack method="post" action=(here) data-once {
            h2 { (visit.text("share-new")) }
            (choice("days", &visit.text("share-span"), None, &spans, chosen))
            (password.show(&shown.wrong))
            (tick("named", &named, "yes", shown.fields.named.is_some(), false, &shown.wrong))
            div { button.button { (visit.text("share-make")) } }
        }
    }
}

/// How often a link was opened, and when last, as points of a list.
pub(in crate::pages) fn views(visit: &Visit, share: &Share) -> Markup {
    html! {
        li { (visit.language.with("share-views", &[("views", share.views.into())])) }
        @if let Some(at_ms) = share.last_viewed_at_ms {
            li { (visit.language.with("share-last-view", &[("moment", visit.moment(at_ms).into())])) }
        }
    }
}

fn line(visit: &Visit, film: &FilmView, share: &Share, here: &str) -> Markup {
    let at = |key: &str, at_ms: i64| visit.language.with(key, &[("moment", visit.moment(at_ms).into())]);
    html! {
        form.stack.tight method="post" action=(here) data-once {
            h3 { (at("share-made-at", share.created_at_ms)) }
            ul.plain-list {
                li { @if share.is_open {
                    (at("share-until", share.ends_at_ms))
                } @else {
                    (at("share-ended", share.ended_at_ms.unwrap_or(share.ends_at_ms)))
                } }
                (views(visit, share))
                @if share.has_password { li { (visit.text("share-has-password")) } }
                @if share.named {
                    li { @if film.second.is_some() { (visit.text("share-is-named-two")) } @else { (visit.text("share-is-named")) } }
                }
            }
            @if share.is_open {
                div { button.button.quiet name="end" value=(share.id) { (visit.text("share-end")) } }
            }
        }
    }
}
