//! Webhooks of Mux: whether one is Mux's own and of now, and what it says. It must not know what follows from it;
//! whoever takes events does away with doubled ones by their id.
//!
//! Header `Mux-Signature: t=SECONDS,v1=HEX[,v1=HEX]`: HMAC-SHA256 of `SECONDS.BODY`, the body as it came. Mux's own
//! client looks at the past only, we at the future too.

use serde::Deserialize;
use serde_json::Value;

use super::wire::Asset as WireAsset;
use super::{Asset, Error};
use crate::signing::Unproven;
use crate::{Secret, signing};

/// Why a webhook counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// There is no signature, or none of the form.
    #[error("the webhook is not signed")]
    Unsigned,
    /// It was not signed with our secret, or the body is another.
    #[error("the webhook's signature is wrong")]
    Forged,
    /// It is from before the window.
    #[error("the webhook is too old")]
    TooOld,
    /// It is from after the window.
    #[error("the webhook is from the future")]
    FromFuture,
    /// It is Mux's, but not of the form.
    #[error("the webhook is malformed")]
    Malformed,
    /// An asset can be watched or fetched without a token. It is to be deleted.
    #[error("an asset at Mux is open to everybody: it is to be deleted")]
    Exposed(String),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id: the same id is the same event, however often it comes.
    pub id: String,
    /// What it says.
    pub what: What,
}

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// An asset was made, for example of an upload.
    AssetCreated(Asset),
    /// An asset can be watched.
    AssetReady(Asset),
    /// An asset never will be.
    AssetErrored(Asset),
    /// An asset is gone: confirms a deletion.
    AssetDeleted {
        /// Its id.
        asset: String,
    },
    /// Captions can be shown.
    CaptionsReady {
        /// The asset's id.
        asset: String,
        /// The track's id.
        track: String,
    },
    /// Captions never will be.
    CaptionsErrored {
        /// The asset's id.
        asset: String,
        /// The track's id.
        track: String,
    },
    /// An upload became an asset.
    UploadDone {
        /// The upload's id.
        upload: String,
        /// The asset's id.
        asset: String,
    },
    /// Nothing will come of an upload.
    UploadOver {
        /// Its id.
        upload: String,
    },
    /// Something that we do not need: it is answered and left alone.
    Other,
}

#[derive(Deserialize)]
struct Sent {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    data: Value,
}

/// Whether a webhook was signed with one of the secrets, within the window around `now_s` (seconds since 1970).
///
/// # Errors
/// See [`Rejected`].
pub fn verify(signature: Option<&str>, body: &[u8], secrets: &[Secret], now_s: i64) -> Result<(), Rejected> {
    let header = signature.unwrap_or_default();
    signing::timestamped_hmac(secrets, header, body, now_s).map_err(|why| match why {
        Unproven::Unsigned => Rejected::Unsigned,
        Unproven::Forged => Rejected::Forged,
        Unproven::TooOld => Rejected::TooOld,
        Unproven::FromTheFuture => Rejected::FromFuture,
    })
}

/// What a webhook says, once it is verified.
pub(super) fn read(
    signature: Option<&str>,
    body: &[u8],
    secrets: &[Secret],
    now_s: i64,
) -> Result<Event, Rejected> {
    verify(signature, body, secrets, now_s)?;
    let sent: Sent = serde_json::from_slice(body).map_err(|_| Rejected::Malformed)?;
    if sent.id.is_empty() {
        return Err(Rejected::Malformed);
    }
    let text = |name: &str| {
        sent.data.get(name).and_then(Value::as_str).map(str::to_owned).ok_or(Rejected::Malformed)
    };
    let what = match sent.kind.as_str() {
        "video.asset.created" => What::AssetCreated(asset(&sent.data)?),
        "video.asset.ready" => What::AssetReady(asset(&sent.data)?),
        "video.asset.errored" => What::AssetErrored(asset(&sent.data)?),
        "video.asset.deleted" => What::AssetDeleted { asset: text("id")? },
        "video.asset.track.ready" => What::CaptionsReady { asset: text("asset_id")?, track: text("id")? },
        "video.asset.track.errored" => What::CaptionsErrored { asset: text("asset_id")?, track: text("id")? },
        "video.upload.asset_created" => What::UploadDone { upload: text("id")?, asset: text("asset_id")? },
        "video.upload.cancelled" | "video.upload.errored" => What::UploadOver { upload: text("id")? },
        _ => What::Other,
    };
    Ok(Event { id: sent.id, what })
}

fn asset(data: &Value) -> Result<Asset, Rejected> {
    let asset = WireAsset::deserialize(data).map_err(|_| Rejected::Malformed)?;
    asset.checked().map_err(|error| match error {
        Error::Exposed(id) => Rejected::Exposed(id),
        _ => Rejected::Malformed,
    })
}
