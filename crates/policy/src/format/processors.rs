//! Who works for us, and what they may get.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Words;
use crate::ids::{KindId, ProcessorId, PurposeId};

/// A processor.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Processor {
    /// Its id.
    pub id: ProcessorId,
    /// Its name, as people know it.
    pub name: String,
    /// What it does for us, in words.
    pub role: Words,
    /// What it is used for. Consent is needed where the purpose rests on it.
    pub purposes: Vec<PurposeId>,
    /// Countries where it processes, two letters.
    pub regions: Vec<String>,
    /// What protects a transfer to them.
    pub safeguard: Safeguard,
    /// The contract that binds it.
    pub agreement: Agreement,
    /// Its own words on privacy.
    pub privacy_page: String,
    /// How long it keeps what it got, in words.
    pub keeps: Words,
    /// What it may receive: for each kind of data the fields that may carry it.
    #[serde(default)]
    pub fields: BTreeMap<KindId, Vec<String>>,
    /// Fields that carry nothing personal.
    #[serde(default)]
    pub plain: Vec<String>,
    /// Hosts that the server may call.
    #[serde(default)]
    pub server: Vec<String>,
    /// Headers that a call may carry, in small letters.
    #[serde(default)]
    pub headers: Vec<String>,
    /// Headers without which no call is made.
    #[serde(default)]
    pub required_headers: Vec<String>,
    /// Fields without which a call is not made.
    #[serde(default)]
    pub required_fields: Vec<Required>,
    /// What is put on calls, whoever makes them.
    #[serde(default)]
    pub always: Vec<Always>,
    /// How what it got is deleted there.
    pub deletion: Deletion,
    /// What pages may load from it.
    #[serde(default)]
    pub browser: Vec<Browser>,
}

impl Processor {
    /// Whether a field may carry a kind of data.
    pub fn may_carry(&self, kind: &KindId, field: &str) -> bool {
        self.fields.get(kind).is_some_and(|names| names.iter().any(|pattern| covers(pattern, field)))
    }

    /// Whether a field may carry a kind of data when it serves to have it deleted.
    pub fn may_carry_for_deletion(&self, kind: &KindId, field: &str) -> bool {
        self.deletion.fields.get(kind).is_some_and(|names| names.iter().any(|pattern| covers(pattern, field)))
    }

    /// Whether a field is listed as carrying nothing personal.
    pub fn is_plain(&self, field: &str) -> bool {
        self.plain.iter().any(|pattern| covers(pattern, field))
    }
}

/// Whether a field's name is one of a pattern's: the same, or below it where the pattern ends in `.*`.
fn covers(pattern: &str, field: &str) -> bool {
    match pattern.strip_suffix(".*") {
        Some(above) => field.strip_prefix(above).is_some_and(|rest| rest.starts_with('.') && rest.len() > 1),
        None => pattern == field,
    }
}

/// What protects a transfer out of the EEA and the UK.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Safeguard {
    /// Standard Contractual Clauses approved by the European Commission, with the UK addendum.
    StandardContractualClauses,
    /// A decision that the country protects data well enough.
    AdequacyDecision,
    /// Nothing leaves the EEA and the UK.
    NoTransfer,
}

/// The contract that binds a processor to our instructions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// What the contract is called.
    pub document: String,
    /// Which signed copy: a number or a day. An operator may give it in the configuration instead.
    #[serde(default)]
    pub reference: Option<String>,
}

/// A field without which a call is not made.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Required {
    /// What the call's path begins with.
    pub path: String,
    /// The field.
    pub field: String,
}

/// A header or a field that is put on each call whose path begins so, whoever makes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Always {
    /// What the call's path begins with; every call, when not given.
    #[serde(default)]
    pub path: Option<String>,
    /// The header, in small letters. It is none of [`Processor::headers`], which calls set themselves.
    #[serde(default)]
    pub header: Option<String>,
    /// Or the field.
    #[serde(default)]
    pub field: Option<String>,
    /// Its value; a header's is a text.
    pub value: toml::Value,
}

/// How what a processor got is deleted there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// What names the person or thing there: it is kept with the account and deleted last.
    pub handle: String,
    /// How it is done.
    pub by: String,
    /// Fields that may carry a handle that is personal itself.
    #[serde(default)]
    pub fields: BTreeMap<KindId, Vec<String>>,
}

/// What pages may load from a processor.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Browser {
    /// For which purpose; where it rests on consent, only after that.
    pub purpose: PurposeId,
    /// On which pages.
    pub pages: Vec<Page>,
    /// Sources of scripts.
    #[serde(default)]
    pub script: Vec<String>,
    /// Where scripts may connect to.
    #[serde(default)]
    pub connect: Vec<String>,
    /// Sources of pictures.
    #[serde(default)]
    pub image: Vec<String>,
    /// Sources of sound and film.
    #[serde(default)]
    pub media: Vec<String>,
    /// Pages that may be shown inside ours.
    #[serde(default)]
    pub frame: Vec<String>,
    /// Where a form may lead.
    #[serde(default)]
    pub form: Vec<String>,
}

/// Sorts of pages, as far as what may be loaded on them differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Page {
    /// Open to everybody.
    Public,
    /// Open to everybody, and a messenger may be offered: `/contact`, `/about`, `/films/[slug]`.
    Support,
    /// Behind the sign-in.
    SignedIn,
    /// Where an order is paid.
    Checkout,
    /// Where a film plays: the child's page.
    Watch,
    /// The family's own cinema: `/minitube`.
    Minitube,
}

impl Page {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Public, Self::Support, Self::SignedIn, Self::Checkout, Self::Watch, Self::Minitube];
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_pattern_covers_what_it_says_and_no_more() {
        assert!(covers("image_url", "image_url"));
        assert!(covers("marketing.*", "marketing.consent"));
        assert!(covers("marketing.*", "marketing.consent.at"));
        for (pattern, field) in [
            ("image_url", "image_url2"),
            ("marketing.*", "marketing"),
            ("marketing.*", "marketing."),
            ("marketing.*", "marketings.a"),
        ] {
            assert!(!covers(pattern, field), "{pattern} {field}");
        }
    }
}
