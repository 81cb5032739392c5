//! Session tokens of Clerk: JWTs with RS256, checked here without asking anybody.
//!
//! Pure: it knows no clock, no network and no cache of keys.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::ClerkError;

/// Longest token that is looked at. A browser keeps no cookie above 4 KiB.
const BYTES_MAX: usize = 8 << 10;

/// Public keys of an instance by their ids.
#[derive(Clone, Default)]
pub struct Keys(BTreeMap<String, Key>);

#[derive(Clone)]
struct Key {
    n: Vec<u8>,
    e: Vec<u8>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[derive(Deserialize)]
struct WireKeys {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct WireKey {
    kid: String,
    kty: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    use_: Option<String>,
    n: String,
    e: String,
}

impl Keys {
    /// Reads a set of keys (JWKS, RFC 7517). Keys that are not for RS256 are passed over. `None` when it is no set or
    /// none is left.
    pub fn read(jwks: &[u8]) -> Option<Self> {
        let wire: WireKeys = serde_json::from_slice(jwks).ok()?;
        let keys: BTreeMap<_, _> = wire.keys.into_iter().filter_map(key).collect();
        (!keys.is_empty()).then_some(Self(keys))
    }

    /// Whether a key is there.
    pub fn has(&self, kid: &str) -> bool {
        self.0.contains_key(kid)
    }
}

fn key(value: serde_json::Value) -> Option<(String, Key)> {
    let wire: WireKey = serde_json::from_value(value).ok()?;
    let is_for_us = wire.kty == "RSA"
        && wire.alg.as_deref().is_none_or(|alg| alg == "RS256")
        && wire.use_.as_deref().is_none_or(|use_| use_ == "sig");
    // ring takes numbers without leading zeros.
    let number = |text: &str| -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
    };
    let key = Key { n: number(&wire.n)?, e: number(&wire.e)? };
    is_for_us.then_some((wire.kid, key))
}

/// What a token must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The instance's address, such as `https://clerk.example.org`.
    pub issuer: String,
    /// Origins whose pages may have asked for the token. Where any are set, a token without one is refused.
    pub authorised_parties: Vec<String>,
    /// Seconds that clocks may be apart.
    pub leeway_s: i64,
}

/// Who a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Clerk's id of the user.
    pub user_id: String,
    /// Clerk's id of the session. A session that was ended goes on a list of ours until its tokens have died.
    pub session_id: String,
    /// When the token dies, in seconds since 1970.
    pub expires_at_s: i64,
}

/// Why a token is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no token, or one without what must be in it.
    #[error("that is no session token")]
    Malformed,
    /// It is signed in another way than RS256, or not at all.
    #[error("the token is not signed with RS256")]
    Algorithm,
    /// It names a key that the instance does not have.
    #[error("the token names an unknown key")]
    UnknownKey,
    /// The signature is wrong.
    #[error("the token's signature is wrong")]
    Signature,
    /// It has died.
    #[error("the token has expired")]
    Expired,
    /// It is not valid yet.
    #[error("the token is not valid yet")]
    NotYet,
    /// It claims to be made later than now.
    #[error("the token was made in the future")]
    FromTheFuture,
    /// It is of another instance.
    #[error("the token is of another issuer")]
    Issuer,
    /// Another site asked for it, or it does not say which.
    #[error("the token was not made for a site of ours")]
    Party,
    /// The session waits for something: whoever has it is not signed in.
    #[error("the session is still pending")]
    Pending,
    /// The keys are out of reach; worth another try when [`ClerkError`] says so.
    #[error("the keys are not to be had: {0}")]
    Keys(ClerkError),
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    /// Demands that we do not know.
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    exp: i64,
    nbf: Option<i64>,
    iat: Option<i64>,
    iss: String,
    sub: String,
    sid: String,
    azp: Option<String>,
    sts: Option<String>,
}

#[derive(Deserialize)]
struct Handshake {
    handshake: Vec<String>,
}

/// A token that was taken apart, but not checked.
pub struct Token<'t> {
    kid: String,
    /// What is signed: header and claims.
    signed: &'t str,
    claims: &'t str,
    signature: Vec<u8>,
}

impl<'t> Token<'t> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`TokenError::Malformed`], [`TokenError::Algorithm`].
    pub fn read(token: &'t str) -> Result<Self, TokenError> {
        if token.len() > BYTES_MAX {
            return Err(TokenError::Malformed);
        }
        let mut parts = token.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenError::Malformed);
        };
        let read: Header = json(header)?;
        if read.alg != "RS256" {
            return Err(TokenError::Algorithm);
        }
        if read.crit.is_some() || read.typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
            return Err(TokenError::Malformed);
        }
        let kid = read.kid.ok_or(TokenError::Malformed)?;
        let signed = &token[..header.len() + 1 + claims.len()];
        Ok(Self { kid, signed, claims, signature: bytes(signature)? })
    }

    /// The key that it names.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Checks the signature, and then what is said; `now_s` in seconds since 1970.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub fn check(&self, keys: &Keys, expected: &Expected, now_s: i64) -> Result<Session, TokenError> {
        self.verify(keys)?;
        let claims: Claims = json(self.claims)?;
        let latest_s = now_s.saturating_add(expected.leeway_s);
        if claims.exp.saturating_add(expected.leeway_s) <= now_s {
            return Err(TokenError::Expired);
        }
        if claims.nbf.is_some_and(|nbf| nbf > latest_s) {
            return Err(TokenError::NotYet);
        }
        if claims.iat.is_some_and(|iat| iat > latest_s) {
            return Err(TokenError::FromTheFuture);
        }
        if claims.iss != expected.issuer {
            return Err(TokenError::Issuer);
        }
        let is_of_ours = claims.azp.is_some_and(|azp| expected.authorised_parties.contains(&azp));
        if !expected.authorised_parties.is_empty() && !is_of_ours {
            return Err(TokenError::Party);
        }
        if claims.sts.as_deref() == Some("pending") {
            return Err(TokenError::Pending);
        }
        if claims.sub.is_empty() || claims.sid.is_empty() {
            return Err(TokenError::Malformed);
        }
        Ok(Session { user_id: claims.sub, session_id: claims.sid, expires_at_s: claims.exp })
    }

    /// The lines of `Set-Cookie` in a handshake. It is signed as tokens are, and says nothing else: what the token in
    /// it says is checked by itself.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub(super) fn handshake(&self, keys: &Keys) -> Result<Vec<String>, TokenError> {
        self.verify(keys)?;
        let shaken: Handshake = json(self.claims)?;
        Ok(shaken.handshake)
    }

    fn verify(&self, keys: &Keys) -> Result<(), TokenError> {
        let key = keys.0.get(&self.kid).ok_or(TokenError::UnknownKey)?;
        RsaPublicKeyComponents { n: &key.n, e: &key.e }
            .verify(&RSA_PKCS1_2048_8192_SHA256, self.signed.as_bytes(), &self.signature)
            .map_err(|_| TokenError::Signature)
    }
}

fn bytes(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)
}

fn json<T: DeserializeOwned>(part: &str) -> Result<T, TokenError> {
    serde_json::from_slice(&bytes(part)?).map_err(|_| TokenError::Malformed)
}
