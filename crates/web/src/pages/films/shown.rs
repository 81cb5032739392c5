//! GET `/shown/{release}/film.mp4`: a family's film that its guardian released to be shown; for everybody, as long
//! as the release holds. It is asked anew each time, and again and again on the way.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use studio::releases::ReleaseId;

use crate::file::{File, while_allowed};
use crate::oops::Oops;
use crate::visit::App;

/// The file, or a range of it.
pub(crate) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    Path(release): Path<String>,
) -> Result<Response, Oops> {
    let release = ReleaseId::parse(&release).ok_or_else(Oops::not_found)?;
    let releases = app.studio.releases();
    let file = File::of_others(releases.film(&release, Some(0..0)).await?);
    file.answer(&headers, async |part| {
        let bytes = releases.film(&release, part).await?.bytes;
        let (studio, release) = (app.studio.clone(), release.clone());
        Ok(while_allowed(bytes, move || {
            let (studio, release) = (studio.clone(), release.clone());
            async move { studio.releases().goes_on(&release).await }
        }))
    })
    .await
}
