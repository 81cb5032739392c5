//! The form of the policy's files: reading them, and saying precisely what is wrong in one.
//!
//! The build script and the library share this module, so what does not hold does not build. It must not
//! know the disk, the clock, or anything that is generated from the files but the ids.

mod authorities;
mod categories;
mod check;
mod classification;
mod controller;
mod cookies;
mod country;
mod date;
mod marketing;
mod mistake;
mod period;
mod processors;
mod promises;
mod purposes;
mod retention;
mod suggest;
mod texts;
mod wordings;
mod words;

use std::collections::BTreeMap;

pub use authorities::Authority;
pub use categories::{Category, Kind};
pub use classification::{Class, Classification, Column, Database, Empty, Keep, Link, Object, Sooner, Table};
pub use controller::{Consent, Controller};
pub use cookies::{Cookie, CookieClass, CookiePurpose, Lifetime, Store};
pub use country::Country;
pub use date::Date;
pub use marketing::{Ground, Hours, MailKind, Mailing, Marketing, Offsets, Region, Zone};
pub use mistake::{Mistake, Mistakes};
pub use period::{Period, Unit};
pub use processors::{Agreement, Always, Browser, Deletion, Page, Processor, Required, Safeguard};
pub use promises::Promise;
pub use purposes::{Basis, Choosable, Person, Purpose};
pub use retention::{Retention, Start};
pub use suggest::nearest;
pub use texts::PLACEHOLDERS;
pub use wordings::{Subject, Wording};
pub use words::{LANGUAGES, Words};

/// The files of one version, by their path within its folder: `cookies.toml`, `text/en.md`.
pub type Files = BTreeMap<String, String>;

/// One version of the policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The day it takes effect, at midnight UTC; it names the version.
    pub effective: Date,
    /// What changed against the version before.
    pub summary: Words,
    /// Who answers for the data.
    pub controller: Controller,
    /// Where consent is asked for, and which earlier agreements still count.
    pub consent: Consent,
    /// How the data is protected, in words.
    pub measures: Words,
    /// The personal data that is collected.
    pub categories: Vec<Category>,
    /// What it is used for.
    pub purposes: Vec<Purpose>,
    /// Who works for us, and what they may get.
    pub processors: Vec<Processor>,
    /// What is kept in the visitor's browser.
    pub cookies: Vec<Cookie>,
    /// How long what is kept.
    pub retention: Vec<Retention>,
    /// Sentences that people confirm, the older ones too.
    pub wordings: Vec<Wording>,
    /// Mail that advertises: who may get it.
    pub marketing: Marketing,
    /// Where to complain.
    pub authorities: Vec<Authority>,
    /// What is promised, and what would prove it.
    pub promises: Vec<Promise>,
    /// The page in prose by language, with placeholders for what is derived.
    pub texts: BTreeMap<String, String>,
}

/// `policy.toml` as it is written.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    effective: Date,
    summary: Words,
    controller: Controller,
    consent: Consent,
    measures: Words,
}

impl Policy {
    /// Reads one version.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with file, key and a suggestion.
    pub fn read(files: &Files) -> Result<Self, Mistakes> {
        let mut mistakes = Vec::new();
        let head = mistake::file(files, "policy.toml", &mut mistakes)
            .and_then(|text| mistake::toml::<Head>("policy.toml", text, &mut mistakes));
        let promises = mistake::file(files, "promises.csv", &mut mistakes)
            .map(|text| promises::read(text, &mut mistakes))
            .unwrap_or_default();
        let lists = Self {
            effective: Date::default(),
            summary: Words::default(),
            controller: Controller::default(),
            consent: Consent::default(),
            measures: Words::default(),
            categories: mistake::list(files, "categories", &mut mistakes),
            purposes: mistake::list(files, "purposes", &mut mistakes),
            processors: mistake::list(files, "processors", &mut mistakes),
            cookies: mistake::list(files, "cookies", &mut mistakes),
            retention: mistake::list(files, "retention", &mut mistakes),
            wordings: mistake::list(files, "wordings", &mut mistakes),
            marketing: mistake::one(files, "marketing", &mut mistakes),
            authorities: mistake::list(files, "authorities", &mut mistakes),
            promises,
            texts: texts::read(files, &mut mistakes),
        };
        let Some(head) = head.filter(|_| mistakes.is_empty()) else { return Err(Mistakes(mistakes)) };
        let Head { effective, summary, controller, consent, measures } = head;
        let policy = Self { effective, summary, controller, consent, measures, ..lists };
        check::policy(&policy, &mut mistakes);
        if mistakes.is_empty() { Ok(policy) } else { Err(Mistakes(mistakes)) }
    }
}
