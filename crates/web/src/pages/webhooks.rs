//! POST `/webhooks/{processor}`: a processor tells something. It is kept if the processor signed it; what follows from
//! it is seen to afterwards. A processor that is not connected has nothing here.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};

use crate::oops::Oops;
use crate::visit::App;

/// Takes it.
pub(crate) async fn send(
    State(app): State<App>,
    Path(processor): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Oops> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    app.studio.webhooks().take(&processor, &header, &body).await?;
    Ok(StatusCode::OK)
}
