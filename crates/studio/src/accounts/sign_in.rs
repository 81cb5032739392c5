//! Signing in by password.

use policy::PurposeId;

use super::email::Email;
use super::{Accounts, SignedIn, password, place};
use crate::clock::MINUTE_MS;
use crate::throttle::{self, Limit};
use crate::{AccountId, Client, Error, Result, boxed};

/// Passwords tried for one address from one client: who tries in vain does not keep its owner out.
const PASSWORDS_PER_PAIR: Limit = Limit { name: "passwords-pair", tries_max: 10, window_ms: 15 * MINUTE_MS };
/// Passwords tried for one address from everywhere. Signing in by mail still works then.
const PASSWORDS_PER_ADDRESS: Limit =
    Limit { name: "passwords-address", tries_max: 100, window_ms: 15 * MINUTE_MS };
/// Passwords tried from one client.
const PASSWORDS_PER_CLIENT: Limit =
    Limit { name: "passwords-client", tries_max: 50, window_ms: 15 * MINUTE_MS };

impl Accounts<'_> {
    /// Signs in by password.
    ///
    /// # Errors
    /// `sign-in-wrong` (whatever is wrong), `email-invalid`, `too-many-sign-ins`.
    #[boxed]
    pub async fn sign_in(&self, email: &str, password: &str, client: &Client) -> Result<SignedIn> {
        let (studio, email, code) = (self.studio, Email::parse(email)?, "too-many-sign-ins");
        throttle::count(studio, &PASSWORDS_PER_CLIENT, client.0.as_bytes(), code).await?;
        let pair = client.with(&email.look_up());
        throttle::count(studio, &PASSWORDS_PER_PAIR, &pair, code).await?;
        throttle::count(studio, &PASSWORDS_PER_ADDRESS, &email.look_up(), code).await?;
        let row = self.find(studio.db().read(), &email).await?;
        let (account, hash) = match row {
            Some(row) => {
                let state = row.state;
                let account = AccountId::stored(row.id);
                let key = studio.data_key(&account, PurposeId::Account).await?;
                let open = |sealed: Vec<u8>| {
                    studio.vault().open_field(&key, &place(account.as_str(), "password"), &sealed)
                };
                let hash = row.password_sealed.map(open).transpose()?;
                let hash = hash.map(String::from_utf8).transpose().map_err(Error::internal)?;
                (Some((account, state)), hash)
            }
            None => (None, None),
        };
        // Always verified against some hash: an unknown address takes as long as a known one.
        match (password::verify(password, hash).await?, account) {
            (true, Some((account, state))) => {
                throttle::forget(studio, &PASSWORDS_PER_PAIR, &pair).await?;
                throttle::forget(studio, &PASSWORDS_PER_ADDRESS, &email.look_up()).await?;
                self.signed_in(studio.db().write(), account, state).await
            }
            _ => {
                let sentence =
                    "Address and password do not fit together. You can also sign in with a link by mail.";
                Err(Error::refused("sign-in-wrong", sentence))
            }
        }
    }
}
