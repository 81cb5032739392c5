//! GET `/minitube/{film}`: the player. It starts as soon as the first shots are there; below it, while
//! the film is being made, its shots light up one by one. What grown-ups may do is folded away.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::films::{FilmState, FilmView, Show};

use super::paid_back;
use super::progress::{class_of, words};
use super::tools::tools;
use crate::frame::Frame;
use crate::language::Language;
use crate::oops::Oops;
use crate::pages::films::picture_url;
use crate::pages::messenger::panel::plain_button;
use crate::paper::heroes;
use crate::visit::{App, Customer, Visit};
use crate::{assets, drawings};

/// Without scripts the page loads itself again while the film is being made, unless one is watching.
const REFRESH_S: u32 = 5;

/// What the visitor asked for.
#[derive(Deserialize)]
pub(crate) struct Asked {
    watch: Option<String>,
}

/// The player.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(film): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    let film = app.studio.films().find(&account, &super::id(&film)?).await?;
    let show = app.studio.catalogue().show(&film.film).map(|show| &**show);
    let elsewhere = app.studio.streams().playlist(&account, &film.id).await;
    let elsewhere = elsewhere.map(|playlist| visit.options.emulators().url(&playlist));
    let making = film.state == FilmState::Making;
    let receipts = match film.state {
        FilmState::Failed => app.studio.orders().receipts(&account).await?,
        FilmState::Making | FilmState::Ready => Vec::new(),
    };
    let named = heroes::named(visit.language, &film);
    let body = html! {
        div.wrap {
            @if film.state == FilmState::Failed {
                div.notice.bad role="status" {
                    h2 { (visit.text("film-failed-title")) }
                    p {
                        (paid_back(&visit, &film, &receipts)) " "
                        @if film.lacks_photo { (visit.text("film-failed-photo-gone")) } @else { (visit.text("film-failed-photo-safe")) }
                    }
                    @if show.is_some() { p { a href=(visit.to(&format!("/films/{}", film.film))) { (visit.text("film-try-again")) } } }
                }
            } @else {
                div.player-place { (player(&visit, &film, show, elsewhere.as_deref())) }
            }
            div.under {
                h1 { (visit.language.with("minitube-film", &named)) }
                @if making { (progress(&visit, &film, asked.watch.is_some())) }
                @if film.state != FilmState::Failed { (tools(&visit)) p.hint { (visit.text("film-synthetic")) } }
                (grown_ups(&visit, &film))
            }
        }
    };
    Ok(Frame::new(&visit, &visit.language.plain("minitube-film", &named))
        .plain()
        .for_child()
        .class("watching")
        .script("js/player.js")
        .refresh((making && asked.watch.is_none()).then_some(REFRESH_S))
        .page(body))
}

/// `elsewhere`: the playlist of the streaming service, if the film is watched from there. Ours stands by; captions are
/// ours alone.
fn player(visit: &Visit, film: &FilmView, show: Option<&Show>, elsewhere: Option<&str>) -> Markup {
    // Not in the visitor's language but at the plain address: everything in the list is relative to it.
    let base = format!("/minitube/{}", film.id);
    let master = film.streams.then(|| format!("{base}/stream/master.m3u8?r={}", film.revision));
    let label = visit.language.plain("player-label", &[("title", film.title.as_str().into())]);
    let drawn = |show| picture_url(show, visit.language, "poster", 1280);
    let poster = super::poster_url(film).or_else(|| show.map(drawn));
    html! {
        div.player {
            (drawings::house_frame(html! {
                video controls playsinline preload="metadata" aria-label=(label) lang=(film.language)
                    data-master=[&master] data-elsewhere=[elsewhere] data-hls=(assets::url("vendor/hls.mjs"))
                    data-stopped=[film.stopped_s] data-stop-at={ (base) "/stopped" }
                    poster=[poster] {
                    @if let Some(elsewhere) = elsewhere { source src=(elsewhere) type="application/vnd.apple.mpegurl"; }
                    @if film.download_bytes.is_some() { source src={ (base) "/film.mp4" } type="video/mp4"; }
                    @if let Some(master) = &master { source src=(master) type="application/vnd.apple.mpegurl"; }
                    @for language in &film.captions {
                        track kind="captions" srclang=(language) label=(Language::name_of(language)) default[*language == film.language]
                            src={ (base) "/stream/captions-" (language) ".vtt?r=" (film.revision) };
                    }
                    @if film.streams { track kind="descriptions" srclang=(described_language(visit, film)) label=(visit.text("player-described"))
                        src={ (base) "/stream/described-" (described_language(visit, film)) ".vtt?r=" (film.revision) }; }
                }
            }))
        }
    }
}

/// The description in the language of the page, if the film has it.
fn described_language<'a>(visit: &Visit, film: &'a FilmView) -> &'a str {
    let here = visit.language.code();
    film.captions.iter().find(|language| *language == here).unwrap_or(&film.language)
}

fn progress(visit: &Visit, film: &FilmView, watching: bool) -> Markup {
    html! {
        section.sheet.stack.tight data-progress={ "/minitube/" (film.id) "/progress" } aria-label=(visit.text("progress-label")) {
            p role="status" { strong data-progress-words { (words(visit.language, film)) } }
            progress.progress max=(film.shots.len()) value=(film.shots_ready) aria-label=(visit.text("progress-label")) {}
            ol.shots aria-hidden="true" { @for shot in &film.shots { li class=(class_of(shot.state)) data-shot {} } }
            p.hint data-watchable hidden[film.shots_ready == 0] { (visit.text("progress-words")) }
            @if !watching {
                noscript { p { a href=(visit.to(&format!("/minitube/{}?watch=now", film.id))) { (visit.text("progress-watch")) } } }
            }
        }
    }
}

/// Download, name, delete: folded away from small fingers.
fn grown_ups(visit: &Visit, film: &FilmView) -> Markup {
    let to = |part: &str| visit.to(&format!("/minitube/{}/{part}", film.id));
    let failed = film.state == FilmState::Failed;
    html! {
        details.sheet.flat open[failed] {
            summary { strong { (visit.text("grown-ups")) } }
            div.stack.tight {
                p data-when-ready hidden[film.download_bytes.is_none()] { a.button href={ "/minitube/" (film.id) "/film.mp4?download" } download { (visit.text("film-download")) } }
                p.hint data-when-ready hidden[film.download_bytes.is_none()] { (visit.text("film-synthetic-file")) }
                @if film.can_be_corrected() { p { a href=(to("name")) { (visit.text("film-name-change")) } } }
                p data-when-ready hidden[film.download_bytes.is_none()] { a href=(to("share")) { (visit.text("share-title")) } }
                @if film.second.is_none() {
                    p data-when-ready hidden[film.download_bytes.is_none()] { a href=(to("release")) { (visit.text("release-title")) } }
                }
                p { a href=(to("delete")) { (visit.text("film-delete")) } }
                (plain_button(visit))
            }
        }
    }
}
