//! Our account at Mux, and the roles that it takes: films are streamed from there and deleted there, and it tells when
//! one is ready.

use std::sync::Arc;

use egress::Egress;
use policy::ProcessorId;
use serde::Deserialize;

use super::role::AtMux;
use super::{Mux, Quality, Settings, SigningKey};
use crate::Secret;
use crate::connected::{self, Connected};
use crate::role::Way;
use crate::setting::filled;

/// What the configuration says of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// Id of the access token (Mux Video: read and write).
    token_id: String,
    /// Its secret.
    token_secret: Secret,
    /// Id of the signing key.
    signing_key_id: String,
    /// The signing key itself, as Mux gives it (PEM, or that in base64).
    signing_key: Secret,
    /// What webhooks are signed with. Without it what holds is asked for from time to time.
    webhook_secret: Option<Secret>,
    /// How much is made of a film: `basic` (as it is when nothing is said), `plus` or `premium`.
    #[serde(default)]
    quality: String,
    /// How films get there: `lent`, fetched from the site, or `direct`, sent. When nothing is said, lent where the site can
    /// be reached from outside.
    #[serde(default)]
    upload: String,
}

impl connected::Account for Account {
    fn connect(self, egress: &Egress, to: &mut Connected) -> Result<(), String> {
        filled(&[
            ("token_id", &self.token_id),
            ("token_secret", self.token_secret.reveal()),
            ("signing_key_id", &self.signing_key_id),
        ])?;
        let key = SigningKey::new(&self.signing_key_id, &self.signing_key)
            .map_err(|error| format!("{error}; set signing_key"))?;
        let quality = match self.quality.as_str() {
            "" | "basic" => Quality::Basic,
            "plus" => Quality::Plus,
            "premium" => Quality::Premium,
            _ => return Err("quality must be basic, plus or premium".to_owned()),
        };
        let way = match self.upload.as_str() {
            "" => None,
            "lent" => Some(Way::Fetched),
            "direct" => Some(Way::Sent),
            _ => return Err("upload must be lent or direct".to_owned()),
        };
        let webhook = self.webhook_secret.unwrap_or_else(|| Secret::new(""));
        let hears = !webhook.reveal().is_empty();
        // Films are fetched, or sent by this program: the pages of no site are let in.
        let site = "https://nobody.invalid".to_owned();
        let settings = Settings::new(self.token_id, self.token_secret, webhook, site);
        let mux = Mux::new(egress.clone(), Settings { quality, ..settings });
        let at = Arc::new(AtMux::new(mux, key, way));
        to.streaming = Some(at.clone());
        to.erases.insert(ProcessorId::Mux, at.clone());
        to.checks.insert(ProcessorId::Mux, at.clone());
        if hears {
            to.hooks.insert(ProcessorId::Mux, at);
        }
        Ok(())
    }
}
