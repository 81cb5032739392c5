//! What is kept in the visitor's browser.

use serde::{Deserialize, Deserializer, de::Error};

use super::{Period, Words};
use crate::ids::ProcessorId;

/// A cookie or storage key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cookie {
    /// Its name; `*` at the end stands for what the provider adds.
    pub name: String,
    /// Where the browser keeps it.
    pub store: Store,
    /// Who sets it, as people know them.
    pub provider: String,
    /// Whose it is, when not ours: it exists only where that processor is switched on.
    #[serde(default)]
    pub processor: Option<ProcessorId>,
    /// What the program uses it for.
    pub purpose: CookiePurpose,
    /// Whether it takes consent, and to what.
    pub class: CookieClass,
    /// How long it is kept.
    pub period: Lifetime,
    /// What it is for, in words.
    pub explanation: Words,
}

impl Cookie {
    /// Whether the site cannot do without; only others need consent.
    pub fn is_essential(&self) -> bool {
        self.class == CookieClass::Essential
    }

    /// Whether a name that a browser holds is this one.
    pub fn is_named(&self, name: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(start) => name.len() > start.len() && name.starts_with(start),
            None => name == self.name,
        }
    }
}

/// Where the browser keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Store {
    /// As a cookie.
    Cookie,
    /// In the local storage of the page's origin.
    LocalStorage,
    /// In the session storage of a tab.
    SessionStorage,
}

/// What the program uses it for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CookiePurpose {
    /// Staying signed in.
    Session,
    /// Waiting for a sign-in mail to be opened.
    SignIn,
    /// Remembering what was decided about the optional ones.
    Consent,
    /// Remembering the country, so that it need not be looked up each time.
    Country,
    /// Knowing the browser in which somebody said that they are not an adult.
    Age,
    /// Knowing the device that a conversation with support began on.
    SupportDevice,
    /// Keeping the messenger's session.
    SupportSession,
    /// Knowing that a conversation with support is going on here.
    SupportId,
    /// The program does not touch it but to remove it: a processor's.
    Vendor,
}

impl CookiePurpose {
    /// Whether it serves our own messenger, which is optional.
    pub fn is_of_messenger(self) -> bool {
        matches!(self, Self::SupportDevice | Self::SupportSession | Self::SupportId)
    }
}

/// Whether it takes consent, and to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CookieClass {
    /// The site cannot do without.
    Essential,
    /// Analytics must have been agreed to.
    Analytics,
    /// The messenger must have been agreed to.
    Support,
}

/// How long a browser keeps something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lifetime {
    /// A span from when it was set.
    Span(Period),
    /// Until the browser is closed.
    Session,
    /// Until the storage is cleared.
    NoExpiry,
}

impl Lifetime {
    /// The longest that a cookie may be set for, as `Max-Age` takes it; nothing where there is no span.
    pub fn seconds(self) -> Option<u64> {
        match self {
            Self::Span(period) => Some(period.seconds()),
            Self::Session | Self::NoExpiry => None,
        }
    }
}

impl<'de> Deserialize<'de> for Lifetime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "session" => Ok(Self::Session),
            "no expiry" => Ok(Self::NoExpiry),
            _ => Period::parse(&text).map(Self::Span).ok_or_else(|| {
                D::Error::custom(format!(
                    "{text:?} is no period; write for example 30 days, session, or no expiry"
                ))
            }),
        }
    }
}
