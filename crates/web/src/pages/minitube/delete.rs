//! `/minitube/{film}/delete`: asks once, then deletes the film for good.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::html;

use crate::oops::Oops;
use crate::pages::films;
use crate::pages::library::{confirm, shelf};
use crate::paper::heroes;
use crate::visit::{App, Owner, Visit, with_cache_emptied};

/// GET: the question.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
    Path(film): Path<String>,
) -> Result<Response, Oops> {
    let id = super::id(&film)?;
    let what = if visit.restricted().is_some() {
        let film = app.studio.accounts().stored_film(&account, &id).await?;
        html! { (films::title_of(&app, &visit, &film.film)) ", " (visit.moment(film.created_at_ms)) }
    } else {
        let film = app.studio.films().find(&account, &id).await?;
        visit.language.with("minitube-film", &heroes::named(visit.language, &film))
    };
    Ok(confirm(&visit, "film-delete", &what, &format!("/minitube/{id}/delete")))
}

/// POST: deletes. One that is gone already is deleted.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
    Path(film): Path<String>,
) -> Result<Response, Oops> {
    app.studio.films().delete(&account, &super::id(&film)?).await?;
    Ok(with_cache_emptied(visit.go(&format!("{}?done=film", shelf(&visit)))))
}
