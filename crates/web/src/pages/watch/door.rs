//! `/watch/{token}`: the player, or first the question for the password. The page is no view, the film's beginning is;
//! nothing is set in the browser.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::accounts::PASSWORD_CHARS_MAX;
use studio::films::Show;
use studio::shares::{Door, Guest};

use crate::drawings;
use crate::frame::Frame;
use crate::language::{Language, Value};
use crate::oops::{Oops, status_of, words_of};
use crate::pages::films::picture_url;
use crate::pages::minitube::tools::tools;
use crate::paper::fields::{Line, Wrong, summary};
use crate::paper::heroes;
use crate::visit::{App, Visit};

/// What was filled in.
#[derive(Deserialize)]
pub(crate) struct Fields {
    #[serde(default)]
    password: String,
}

/// GET: the film, or the question.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Oops> {
    Ok(match app.studio.shares().door(&token).await? {
        Door::Locked => question(&visit, &token, &Wrong::new(), StatusCode::OK),
        Door::Open(guest) => player(&app, &visit, &guest),
    })
}

/// POST: the film, if the password is right.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    match app.studio.shares().enter(&token, &fields.password, &visit.client()).await {
        Ok(guest) => Ok(player(&app, &visit, &guest)),
        Err(error) if error.code() == "share-password-wrong" => {
            let wrong = vec![("password", words_of(visit.language, &error))];
            Ok(question(&visit, &token, &wrong, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

fn question(visit: &Visit, token: &str, wrong: &Wrong, status: StatusCode) -> Response {
    let password = Line {
        kind: "password",
        hint: Some(visit.text("watch-password-hint")),
        longest: Some(PASSWORD_CHARS_MAX as u32),
        ..Line::new("password", visit.text("field-password"), "")
    };
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            form.sheet.stack method="post" action=(visit.to(&format!("/watch/{token}"))) data-once {
                (password.show(wrong))
                div { button.button.big { (visit.text("watch-button")) } }
            }
            p.hint { (visit.text("watch-words")) }
        }
    };
    Frame::new(visit, &visit.text("watch-title"))
        .for_child()
        .guest()
        .class("small-title")
        .status(status)
        .page(body)
}

fn player(app: &App, visit: &Visit, guest: &Guest) -> Response {
    let show = app.studio.catalogue().show(&guest.film).map(|show| &**show);
    let title = guest.title.as_str();
    let named: Option<[(&str, Value<'_>); 2]> = guest
        .name
        .as_deref()
        .map(|name| heroes::titled(visit.language, title, name, guest.second.as_deref()));
    let body = html! {
        div.wrap {
            @if guest.ready {
                div.player-place { (video(visit, guest, show)) }
            } @else {
                div.notice role="status" { p { (visit.text("watch-not-ready")) } }
            }
            div.under {
                h1 { @match &named { Some(named) => (visit.language.with("minitube-film", named)), None => (title) } }
                @if guest.ready { (tools(visit)) }
                p.hint { (visit.text("film-synthetic")) }
                p.hint { (visit.text("watch-words")) }
            }
        }
    };
    let spoken = named.as_ref().map(|named| visit.language.plain("minitube-film", named));
    Frame::new(visit, spoken.as_deref().unwrap_or(title))
        .plain()
        .for_child()
        .guest()
        .class("watching")
        .script("js/player.js")
        .page(body)
}

fn video(visit: &Visit, guest: &Guest, show: Option<&Show>) -> Markup {
    // At the plain address, whatever language the page is in.
    let base = format!("/watch/{}", guest.pass);
    let here = visit.language.code();
    let told = guest.captions.iter().find(|language| *language == here).unwrap_or(&guest.language);
    let label = visit.language.plain("player-label", &[("title", guest.title.as_str().into())]);
    let words =
        |name: &str, language: &str| format!("{base}/captions/{name}-{language}.vtt?r={}", guest.revision);
    html! {
        div.player {
            (drawings::house_frame(html! {
                video controls playsinline preload="metadata" aria-label=(label) lang=(guest.language)
                    poster=[show.map(|show| picture_url(show, visit.language, "poster", 1280))] {
                    source src={ (base) "/film.mp4?r=" (guest.revision) } type="video/mp4";
                    @for language in &guest.captions {
                        track kind="captions" srclang=(language) label=(Language::name_of(language)) default[*language == guest.language]
                            src=(words("captions", language));
                    }
                    @if !guest.captions.is_empty() {
                        track kind="descriptions" srclang=(told) label=(visit.text("player-described")) src=(words("described", told));
                    }
                }
            }))
        }
    }
}
