//! `/library`: what we keep for a family and what it is used for, each with a delete button that means it.

pub(crate) mod child_delete;
pub(crate) mod child_name;
pub(crate) mod draft_discard;
pub(crate) mod index;
pub(crate) mod photo_delete;
pub(crate) mod photo_picture;

use axum::response::Response;
use maud::{Markup, html};
use studio::PhotoId;
use studio::photos::Photo;

use crate::frame::Frame;
use crate::visit::Visit;

/// Where a picture of a photo lies: `photo.jpg`, `small.jpg`, `cut-out.png`, `cut-out-small.png`.
pub(super) fn photo_url(photo: &PhotoId, picture: &str) -> String {
    format!("/library/photos/{photo}/{picture}")
}

/// An account's photos, as they are listed, with the numbers that they go by on every page: counted from the oldest.
pub(super) fn numbered(photos: Vec<Photo>) -> Vec<(usize, Photo)> {
    let all = photos.len();
    photos.into_iter().enumerate().map(|(i, photo)| (all - i, photo)).collect()
}

/// Where somebody looks over what is kept of theirs: in the library, or where it says that it is only stored.
pub(super) fn shelf(visit: &Visit) -> &'static str {
    if visit.restricted().is_some() { "/account/restriction" } else { "/library" }
}

/// What to say there of what was just done.
pub(super) fn said(done: &str) -> Option<&'static str> {
    match done {
        "film" => Some("library-done-film"),
        "photo" => Some("library-done-photo"),
        "child" => Some("library-done-child"),
        "name" => Some("library-done-name"),
        "draft" => Some("library-done-draft"),
        _ => None,
    }
}

/// The question before something is deleted. `key` names its words: title, consequences and button.
pub(super) fn confirm(visit: &Visit, key: &str, what: &Markup, action: &str) -> Response {
    let words = |part: &str| visit.text(&format!("{key}-{part}"));
    let body = html! {
        div.wrap.narrow {
            form.sheet.stack method="post" action=(visit.to(action)) data-once {
                div.lead { (what) }
                p { (words("words")) }
                div.row {
                    button.button.big { (words("button")) }
                    a.button.big.quiet href=(visit.to(shelf(visit))) { (visit.text("delete-not")) }
                }
            }
        }
    };
    Frame::new(visit, &words("question")).class("small-title").page(body)
}
