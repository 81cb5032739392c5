//! Our account at ImageKit, and the roles that it takes: stills are shown from there and deleted there. It tells us
//! nothing by itself that we would not see from its answers.

use std::sync::Arc;

use egress::Egress;
use policy::ProcessorId;
use serde::Deserialize;

use super::role::AtImageKit;
use super::{ImageKit, Settings};
use crate::Secret;
use crate::connected::{self, Connected};
use crate::setting::filled;

/// Where pictures are delivered from; the policy admits no other host.
const HOST: &str = "https://ik.imagekit.io/";

/// What the configuration says of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// The private key.
    private_key: Secret,
    /// The address that pictures are delivered from: `https://ik.imagekit.io/ID`.
    endpoint: String,
}

impl connected::Account for Account {
    fn connect(self, egress: &Egress, to: &mut Connected) -> Result<(), String> {
        filled(&[("private_key", self.private_key.reveal())])?;
        let id = self.endpoint.trim_end_matches('/').strip_prefix(HOST).unwrap_or_default();
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            return Err(format!("endpoint must be {HOST} and the account's id"));
        }
        let settings = Settings::new(self.private_key, &self.endpoint);
        let at = Arc::new(AtImageKit::new(ImageKit::new(egress.clone(), settings)));
        to.stills = Some(at.clone());
        to.erases.insert(ProcessorId::Imagekit, at.clone());
        to.checks.insert(ProcessorId::Imagekit, at);
        Ok(())
    }
}
