//! Who is signed in, for the messenger: a JWT (RFC 7519) signed with HS256 and the messenger's secret.
//!
//! Everything about the person is inside the token, so that no page can say otherwise.

use policy::{Personal, processor};
use ring::hmac;
use serde::Serialize;

use super::Id;
use crate::{Secret, signing};

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
pub(super) fn make(secret: &Secret, identity: &Identity<'_>, expires_s: i64) -> Option<Id> {
    let claims = Claims {
        user_id: identity.user_id.for_processor::<processor::Intercom>(),
        email: identity.email.map(|email| email.for_processor::<processor::Intercom>().as_str()),
        name: identity.name.map(|name| name.for_processor::<processor::Intercom>().as_str()),
        exp: expires_s,
    };
    if claims.user_id.is_empty() {
        return None;
    }
    let sign = |text: &[u8]| Some(signing::hmac(hmac::HMAC_SHA256, secret, text));
    signing::jwt(r#"{"alg":"HS256","typ":"JWT"}"#, serde_json::to_vec(&claims).ok()?, sign).map(Personal::new)
}
