//! POST `/usage`: our own counter of use, told by the page's script where consent allows it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use policy::consent::Purpose;
use serde::Deserialize;
use studio::usage::Event;

use crate::oops::Oops;
use crate::site::template_of;
use crate::visit::{App, Visit};

/// What happened where.
#[derive(Deserialize)]
pub(crate) struct Told {
    path: String,
    #[serde(flatten)]
    event: Event,
}

/// Counts, if the visitor allows it: whatever a script may have thought, the decision is looked at here.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Json(told): Json<Told>,
) -> Result<StatusCode, Oops> {
    if visit.consent.decision.allowed.allows(Purpose::Analytics)
        // Which page of the site map it was, never what stands in the address.
        && let Some(place) = template_of(&told.path)
    {
        app.studio.usage().count(told.event, place).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
