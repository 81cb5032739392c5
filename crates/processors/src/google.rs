//! What Google's services share: a service account with its key file, signing, and the tokens that it is given for a
//! while (RFC 7523: a JWT signed with RS256 is handed in, a bearer token comes back), and why a call came to nothing.
//!
//! It must not know what the tokens are used for.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use egress::{Answer, Egress, Means, Method, RetryPolicy};
use policy::marker::{Purpose, Serves};
use ring::signature::RsaKeyPair;
use serde::{Deserialize, Serialize};

use crate::signing;
use crate::word::word;

/// Where tokens are asked for; also the audience of what is handed in.
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How long a JWT is good for, in seconds. Google takes no longer one.
const JWT_S: i64 = 3600;
/// A token is not used in its last seconds: it might end on its way.
const SPARE_S: i64 = 60;

/// A service account with its key. Clones share it.
#[derive(Clone)]
pub struct ServiceAccount {
    email: String,
    key_id: String,
    key: Arc<RsaKeyPair>,
}

/// The account is not the secret, but it is nobody's business either.
impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceAccount")
    }
}

/// Why a key file cannot be used. For the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// It is no key file.
    #[error("the service account's file is not the JSON that Google gives out for a key")]
    File,
    /// It is for somebody other than a service account.
    #[error("the key file is not one of a service account")]
    NotAServiceAccount,
    /// Tokens would be asked for elsewhere.
    #[error("the key file's token_uri is not https://oauth2.googleapis.com/token")]
    TokenUri,
    /// The key is none.
    #[error("the key in the service account's file is no RSA key of 2048 bits or more (PKCS#8, PEM)")]
    Key,
}

/// Why a call to Google came to nothing. Nothing personal or secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GoogleError {
    /// Worth another try later: out of reach, too busy, or failing.
    #[error("Google does not answer for now: {0}")]
    Away(String),
    /// It was not let out. Trying again changes nothing.
    #[error("{0}")]
    Blocked(egress::Error),
    /// The service account's key or right is no longer good. Somebody must look at it.
    #[error("Google does not take the service account's credentials")]
    Unauthorized,
    /// Google said no.
    #[error("Google refused: {status} {reason}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Google's own word for it, such as `forbidden`; empty when it gave none.
        reason: String,
    },
    /// The answer is not what the contract says.
    #[error("Google answered something else than its contract says: {0}")]
    Malformed(&'static str),
    /// Nothing could be signed.
    #[error("nothing could be signed with the service account's key")]
    Signing,
}

impl From<egress::Error> for GoogleError {
    fn from(error: egress::Error) -> Self {
        match error.means() {
            Means::Away { .. } => Self::Away(error.to_string()),
            Means::Blocked(_) => Self::Blocked(error),
            Means::Malformed(what) => Self::Malformed(what),
        }
    }
}

impl GoogleError {
    /// What an answer that says no means.
    pub(crate) fn of(answer: &Answer) -> Self {
        match answer.status() {
            401 => Self::Unauthorized,
            408 | 425 | 429 | 500.. => Self::Away(format!("status {}", answer.status())),
            status => Self::Refused { status, reason: reason(answer) },
        }
    }
}

/// `{error:{code,message,status,errors:[{reason,..}]}}`
#[derive(Deserialize)]
struct Said {
    error: Inner,
}

#[derive(Deserialize)]
struct Inner {
    status: Option<String>,
    #[serde(default)]
    errors: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    reason: Option<String>,
}

/// Google's word for what was wrong.
fn reason(answer: &Answer) -> String {
    let said = answer.json::<Said>().ok();
    let reason =
        said.and_then(|said| said.error.errors.into_iter().find_map(|one| one.reason).or(said.error.status));
    word(reason.as_deref())
}

/// What is read of the file.
#[derive(Deserialize)]
struct KeyFile {
    #[serde(rename = "type")]
    sort: String,
    client_email: String,
    private_key_id: String,
    private_key: String,
    token_uri: String,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'static str,
    iat: i64,
    exp: i64,
}

