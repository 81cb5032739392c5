//! What personal data is used for, and by what right.

use serde::Deserialize;

use super::Words;
use crate::ids::{CategoryId, PurposeId, RetentionId};

/// A purpose.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// Its id.
    pub id: PurposeId,
    /// What is done.
    pub name: Words,
    /// By what right.
    pub basis: Basis,
    /// What must have been agreed to, where consent is the right.
    #[serde(default)]
    pub choice: Option<Choosable>,
    /// Whose interest and why, where that is the right.
    #[serde(default)]
    pub interest: Option<Words>,
    /// Why it goes on although somebody objects (GDPR, Art. 21(1)), told to whoever may object; without it an
    /// objection ends it.
    #[serde(default)]
    pub compelling: Option<Words>,
    /// What is used for it.
    pub categories: Vec<CategoryId>,
    /// Whose data it is.
    pub people: Vec<Person>,
    /// How long it is kept.
    pub keep: Vec<RetentionId>,
}

/// A legal basis (GDPR, Art. 6(1)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// (a) Consent.
    Consent,
    /// (b) Performance of a contract.
    Contract,
    /// (c) A legal obligation.
    LegalObligation,
    /// (f) Legitimate interests.
    LegitimateInterests,
}

impl Basis {
    /// The paragraph: `6(1)(a)`.
    pub fn article(self) -> &'static str {
        match self {
            Self::Consent => "6(1)(a)",
            Self::Contract => "6(1)(b)",
            Self::LegalObligation => "6(1)(c)",
            Self::LegitimateInterests => "6(1)(f)",
        }
    }
}

/// What people can agree to, each on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choosable {
    /// That usage is analysed; on the banner.
    Analytics,
    /// That a messenger is loaded on public pages; on the banner.
    Support,
    /// Marketing mail.
    Marketing,
    /// That a film is shown to others.
    Promotion,
}

/// Whose data it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Person {
    /// Who has an account.
    Customer,
    /// The child in a photo.
    Child,
    /// Whoever looks at a page.
    Visitor,
}
