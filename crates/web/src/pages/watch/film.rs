//! GET `/watch/{token}/film.mp4`: the shared film, or a range of it, by the pass that its page holds. Whether it is
//! shared is asked anew each time, and again and again on the way.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::file::{File, while_allowed};
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// The file, or a range of it.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Path(pass): Path<String>,
) -> Result<Response, Oops> {
    let shares = app.studio.shares();
    let file = File::of_others(shares.film(&pass, Some(0..0), None).await?);
    file.answer(&headers, async |part| {
        let bytes = shares.film(&pass, part, visit.account()).await?.bytes;
        let (studio, pass) = (app.studio.clone(), pass.clone());
        Ok(while_allowed(bytes, move || {
            let (studio, pass) = (studio.clone(), pass.clone());
            async move { studio.shares().goes_on(&pass).await }
        }))
    })
    .await
}
