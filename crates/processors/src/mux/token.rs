//! Tokens for watching: a JWT (RFC 7519) with `RS256`, by ring. It must not know who watches.
//!
//! Mux's own client puts the key's id into the claims (`kid`), not into the header, and sets no `iat`; so it is here.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::RsaKeyPair;
use serde_json::{Map, Value};

use crate::{Secret, signing};

/// Longest life of a token, in seconds: hours, not days.
pub const TOKEN_LIFE_MAX_S: i64 = 24 * 3600;

/// Claims that are not parameters.
const RESERVED: [&str; 8] = ["sub", "aud", "exp", "kid", "iat", "nbf", "iss", "jti"];

/// What a token is good for (`aud`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The video, with its captions.
    Video,
    /// A still picture.
    Thumbnail,
    /// An animated picture.
    Gif,
    /// The small pictures of the time line.
    Storyboard,
    /// A licence for protected video.
    DrmLicence,
}

impl Audience {
    fn letter(self) -> &'static str {
        match self {
            Self::Video => "v",
            Self::Thumbnail => "t",
            Self::Gif => "g",
            Self::Storyboard => "s",
            Self::DrmLicence => "d",
        }
    }
}

/// The key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the signing key for Mux is no RSA key of 2048 bits or more (PEM, or that in base64 as Mux gives it)"
)]
pub struct KeyError;

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Its life is out of range.
    #[error("a token lives from 1 s to {} s", TOKEN_LIFE_MAX_S)]
    Life,
    /// A playback id has letters and digits only.
    #[error("that is no playback id")]
    PlaybackId,
    /// A parameter would take a claim's place.
    #[error("a parameter must not be named like a claim, nor twice")]
    Parameter,
    /// Signing failed.
    #[error("the token could not be signed")]
    Signing,
}

/// A signing key of an environment at Mux.
#[derive(Clone)]
pub struct SigningKey {
    id: String,
    key: Arc<RsaKeyPair>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.id)
    }
}

impl SigningKey {
    /// A key by its id: PEM (PKCS#8 or PKCS#1), or the same once more in base64, as Mux gives it.
    ///
    /// # Errors
    /// When it is no such key.
    pub fn new(id: &str, private: &Secret) -> Result<Self, KeyError> {
        let text = private.reveal().trim();
        let unpacked;
        let pem = if text.starts_with("-----") {
            text
        } else {
            let bytes = STANDARD.decode(text).map_err(|_| KeyError)?;
            unpacked = String::from_utf8(bytes).map_err(|_| KeyError)?;
            unpacked.as_str()
        };
        let key = signing::der(pem).and_then(|der| signing::rsa_key(&der)).ok_or(KeyError)?;
        Ok(Self { id: id.to_owned(), key: Arc::new(key) })
    }

    /// A token for a playback id, good for `life_s` seconds from `now_s` (seconds since 1970). Parameters, such as
    /// a picture's `width`, are part of it and then not allowed in the address.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub fn token(
        &self,
        playback_id: &str,
        audience: Audience,
        parameters: &[(&str, &str)],
        now_s: i64,
        life_s: i64,
    ) -> Result<String, TokenError> {
        if !(1..=TOKEN_LIFE_MAX_S).contains(&life_s) {
            return Err(TokenError::Life);
        }
        if playback_id.is_empty() || !playback_id.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(TokenError::PlaybackId);
        }
        let mut claims = Map::new();
        for (name, value) in parameters {
            let before = claims.insert((*name).to_owned(), Value::from(*value));
            if before.is_some() || RESERVED.contains(name) {
                return Err(TokenError::Parameter);
            }
        }
        claims.insert("kid".to_owned(), Value::from(self.id.as_str()));
        claims.insert("sub".to_owned(), Value::from(playback_id));
        claims.insert("aud".to_owned(), Value::from(audience.letter()));
        claims.insert("exp".to_owned(), Value::from(now_s.saturating_add(life_s)));
        let sign = |text: &[u8]| signing::sign_rsa(&self.key, text);
        let claims = Value::Object(claims).to_string();
        signing::jwt(r#"{"alg":"RS256","typ":"JWT"}"#, claims, sign).ok_or(TokenError::Signing)
    }
}

/// Where a player asks for a film (HLS), with a token for [`Audience::Video`].
pub fn playlist_url(playback_id: &str, token: &str) -> String {
    format!("https://stream.mux.com/{playback_id}.m3u8?token={token}")
}
