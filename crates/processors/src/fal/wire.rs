//! What of fal's answers is read, and which of its addresses are followed: those of the policy's hosts alone.

use serde::Deserialize;
use serde_json::Value;

use super::{FileAt, Media};

/// Where requests stand in the queue.
const QUEUE: &str = "https://queue.fal.run/";
/// Where files are fetched.
const FILES: &str = "https://v3.fal.media/";

#[derive(Deserialize)]
pub(super) struct WireSubmitted {
    pub(super) request_id: String,
    response_url: String,
    status_url: String,
    cancel_url: String,
}

#[derive(Deserialize)]
pub(super) struct WireStatus {
    pub(super) status: String,
    pub(super) queue_position: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct WireDeleted {
    pub(super) cdn_delete_results: Vec<WireDeletedFile>,
}

#[derive(Deserialize)]
pub(super) struct WireDeletedFile {
    /// What went wrong with it.
    pub(super) exception: Option<Value>,
}

impl WireSubmitted {
    /// The part of the addresses before `/requests/`: they are the vendor's to choose (it is not the whole model's
    /// name), but within its queue.
    pub(super) fn app(&self) -> Option<String> {
        let id = &self.request_id;
        if !is_path(id) || id.contains('/') {
            return None;
        }
        let of = |url: &str, tail: &str| -> Option<String> {
            let app = url.strip_prefix(QUEUE)?.strip_suffix(&format!("/requests/{id}{tail}"))?;
            is_path(app).then(|| app.to_owned())
        };
        let app = of(&self.response_url, "")?;
        let same = of(&self.status_url, "/status")? == app && of(&self.cancel_url, "/cancel")? == app;
        same.then_some(app)
    }
}

/// Whether it is a path of plain letters in which nothing leads up.
pub(super) fn is_path(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    text.bytes().all(is_plain) && text.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// The files of a result, in its order: `video`, `image`, `images`. `None` when there are none, or one lies elsewhere.
pub(super) fn files(payload: &Value) -> Option<Vec<FileAt>> {
    let one = |value: &Value, media| {
        let path = value.get("url")?.as_str()?.strip_prefix(FILES)?;
        is_path(path).then(|| FileAt { path: path.to_owned(), media })
    };
    let mut files = Vec::new();
    if let Some(video) = payload.get("video").filter(|value| !value.is_null()) {
        files.push(one(video, Media::Video)?);
    }
    if let Some(image) = payload.get("image").filter(|value| !value.is_null()) {
        files.push(one(image, Media::Picture)?);
    }
    if let Some(images) = payload.get("images").filter(|value| !value.is_null()) {
        for image in images.as_array()? {
            files.push(one(image, Media::Picture)?);
        }
    }
    (!files.is_empty()).then_some(files)
}
