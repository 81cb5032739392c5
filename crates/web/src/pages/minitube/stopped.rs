//! POST `/minitube/{film}/stopped`: where somebody stopped watching, told by the player, so that the film goes on there. It
//! stands with the film: nothing is kept in the browser for it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use crate::oops::Oops;
use crate::visit::{App, Customer};

/// Where that was.
#[derive(Deserialize)]
pub(crate) struct Stopped {
    seconds: u32,
}

/// Keeps it.
pub(crate) async fn send(
    State(app): State<App>,
    Customer(account): Customer,
    Path(film): Path<String>,
    Json(stopped): Json<Stopped>,
) -> Result<StatusCode, Oops> {
    app.studio.films().stopped_at(&account, &super::id(&film)?, stopped.seconds).await?;
    Ok(StatusCode::NO_CONTENT)
}
