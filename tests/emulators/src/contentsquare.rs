//! ContentSquare: its tag, and nothing else that could be called.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::{Emulator, tags};

/// The running emulator, with one project.
pub struct Contentsquare {
    /// The server.
    pub emulator: Emulator,
}

impl Contentsquare {
    /// Starts it.
    pub async fn start(tag_id: &str) -> Self {
        let routes = Router::new().route("/uxa/{file}", get(tag)).with_state(format!("{tag_id}.js"));
        Self { emulator: Emulator::start(routes).await }
    }
}

async fn tag(State(known): State<String>, Path(file): Path<String>) -> Response {
    if file == known { tags::script(tags::CONTENTSQUARE) } else { StatusCode::NOT_FOUND.into_response() }
}
