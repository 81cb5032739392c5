//! `/library/photos/{photo}/delete`: asks once, then deletes the photo and everything made from it.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::html;
use studio::PhotoId;

use super::{confirm, photo_url, shelf};
use crate::oops::Oops;
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
        html! { img src=(photo_url(&photo, "small.jpg")) alt=(visit.text("library-photo")); }
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
