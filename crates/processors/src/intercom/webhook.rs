//! Notifications: `X-Hub-Signature: sha1=` and the hex HMAC-SHA1 of the raw body under the client secret.
//!
//! The header has no time in it, so nothing there keeps an old notification from coming again: each is taken once, by
//! its id. A time inside the signed body is held against a window where there is one (that there is, is assumed).
//! What a notification tells is not believed further than which conversation it is about: that one is read again.

use futures::future::BoxFuture;
use ring::hmac;
use serde::Deserialize;

use crate::{Secret, signing};

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its id; the same one is the same notification.
    pub id: String,
    /// What happened: `conversation.user.created`.
    pub topic: String,
    /// The conversation that it is about, where it is about one.
    pub conversation: Option<String>,
}

/// The notifications that were taken could not be looked up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the notifications that were taken are out of reach: {0}")]
pub struct SeenError(pub String);

/// The notifications that were taken, by their ids.
pub trait Seen: Send + Sync {
    /// Writes an id down; whether it is there for the first time.
    fn is_first<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, SeenError>>;
}

/// Why a notification is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// There is no signature, or it is not ours.
    #[error("the notification is not signed by Intercom")]
    Forged,
    /// It is older than the window.
    #[error("the notification is too old")]
    TooOld,
    /// It is from further in the future than clocks differ.
    #[error("the notification is from the future")]
    FromTheFuture,
    /// It is signed, but none that the contract knows.
    #[error("the notification cannot be read")]
    Malformed,
    /// Worth another delivery.
    #[error(transparent)]
    Seen(#[from] SeenError),
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    sort: String,
    id: Option<String>,
    topic: String,
    created_at: Option<i64>,
    #[serde(default)]
    data: Data,
}

#[derive(Default, Deserialize)]
struct Data {
    item: Option<Item>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type")]
    sort: Option<String>,
    id: Option<String>,
}

/// Whether a body is signed with a client secret.
pub fn is_signed(secret: &Secret, header: Option<&str>, body: &[u8]) -> bool {
    let Some(tag) = header.and_then(|header| header.strip_prefix("sha1=")).and_then(signing::unhex) else {
        return false;
    };
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.reveal().as_bytes());
    hmac::verify(&key, body, &tag).is_ok()
}

/// Reads a notification after its signature and its time were looked at.
pub(super) fn read(
    secret: &Secret,
    header: Option<&str>,
    body: &[u8],
    now_s: i64,
    window_s: Option<i64>,
) -> Result<Notification, WebhookError> {
    if !is_signed(secret, header, body) {
        return Err(WebhookError::Forged);
    }
    let event: Event = serde_json::from_slice(body).map_err(|_| WebhookError::Malformed)?;
    if event.sort != "notification_event" {
        return Err(WebhookError::Malformed);
    }
    if let (Some(at_s), Some(window_s)) = (event.created_at, window_s) {
        let age_s = now_s.saturating_sub(at_s);
        if age_s > window_s {
            return Err(WebhookError::TooOld);
        }
        if age_s < -window_s {
            return Err(WebhookError::FromTheFuture);
        }
    }
    // Without an id it could be taken any number of times.
    let id = event.id.filter(|id| !id.is_empty()).ok_or(WebhookError::Malformed)?;
    let item = event.data.item.filter(|item| item.sort.as_deref() == Some("conversation"));
    Ok(Notification { id, topic: event.topic, conversation: item.and_then(|item| item.id) })
}
