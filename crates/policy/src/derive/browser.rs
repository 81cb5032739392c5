//! What a browser may load and hold: the optional tools of a page, the cookie table, what withdrawing removes.

use crate::consent::Choice;
use crate::{Browser, Choosable, Cookie, CookieClass, Page, Policy, Processor, PurposeId, SwitchedOn};

/// What a page may load from processors that are switched on, given what is allowed. Where the purpose
/// rests on another right than consent, nothing need be allowed.
pub fn loaded<'a>(
    policy: &'a Policy,
    page: Page,
    on: &SwitchedOn,
    allowed: Choice,
) -> impl Iterator<Item = (&'a Processor, &'a Browser)> {
    let switched_on = policy.processors.iter().filter(move |processor| on.contains(processor.id));
    let browser =
        switched_on.flat_map(|processor| processor.browser.iter().map(move |browser| (processor, browser)));
    browser.filter(move |(_, browser)| {
        let choice = policy.purpose(browser.purpose).and_then(|purpose| purpose.choice);
        let lawful = match choice {
            None => true,
            Some(Choosable::Analytics) => allowed.analytics,
            Some(Choosable::Support) => allowed.support,
            Some(Choosable::Marketing | Choosable::Promotion) => false,
        };
        lawful && browser.pages.contains(&page)
    })
}

/// The cookies and storage keys that can exist in this deployment: ours, and those of processors that are on.
pub fn cookie_table<'a>(policy: &'a Policy, on: &SwitchedOn) -> impl Iterator<Item = &'a Cookie> {
    policy
        .cookies
        .iter()
        .filter(move |cookie| cookie.processor.is_none_or(|processor| on.contains(processor)))
}

/// The cookies and storage keys that must go when only this is allowed, whoever is switched on now: a browser
/// may hold what was set before.
pub fn removable(policy: &Policy, allowed: Choice) -> impl Iterator<Item = &Cookie> {
    policy.cookies.iter().filter(move |cookie| !may_stay(cookie.class, allowed))
}

/// For which purpose our own messenger may be offered on a page; none where it may not.
///
/// On the approved public pages it takes consent. Within Minitube, where a customer is signed in, it rests on
/// legitimate interest and goes when they object. What it would keep in the browser takes consent everywhere
/// ([`may_stay`]): a signed-in customer is known without.
pub fn messenger(page: Page, allowed: Choice, customer: Option<Customer>) -> Option<PurposeId> {
    match page {
        Page::Support if allowed.support => Some(PurposeId::VisitorSupport),
        Page::Minitube | Page::Watch if customer.is_some_and(|customer| !customer.objected) => {
            Some(PurposeId::Support)
        }
        _ => None,
    }
}

/// A customer who is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Customer {
    /// Whether they objected to support within Minitube.
    pub objected: bool,
}

/// Whether cookies of a class may be there.
pub fn may_stay(class: CookieClass, allowed: Choice) -> bool {
    match class {
        CookieClass::Essential => true,
        CookieClass::Analytics => allowed.analytics,
        CookieClass::Support => allowed.support,
    }
}