impl ServiceAccount {
    /// Reads the key file from where the operator has put it.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn from_file(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|error| {
            format!("the service account's key cannot be read from {}: {error}", file.display())
        })?;
        Self::from_json(&text).map_err(|error| error.to_string())
    }

    /// Reads the key file that Google gives out (JSON).
    ///
    /// # Errors
    /// See [`AccountError`].
    pub fn from_json(text: &str) -> Result<Self, AccountError> {
        let file: KeyFile = serde_json::from_str(text).map_err(|_| AccountError::File)?;
        if file.sort != "service_account" {
            return Err(AccountError::NotAServiceAccount);
        }
        if file.token_uri != TOKEN_URI {
            return Err(AccountError::TokenUri);
        }
        let key = signing::der(&file.private_key).and_then(|der| RsaKeyPair::from_pkcs8(&der).ok());
        let key = key.ok_or(AccountError::Key)?;
        Ok(Self { email: file.client_email, key_id: file.private_key_id, key: Arc::new(key) })
    }

    /// Signs with RSA PKCS#1 v1.5 and SHA-256: the same text gives the same signature.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn sign(&self, text: &[u8]) -> Result<Vec<u8>, GoogleError> {
        signing::sign_rsa(&self.key, text).ok_or(GoogleError::Signing)
    }

    /// The JWT that asks for a token with a scope.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn assertion(&self, scope: &str, now_s: i64) -> Result<String, GoogleError> {
        let header = Header { alg: "RS256", typ: "JWT", kid: &self.key_id };
        let exp = now_s.saturating_add(JWT_S);
        let claims = Claims { iss: &self.email, scope, aud: TOKEN_URI, iat: now_s, exp };
        let header = serde_json::to_vec(&header).map_err(|_| GoogleError::Signing)?;
        let claims = serde_json::to_vec(&claims).map_err(|_| GoogleError::Signing)?;
        signing::jwt(header, claims, |text| self.sign(text).ok()).ok_or(GoogleError::Signing)
    }
}

/// Tokens of one scope, asked for when they are needed and kept until they end.
pub(crate) struct Tokens {
    account: ServiceAccount,
    scope: &'static str,
    kept: Mutex<Option<Kept>>,
}

#[derive(Clone)]
struct Kept {
    token: String,
    until_s: i64,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
    token_type: String,
}

impl Tokens {
    pub(crate) fn new(account: ServiceAccount, scope: &'static str) -> Self {
        Self { account, scope, kept: Mutex::new(None) }
    }

    /// The header `Authorization` with a token that is good now. `is_deletion`: it is asked for to have something
    /// deleted, which needs nobody's consent.
    pub(crate) async fn bearer<P: Serves<U>, U: Purpose>(
        &self,
        egress: &Egress,
        how: &RetryPolicy,
        is_deletion: bool,
        now_s: i64,
    ) -> Result<String, GoogleError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = kept.filter(|kept| now_s < kept.until_s) {
            return Ok(format!("Bearer {}", kept.token));
        }
        let assertion = self.account.assertion(self.scope, now_s)?;
        let call = || {
            let request = egress.to::<P, U>(Method::POST, TOKEN_URI).urlencoded();
            let request = request.plain("grant_type", GRANT).plain("assertion", assertion.as_str());
            if is_deletion { request.deletes() } else { request }
        };
        let answer = egress.retry(how, call).await?;
        match answer.status() {
            200 => {}
            // `invalid_grant`, `invalid_client`: the key was taken away, or the clock is wrong.
            400 | 401 | 403 => return Err(GoogleError::Unauthorized),
            _ => return Err(GoogleError::of(&answer)),
        }
        let granted: Granted = answer.json().map_err(|_| GoogleError::Malformed("a token"))?;
        if !granted.token_type.eq_ignore_ascii_case("bearer") || granted.access_token.is_empty() {
            return Err(GoogleError::Malformed("a token of another sort"));
        }
        let header = format!("Bearer {}", granted.access_token);
        let until_s = now_s.saturating_add(granted.expires_in.clamp(0, JWT_S) - SPARE_S);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(Kept { token: granted.access_token, until_s });
        Ok(header)
    }

    /// A token that was not taken is not shown again.
    pub(crate) fn forget(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
