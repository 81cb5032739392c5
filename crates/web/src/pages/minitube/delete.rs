//! `/minitube/{film}/delete`: asks once, then deletes the film for good.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::html;

use crate::oops::Oops;
use crate::pages::desk::orders::title;
use crate::pages::library::{confirm, shelf};
use crate::paper::heroes;
use crate::visit::{App, Owner, Visit};

/// GET: the question.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
    Path(film): Path<String>,
) -> Result<Response, Oops> {
    let id = super::id(&film)?;
    let what = if visit.restricted().is_some() {
        let stored = app.studio.accounts().stored(&account).await?.films;
        let film = stored.into_iter().find(|film| film.id == id).ok_or_else(Oops::not_found)?;
        html! { (title(&app, &visit, &film.film)) ", " (visit.moment(film.created_at_ms)) }
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
    Ok(visit.go(&format!("{}?done=film", shelf(&visit))))
}
