//! Sentences that people confirm.

use serde::Deserialize;

use super::Words;

/// What a wording is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Being an adult, when signing up.
    Adult,
    /// Being the child's guardian, with each photo.
    Guardian,
    /// Agreeing to marketing mail.
    Marketing,
    /// Objecting, as a customer, to mail about similar films.
    Customer,
    /// Agreeing to analytics and the messenger, on the banner.
    Cookies,
    /// Agreeing that a film is shown to others.
    Promotion,
    /// That an address may be used for a gift mail.
    Gift,
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Adult,
        Self::Guardian,
        Self::Marketing,
        Self::Customer,
        Self::Cookies,
        Self::Promotion,
        Self::Gift,
    ];

    /// Those of which a wording may stop counting (`consent.counts`): what is agreed to once and holds from then on.
    pub const LAPSING: [Self; 2] = [Self::Cookies, Self::Marketing];

    /// As it is written in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Adult => "adult",
            Self::Guardian => "guardian",
            Self::Marketing => "marketing",
            Self::Customer => "customer",
            Self::Cookies => "cookies",
            Self::Promotion => "promotion",
            Self::Gift => "gift",
        }
    }
}

/// A sentence that people confirm.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// What it is about.
    pub subject: Subject,
    /// Names this very wording; what is recorded when it is confirmed.
    pub version: String,
    /// The sentence.
    pub text: Words,
}

impl Wording {
    /// The sentence in a language, or in English.
    pub fn in_language(&self, language: &str) -> &str {
        self.text.in_language(language)
    }
}
