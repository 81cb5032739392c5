//! POST `/sign-out`: ends the session, here and in the database.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::oops::Oops;
use crate::visit::{App, Visit, with_cache_emptied};
use crate::{consent, cookies};

/// Signing out twice is signing out.
pub(crate) async fn send(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Result<Response, Oops> {
    if let Some(token) = &visit.token {
        app.studio.sessions().end(token).await?;
    }
    let mut answer = with_cache_emptied(visit.go("/"));
    cookies::clear_session(&mut answer, &visit);
    // Nobody who comes after them reads their conversations.
    if let Some(processor) = visit.messenger_of {
        consent::remove_of(&mut answer, &visit.policy, &headers, processor);
    }
    Ok(answer)
}
