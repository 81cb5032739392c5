//! GET `/library/photos/{photo}/{picture}`: a photo or its cut-out, for its owner alone, never kept.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use studio::PhotoId;
use studio::photos::Picture;

use crate::oops::Oops;
use crate::visit::{App, Customer};

/// The picture.
pub(crate) async fn show(
    State(app): State<App>,
    Customer(account): Customer,
    Path((photo, picture)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let photo = PhotoId::parse(&photo).ok_or_else(Oops::not_found)?;
    let which = match picture.as_str() {
        "photo.jpg" => Picture::Photo,
        "small.jpg" => Picture::PhotoSmall,
        "cut-out.png" => Picture::CutOut,
        "cut-out-small.png" => Picture::CutOutSmall,
        _ => return Err(Oops::not_found()),
    };
    let picture = app.studio.photos().picture(&account, &photo, which).await?;
    Ok(([(header::CONTENT_TYPE, picture.content_type)], picture.bytes).into_response())
}
