//! POST `/messenger/open`: somebody opens the messenger. From now on the browser may keep what it needs.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::{Asked, Seat};
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// Opens it.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Json(asked): Json<Asked>,
) -> Result<Response, Oops> {
    let mut seat = Seat::of(&visit, &headers, &asked.page)?;
    seat.sit(&visit, &headers, &app.studio);
    let mut answer = Json(seat.talk(&app.studio, &asked.after).await?).into_response();
    seat.keep_in(&mut answer, &visit);
    Ok(answer)
}
