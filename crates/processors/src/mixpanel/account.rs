//! Our project at Mixpanel, and the roles that it takes.

use std::sync::Arc;

use egress::{Egress, RetryPolicy};
use policy::ProcessorId;
use serde::Deserialize;

use super::{Ingestion, Mixpanel, MixpanelRegion, MixpanelSettings};
use crate::Secret;
use crate::connected::{self, Connected};
use crate::role::{Analytics, ByAnalyticsId};

/// What the configuration says of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// The project's token. It is public in the browser's tag.
    project_token: String,
    /// Number of the project; with a service account, events go out by the call that says what was wrong.
    project_id: Option<String>,
    /// The service account's name.
    service_user: Option<Secret>,
    /// Its secret.
    service_secret: Option<Secret>,
    /// OAuth token of a person who may have data deleted.
    deletion_token: Secret,
    /// The day on which that token ends, as 2027-05-01.
    deletion_token_ends: String,
    /// `world` or `europe`.
    #[serde(default)]
    region: MixpanelRegion,
}

impl connected::Account for Account {
    fn connect(self, egress: &Egress, to: &mut Connected) -> Result<(), String> {
        let tag = Mixpanel::tag(&self.project_token, self.region).map_err(|error| error.to_string())?;
        if self.deletion_token.reveal().is_empty() {
            return Err("deletion_token is empty: without it nothing can be deleted there".to_owned());
        }
        let ingestion = match (self.project_id, self.service_user, self.service_secret) {
            (Some(project_id), Some(user), Some(secret)) => Ingestion::Import { project_id, user, secret },
            (None, None, None) => Ingestion::Track,
            _ => return Err("project_id, service_user and service_secret belong together".to_owned()),
        };
        let settings = MixpanelSettings {
            project_token: self.project_token,
            ingestion,
            deletion_token: self.deletion_token,
            deletion_token_ends_s: day(&self.deletion_token_ends)?,
            region: self.region,
            retry: RetryPolicy::default(),
        };
        let mixpanel = Mixpanel::new(egress.clone(), settings).map_err(|error| error.to_string())?;
        let mixpanel = Arc::new(mixpanel);
        to.checks.insert(ProcessorId::Mixpanel, mixpanel.clone());
        let mixpanel: Arc<dyn Analytics> = mixpanel;
        to.erases.insert(ProcessorId::Mixpanel, Arc::new(ByAnalyticsId(Arc::clone(&mixpanel))));
        to.analytics.push(mixpanel);
        to.tags.push(tag);
        Ok(())
    }
}

/// The beginning of a day in seconds since 1970 (UTC).
fn day(text: &str) -> Result<i64, String> {
    let wrong = || "deletion_token_ends must be a day such as 2027-05-01".to_owned();
    let day = text.parse::<jiff::civil::Date>().map_err(|_| wrong())?;
    let begins = format!("{day}T00:00:00Z").parse::<jiff::Timestamp>().map_err(|_| wrong())?;
    Ok(begins.as_second())
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn a_day_is_read() {
        assert_eq!(day("2026-05-22"), Ok(1_779_408_000));
        assert!(day("next year").is_err() && day("").is_err());
    }
}
