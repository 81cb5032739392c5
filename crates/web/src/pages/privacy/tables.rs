//! The tables of the privacy page, derived from a version of the policy and from who is switched on here.

use maud::{Markup, html};
use policy::consent::Choice;
use policy::{
    Basis, Cookie, CookieClass, Lifetime, Period, Policy, Safeguard, Start, SwitchedOn, Unit, derive,
};

use crate::visit::Visit;

/// What stands for a placeholder; nothing for one that is unknown, which a test forbids.
pub(super) fn derived(visit: &Visit, policy: &Policy, on: &SwitchedOn, name: &str) -> Markup {
    match name {
        "controller" => controller(visit, policy),
        "categories" => categories(visit, policy),
        "purposes" => purposes(visit, policy),
        "processors" => processors(visit, policy, on),
        "retention" => retention(visit, policy),
        "cookies-essential" => cookies_of(visit, policy, on, CookieClass::Essential),
        "cookies-analytics" => cookies_of(visit, policy, on, CookieClass::Analytics),
        "cookies-support" => cookies_of(visit, policy, on, CookieClass::Support),
        "authority" => authority(visit, policy),
        _ => html! {},
    }
}

/// The table of what can be in this browser, as this deployment is set up.
pub(crate) fn cookies(visit: &Visit, on: &SwitchedOn) -> Markup {
    cookie_table(visit, &derive::browser::cookie_table(&visit.policy, on).collect::<Vec<_>>())
}

/// A phone shows its rows as blocks, each value beside its head; the roles say that it is a table even then.
fn table(visit: &Visit, heads: &[&str], rows: Vec<Vec<Markup>>) -> Markup {
    let heads: Vec<String> = heads.iter().map(|head| visit.text(head)).collect();
    html! {
        div.scroller tabindex="0" role="group" aria-label=(heads[0]) { table.blocks role="table" {
            thead role="rowgroup" { tr role="row" { @for head in &heads { th scope="col" role="columnheader" { (head) } } } }
            tbody role="rowgroup" { @for row in rows { tr role="row" { @for (i, cell) in row.into_iter().enumerate() {
                @if i == 0 { th scope="row" role="rowheader" { (cell) } } @else { td role="cell" data-label=(heads[i]) { div { (cell) } } }
            } } } }
        } }
    }
}

fn words(text: impl Into<String>) -> Markup {
    let text = text.into();
    html! { (text) }
}

fn listed(items: impl IntoIterator<Item = String>) -> Markup {
    words(items.into_iter().collect::<Vec<_>>().join(", "))
}

fn controller(visit: &Visit, policy: &Policy) -> Markup {
    let by = &policy.controller;
    html! {
        dl.bill {
            dt { (visit.text("privacy-controller-name")) } dd { (by.name) }
            dt { (visit.text("privacy-controller-email")) } dd { a href={ "mailto:" (by.email) } { (by.email) } }
        }
    }
}

fn categories(visit: &Visit, policy: &Policy) -> Markup {
    let language = visit.language.code();
    let rows = policy.categories.iter().map(|category| {
        let kinds = category.kinds.iter().map(|kind| kind.name.in_language(language).to_owned());
        vec![words(category.name.in_language(language)), listed(kinds)]
    });
    table(visit, &["privacy-head-category", "privacy-head-examples"], rows.collect())
}

fn purposes(visit: &Visit, policy: &Policy) -> Markup {
    let language = visit.language.code();
    let rows = policy.purposes.iter().map(|purpose| {
        let basis = match purpose.basis {
            Basis::Contract => "privacy-basis-contract",
            Basis::Consent => "privacy-basis-consent",
            Basis::LegitimateInterests => "privacy-basis-legitimate-interests",
            Basis::LegalObligation => "privacy-basis-legal-obligation",
        };
        let used = purpose.categories.iter().filter_map(|id| policy.category(*id));
        vec![
            words(purpose.name.in_language(language)),
            words(visit.text(basis)),
            listed(used.map(|category| category.name.in_language(language).to_owned())),
        ]
    });
    table(visit, &["privacy-head-purpose", "privacy-head-basis", "privacy-head-category"], rows.collect())
}

