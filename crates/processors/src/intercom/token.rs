//! Who is signed in, for the messenger: a JWT (RFC 7519) signed with HS256 and the messenger's secret.
//!
//! Everything about the person is inside the token, so that no page can say otherwise.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use policy::{Personal, processor};
use ring::hmac;
use serde::Serialize;

use super::Id;

/// A person who is signed in, as Intercom may know them.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    /// Our random id of the account; Intercom's `external_id`. Not empty.
    pub user_id: &'a Id,
    /// The address.
    pub email: Option<&'a Id>,
    /// The parent's name.
    pub name: Option<&'a Id>,
}

/// The claims, in the order in which they are written.
#[derive(Serialize)]
struct Claims<'a> {
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// Seconds since 1970.
    exp: i64,
}

/// A token that is good until a moment (seconds since 1970). None for a person without an id.
pub(super) fn make(secret: &str, identity: &Identity<'_>, expires_s: i64) -> Option<Id> {
    let claims = Claims {
        user_id: identity.user_id.for_processor::<processor::Intercom>(),
        email: identity.email.map(|email| email.for_processor::<processor::Intercom>().as_str()),
        name: identity.name.map(|name| name.for_processor::<processor::Intercom>().as_str()),
        exp: expires_s,
    };
    if claims.user_id.is_empty() {
        return None;
    }
    let header = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).ok()?);
    let signed = format!("{header}.{claims}");
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
    Some(Personal::new(format!("{signed}.{signature}")))
}

/// The older way to prove an id, for workspaces that do not take tokens yet: HMAC-SHA256 in hex.
pub fn user_hash(secret: &super::Secret, user_id: &Id) -> Id {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.0.as_bytes());
    let user_id = user_id.for_processor::<processor::Intercom>();
    let tag = hmac::sign(&key, user_id.as_bytes());
    Personal::new(tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}
