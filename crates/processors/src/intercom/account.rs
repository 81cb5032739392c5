//! Our account at Intercom, as the configuration has it.

use std::sync::Arc;

use egress::Egress;
use policy::ProcessorId;
use serde::Deserialize;

use super::{Intercom, Region, Secrets, Settings};
use crate::connected;
use crate::setting::filled;
use crate::{Connected, Secret};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// Where the workspace lies: `us`. Pages may not connect to the other regions.
    #[serde(default)]
    region: Region,
    app_id: String,
    /// The teammate in whose name the desk answers.
    admin_id: String,
    /// Needs the scope `delete_conversations_and_metrics`.
    access_token: Secret,
    /// Signs who is signed in.
    identity_secret: Secret,
    /// Signs notifications.
    client_secret: Secret,
}

impl connected::Account for Account {
    fn connect(self, egress: &Egress, to: &mut Connected) -> Result<(), String> {
        filled(&[
            ("admin_id", &self.admin_id),
            ("access_token", self.access_token.reveal()),
            ("identity_secret", self.identity_secret.reveal()),
            ("client_secret", self.client_secret.reveal()),
        ])?;
        if self.region != Region::Us {
            let sentence =
                "region must be us: the policy lets browsers connect to no other region of Intercom";
            return Err(sentence.to_owned());
        }
        // It becomes a part of an address.
        if self.app_id.is_empty() || !self.app_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err("set app_id to the workspace's id, letters and digits".to_owned());
        }
        let secrets = Secrets {
            token: self.access_token,
            messenger_secret: self.identity_secret,
            client_secret: self.client_secret,
        };
        let settings = Settings::new(self.app_id, self.admin_id, secrets);
        let intercom = Arc::new(Intercom::new(egress.clone(), settings));
        to.checks.insert(ProcessorId::Intercom, intercom.clone());
        to.messenger = Some(intercom.clone());
        to.erases.insert(ProcessorId::Intercom, intercom.clone());
        to.hooks.insert(ProcessorId::Intercom, intercom);
        Ok(())
    }
}
