//! `/library/photos/{photo}/delete`: asks once, says which films are being made with it, then deletes the photo and
//! everything made from it.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::html;
use studio::PhotoId;
use studio::films::FilmState;

use super::{confirm, photo_url, shelf};
use crate::oops::Oops;
use crate::paper::heroes;
use crate::visit::{App, Owner, Visit, with_cache_emptied};

/// GET: the question.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
    Path(photo): Path<String>,
) -> Result<Response, Oops> {
    let photo = PhotoId::parse(&photo).ok_or_else(Oops::not_found)?;
    let what = if visit.restricted().is_some() {
        let given_at_ms = app.studio.photos().given_at_ms(&account, &photo).await?;
        html! { (visit.text("library-given")) " " (visit.moment(given_at_ms)) }
    } else {
        app.studio.photos().get(&account, &photo).await?;
        let mut films = app.studio.films().list(&account).await?;
        films.retain(|film| film.state == FilmState::Making && film.photos().any(|used| used == &photo));
        html! {
            img src=(photo_url(&photo, "small.jpg")) alt=(visit.text("library-photo"));
            @for film in &films {
                @let words = if film.is_made_again() { "photo-delete-again" } else { "photo-delete-making" };
                p { (visit.language.with(words, &heroes::named(visit.language, film))) }
            }
        }
    };
    Ok(confirm(&visit, "photo-delete", &what, &format!("/library/photos/{photo}/delete")))
}

/// POST: deletes.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
    Path(photo): Path<String>,
) -> Result<Response, Oops> {
    let photo = PhotoId::parse(&photo).ok_or_else(Oops::not_found)?;
    app.studio.photos().delete(&account, &photo).await?;
    Ok(with_cache_emptied(visit.go(&format!("{}?done=photo", shelf(&visit)))))
}