fn processors(visit: &Visit, policy: &Policy, on: &SwitchedOn) -> Markup {
    let language = visit.language.code();
    let switched_on: Vec<_> = policy.processors.iter().filter(|one| on.contains(one.id)).collect();
    if switched_on.is_empty() {
        return html! { p { strong { (visit.text("privacy-processors-none")) } } };
    }
    let rows = switched_on.into_iter().map(|one| {
        let receives = policy.received(one.id).map(|(_, kind)| kind.name.in_language(language).to_owned());
        let safeguard = match one.safeguard {
            Safeguard::StandardContractualClauses => "privacy-safeguard-clauses",
            Safeguard::AdequacyDecision => "privacy-safeguard-adequacy",
            Safeguard::NoTransfer => "privacy-safeguard-within",
        };
        vec![
            html! { a href=(one.privacy_page) rel="noreferrer" { (one.name) } },
            words(one.role.in_language(language)),
            listed(receives),
            words(one.regions.join(", ")),
            words(visit.text(safeguard)),
            words(one.agreement.document.as_str()),
            words(one.keeps.in_language(language)),
        ]
    });
    let heads = [
        "privacy-head-processor",
        "privacy-head-purpose",
        "privacy-head-receives",
        "privacy-head-where",
        "privacy-head-safeguard",
        "privacy-head-agreement",
        "privacy-head-kept",
    ];
    table(visit, &heads, rows.collect())
}

fn retention(visit: &Visit, policy: &Policy) -> Markup {
    let language = visit.language.code();
    let rows = policy.retention.iter().map(|rule| {
        let from = match rule.from {
            Start::AccountDeleted => "privacy-from-account-deleted",
            Start::Created => "privacy-from-created",
            Start::LastUsed => "privacy-from-last-used",
            Start::Expired => "privacy-from-expired",
            Start::Paid => "privacy-from-paid",
            Start::Closed => "privacy-from-closed",
            Start::LastInteraction => "privacy-from-last-interaction",
        };
        let name = html! {
            (rule.name.in_language(language))
            @if let Some(why) = &rule.remainder { br; small { (why.in_language(language)) } }
        };
        vec![name, words(span(visit, rule.period)), words(visit.text(from))]
    });
    table(visit, &["privacy-head-subject", "privacy-head-retained", "privacy-head-from"], rows.collect())
}

fn cookies_of(visit: &Visit, policy: &Policy, on: &SwitchedOn, class: CookieClass) -> Markup {
    let rows: Vec<_> =
        derive::browser::cookie_table(policy, on).filter(|cookie| cookie.class == class).collect();
    match (rows.is_empty(), class) {
        (true, CookieClass::Analytics) => {
            html! { p { strong { (visit.text("privacy-cookies-analytics-none")) } } }
        }
        (true, _) => html! { p { strong { (visit.text("privacy-cookies-support-none")) } } },
        (false, _) => cookie_table(visit, &rows),
    }
}

fn cookie_table(visit: &Visit, cookies: &[&Cookie]) -> Markup {
    let language = visit.language.code();
    let rows = cookies.iter().map(|cookie| {
        let class = match cookie.class {
            CookieClass::Essential => "privacy-class-essential",
            CookieClass::Analytics => "privacy-class-analytics",
            CookieClass::Support => "privacy-class-support",
        };
        vec![
            html! { code { (cookie.name) } },
            words(cookie.provider.as_str()),
            words(cookie.explanation.in_language(language)),
            words(visit.text(class)),
            words(lifetime(visit, cookie.period)),
        ]
    });
    let heads = [
        "privacy-head-cookie",
        "privacy-head-provider",
        "privacy-head-purpose",
        "privacy-head-class",
        "privacy-head-period",
    ];
    table(visit, &heads, rows.collect())
}

/// Where to complain in the visitor's country, and that nothing is sold: the one part that depends on who asks.
pub(super) fn authority(visit: &Visit, policy: &Policy) -> Markup {
    let found =
        visit.consent.country.as_ref().and_then(|country| Some((country, policy.authority(*country)?)));
    html! {
        @match found {
            Some((country, authority)) => p {
                (visit.language.with("privacy-authority", &[("country", country.code().into())])) " "
                a href=(authority.web) rel="noreferrer" { (authority.name) }
            },
            None => {
                p { (visit.text("privacy-authority-unknown")) }
                details { summary { (visit.text("privacy-authorities")) }
                    ul { @for authority in &policy.authorities { li { a href=(authority.web) rel="noreferrer" { (authority.name) } } } }
                }
            }
        }
        p { (visit.text(if visit.consent.gpc && visit.consent.decision.allowed == Choice::NONE { "privacy-not-sold-gpc" } else { "privacy-not-sold" })) }
    }
}

fn lifetime(visit: &Visit, lifetime: Lifetime) -> String {
    match lifetime {
        Lifetime::Span(period) => span(visit, period),
        Lifetime::Session => visit.text("period-session"),
        Lifetime::NoExpiry => visit.text("period-none"),
    }
}

/// A period in words.
fn span(visit: &Visit, period: Period) -> String {
    let key = match period.unit() {
        Unit::Minute => "period-minutes",
        Unit::Hour => "period-hours",
        Unit::Day => "period-days",
        Unit::Week => "period-weeks",
        Unit::Month => "period-months",
        Unit::Year => "period-years",
    };
    visit.language.plain(key, &[("number", period.number().into())]).replace(['\u{2068}', '\u{2069}'], "")
}
