//! GET `/operator/sign-in/{token}`: the link that the program prints at its start and when asked to, good for one use.

use axum::extract::{Path, State};
use axum::response::Response;

use crate::cookies;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// Signs the operator in.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Oops> {
    let session = app.studio.sessions().operator_sign_in(&token).await?;
    let mut answer = visit.go("/desk");
    cookies::set_session(&mut answer, &visit, &session.token);
    Ok(answer)
}
