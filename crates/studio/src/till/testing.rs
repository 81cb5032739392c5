//! What tests of several modules say of the till.

use super::Dispute;
use crate::Studio;

/// A bank wants a payment back, as is told at this moment.
pub(crate) fn dispute(studio: &Studio, id: &str) -> Dispute {
    Dispute {
        id: id.into(),
        amount_minor: 100,
        currency: "USD".into(),
        reason: "fraudulent".into(),
        is_inquiry: false,
        heard_at_ms: studio.now_ms(),
        answered_at_ms: None,
    }
}
