//! What Mux answers, as it is written; and what is made of it. It must not know how it came.

use serde::Deserialize;

use super::{Asset as Checked, Error, Status, Upload as CheckedUpload, UploadStatus};
use crate::Secret;
use crate::word::word_or;

/// Entries of a page; Mux gives at most 100.
pub(super) const PAGE: u32 = 100;

/// Everything comes in `data`.
#[derive(Deserialize)]
pub(super) struct Data<T> {
    pub(super) data: T,
}

/// A page of the list of assets, newest first.
#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) data: Vec<Asset>,
    pub(super) next_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Asset {
    pub(super) id: String,
    status: String,
    pub(super) passthrough: Option<String>,
    playback_ids: Option<Vec<PlaybackId>>,
    duration: Option<f64>,
    errors: Option<Problem>,
    master_access: Option<String>,
    tracks: Option<Vec<Track>>,
}

#[derive(Deserialize)]
struct PlaybackId {
    id: String,
    policy: String,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Track {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    language_code: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Upload {
    id: String,
    status: String,
    url: Option<String>,
    asset_id: Option<String>,
}

#[derive(Deserialize)]
struct Failure {
    error: Problem,
}

impl Asset {
    /// The asset, if nobody can watch it without a token.
    pub(super) fn checked(self) -> Result<Checked, Error> {
        let ids = self.playback_ids.unwrap_or_default();
        let is_open = ids.iter().any(|id| id.policy != "signed");
        if is_open || self.master_access.is_some_and(|access| access != "none") {
            return Err(Error::Exposed(self.id));
        }
        let status = match self.status.as_str() {
            "preparing" => Status::Preparing,
            "ready" => Status::Ready,
            "errored" => Status::Errored,
            _ => return Err(Error::Malformed("it names a status that the contract does not")),
        };
        let is_text = |track: &Track| track.kind.as_deref() == Some("text");
        let tracks = self.tracks.unwrap_or_default().into_iter().filter(is_text);
        Ok(Checked {
            id: self.id,
            status,
            passthrough: self.passthrough,
            playback_id: ids.into_iter().next().map(|id| id.id),
            duration_ms: self.duration.and_then(milliseconds),
            problem: self.errors.map(|errors| word(errors.kind.as_deref())),
            captions: tracks.filter_map(|track| Some((track.id?, track.language_code))).collect(),
        })
    }
}

impl Upload {
    pub(super) fn checked(self) -> Result<CheckedUpload, Error> {
        let status = match self.status.as_str() {
            "waiting" => UploadStatus::Waiting,
            "asset_created" => UploadStatus::AssetCreated,
            "errored" | "cancelled" | "timed_out" => UploadStatus::Over,
            _ => return Err(Error::Malformed("it names a status that the contract does not")),
        };
        if status == UploadStatus::Waiting && self.url.is_none() {
            return Err(Error::Malformed("an upload has no address"));
        }
        let url = Secret::new(self.url.unwrap_or_default());
        Ok(CheckedUpload { id: self.id, status, url, asset: self.asset_id })
    }
}

/// Mux's word for an error.
pub(super) fn word_of_error(body: &[u8]) -> String {
    word(serde_json::from_slice::<Failure>(body).ok().and_then(|failure| failure.error.kind).as_deref())
}

fn word(kind: Option<&str>) -> String {
    word_or(kind, "unknown")
}

fn milliseconds(seconds: f64) -> Option<u64> {
    // A day is more than any film has.
    (0.0..=86_400.0).contains(&seconds).then(|| (seconds * 1000.0).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_error_only_a_word_is_told() {
        let body = br#"{"error":{"type":"invalid_parameters","messages":["https://secret"]}}"#;
        assert_eq!(word_of_error(body), "invalid_parameters");
        for other in ["{}", "", r#"{"error":{"type":"https://secret"}}"#, r#"{"error":"no"}"#] {
            assert_eq!(word_of_error(other.as_bytes()), "unknown", "{other}");
        }
    }

    #[test]
    fn lengths_are_lengths() {
        assert_eq!(milliseconds(61.5), Some(61_500));
        assert_eq!(milliseconds(-1.0), None);
        assert_eq!(milliseconds(f64::NAN), None);
    }
}
