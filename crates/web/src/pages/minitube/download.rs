//! GET `/minitube/{film}/film.mp4`: the whole film as one file, or a range of it; with `?download` to
//! be kept.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use crate::file::{File, while_allowed};
use crate::oops::Oops;
use crate::visit::{App, Customer};

/// To be kept, not played.
#[derive(Deserialize)]
pub(crate) struct How {
    download: Option<String>,
}

/// The file. It is decrypted while it is sent, and only as much as was asked for; it breaks off when the film is no
/// longer there, or its account's data may not be used.
pub(crate) async fn show(
    State(app): State<App>,
    Customer(account): Customer,
    headers: HeaderMap,
    Path(film): Path<String>,
    Query(how): Query<How>,
) -> Result<Response, Oops> {
    let id = super::id(&film)?;
    let films = app.studio.films();
    // The file changes its name in the store whenever it changes, so its size and name are asked first.
    let file = File::of(films.download(&account, &id, Some(0..0)).await?, how.download.is_some());
    file.answer(&headers, async |part| {
        let bytes = films.download(&account, &id, part).await?.bytes;
        let (studio, account, id) = (app.studio.clone(), account.clone(), id.clone());
        Ok(while_allowed(bytes, move || {
            let (studio, account, id) = (studio.clone(), account.clone(), id.clone());
            async move { studio.films().find(&account, &id).await.map(drop) }
        }))
    })
    .await
}
