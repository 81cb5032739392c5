//! Mail that advertises: its kinds, and where it may be sent on what ground.

use serde::Deserialize;

use super::{Country, Period, Words};

/// The rules of such mail.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marketing {
    /// Nobody gets more than one in this time.
    pub apart: Period,
    /// A draft left alone for so long is called back to mind, once.
    pub cart_left: Period,
    /// After this it is not any more.
    pub cart_lapsed: Period,
    /// Somebody who has not been here for so long is written to, once.
    pub quiet: Period,
    /// The kinds of such mail.
    pub kinds: Vec<MailKind>,
    /// The countries whose law is known to allow more than the strictest.
    pub regions: Vec<Region>,
}

/// A kind of mail.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailKind {
    /// Which.
    pub id: Mailing,
    /// The grounds on which it may be sent.
    pub grounds: Vec<Ground>,
    /// In words.
    pub name: Words,
}

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mailing {
    /// What is new.
    ProductUpdate,
    /// A lower price, for some time.
    SpecialOffer,
    /// A draft that was left.
    AbandonedCart,
    /// After a long silence.
    ReEngagement,
}

impl Mailing {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::ProductUpdate, Self::SpecialOffer, Self::AbandonedCart, Self::ReEngagement];

    /// As it is written in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::ProductUpdate => "product-update",
            Self::SpecialOffer => "special-offer",
            Self::AbandonedCart => "abandoned-cart",
            Self::ReEngagement => "re-engagement",
        }
    }
}

/// What a mail rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// The person agreed.
    Consent,
    /// The person bought a film, and the country's law lets customers be told of similar ones.
    Customer,
}

impl Ground {
    /// As it is written in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Customer => "customer",
        }
    }
}

/// Countries with the same law.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Which.
    pub countries: Vec<Country>,
    /// Whether agreeing takes a second step, in a mail.
    pub confirm: bool,
    /// Whether customers may be written to who did not agree.
    pub customer: bool,
}
