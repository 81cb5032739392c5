//! Who may have the archive: its owner, who signed in a short while ago, by a link that ends soon.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use vault::Place;

use super::Exports;
use crate::clock::HOUR_MS;
use crate::sessions::Session;
use crate::{AccountId, Error, Result};

/// A link works for so long: time enough for a large library over a slow line, begun again when it broke.
const LINK_MS: i64 = 6 * HOUR_MS;
const PLACE: Place<'_> = Place { table: "exports", row: "link", column: "token" };

#[derive(Serialize, Deserialize)]
struct Token {
    account: String,
    ends_at_ms: i64,
}

impl Exports<'_> {
    /// Whether somebody signed in to this session so short a while ago that it is surely them.
    pub fn is_recent(&self, session: &Session) -> bool {
        session.is_recent(self.studio.now_ms())
    }

    /// The token of a link to the archive of the session's account; `None`: sign in again first.
    pub fn link(&self, session: &Session) -> Option<String> {
        let account = session.account.as_ref().filter(|_| self.is_recent(session))?;
        let token = Token { account: account.to_string(), ends_at_ms: self.studio.now_ms() + LINK_MS };
        let token = serde_json::to_vec(&token).ok()?;
        let sealed = self.studio.vault().seal_field(self.studio.house_key(), &PLACE, &token);
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Whether a link leads to this account and still works.
    ///
    /// # Errors
    /// `link-invalid`.
    pub fn check(&self, account: &AccountId, token: &str) -> Result<()> {
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
        let plain = self.studio.vault().open_field(self.studio.house_key(), &PLACE, &sealed);
        let token: Token = serde_json::from_slice(&plain.map_err(|_| invalid())?).map_err(|_| invalid())?;
        let works = token.account == account.as_str() && self.studio.now_ms() < token.ends_at_ms;
        if works { Ok(()) } else { Err(invalid()) }
    }
}

fn invalid() -> Error {
    let sentence = "This link does not work any more. Please ask for your data again in your account.";
    Error::refused("export-link-invalid", sentence)
}
