//! Mail that advertises: its kinds, where it may be sent on what ground, and at what time of day.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

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
    /// From when to when on its reader's clock such a mail may go.
    pub hours: Hours,
    /// Where those may be whose country is not known, or in none of the zones.
    pub elsewhere: Offsets,
    /// The kinds of such mail.
    pub kinds: Vec<MailKind>,
    /// The countries whose law is known to allow more than the strictest.
    pub regions: Vec<Region>,
    /// What the clocks of each country show.
    pub zones: Vec<Zone>,
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
    /// All of them, the strongest first.
    pub const ALL: [Self; 2] = [Self::Consent, Self::Customer];

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

/// A span of the day, in minutes after midnight: from the first, up to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hours {
    /// When it begins.
    pub from: i64,
    /// When it is over.
    pub to: i64,
}

/// How far a country's clocks are ahead of UTC, in minutes: those that are the least, and those that are the most,
/// over all its parts and in summer as in winter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offsets {
    /// In the west, or in winter.
    pub least: i64,
    /// In the east, or in summer.
    pub most: i64,
}

/// Countries whose clocks show the same.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// How far they are ahead.
    pub offsets: Offsets,
    /// Which.
    pub countries: Vec<Country>,
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let [from, to] = pair(deserializer, minutes, "a time of day; write for example 08:00")?;
        Ok(Self { from, to })
    }
}

impl<'de> Deserialize<'de> for Offsets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let [least, most] = pair(deserializer, offset, "a distance from UTC; write for example +02:00")?;
        Ok(Self { least, most })
    }
}

/// Two texts, each read in the same way.
fn pair<'de, D: Deserializer<'de>>(
    deserializer: D,
    read: impl Fn(&str) -> Option<i64>,
    sort: &str,
) -> Result<[i64; 2], D::Error> {
    let [first, second] = <[String; 2]>::deserialize(deserializer)?;
    let read = |text: String| read(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is not {sort}")));
    Ok([read(first)?, read(second)?])
}

/// `08:30` in minutes after midnight.
fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let is_number = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hours) || !is_number(minutes) {
        return None;
    }
    let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
    (minutes < 60).then_some(hours * 60 + minutes).filter(|minutes| *minutes <= 24 * 60)
}

/// `-03:30` in minutes.
fn offset(text: &str) -> Option<i64> {
    match text.split_at_checked(1)? {
        ("+", ahead) => minutes(ahead),
        ("-", behind) => Some(-minutes(behind)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{minutes, offset};

    #[test]
    fn times_and_distances_are_read() {
        assert_eq!(["00:00", "08:30", "24:00"].map(minutes), [Some(0), Some(510), Some(1440)]);
        assert_eq!(["+05:45", "-03:30", "+00:00"].map(offset), [Some(345), Some(-210), Some(0)]);
        for wrong in ["", "8:30", "08:60", "25:00", "+8:00", "08", "-1:00", "a8:00"] {
            assert_eq!(minutes(wrong), None, "{wrong}");
        }
        for wrong in ["", "02:00", "+2:00", "é2:00", "+-2:0"] {
            assert_eq!(offset(wrong), None, "{wrong}");
        }
    }
}
