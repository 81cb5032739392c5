//! Our account at Intercom, as the configuration has it.

use std::sync::Arc;

use egress::Egress;
use policy::ProcessorId;
use serde::Deserialize;

use super::{Intercom, Region, Secrets, Settings};
use crate::connected;
use crate::{Connected, Secret};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// Where the workspace lies: `us`, `eu` or `au`.
    #[serde(default)]
    region: Region,
    app_id: String,
    /// The teammate in whose name the desk answers.
    admin_id: String,
    /// Needs the scope `delete_conversations_and_metrics`.
    access_token: String,
    /// Signs who is signed in.
    identity_secret: String,
    /// Signs notifications.
    client_secret: String,
}

impl connected::Account for Account {
    const FIELDS: &'static [&'static str] =
        &["region", "app_id", "admin_id", "access_token", "identity_secret", "client_secret"];

    fn connect(self, egress: &Egress, to: &mut Connected) -> Result<(), String> {
        for (field, value) in [
            ("admin_id", &self.admin_id),
            ("access_token", &self.access_token),
            ("identity_secret", &self.identity_secret),
            ("client_secret", &self.client_secret),
        ] {
            if value.trim().is_empty() {
                return Err(format!("set {field}"));
            }
        }
        // It becomes a part of an address.
        if self.app_id.is_empty() || !self.app_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err("set app_id to the workspace's id, letters and digits".to_owned());
        }
        let secrets = Secrets {
            token: Secret::new(self.access_token),
            messenger_secret: Secret::new(self.identity_secret),
            client_secret: Secret::new(self.client_secret),
        };
        let mut settings = Settings::new(self.app_id, self.admin_id, secrets);
        settings.region = self.region;
        let intercom = Arc::new(Intercom::new(egress.clone(), settings));
        to.messenger = Some(intercom.clone());
        to.erases.insert(ProcessorId::Intercom, intercom.clone());
        to.hooks.insert(ProcessorId::Intercom, intercom);
        Ok(())
    }
}
