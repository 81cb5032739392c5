//! GET `/films`: the catalogue.

use axum::extract::State;
use axum::response::Response;
use maud::html;

use crate::frame::Frame;
use crate::visit::{App, Visit};

/// All films on offer.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Response {
    let shows = app.studio.catalogue().shows();
    let body = html! {
        div.wrap {
            @if shows.is_empty() { p { (visit.text("films-none")) } }
            h2.hidden-words { (visit.text("films-list")) }
            (super::shelf(&visit, shows, true))
        }
    };
    Frame::new(&visit, &visit.text("films-title"))
        .lead(html! { (visit.text("films-lead")) })
        .public(&visit.text("films-lead"))
        .page(body)
}
