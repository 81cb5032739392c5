//! POST `/messenger/open`: somebody opens the messenger. From now on the browser may keep what it needs. Where it is
//! somebody else's, what it is started with is told anew.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::{Asked, Seat, theirs};
use crate::oops::Oops;
use crate::visit::{App, Visit, page_of};

/// Opens it.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Json(asked): Json<Asked>,
) -> Result<Response, Oops> {
    let mut seat = Seat::of(&visit, &headers, &asked.page)?;
    if let Some(boot) = theirs::boot_of(&app.studio, &visit, page_of(&seat.around.page)).await? {
        return Ok(Json(theirs::told(&visit, &boot)).into_response());
    }
    seat.sit(&visit, &headers, &app.studio);
    let mut answer = Json(seat.talk(&app.studio, &asked.after).await?).into_response();
    seat.keep_in(&mut answer, &visit);
    Ok(answer)
}
