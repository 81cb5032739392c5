//! Embedded mode answers only under its own names: another site that points its name at this machine
//! (DNS rebinding) gets nothing.

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::oops::Oops;
use crate::visit::{App, header_text};

/// Refuses requests for a name that is not ours with 421.
pub(crate) async fn known_host(State(app): State<App>, request: Request, next: Next) -> Response {
    let named = request
        .uri()
        .authority()
        .map(|authority| authority.as_str())
        .or_else(|| header_text(request.headers(), header::HOST))
        .unwrap_or_default();
    if app.options.answers_to(named) {
        next.run(request).await
    } else {
        Oops::new(StatusCode::MISDIRECTED_REQUEST, "unknown-host").into_response()
    }
}
