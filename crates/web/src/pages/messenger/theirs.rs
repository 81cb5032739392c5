//! The messenger of somebody else on a page, in place of our own: where ours might be offered and the policy lists the
//! page for theirs. The page carries what it is started with as data; our own loader (`assets/js/outside.js`) loads it
//! when somebody opens it, and shuts it down when they may no longer have it.
//!
//! It knows no vendor: what differs is data.

use maud::{Markup, PreEscaped, html};
use policy::consent::Purpose;
use policy::derive::browser;
use policy::{CookieClass, Page, PurposeId, purpose};
use serde_json::{Value, json};
use studio::Studio;
use studio::conversations::MessengerBoot;

use crate::consent;
use crate::tags::lead;
use crate::visit::Visit;

/// What it is started with on a page; none where there is none, or it may not be.
pub(crate) async fn boot_of(
    studio: &Studio,
    visit: &Visit,
    page: Page,
) -> studio::Result<Option<MessengerBoot>> {
    let decision = &visit.consent.decision;
    match (browser::messenger(page, decision.allowed, visit.customer()), visit.account()) {
        (Some(PurposeId::Support), Some(account)) => studio.messenger().for_family(account, page).await,
        (Some(PurposeId::VisitorSupport), _) => {
            Ok(studio.messenger().for_visitor(page, decision.agreed(Purpose::Support)))
        }
        _ => Ok(None),
    }
}

/// What the loader is told.
pub(crate) fn told(visit: &Visit, boot: &MessengerBoot) -> Value {
    let mut told = json!({
        "script": boot.script,
        "settings": boot.settings.for_purpose::<purpose::Support>(),
        "settings_in": boot.settings_in,
        "call": boot.call,
        "good_ms": boot.good_s.map(|seconds| seconds.saturating_mul(1000)),
        // What it may leave in the browser when the page is left: nothing without consent.
        "keep": browser::may_stay(CookieClass::Support, visit.consent.decision.allowed),
        "names": consent::names_of(&visit.policy, boot.processor),
        "open": visit.to("/messenger/open"),
        "contact": visit.to("/contact"),
    });
    lead(&mut told, visit.options.emulators());
    told
}

/// The same as an element.
pub(crate) fn data(visit: &Visit, boot: &MessengerBoot) -> Markup {
    // No text can end the element.
    let told = told(visit, boot).to_string().replace('<', "\\u003c");
    html! { script type="application/json" id="messenger" { (PreEscaped(told)) } }
}
