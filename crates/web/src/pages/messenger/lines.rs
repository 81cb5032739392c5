//! `/messenger`: reading what was said, and saying something.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{Asked, Seat, Talk};
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// What somebody says.
#[derive(Deserialize)]
pub(crate) struct Saying {
    #[serde(flatten)]
    asked: Asked,
    words: String,
}

/// GET: what was said since.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Json<Talk>, Oops> {
    let seat = Seat::of(&visit, &headers, &asked.page)?;
    Ok(Json(seat.talk(&app.studio, &asked.after).await?))
}

/// POST: says it, and answers with what was said since.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Json(Saying { asked, words }): Json<Saying>,
) -> Result<Response, Oops> {
    let mut seat = Seat::of(&visit, &headers, &asked.page)?;
    seat.sit(&visit, &headers, &app.studio);
    if let Some(person) = &seat.person {
        app.studio.conversations().say(person, &seat.around, &words, &visit.client()).await?;
    }
    let mut answer = Json(seat.talk(&app.studio, &asked.after).await?).into_response();
    seat.keep_in(&mut answer, &visit);
    Ok(answer)
}
