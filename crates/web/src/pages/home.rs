//! GET `/`: what it is, the film as the picture, three steps, the promise about the photo.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use studio::films::Show;

use crate::drawings;
use crate::frame::Frame;
use crate::pages::films::{Wanted, facts, picture, scenes, shelf};
use crate::visit::{App, Visit};

/// The front page.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Response {
    let shows = app.studio.catalogue().shows();
    let first = shows.first();
    let scenery = html! { (drawings::landscape()) (drawings::edge("to-table", 3)) };
    let opening = html! {
        div.front {
            div.wrap.hero {
                div {
                    h1 { (visit.text("home-title")) }
                    p.lead { (visit.text("home-lead")) }
                    p.row {
                        @match first {
                            Some(show) if shows.len() == 1 => {
                                a.button.big href=(visit.to(&format!("/films/{}", show.slug()))) { (visit.text("home-button-one")) }
                            }
                            _ => { a.button.big href=(visit.to("/films")) { (visit.text("home-button")) } }
                        }
                        a.button.big.quiet href="#steps" { (visit.text("home-how")) }
                    }
                }
                @if let Some(show) = first {
                    (drawings::theatre(html! {
                        (picture(show, visit.language, "poster", "(min-width: 56rem) 36rem, 88vw", &alt(&visit, show), Wanted::First))
                    }))
                } @else {
                    (drawings::theatre(html! { div {} }))
                }
            }
        }
    };
    let body = html! {
        section.wrap.steps-place id="steps" aria-labelledby="steps-title" {
            h2 id="steps-title" { (visit.text("home-steps")) }
            ol.steps {
                li { (drawings::playbill()) h3 { (visit.text("home-step-1")) } p { (visit.text("home-step-1-words")) } }
                li { (drawings::photo_and_scissors()) h3 { (visit.text("home-step-2")) } p { (visit.text("home-step-2-words")) } }
                li { (drawings::sofa()) h3 { (visit.text("home-step-3")) } p { (visit.text("home-step-3-words")) } }
            }
        }
        @if !shows.is_empty() {
            section.wrap.shelf aria-labelledby="shelf-title" {
                h2 id="shelf-title" { (visit.text("home-shelf")) }
                @match shows {
                    [only] => { (premiere(&visit, only)) }
                    _ => { (shelf(&visit, shows, false)) }
                }
            }
        }
        section.promise aria-labelledby="promise-title" {
            (drawings::edge("to-hill", 11))
            div.wrap.grid {
                (drawings::envelope())
                div {
                    h2 id="promise-title" { (visit.text("home-promise")) }
                    ul {
                        li { (visit.text("home-promise-1")) }
                        li { (visit.text("home-promise-2")) }
                        li { (visit.text("home-promise-3")) }
                        li { (visit.text("home-promise-4")) }
                    }
                }
            }
        }
    };
    let title = visit.text("home-title");
    Frame::new(&visit, &title)
        .opening(scenery, opening)
        .public(&visit.text("home-lead"))
        .class("front-page")
        .page(body)
}

fn alt(visit: &Visit, show: &Show) -> String {
    let title = show.film().words(visit.language.code()).title.as_str();
    visit.language.plain("home-picture", &[("title", title.into())])
}

/// The only film on the programme, in three scenes.
fn premiere(visit: &Visit, show: &Show) -> Markup {
    let words = show.film().words(visit.language.code());
    let to = visit.to(&format!("/films/{}", show.slug()));
    let sizes = "(min-width: 44rem) 22rem, 92vw";
    html! {
        div.scenes {
            @for scene in scenes(show, 3) { span.mount { (picture(show, visit.language, &scene, sizes, "", Wanted::Near)) } }
        }
        div.row.apart {
            div {
                h3 { a href=(to) { (words.title) } }
                p.soft { (words.tagline) }
            }
            (facts(visit, show, true))
        }
    }
}
