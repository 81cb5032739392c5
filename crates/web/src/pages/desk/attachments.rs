//! `/desk/enquiries/{enquiry}/attachments/{attachment}`: what came with a mail. It is released or deleted, and once
//! released it is saved as a file. It is never shown: no browser is told what it is.

use axum::extract::{Form, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use studio::enquiries::{AttachmentId, EnquiryId};

use crate::file::percent;
use crate::oops::Oops;
use crate::visit::{App, AtDesk, Visit};

/// Should a browser show it all the same: nothing is loaded, nothing runs, and it belongs to no site.
const ALONE: &str =
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'; sandbox";

/// GET: the file, when it was released.
pub(crate) async fn fetch(
    State(app): State<App>,
    AtDesk(who): AtDesk,
    Path(path): Path<(String, String)>,
) -> Result<Response, Oops> {
    let (case, attachment) = ids(&path)?;
    let opened = app.studio.enquiries().open_attachment(&who, &case, &attachment).await?;
    let name = format!("attachment; filename=\"attachment\"; filename*=UTF-8''{}", percent(&opened.name));
    let head = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CONTENT_SECURITY_POLICY, ALONE.to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((head, opened.content).into_response())
}

/// What is to be done with it.
#[derive(Deserialize)]
pub(crate) struct Fields {
    todo: String,
}

/// POST: releases or deletes it.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
    Path(path): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let (case, attachment) = ids(&path)?;
    let enquiries = app.studio.enquiries();
    match fields.todo.as_str() {
        "release" => enquiries.release_attachment(&who, &case, &attachment).await?,
        "delete" => enquiries.delete_attachment(&who, &case, &attachment).await?,
        _ => return Err(Oops::not_found()),
    }
    Ok(visit.go(&format!("/desk/enquiries/{case}")))
}

fn ids((case, attachment): &(String, String)) -> Result<(EnquiryId, AttachmentId), Oops> {
    EnquiryId::parse(case).zip(AttachmentId::parse(attachment)).ok_or_else(Oops::not_found)
}
