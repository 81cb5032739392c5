//! Whether a bucket really deletes what is deleted: what the policy promises rests on it.

use std::fmt;

use serde::Deserialize;

/// What is wrong with a bucket. Each is a sentence for the operator that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// Deleted objects are kept for so many seconds.
    SoftDelete(u64),
    /// It does not say how long deleted objects are kept.
    SoftDeleteUnknown,
    /// Permanent deletion is paused.
    DeletionPaused,
    /// Older contents of an object are kept.
    Versioning,
    /// Objects cannot be deleted for so many seconds.
    Retention(u64),
    /// Single objects may be kept from being deleted.
    ObjectRetention,
    /// New objects are held.
    Hold,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SoftDelete(seconds) => write!(
                f,
                "The bucket keeps deleted objects for {seconds} seconds (soft delete), but the privacy policy says that \
                 they are gone: set its softDeletePolicy.retentionDurationSeconds to 0 \
                 (gcloud storage buckets update gs://BUCKET --clear-soft-delete)."
            ),
            Self::SoftDeleteUnknown => f.write_str(
                "The bucket does not say that soft delete is off: set its softDeletePolicy.retentionDurationSeconds to 0 \
                 (gcloud storage buckets update gs://BUCKET --clear-soft-delete).",
            ),
            Self::DeletionPaused => {
                f.write_str("Permanent deletion is paused for the bucket: end the pause (softDeletePolicy.hardDeletePause).")
            }
            Self::Versioning => f.write_str(
                "The bucket keeps older versions of objects: switch versioning off \
                 (gcloud storage buckets update gs://BUCKET --no-versioning).",
            ),
            Self::Retention(seconds) => write!(
                f,
                "The bucket lets nobody delete an object for {seconds} seconds: remove its retention policy \
                 (gcloud storage buckets update gs://BUCKET --clear-retention-period)."
            ),
            Self::ObjectRetention => f.write_str(
                "The bucket allows single objects to be kept from deletion (object retention), which cannot be switched \
                 off again: use a new bucket without it.",
            ),
            Self::Hold => f.write_str(
                "The bucket holds new objects (default event-based hold): switch that off \
                 (gcloud storage buckets update gs://BUCKET --no-default-event-based-hold).",
            ),
        }
    }
}

/// What is read of a bucket (Cloud Storage JSON API, `Bucket`). Whole numbers come as text.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Bucket {
    soft_delete_policy: Option<SoftDelete>,
    versioning: Option<Versioning>,
    retention_policy: Option<Retention>,
    object_retention: Option<ObjectRetention>,
    default_event_based_hold: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SoftDelete {
    retention_duration_seconds: Option<String>,
    hard_delete_pause: Option<Pause>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pause {
    enabled: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Versioning {
    enabled: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Retention {
    retention_period: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ObjectRetention {
    mode: Option<String>,
}

impl Bucket {
    /// Everything that is wrong with it; nothing when it deletes what is deleted.
    pub(crate) fn unfit(&self) -> Vec<Unfit> {
        let seconds = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<u64>().ok());
        let mut unfit = Vec::new();
        let soft = self.soft_delete_policy.as_ref();
        match soft.and_then(|soft| seconds(&soft.retention_duration_seconds)) {
            Some(0) => {}
            Some(kept) => unfit.push(Unfit::SoftDelete(kept)),
            // It is on unless it was switched off: silence is no proof.
            None => unfit.push(Unfit::SoftDeleteUnknown),
        }
        if soft.and_then(|soft| soft.hard_delete_pause.as_ref()).is_some_and(|pause| pause.enabled) {
            unfit.push(Unfit::DeletionPaused);
        }
        if self.versioning.as_ref().is_some_and(|versioning| versioning.enabled) {
            unfit.push(Unfit::Versioning);
        }
        if let Some(retention) = &self.retention_policy {
            unfit.push(Unfit::Retention(seconds(&retention.retention_period).unwrap_or_default()));
        }
        if self.object_retention.as_ref().is_some_and(|retention| retention.mode.is_some()) {
            unfit.push(Unfit::ObjectRetention);
        }
        if self.default_event_based_hold {
            unfit.push(Unfit::Hold);
        }
        unfit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unfit(json: &str) -> Vec<Unfit> {
        serde_json::from_str::<Bucket>(json).unwrap().unfit()
    }

    #[test]
    fn only_a_bucket_that_deletes_at_once_will_do() {
        let off = r#"{"softDeletePolicy":{"retentionDurationSeconds":"0"},"versioning":{"enabled":false}}"#;
        assert!(unfit(off).is_empty());
        assert_eq!(unfit("{}"), [Unfit::SoftDeleteUnknown]);
        let week =
            r#"{"softDeletePolicy":{"retentionDurationSeconds":"604800"},"versioning":{"enabled":true}}"#;
        assert_eq!(unfit(week), [Unfit::SoftDelete(604_800), Unfit::Versioning]);
        let held = r#"{"softDeletePolicy":{"retentionDurationSeconds":"0","hardDeletePause":{"enabled":true}},
            "retentionPolicy":{"retentionPeriod":"60"},"objectRetention":{"mode":"Enabled"},
            "defaultEventBasedHold":true}"#;
        assert_eq!(
            unfit(held),
            [Unfit::DeletionPaused, Unfit::Retention(60), Unfit::ObjectRetention, Unfit::Hold]
        );
        assert!(Unfit::SoftDelete(604_800).to_string().contains("604800 seconds"));
    }
}
