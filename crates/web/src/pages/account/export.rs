//! `/account/export`: a copy of everything. It takes a sign-in of the last hour, and the link it leads to ends soon.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use maud::html;

use crate::cookies;
use crate::file::File;
use crate::frame::Frame;
use crate::oops::Oops;
use crate::visit::{App, Owner, Visit};

/// GET: what it is, and the button.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Response {
    let recent = visit.session.as_ref().is_some_and(|session| app.studio.exports().is_recent(session));
    let body = html! {
        div.wrap.narrow {
            form.sheet.stack method="post" action=(visit.to("/account/export")) {
                p.lead { (visit.text("export-words")) }
                p { (visit.text("export-what")) }
                @if !recent { div.notice { p { (visit.text("export-again-words")) } } }
                div.row {
                    button.button.big { (visit.text(if recent { "export-button" } else { "export-again" })) }
                    a.button.big.quiet href=(visit.to("/account")) { (visit.text("account-title")) }
                }
            }
        }
    };
    Frame::new(&visit, &visit.text("export-title")).class("small-title").page(body)
}

/// POST: on to the file, or to sign in again.
pub(crate) async fn send(State(app): State<App>, visit: Visit, Owner(_): Owner) -> Result<Response, Oops> {
    let session = visit.session.as_ref().ok_or_else(Oops::not_found)?;
    if let Some(token) = app.studio.exports().link(session) {
        return Ok(visit.go(&format!("/account/export/{token}/mini-studio.tar")));
    }
    if let Some(token) = &visit.token {
        app.studio.sessions().end(token).await?;
    }
    let mut answer = visit.go("/sign-in?next=/account/export");
    cookies::clear_session(&mut answer, &visit);
    Ok(answer)
}

/// GET `/account/export/{token}/mini-studio.tar`: the archive, or a part of it.
pub(crate) async fn file(
    State(app): State<App>,
    Owner(account): Owner,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Result<Response, Oops> {
    let exports = app.studio.exports();
    exports.check(&account, &token)?;
    let archive = exports.lay_out(&account).await?;
    let file = File {
        content_type: "application/x-tar",
        name: "mini-studio.tar".into(),
        keep: true,
        held: false,
        etag: archive.etag.clone(),
        size: archive.size,
    };
    file.answer(&headers, async |part| archive.bytes(part)).await
}
