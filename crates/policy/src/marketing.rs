//! Whether somebody may get a mail that advertises. A pure function of the policy and of what is known of the
//! person; who they are and what they were sent before is not its business.

use crate::{Country, Ground, Mailing, Policy, Region};

/// What is known of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether they agreed.
    pub consent: Consented,
    /// Whether they have bought a film.
    pub customer: bool,
    /// Whether they unsubscribed or objected, and have not agreed afresh since.
    pub stopped: bool,
}

/// Whether somebody agreed to such mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consented {
    /// No.
    No,
    /// They ticked the box; where their country wants it confirmed, that is still to be done.
    Ticked,
    /// They ticked the box and opened the link in the mail that asked them.
    Confirmed,
}

/// Why somebody gets no such mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// They unsubscribed or objected.
    Stopped,
    /// They agreed, and have not confirmed it where that is needed.
    Unconfirmed,
    /// There is no ground.
    NoGround,
}

/// On what ground a mail may be sent to somebody in a country, or why not.
///
/// # Errors
/// Why not.
pub fn may_send(
    policy: &Policy,
    mailing: Mailing,
    country: Option<Country>,
    person: Standing,
) -> Result<Ground, Refusal> {
    if person.stopped {
        return Err(Refusal::Stopped);
    }
    let kind = policy.marketing.kinds.iter().find(|kind| kind.id == mailing);
    let rests_on = |ground| kind.is_some_and(|kind| kind.grounds.contains(&ground));
    let agreed = match person.consent {
        Consented::No => false,
        Consented::Ticked => !must_confirm(policy, country),
        Consented::Confirmed => true,
    };
    if agreed && rests_on(Ground::Consent) {
        return Ok(Ground::Consent);
    }
    let customers = region(policy, country).is_some_and(|region| region.customer);
    if person.customer && customers && rests_on(Ground::Customer) {
        return Ok(Ground::Customer);
    }
    Err(if person.consent == Consented::Ticked { Refusal::Unconfirmed } else { Refusal::NoGround })
}

/// Whether agreeing takes a second step in a country.
pub fn must_confirm(policy: &Policy, country: Option<Country>) -> bool {
    region(policy, country).is_none_or(|region| region.confirm)
}

fn region(policy: &Policy, country: Option<Country>) -> Option<&Region> {
    let country = country?;
    policy.marketing.regions.iter().find(|region| region.countries.contains(&country))
}
