//! GET `/create/{slug}`: begins a draft, or goes on with the one there is, at the first open step.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use studio::analytics::What;

use crate::oops::Oops;
use crate::pages::usage;
use crate::visit::{App, Customer, Visit};

/// Asking again changes nothing: a film has at most one open draft.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(slug): Path<String>,
) -> Response {
    if app.studio.catalogue().show(&slug).is_none() {
        return Oops::not_found().into_response();
    }
    let is_open = match app.studio.orders().draft_of(&account, &slug).await {
        Ok(draft) => draft.is_some(),
        Err(error) => return Oops::from(error).into_response(),
    };
    if let Err(error) = app.studio.orders().begin(&account, &slug, visit.language.code()).await {
        return Oops::from(error).into_response();
    }
    if !is_open {
        usage::tell(&app, &visit, &account, What::FilmStarted { film: &slug }).await;
    }
    match super::draft(&app, &visit, &account, &slug).await {
        Ok(draft) => visit.go(&draft.to(draft.first_open())),
        Err(instead) => instead.into_response(),
    }
}
