//! POST `/sign-out`: ends the session, here and in the database.

use axum::extract::State;
use axum::response::Response;

use crate::cookies;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// Signing out twice is signing out.
pub(crate) async fn send(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    if let Some(token) = &visit.token {
        app.studio.sessions().end(token).await?;
    }
    let mut answer = visit.go("/");
    cookies::clear_session(&mut answer, &app.options);
    Ok(answer)
}
