//! Our account at Google Cloud Storage, and the role that it takes: where objects are kept.

use std::path::PathBuf;
use std::sync::Arc;

use egress::{Egress, RetryPolicy};
use policy::ProcessorId;
use serde::Deserialize;

use super::{Gcs, GcsSettings, GcsStore};
use crate::connected::{self, Connected};
use crate::google::ServiceAccount;

/// What the configuration says of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// The bucket, of our own, made for nothing else.
    bucket: String,
    /// The file with the service account's key, as Google gives it out.
    key_file: PathBuf,
}

impl connected::Account for Account {
    fn connect(self, egress: &Egress, to: &mut Connected) -> Result<(), String> {
        let account = ServiceAccount::from_file(&self.key_file)?;
        let settings = GcsSettings { bucket: self.bucket, retry: RetryPolicy::default() };
        let gcs = Gcs::new(egress.clone(), account, settings).map_err(|error| error.to_string())?;
        let store = GcsStore::new(Arc::new(gcs), egress.clone());
        to.checks.insert(ProcessorId::GoogleCloudStorage, Arc::new(store.clone()));
        to.before_start.push(Arc::new(store.clone()));
        to.objects = Some(Arc::new(store));
        Ok(())
    }
}
