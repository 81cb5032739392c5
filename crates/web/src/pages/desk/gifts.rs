//! `/desk/gifts`: gift passes that the house gives out, how many there are, and taking one back. A code is shown once,
//! right after it was made.

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::gifts::{Counts, ISSUE_DAYS, Issued, PassId, Reason, Standing};

use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::pages::gift::{last_day, standing, title_of};
use crate::paper::fields::{Wrong, choice, summary};
use crate::visit::{App, AtDesk, Visit};

/// What is asked for: a new pass, or one to be taken back.
#[derive(Deserialize, Default)]
pub(crate) struct Fields {
    #[serde(default)]
    film: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    days: String,
    end: Option<String>,
}

/// GET: the form, the counts and the list.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    page(&app, &visit, None, &Wrong::new(), StatusCode::OK).await
}

/// POST: gives a pass out, or takes one back.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let gifts = app.studio.gifts();
    if let Some(pass) = &fields.end {
        return match gifts.revoke(&PassId::parse(pass).ok_or_else(Oops::not_found)?).await {
            Ok(()) => Ok(visit.go("/desk/gifts")),
            Err(error) if error.code() == "pass-used" => {
                let wrong = vec![("", words_of(visit.language, &error))];
                page(&app, &visit, None, &wrong, status_of(&error)).await
            }
            Err(error) => Err(error.into()),
        };
    }
    let reason =
        Reason::ALL.into_iter().find(|reason| reason.word() == fields.reason).ok_or_else(Oops::not_found)?;
    let film = Some(fields.film.as_str()).filter(|film| !film.is_empty());
    match gifts.issue(&who, film, reason, fields.days.parse().ok()).await {
        Ok(code) => page(&app, &visit, Some(&code), &Wrong::new(), StatusCode::OK).await,
        Err(error) if matches!(error.code(), "gift-film" | "gift-days" | "too-many-passes") => {
            let field = if error.code() == "too-many-passes" { "" } else { "film" };
            let wrong = vec![(field, words_of(visit.language, &error))];
            page(&app, &visit, None, &wrong, status_of(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn page(
    app: &App,
    visit: &Visit,
    made: Option<&str>,
    wrong: &Wrong,
    status: StatusCode,
) -> Result<Response, Oops> {
    let (counts, issued) = (app.studio.gifts().counts().await?, app.studio.gifts().issued().await?);
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            @if let Some(code) = made {
                section.notice.good.stack.tight tabindex="-1" autofocus aria-labelledby="made" {
                    h2 id="made" { (visit.text("gifts-made")) }
                    p { (visit.text("gifts-made-words")) }
                    p.gift-code dir="ltr" translate="no" { (code) }
                    p dir="ltr" { (visit.options.public_url) "/gift/" (code) }
                }
            }
            (figures(visit, counts))
            (form(app, visit))
            @if issued.is_empty() { p.soft { (visit.text("desk-none")) } }
            ul.things { @for pass in &issued { li.sheet.flat { (line(app, visit, pass)) } } }
        }
    };
    Ok(Frame::new(visit, &visit.text("gifts-title")).class("small-title").status(status).page(body))
}

fn figures(visit: &Visit, counts: Counts) -> Markup {
    html! {
        div.figures {
            div.sheet.flat { strong { (counts.good) } (visit.text("gift-good")) }
            div.sheet.flat { strong { (counts.used) } (visit.text("gift-used")) }
            div.sheet.flat { strong { (counts.expired) } (visit.text("gift-expired")) }
            div.sheet.flat { strong { (counts.revoked) } (visit.text("gifts-revoked")) }
        }
    }
}

fn form(app: &App, visit: &Visit) -> Markup {
    let slugs = app.studio.catalogue().shows().iter().map(|show| Some(show.slug().to_owned()));
    let films: Vec<(String, String)> = std::iter::once(None)
        .chain(slugs)
        .map(|film| {
            let title = title_of(app, visit, film.as_deref());
            (film.unwrap_or_default(), title)
        })
        .collect();
    let reasons = Reason::ALL.map(|reason| (reason.word().to_owned(), why(visit, reason)));
    let long = (String::new(), visit.text("gifts-days-long"));
    let days = ISSUE_DAYS
        .map(|days| (days.to_string(), visit.language.plain("share-days", &[("days", days.into())])));
    let spans: Vec<(String, String)> = std::iter::once(long).chain(days).collect();
    html! {
        form.sheet.stack method="post" action=(visit.to("/desk/gifts")) data-once {
            p { (visit.text("gifts-words")) }
            (choice("film", &visit.text("gift-film"), None, &films, ""))
            (choice("reason", &visit.text("gifts-reason"), None, &reasons, ""))
            (choice("days", &visit.text("share-span"), None, &spans, ""))
            div { button.button { (visit.text("gifts-issue")) } }
        }
    }
}

fn why(visit: &Visit, reason: Reason) -> String {
    match reason {
        Reason::Apology => visit.text("gifts-apology"),
        Reason::Present => visit.text("gifts-present"),
        Reason::Trial => visit.text("gifts-trial"),
    }
}

fn line(app: &App, visit: &Visit, pass: &Issued) -> Markup {
    html! {
        form.stack.tight method="post" action=(visit.to("/desk/gifts")) data-once {
            h2 { (title_of(app, visit, pass.film.as_deref())) }
            p {
                @if pass.standing == Standing::Revoked { (visit.text("gifts-revoked")) } @else { (standing(visit, pass.standing)) }
                " · " @if let Some(reason) = pass.reason { (why(visit, reason)) }
            }
            p.soft { (visit.day(pass.made_at_ms)) " – " (last_day(visit, pass.expires_at_ms)) " · " (pass.by) }
            @if pass.standing == Standing::Good {
                div { button.button.quiet name="end" value=(pass.id) { (visit.text("gifts-end")) } }
            }
        }
    }
}
