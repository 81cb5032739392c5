//! What a request tells of consent: the country, the browser's Global Privacy Control, and what was decided
//! in this browser before. What follows from it is `policy::consent`'s to say.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::response::Response;
use policy::consent::{Choice, Decision, Given, decide};
use policy::{Cookie, CookiePurpose, Country, Policy, ProcessorId, Store, derive};
use studio::consents::ConsentId;

use crate::cookies;
use crate::visit::Visit;

/// What holds for a request.
#[derive(Clone, Debug)]
pub(crate) struct Consent {
    /// Where the visitor is, as far as it is known.
    pub(crate) country: Option<Country>,
    /// Whether the browser sends Global Privacy Control.
    pub(crate) gpc: bool,
    /// What this browser's person decided, and under which number.
    pub(crate) given: Option<(ConsentId, Given)>,
    /// What follows.
    pub(crate) decision: Decision,
    /// The country was looked up just now: the browser is to remember it.
    pub(crate) looked_up: bool,
}

impl Consent {
    /// Reads a request's headers. `told` is the country that a trusted proxy names.
    pub(crate) fn of(
        policy: &Policy,
        headers: &HeaderMap,
        address: Option<IpAddr>,
        told: Option<Country>,
        now_ms: i64,
    ) -> Self {
        let remembered = cookies::read(policy, headers, CookiePurpose::Country);
        let (country, looked_up) = match &remembered {
            Some(code) => (known(code), false),
            None => (told.or_else(|| address.and_then(country::of_address)), true),
        };
        let gpc = headers.get("sec-gpc").is_some_and(|value| value == "1");
        let given = cookies::read(policy, headers, CookiePurpose::Consent).as_deref().and_then(parse);
        let decision = decide(policy, country, gpc, given.as_ref().map(|(_, given)| given), now_ms);
        Self { country, gpc, given, decision, looked_up }
    }

    /// Has the browser remember the country for a day, so that it need not be looked up each time.
    pub(crate) fn remember_country(&self, answer: &mut Response, visit: &Visit) {
        if self.looked_up {
            // Looked up and not found is remembered too.
            let code = self.country.as_ref().map_or(NOWHERE, Country::code);
            cookies::set(answer, visit, CookiePurpose::Country, Some(code));
        }
    }
}

/// Two letters that no country has and none will get (ISO 3166-1, user-assigned).
const NOWHERE: &str = "ZZ";

/// The country of a code; what stands for "unknown" here (`ZZ`) or at proxies (`XX`) is none.
pub(crate) fn known(code: &str) -> Option<Country> {
    Country::parse(code).filter(|country| ![NOWHERE, "XX"].contains(&country.code()))
}

/// Keeps a decision in the browser.
pub(crate) fn remember(answer: &mut Response, visit: &Visit, consent: &ConsentId, given: &Given) {
    let bit = |on: bool| u8::from(on);
    let value = format!(
        "{consent}.{}.{}.{}{}{}",
        given.wording,
        given.at_ms,
        bit(given.choice.analytics),
        bit(given.choice.support),
        bit(given.knowing_gpc)
    );
    cookies::set(answer, visit, CookiePurpose::Consent, Some(&value));
}

/// Takes away every optional cookie that this browser sent and may no longer hold. Storage is emptied by
/// the page's script, which alone can reach it.
pub(crate) fn remove_optional(answer: &mut Response, policy: &Policy, headers: &HeaderMap, allowed: Choice) {
    let gone: Vec<&Cookie> =
        derive::browser::removable(policy, allowed).filter(|cookie| cookie.store == Store::Cookie).collect();
    for name in cookies::names(headers) {
        if gone.iter().any(|cookie| cookie.is_named(&name)) {
            cookies::expire(answer, headers, &name);
        }
    }
}

/// The names of all that a processor keeps in a browser; `*` ends a beginning.
pub(crate) fn names_of(policy: &Policy, processor: ProcessorId) -> Vec<&str> {
    let theirs = policy.cookies.iter().filter(|cookie| cookie.processor == Some(processor));
    theirs.map(|cookie| cookie.name.as_str()).collect()
}

/// Takes away every cookie of a processor that this browser sent: whoever it knew there goes.
pub(crate) fn remove_of(answer: &mut Response, policy: &Policy, headers: &HeaderMap, processor: ProcessorId) {
    let theirs = |name: &str| {
        policy.cookies.iter().any(|cookie| {
            cookie.processor == Some(processor) && cookie.store == Store::Cookie && cookie.is_named(name)
        })
    };
    for name in cookies::names(headers) {
        if theirs(&name) {
            cookies::expire(answer, headers, &name);
        }
    }
}

/// The names of storage keys that may not be there, for the page's script; `*` ends a beginning.
pub(crate) fn removable_storage(policy: &Policy, allowed: Choice) -> String {
    let names = derive::browser::removable(policy, allowed).filter(|cookie| cookie.store != Store::Cookie);
    names.map(|cookie| cookie.name.as_str()).collect::<Vec<_>>().join(" ")
}

fn parse(value: &str) -> Option<(ConsentId, Given)> {
    let mut parts = value.split('.');
    let (id, wording, at, bits) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let [analytics, support, knowing_gpc] = <[u8; 3]>::try_from(bits.as_bytes()).ok()?.map(|bit| bit == b'1');
    let given = Given {
        choice: Choice { analytics, support },
        wording: wording.to_owned(),
        at_ms: at.parse().ok()?,
        knowing_gpc,
    };
    parts.next().is_none().then_some((ConsentId::parse(id)?, given))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_browser_of_ours_holds_is_no_decision() {
        for wrong in [
            "",
            "yes",
            "x.cookies-1.1.110",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV.cookies-1.1.11",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV.cookies-1.now.110",
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
        let (_, given) = parse("01ARZ3NDEKTSV4RRFFQ69G5FAV.cookies-1.1779451200000.101").unwrap();
        assert_eq!(given.choice, Choice { analytics: true, support: false });
        assert!(given.knowing_gpc);
    }
}
