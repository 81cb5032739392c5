//! POST `/inbound/mail`: a mail server hands in a mail that somebody wrote to us, as it came. It shows the secret
//! that the operator gave it; without one set there is nothing here.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use studio::enquiries::Inbound;

use crate::oops::Oops;
use crate::visit::{App, header_text};

/// Takes it, and says whether it is a case.
pub(crate) async fn send(State(app): State<App>, headers: HeaderMap, mail: Bytes) -> Result<Response, Oops> {
    let shown = header_text(&headers, header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    if !app.studio.enquiries().may_hand_in(shown.unwrap_or_default()) {
        return Err(Oops::new(StatusCode::UNAUTHORIZED, "sign-in-required"));
    }
    let told = match app.studio.enquiries().receive(&mail).await? {
        Inbound::Taken(case) => serde_json::json!({ "case": case.as_str() }),
        Inbound::Ignored(why) => serde_json::json!({ "ignored": why }),
    };
    Ok(Json(told).into_response())
}
