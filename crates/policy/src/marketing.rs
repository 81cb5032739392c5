//! Whether somebody may get a mail that advertises, and at what time of day. Pure functions of the policy and of what
//! is known of the person; who they are and what they were sent before is not their business.

use crate::{Country, Ground, Mailing, Offsets, Policy};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// What the law and the clocks of a country ask of such mail: it is kept in place of the country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Whether agreeing takes a second step.
    pub confirm: bool,
    /// Whether customers may be written to who did not agree.
    pub customers: bool,
    /// How far its clocks are ahead.
    pub clocks: Offsets,
}

impl Rule {
    /// The rule of a country; of an unknown one the strictest.
    pub fn of(policy: &Policy, country: Option<Country>) -> Self {
        let marketing = &policy.marketing;
        let region = |country| marketing.regions.iter().find(|region| region.countries.contains(&country));
        let zone = |country| marketing.zones.iter().find(|zone| zone.countries.contains(&country));
        let (region, zone) = (country.and_then(region), country.and_then(zone));
        Self {
            confirm: region.is_none_or(|region| region.confirm),
            customers: region.is_some_and(|region| region.customer),
            clocks: zone.map_or(marketing.elsewhere, |zone| zone.offsets),
        }
    }
}

/// What is known of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether they agreed.
    pub consent: Consented,
    /// Whether they have bought a film.
    pub customer: bool,
    /// Whether they unsubscribed or objected, or agreed to what counts no more, and have not agreed afresh since.
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

/// On what ground a mail may be sent to somebody under the rule of their country, or why not. The strongest where several
/// hold.
///
/// # Errors
/// Why not.
pub fn may_send(policy: &Policy, mailing: Mailing, rule: Rule, person: Standing) -> Result<Ground, Refusal> {
    if person.stopped {
        return Err(Refusal::Stopped);
    }
    Ground::ALL
        .into_iter()
        .find(|ground| holds(policy, mailing, rule, person, *ground))
        .ok_or(if person.consent == Consented::Ticked { Refusal::Unconfirmed } else { Refusal::NoGround })
}

/// Whether one ground holds for a mail to somebody. A mail that says what it rests on is asked about that ground when it
/// goes, whatever else holds by then.
pub fn holds(policy: &Policy, mailing: Mailing, rule: Rule, person: Standing, ground: Ground) -> bool {
    let kind = policy.marketing.kinds.iter().find(|kind| kind.id == mailing);
    if person.stopped || !kind.is_some_and(|kind| kind.grounds.contains(&ground)) {
        return false;
    }
    match (ground, person.consent) {
        (Ground::Consent, Consented::No) => false,
        (Ground::Consent, Consented::Ticked) => !rule.confirm,
        (Ground::Consent, Consented::Confirmed) => true,
        (Ground::Customer, _) => person.customer && rule.customers,
    }
}

/// From when on such a mail may go to somebody, in milliseconds since 1970; `None`: now, it is daytime there. A country
/// whose clocks differ, or change with the season, has its day when it is daytime by all of them.
pub fn waits_until(policy: &Policy, rule: Rule, now_ms: i64) -> Option<i64> {
    let (hours, offsets) = (policy.marketing.hours, rule.clocks);
    let opens_ms = (hours.from - offsets.least) * MINUTE_MS;
    let open_for_ms = (hours.to - offsets.most) * MINUTE_MS - opens_ms;
    let since_ms = (now_ms - opens_ms).rem_euclid(DAY_MS);
    (since_ms >= open_for_ms).then_some(now_ms + DAY_MS - since_ms)
}
