//! Who answers for the data, and how consent is asked for.

use serde::Deserialize;

use super::Country;

/// Who answers for the data.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Controller {
    /// Name.
    pub name: String,
    /// Where to write to.
    pub email: String,
    /// Where the company sits, two letters.
    pub country: String,
}

/// How consent is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Countries where nothing optional happens before somebody agrees; an unknown one counts as such.
    pub opt_in: Vec<Country>,
    /// Versions of wordings under which an agreement still counts: of the banner's, and of marketing mail's where not all
    /// of them do any more.
    pub counts: Vec<String>,
}
