//! GET `/healthz`: for whoever watches over the program, or sends it visitors.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::oops::Dressed;
use crate::visit::App;

/// `ok` while the program answers and its database does; else 503 with what does not, in plain words.
pub(crate) async fn show(State(app): State<App>) -> Response {
    match app.studio.metrics().database_answers().await {
        Ok(()) => "ok\n".into_response(),
        Err(error) => {
            let detail = error.detail().unwrap_or_default();
            tracing::error!(code = error.code(), detail, "the database does not answer");
            let words = "the database does not answer\n";
            (StatusCode::SERVICE_UNAVAILABLE, Extension(Dressed), words).into_response()
        }
    }
}
