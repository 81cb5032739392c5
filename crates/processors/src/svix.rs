//! Webhooks that are signed the way of Svix (Standard Webhooks): an HMAC over id, time and the raw body.
//!
//! It must not know whose webhook it is, nor what is in it; and it remembers nothing: a message that comes twice
//! within the window has the same [`Message::id`] and is told apart by whoever keeps those.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_PAD_INDIFFERENT};
use ring::hmac;

use crate::signing::REPLAY_WINDOW_S;

/// How a secret begins; it may be left out.
const PREFIX: &str = "whsec_";
/// Fewest bytes of a secret that is worth the name. Svix makes 24 or more.
const SECRET_BYTES_MIN: usize = 16;
/// Names of the headers, Svix's own and those of Standard Webhooks.
const HEADERS: [[&str; 3]; 2] = [
    ["svix-id", "svix-timestamp", "svix-signature"],
    ["webhook-id", "webhook-timestamp", "webhook-signature"],
];

/// Checks messages of one endpoint.
#[derive(Clone)]
pub struct Svix {
    key: hmac::Key,
}

/// Nothing of the secret is shown.
impl fmt::Debug for Svix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Svix")
    }
}

/// A message whose signature is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Names the message; the same again is the same message.
    pub id: String,
    /// When this try of it was sent, in seconds since 1970.
    pub sent_at_s: i64,
}

/// Why a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SvixError {
    /// The secret of the endpoint is none.
    #[error("the signing secret must be whsec_ and at least 16 bytes as base64")]
    Secret,
    /// A header is not there.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// The time is no number of seconds.
    #[error("the time of the message cannot be read")]
    Time,
    /// It was sent too long ago.
    #[error("the message is too old")]
    TooOld,
    /// It claims to be sent later than now.
    #[error("the message is from the future")]
    FromTheFuture,
    /// No signature is right.
    #[error("no signature of the message is right")]
    Signature,
}

impl Svix {
    /// With the secret of an endpoint, `whsec_` and base64.
    ///
    /// # Errors
    /// [`SvixError::Secret`].
    pub fn new(secret: &str) -> Result<Self, SvixError> {
        let secret = secret.strip_prefix(PREFIX).unwrap_or(secret);
        let bytes = STANDARD_PAD_INDIFFERENT.decode(secret).map_err(|_| SvixError::Secret)?;
        if bytes.len() < SECRET_BYTES_MIN {
            return Err(SvixError::Secret);
        }
        Ok(Self { key: hmac::Key::new(hmac::HMAC_SHA256, &bytes) })
    }

    /// Checks a message as it came: `header` gives a header by its name in small letters, `body` is raw, `now_s` in
    /// seconds since 1970.
    ///
    /// # Errors
    /// See [`SvixError`].
    pub fn verify<'h>(
        &self,
        header: impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
        now_s: i64,
    ) -> Result<Message, SvixError> {
        let names = if header(HEADERS[0][0]).is_some() { HEADERS[0] } else { HEADERS[1] };
        let of =
            |name: &'static str| header(name).filter(|text| !text.is_empty()).ok_or(SvixError::Missing(name));
        let (id, time, signatures) = (of(names[0])?, of(names[1])?, of(names[2])?);
        if !time.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SvixError::Time);
        }
        let sent_at_s: i64 = time.parse().map_err(|_| SvixError::Time)?;
        if now_s.abs_diff(sent_at_s) > REPLAY_WINDOW_S.unsigned_abs() {
            return Err(if sent_at_s < now_s { SvixError::TooOld } else { SvixError::FromTheFuture });
        }
        let message = [id.as_bytes(), b".", time.as_bytes(), b".", body].concat();
        // Several while a secret is being changed. ring compares in constant time.
        let is_right = signatures
            .split(' ')
            .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
            .any(|signature| hmac::verify(&self.key, &message, &signature).is_ok());
        match is_right {
            true => Ok(Message { id: id.to_owned(), sent_at_s }),
            false => Err(SvixError::Signature),
        }
    }
}
