//! GET `/films/{slug}/{picture}.jpg`: `poster`, `still-N` or `shot-N`, with the film's sample child.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use studio::films::PublicPictureKind;

use crate::oops::Oops;
use crate::visit::{App, Visit, header_text};

/// Which size and language. The version is only there to name the picture.
#[derive(Deserialize)]
pub(crate) struct Which {
    w: Option<u32>,
    l: Option<String>,
    v: Option<u32>,
}

/// The picture; everybody may keep it for an hour, one that is named with its version for a year.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Path((slug, file)): Path<(String, String)>,
    Query(which): Query<Which>,
) -> Result<Response, Oops> {
    let kind = kind(&file).ok_or_else(Oops::not_found)?;
    let language = which.l.as_deref().unwrap_or(visit.language.code());
    let picture = app.studio.films().picture(&slug, language, kind, which.w.unwrap_or(960)).await?;
    let etag = format!("\"{}\"", picture.etag);
    let current = app.studio.catalogue().show(&slug).map(|show| show.film().info().version);
    let keep = if which.v.is_some() && which.v == current {
        "public, max-age=31536000"
    } else {
        "public, max-age=3600"
    };
    let head = [(header::CACHE_CONTROL, keep.to_owned()), (header::ETAG, etag.clone())];
    if header_text(&headers, header::IF_NONE_MATCH) == Some(&etag) {
        return Ok((StatusCode::NOT_MODIFIED, head).into_response());
    }
    Ok((head, [(header::CONTENT_TYPE, picture.content_type)], picture.bytes).into_response())
}

fn kind(file: &str) -> Option<PublicPictureKind> {
    let name = file.strip_suffix(".jpg")?;
    match name.split_once('-') {
        None if name == "poster" => Some(PublicPictureKind::Poster),
        Some(("still", number)) => number.parse().ok().map(PublicPictureKind::Still),
        Some(("shot", number)) => number.parse().ok().map(PublicPictureKind::Shot),
        _ => None,
    }
}
