//! GET `/livez`: for whatever starts the program again. GET `/healthz`: for whatever sends it visitors. They are two,
//! because a start mends no database that is away.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::oops::Dressed;
use crate::visit::App;

/// `ok` as long as the program answers at all. Nothing is asked for it.
pub(crate) async fn lives() -> &'static str {
    "ok\n"
}

/// `ok` while the program answers and its database does; else 503 with what does not, in plain words.
pub(crate) async fn show(State(app): State<App>) -> Response {
    match app.studio.metrics().database_answers().await {
        Ok(()) => "ok\n".into_response(),
        Err(error) => {
            let detail = error.detail().unwrap_or_default();
            // No error of the log, as it would stand there with each question: whoever asks is told, and what fails
            // for people is logged as one.
            tracing::warn!(code = error.code(), detail, "the database does not answer");
            let words = "the database does not answer\n";
            (StatusCode::SERVICE_UNAVAILABLE, Extension(Dressed), words).into_response()
        }
    }
}
