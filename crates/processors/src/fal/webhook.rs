//! Webhooks of fal: Ed25519 over request id, user id, time and the SHA-256 of the raw body.
//!
//! fal signs for all its customers with the same keys, so a right signature says only that fal sent it to somebody.
//! It is ours when it names our user, and a request that we submitted: the last is for whoever keeps those to say.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value;

use super::{FalError, FileAt, wire};
use crate::signing::{REPLAY_WINDOW_S, hex, unhex};

/// fal's public keys.
#[derive(Debug, Clone)]
pub struct FalKeys(Vec<Vec<u8>>);

#[derive(Deserialize)]
struct WireKeys {
    keys: Vec<Value>,
}

impl FalKeys {
    /// Reads a set of keys (JWKS, RFC 8037). Others than Ed25519 are passed over. `None` when it is no set or none is
    /// left.
    pub fn read(jwks: &[u8]) -> Option<Self> {
        let wire: WireKeys = serde_json::from_slice(jwks).ok()?;
        let key = |key: &Value| {
            let is = |name: &str, what: &str| key.get(name).and_then(Value::as_str) == Some(what);
            if !is("kty", "OKP") || !is("crv", "Ed25519") {
                return None;
            }
            let bytes = URL_SAFE_NO_PAD.decode(key.get("x")?.as_str()?).ok()?;
            (bytes.len() == 32).then_some(bytes)
        };
        let keys: Vec<_> = wire.keys.iter().filter_map(key).collect();
        (!keys.is_empty()).then_some(Self(keys))
    }
}

/// Why a webhook is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FalWebhookError {
    /// A header is not there.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// The time is no number of seconds.
    #[error("the time of the webhook cannot be read")]
    Time,
    /// It was sent too long ago.
    #[error("the webhook is too old")]
    TooOld,
    /// It claims to be sent later than now.
    #[error("the webhook is from the future")]
    FromTheFuture,
    /// It was made for another customer of fal's.
    #[error("the webhook is for another account")]
    OtherAccount,
    /// The signature is wrong.
    #[error("the signature of the webhook is wrong")]
    Signature,
    /// Header and body name different requests, or the body is none of the contract.
    #[error("the webhook is not as agreed: {0}")]
    Malformed(&'static str),
    /// It names a request that is not ours.
    #[error("the webhook names a request that we did not submit")]
    NotOurs,
    /// The keys are out of reach; fal sends the webhook again.
    #[error("the keys are not to be had: {0}")]
    Keys(FalError),
}

/// The headers of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    request_id: String,
    user_id: String,
    time: String,
    signature: String,
}

impl Envelope {
    /// Takes the headers: `header` gives one by its name in small letters.
    ///
    /// # Errors
    /// [`FalWebhookError::Missing`].
    pub fn read<'h>(header: impl Fn(&str) -> Option<&'h str>) -> Result<Self, FalWebhookError> {
        let of = |name: &'static str| {
            let text = header(name).filter(|text| !text.is_empty() && !text.contains('\n'));
            text.map(str::to_owned).ok_or(FalWebhookError::Missing(name))
        };
        Ok(Self {
            request_id: of("x-fal-webhook-request-id")?,
            user_id: of("x-fal-webhook-user-id")?,
            time: of("x-fal-webhook-timestamp")?,
            signature: of("x-fal-webhook-signature")?,
        })
    }

    /// Whether it is for our account and of now, which takes no key; `now_s` in seconds since 1970.
    ///
    /// # Errors
    /// See [`FalWebhookError`].
    pub fn is_for(&self, our_user_id: &str, now_s: i64) -> Result<(), FalWebhookError> {
        if self.user_id != our_user_id {
            return Err(FalWebhookError::OtherAccount);
        }
        if !self.time.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(FalWebhookError::Time);
        }
        let sent_at_s: i64 = self.time.parse().map_err(|_| FalWebhookError::Time)?;
        if now_s.abs_diff(sent_at_s) > REPLAY_WINDOW_S.unsigned_abs() {
            let is_old = sent_at_s < now_s;
            return Err(if is_old { FalWebhookError::TooOld } else { FalWebhookError::FromTheFuture });
        }
        Ok(())
    }

    /// Whether one of the keys signed it.
    ///
    /// # Errors
    /// [`FalWebhookError::Signature`].
    pub fn is_signed(&self, keys: &FalKeys, body: &[u8]) -> Result<(), FalWebhookError> {
        let signature = unhex(&self.signature).ok_or(FalWebhookError::Signature)?;
        let sum = hex(digest(&SHA256, body).as_ref());
        let message = [&self.request_id, &self.user_id, &self.time, &sum].map(String::as_str).join("\n");
        let is_by = |key: &Vec<u8>| {
            UnparsedPublicKey::new(&ED25519, key).verify(message.as_bytes(), &signature).is_ok()
        };
        if keys.0.iter().any(is_by) { Ok(()) } else { Err(FalWebhookError::Signature) }
    }

    /// Reads the body of a webhook that was checked.
    ///
    /// # Errors
    /// [`FalWebhookError::Malformed`].
    pub fn open(self, body: &[u8]) -> Result<Unclaimed, FalWebhookError> {
        let wire: WireCalled =
            serde_json::from_slice(body).map_err(|_| FalWebhookError::Malformed("no such body"))?;
        if wire.request_id != self.request_id {
            return Err(FalWebhookError::Malformed("header and body name different requests"));
        }
        let is_there = |value: &Option<Value>| value.as_ref().is_some_and(|value| !value.is_null());
        let outcome = match wire.status.as_str() {
            // The result was too much for a webhook.
            "OK" if is_there(&wire.payload_error) => Called::Ask,
            "OK" => {
                let files = wire.payload.as_ref().and_then(wire::files);
                Called::Made(files.ok_or(FalWebhookError::Malformed("no files at fal"))?)
            }
            "ERROR" => Called::Failed,
            _ => return Err(FalWebhookError::Malformed("an unknown status")),
        };
        Ok(Unclaimed { request_id: self.request_id, outcome })
    }
}

#[derive(Deserialize)]
struct WireCalled {
    request_id: String,
    status: String,
    payload: Option<Value>,
    payload_error: Option<Value>,
}

/// What a webhook tells of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    /// It was made; the files are to be fetched at once.
    Made(Vec<FileAt>),
    /// It was made, but the result must be asked for.
    Ask,
    /// The model failed.
    Failed,
}

/// A webhook with a right signature: ours only once somebody says that the request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclaimed {
    request_id: String,
    outcome: Called,
}

impl Unclaimed {
    /// The request that it names; who dealt with it before does nothing.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// What it tells, when we submitted the request.
    ///
    /// # Errors
    /// [`FalWebhookError::NotOurs`].
    pub fn claim(self, we_submitted_it: bool) -> Result<Called, FalWebhookError> {
        if we_submitted_it { Ok(self.outcome) } else { Err(FalWebhookError::NotOurs) }
    }
}
