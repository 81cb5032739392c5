//! What ImageKit answers, as it is written. It must not know how it came.

use serde::Deserialize;

/// What an upload is answered with, and what `details` tells of a file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct File {
    pub(super) file_id: String,
    pub(super) file_path: String,
    pub(super) size: Option<u64>,
    pub(super) is_private_file: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bulk {
    pub(super) successfully_deleted_file_ids: Vec<String>,
}

/// What a bulk deletion is refused with when files are missing; then none was deleted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Missing {
    pub(super) missing_file_ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Purge {
    pub(super) request_id: String,
}

#[derive(Deserialize)]
pub(super) struct PurgeStatus {
    pub(super) status: String,
}
