//! Where to complain.

use serde::Deserialize;

use super::Country;

/// A supervisory authority.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// For whom it is there.
    pub countries: Vec<Country>,
    /// Its own name for itself.
    pub name: String,
    /// Its site.
    pub web: String,
}
