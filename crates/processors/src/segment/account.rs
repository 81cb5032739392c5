//! Our workspace at Segment, and the roles that it takes.

use std::sync::Arc;

use egress::{Egress, RetryPolicy};
use policy::ProcessorId;
use serde::Deserialize;

use super::{Segment, SegmentRegion, SegmentSettings};
use crate::Secret;
use crate::connected::{self, Connected};
use crate::role::ByAnalyticsId;

/// What the configuration says of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// The source's write key. It is public in the browser's tag.
    write_key: Secret,
    /// Token of the Public API (business plan), for deletions.
    public_api_token: Secret,
    /// `world`. Where a workspace in `europe` has anything deleted is not known.
    #[serde(default)]
    region: SegmentRegion,
}

impl connected::Account for Account {
    fn connect(self, egress: &Egress, to: &mut Connected) -> Result<(), String> {
        if self.region == SegmentRegion::Europe {
            return Err(
                "region must be world: from a workspace in europe nothing could be deleted, as neither the \
                        policy nor what is known of Segment names an address for that"
                    .to_owned(),
            );
        }
        let tag = Segment::tag(self.write_key.reveal()).map_err(|error| error.to_string())?;
        if self.public_api_token.reveal().is_empty() {
            return Err("public_api_token is empty: without it nothing can be deleted there".to_owned());
        }
        let settings = SegmentSettings {
            write_key: self.write_key,
            public_api_token: self.public_api_token,
            region: self.region,
            retry: RetryPolicy::default(),
        };
        let segment = Arc::new(Segment::new(egress.clone(), settings));
        to.checks.insert(ProcessorId::Segment, segment.clone());
        to.erases.insert(ProcessorId::Segment, Arc::new(ByAnalyticsId(segment.clone())));
        to.analytics.push(segment);
        to.tags.push(tag);
        Ok(())
    }
}
