//! What of Clerk's answers and webhooks is read: as little as the account needs. Pictures, metadata, telephone
//! numbers and other accounts are not even parsed.

use policy::{Personal, kind};
use serde::Deserialize;

use super::{Event, User};

#[derive(Deserialize)]
pub(super) struct WireUser {
    id: String,
    external_id: Option<String>,
    primary_email_address_id: Option<String>,
    #[serde(default)]
    email_addresses: Vec<WireEmail>,
    first_name: Option<String>,
    last_name: Option<String>,
    #[serde(default)]
    banned: bool,
    #[serde(default)]
    locked: bool,
    updated_at: i64,
}

#[derive(Deserialize)]
struct WireEmail {
    id: Option<String>,
    email_address: String,
    verification: Option<WireVerification>,
}

#[derive(Deserialize)]
struct WireVerification {
    status: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct WireDeleted {
    pub(super) id: Option<String>,
    pub(super) deleted: bool,
}

#[derive(Deserialize)]
struct WireSession {
    id: String,
    user_id: String,
}

#[derive(Deserialize)]
pub(super) struct WireErrors {
    pub(super) errors: Vec<WireError>,
}

#[derive(Deserialize)]
pub(super) struct WireError {
    pub(super) code: String,
}

#[derive(Deserialize)]
struct WireEvent {
    object: String,
    #[serde(rename = "type")]
    type_: String,
    data: serde_json::Value,
}

impl From<WireUser> for User {
    fn from(wire: WireUser) -> Self {
        let primary = wire.primary_email_address_id;
        let email = wire.email_addresses.into_iter().find(|email| primary.is_some() && email.id == primary);
        let is_verified = |email: &WireEmail| {
            let verification = email.verification.as_ref();
            verification.and_then(|verification| verification.status.as_deref()) == Some("verified")
        };
        let name = |name: Option<String>| name.filter(|name| !name.is_empty()).map(Personal::new);
        Self {
            id: wire.id,
            external_id: wire.external_id.map(Personal::<kind::Identity, _>::new),
            email_is_verified: email.as_ref().is_some_and(is_verified),
            email: email.map(|email| Personal::<kind::Email, _>::new(email.email_address)),
            first_name: name(wire.first_name),
            last_name: name(wire.last_name),
            may_sign_in: !wire.banned && !wire.locked,
            updated_at_ms: wire.updated_at,
        }
    }
}

/// Reads the body of a webhook; `None` when it is none.
pub(super) fn event(body: &[u8]) -> Option<Event> {
    fn of<T: serde::de::DeserializeOwned>(data: serde_json::Value) -> Option<T> {
        serde_json::from_value(data).ok()
    }
    let wire: WireEvent = serde_json::from_slice(body).ok()?;
    if wire.object != "event" {
        return None;
    }
    let ended = |data| {
        let session: WireSession = of(data)?;
        Some(Event::SessionEnded { session_id: session.id, user_id: session.user_id })
    };
    match wire.type_.as_str() {
        "user.created" => Some(Event::UserCreated(Box::new(of::<WireUser>(wire.data)?.into()))),
        "user.updated" => Some(Event::UserUpdated(Box::new(of::<WireUser>(wire.data)?.into()))),
        "user.deleted" => {
            let deleted: WireDeleted = of(wire.data)?;
            Some(Event::UserDeleted { user_id: deleted.id.filter(|_| deleted.deleted)? })
        }
        "session.ended" | "session.removed" | "session.revoked" => ended(wire.data),
        _ => Some(Event::Other),
    }
}
