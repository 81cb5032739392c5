//! GET `/watch/{token}/captions/{name}`: the words of a shared film, by the pass that its page holds.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::oops::Oops;
use crate::visit::App;

/// The captions of one language, or what is to be seen in it.
pub(crate) async fn show(
    State(app): State<App>,
    Path((pass, name)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let (content_type, text) = app.studio.shares().captions(&pass, &name).await?;
    Ok(([(header::CONTENT_TYPE, content_type)], text).into_response())
}
