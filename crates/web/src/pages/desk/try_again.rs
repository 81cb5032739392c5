//! POST `/desk/try-again`: has everything made again that was given up.

use axum::extract::State;
use axum::response::Response;

use crate::oops::Oops;
use crate::visit::{App, Visit};

/// Tries again.
pub(crate) async fn send(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    app.studio.desk().try_again().await?;
    Ok(visit.go("/desk"))
}
