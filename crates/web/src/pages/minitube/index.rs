//! GET `/minitube`: the family's films as big pictures.

use axum::extract::State;
use axum::response::Response;
use maud::html;
use studio::films::{FilmState, FilmView};
use studio::streams::Picture;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::pages::messenger::panel::plain_button;
use crate::paper::heroes;
use crate::visit::{App, Customer, Visit};

/// The films that can be watched, newest first.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
) -> Result<Response, Oops> {
    let mut films = app.studio.films().list(&account).await?;
    films.retain(|film| film.state != FilmState::Failed);
    let pictures = app.studio.streams().pictures(&account).await;
    let body = html! {
        div.wrap.minitube {
            @if films.is_empty() {
                p.lead { (visit.text("minitube-none")) }
                p { a.button.big href=(visit.to("/films")) { (visit.text("minitube-to-films")) } }
            }
            ul.posters { @for film in &films { li { (poster(&app, &visit, film, pictures.get(&film.id))) } } }
            @if visit.offers_messenger() {
                details.sheet.flat { summary { strong { (visit.text("grown-ups")) } } (plain_button(&visit)) }
            }
        }
    };
    Ok(Frame::new(&visit, &visit.text("minitube-title")).for_child().class("small-title").page(body))
}

fn poster(app: &App, visit: &Visit, film: &FilmView, own: Option<&Picture>) -> maud::Markup {
    html! {
        a.poster href=(visit.to(&format!("/minitube/{}", film.id))) {
            span.mount {
                @if let Some(show) = app.studio.catalogue().show(&film.film) {
                    (super::poster(visit, show, film, own, "(min-width: 50rem) 30rem, 92vw"))
                }
            }
            span.play aria-hidden="true" {}
            h2 { (visit.language.with("minitube-film", &heroes::named(visit.language, film))) }
            @if film.state == FilmState::Making { p { span.tag { (visit.text("minitube-making")) } } }
        }
    }
}
