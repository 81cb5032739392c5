//! Webhooks of ImageKit: whether one is ImageKit's own and of now, and what it says. We ask for none when we upload
//! (`webhookUrl` stays empty); one that is set for the whole account is understood all the same. It must not know
//! what follows from it; whoever takes events does away with doubled ones by their id.
//!
//! They are signed as Standard Webhooks are (`crate::svix`).

use serde::Deserialize;

use crate::Secret;
use crate::svix::{Svix, SvixError};

/// Why a webhook counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// It is not signed by ImageKit, or not of now.
    #[error(transparent)]
    Signature(#[from] SvixError),
    /// It is ImageKit's, but not of the form.
    #[error("the webhook is malformed")]
    Malformed,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// What was asked for at an upload is done.
    UploadDone,
    /// It failed.
    UploadFailed,
    /// Something that we do not need: it is answered and left alone.
    Other,
}

#[derive(Deserialize)]
struct Sent {
    #[serde(rename = "type")]
    kind: String,
}

/// What a webhook says, once one of the secrets has verified it.
pub(super) fn read<'h>(
    header: impl Fn(&str) -> Option<&'h str>,
    body: &[u8],
    secrets: &[Secret],
    now_s: i64,
) -> Result<Event, Rejected> {
    // Without a secret nothing is right.
    let mut verified = Err(SvixError::Secret);
    for secret in secrets {
        verified = Svix::new(secret.reveal()).and_then(|svix| svix.verify(&header, body, now_s));
        if verified.is_ok() {
            break;
        }
    }
    let message = verified?;
    let sent: Sent = serde_json::from_slice(body).map_err(|_| Rejected::Malformed)?;
    let what = match sent.kind.as_str() {
        "upload.pre-transform.success" | "upload.post-transform.success" => What::UploadDone,
        "upload.pre-transform.error" | "upload.post-transform.error" => What::UploadFailed,
        _ => What::Other,
    };
    Ok(Event { id: message.id, what })
}
