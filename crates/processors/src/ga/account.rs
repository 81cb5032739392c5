//! Our property at Google Analytics, and the roles that it takes.

use std::path::PathBuf;
use std::sync::Arc;

use egress::{Egress, RetryPolicy};
use policy::ProcessorId;
use serde::Deserialize;

use super::{Ga, GaRegion, GaSettings};
use crate::Secret;
use crate::connected::{self, Connected};
use crate::google::ServiceAccount;
use crate::role::{Analytics, ByAnalyticsId};

/// What the configuration says of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// `G-…`.
    measurement_id: String,
    /// The Measurement Protocol's secret.
    api_secret: Secret,
    /// Number of the property.
    property: String,
    /// The file with the key of the service account that may have data deleted, as Google gives it out.
    key_file: PathBuf,
    /// `world` or `europe`.
    #[serde(default)]
    region: GaRegion,
}

impl connected::Account for Account {
    fn connect(self, egress: &Egress, to: &mut Connected) -> Result<(), String> {
        let account = ServiceAccount::from_file(&self.key_file)?;
        let tag = Ga::tag(&self.measurement_id).map_err(|error| error.to_string())?;
        let settings = GaSettings {
            measurement_id: self.measurement_id,
            api_secret: self.api_secret,
            property: self.property,
            region: self.region,
            retry: RetryPolicy::default(),
        };
        let ga = Ga::new(egress.clone(), account, settings).map_err(|error| error.to_string())?;
        let ga = Arc::new(ga);
        to.checks.insert(ProcessorId::GoogleAnalytics, ga.clone());
        let ga: Arc<dyn Analytics> = ga;
        to.erases.insert(ProcessorId::GoogleAnalytics, Arc::new(ByAnalyticsId(Arc::clone(&ga))));
        to.analytics.push(ga);
        to.tags.push(tag);
        Ok(())
    }
}
