//! `/minitube/{film}/delete`: asks once, then deletes the film for good.

use axum::extract::{Path, State};
use axum::response::Response;

use crate::oops::Oops;
use crate::pages::library::confirm;
use crate::paper::heroes;
use crate::visit::{App, Customer, Visit};

/// GET: the question.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(film): Path<String>,
) -> Result<Response, Oops> {
    let film = app.studio.films().find(&account, &super::id(&film)?).await?;
    let what = visit.language.with("minitube-film", &heroes::named(visit.language, &film));
    Ok(confirm(&visit, "film-delete", &what, &format!("/minitube/{}/delete", film.id)))
}

/// POST: deletes. One that is gone already is deleted.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(film): Path<String>,
) -> Result<Response, Oops> {
    app.studio.films().delete(&account, &super::id(&film)?).await?;
    Ok(visit.go("/library?done=film"))
}
