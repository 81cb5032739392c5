//! Our account at Klaviyo, as the configuration has it.

use std::sync::Arc;

use egress::Egress;
use policy::ProcessorId;
use serde::Deserialize;

use super::{Klaviyo, Settings};
use crate::Secret;
use crate::connected::{self, Connected};

/// The fields. Keys are shown nowhere: there is no `Debug`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// The private key.
    key: Secret,
    /// The list that people are put on, by its id there.
    list: String,
}

impl connected::Account for Account {
    fn connect(self, egress: &Egress, to: &mut Connected) -> Result<(), String> {
        let (key, list) = (self.key.reveal().trim(), self.list.trim());
        if !key.starts_with("pk_") {
            return Err("key must be a private key of the account, pk_…".to_owned());
        }
        if list.is_empty() {
            return Err("list must be the id of the list that people are put on".to_owned());
        }
        let klaviyo = Arc::new(Klaviyo::new(egress.clone(), Settings::new(Secret::new(key), list)));
        to.lists = Some(klaviyo.clone());
        to.erases.insert(ProcessorId::Klaviyo, klaviyo.clone());
        to.checks.insert(ProcessorId::Klaviyo, klaviyo);
        Ok(())
    }
}
