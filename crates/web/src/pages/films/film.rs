//! GET `/films/{slug}`: poster and stills as a moving trailer with the drawn sample child, length, age,
//! price, the story, and what is asked of the parent.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::html;

use crate::drawings;
use crate::frame::Frame;
use crate::language::Language;
use crate::oops::Oops;
use crate::pages::films::Wanted;
use crate::visit::{App, Visit};

/// How many pictures follow the poster in the trailer; the style sheet knows as many.
const TRAILER: usize = 5;

/// The film's page.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, Oops> {
    let show = app.studio.catalogue().show(&slug).ok_or_else(Oops::not_found)?;
    let (info, words) = (show.film().info(), show.film().words(visit.language.code()));
    // A moving trailer: the poster and scenes from the whole story.
    let pictures = super::scenes(show, TRAILER);
    let reel = format!("trailer n{}", pictures.len() + 1);
    let sizes = "(min-width: 60rem) 49rem, 88vw";
    let languages: Vec<String> =
        info.languages.iter().map(|code| Language::name_of(code).to_owned()).collect();
    let shown = app.studio.releases().shown(&slug).await?;
    let body = html! {
        div.wrap.film-page {
            div.raised {
                (drawings::theatre(html! {
                    div class=(reel) role="img" aria-label=(visit.language.plain("film-pictures", &[("title", words.title.as_str().into())])) {
                        (super::picture(show, visit.language, "poster", sizes, "", Wanted::First))
                        @for picture in &pictures { (super::picture(show, visit.language, picture, sizes, "", Wanted::Last)) }
                    }
                    label.still { input type="checkbox"; span.hidden-words { (visit.text("film-pictures-still")) } }
                }))
            }
            div.two {
                div.stack {
                    section {
                        h2 { (visit.text("film-story")) }
                        p.lead { (words.synopsis) }
                    }
                    section {
                        h2 { (visit.text("film-asked")) }
                        ul {
                            @if info.needs_face { li { (visit.text("film-asked-photo")) } }
                            @if info.needs_name { li { (visit.text("film-asked-name")) } }
                            @if info.second.is_some() { li { (visit.text("film-asked-second")) } }
                            li { (visit.text("film-asked-adult")) }
                            li { (visit.text("film-asked-time")) }
                        }
                    }
                    (super::preview::section(&visit, show, &format!("/create/{slug}")))
                    @if !shown.is_empty() { section {
                        h2 { (visit.text("film-shown")) }
                        @for release in &shown {
                            video.shown controls playsinline preload="none" aria-label=(visit.text("film-shown")) src={ "/shown/" (release) "/film.mp4" } {}
                        }
                        p.hint { (visit.text("film-shown-words")) " " (visit.text("film-synthetic")) }
                    } }
                    section {
                        h2 { (visit.text("film-get")) }
                        ul {
                            li { (visit.language.with("film-get-film", &[("length", Language::length(show.seconds()).into())])) }
                            li { (visit.language.with("film-get-languages", &[("languages", languages.join(", ").into())])) }
                            li { (visit.text("film-get-download")) }
                        }
                    }
                }
                aside.sheet.sticky aria-label=(visit.text("film-order")) {
                    p.price { (visit.language.money(info.price.cents.into(), &info.price.currency)) }
                    (super::facts(&visit, show, false))
                    p { a.button.big.wide href=(visit.to(&format!("/create/{slug}"))) { (visit.text("film-make")) } }
                    p { a href=(visit.to(&format!("/gift/film/{slug}"))) { (visit.text("gift-this")) } }
                    @if !app.studio.till().mode().is_live() { p.hint { (visit.text("till-test-short")) } }
                    p.hint { (visit.text("film-photo-promise")) }
                }
            }
        }
    };
    Ok(Frame::new(&visit, &words.title)
        .lead(html! { (words.tagline) })
        .public(&words.tagline)
        .class("film")
        .preview(super::preview::runs(show))
        .page(body))
}
