//! `/cookie-settings`: what is allowed in this browser, a choice for each purpose, and the one click that
//! withdraws all of it. The banner and every footer send their forms here.

use axum::extract::{Form, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use maud::{Markup, html};
use policy::Subject;
use policy::consent::{Choice, Given, Regime, Why};
use serde::Deserialize;
use studio::consents::{Method, Receipt};

use crate::consent;
use crate::cookies::own_address;
use crate::frame::Frame;
use crate::oops::Oops;
use crate::pages::privacy::tables;
use crate::visit::{App, Visit};

/// What the page was opened with.
#[derive(Deserialize)]
pub(crate) struct Asked {
    done: Option<String>,
}

/// What a form sent.
#[derive(Deserialize)]
pub(crate) struct Fields {
    decision: Decided,
    wording: String,
    analytics: Option<String>,
    support: Option<String>,
    next: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Decided {
    Accept,
    Refuse,
    Choice,
    Withdraw,
}

/// GET: how things stand.
pub(crate) async fn show(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Response {
    let consent = &visit.consent;
    let decision = consent.decision;
    let state = |on: bool, key: &str| visit.text(&format!("cookies-{key}-{}", if on { "on" } else { "off" }));
    let done = match asked.done.as_deref() {
        Some("withdrawn") => Some("cookies-withdrawn"),
        Some("saved") => Some("cookies-saved"),
        _ => None,
    };
    let body = html! {
        div.wrap.narrow.stack {
            @if let Some(done) = done { p.notice role="status" { (visit.text(done)) } }
            section.sheet.stack.tight {
                p { strong { (state(decision.allowed.analytics, "analytics")) } }
                p { strong { (state(decision.allowed.support, "support")) } }
                p { (standing(&visit)) }
                @if consent.gpc { p { (visit.text(if decision.why == Why::Chosen && decision.allowed != Choice::NONE { "cookies-gpc-allowed" } else { "cookies-gpc" })) } }
                (one_click(&visit))
                p.hint { (visit.text("cookies-withdraw-words")) }
            }
            (choices(&visit))
            section.sheet.flat {
                h2 { (visit.text("cookies-country-title")) }
                p { (country(&visit)) }
                p.hint { (visit.text("cookies-country-words")) }
            }
            section.sheet.flat {
                h2 { (visit.text("cookies-receipts-title")) }
                p { (visit.text("cookies-receipts-words")) }
                @match &consent.given {
                    Some((id, _)) => p { (visit.language.with("cookies-receipt", &[("id", id.as_str().into())])) },
                    None => p { (visit.text("cookies-receipt-none")) },
                }
            }
            section.sheet.flat {
                h2 { (visit.text("cookies-list-title")) }
                (tables::cookies(&visit, app.studio.switched_on()))
            }
        }
    };
    Frame::new(&visit, &visit.text("cookies-title"))
        .lead(html! { (visit.text("cookies-lead")) })
        .findable(&visit.text("cookies-lead"))
        .class("small-title")
        .page(body)
}

fn standing(visit: &Visit) -> Markup {
    let decision = visit.consent.decision;
    match &visit.consent.given {
        Some((_, given)) if decision.why != Why::Outdated => {
            visit.language.with("cookies-decided", &[("date", visit.day(given.at_ms).into())])
        }
        _ if decision.allowed == Choice::NONE => html! { (visit.text("cookies-undecided-off")) },
        _ => html! { (visit.text("cookies-undecided-on")) },
    }
}

fn country(visit: &Visit) -> Markup {
    let Some(country) = &visit.consent.country else {
        return html! { (visit.text("cookies-country-unknown")) };
    };
    let key = match visit.consent.decision.regime {
        Regime::OptIn => "cookies-country-ask",
        Regime::OptOut => "cookies-country-on",
    };
    visit.language.with(key, &[("country", country.code().into())])
}

fn one_click(visit: &Visit) -> Markup {
    // Where nothing is on, there is nothing to press it for.
    let is_off = visit.consent.decision.allowed == Choice::NONE;
    html! {
        form method="post" action=(visit.to("/cookie-settings")) {
            input type="hidden" name="wording" value=(visit.policy.wording(Subject::Cookies).version);
            button.button.quiet[is_off] name="decision" value="withdraw" { (visit.text("cookies-withdraw")) }
        }
    }
}

fn choices(visit: &Visit) -> Markup {
    let wording = visit.policy.wording(Subject::Cookies);
    let allowed = visit.consent.decision.allowed;
    let tick = |name: &str, on: bool| {
        html! {
            div.tick {
                input type="checkbox" id=(name) name=(name) value="yes" checked[on] aria-describedby={ (name) "-words" };
                label for=(name) { (visit.text(&format!("banner-{name}"))) }
                p.hint id={ (name) "-words" } { (visit.text(&format!("banner-{name}-words"))) }
            }
        }
    };
    html! {
        form.sheet.stack method="post" action=(visit.to("/cookie-settings")) {
            h2 { (visit.text("cookies-choose")) }
            p { (wording.in_language(visit.language.code())) }
            input type="hidden" name="wording" value=(wording.version);
            p { strong { (visit.text("banner-necessary")) } " " (visit.text("banner-necessary-words")) }
            (tick("analytics", allowed.analytics))
            (tick("support", allowed.support))
            div.row.answers {
                button.button name="decision" value="choice" { (visit.text("banner-save")) }
                button.button.quiet name="decision" value="accept" { (visit.text("banner-accept")) }
                button.button.quiet name="decision" value="refuse" { (visit.text("banner-refuse")) }
            }
        }
    }
}

/// POST: keeps what was decided, in the browser and as a receipt, and takes away what may no longer be there.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let policy = &visit.policy;
    let known =
        policy.wordings.iter().any(|one| one.subject == Subject::Cookies && one.version == fields.wording);
    // Agreeing to words that are no longer shown counts for nothing; a no counts under any.
    let agreeable = known && policy.is_current(Subject::Cookies, &fields.wording);
    let (method, choice) = match fields.decision {
        Decided::Accept => (Method::BannerAccept, Choice::ALL),
        Decided::Refuse => (Method::BannerRefuse, Choice::NONE),
        Decided::Withdraw => (Method::Withdrawal, Choice::NONE),
        Decided::Choice => {
            let choice = Choice { analytics: fields.analytics.is_some(), support: fields.support.is_some() };
            (Method::Choice, choice)
        }
    };
    if choice != Choice::NONE && !agreeable {
        return Ok(visit.go("/cookie-settings"));
    }
    let wording = policy.wording(Subject::Cookies).version.clone();
    let now_ms = app.studio.now_ms();
    let id = match &visit.consent.given {
        Some((id, _)) => id.clone(),
        None => app.studio.consents().new_id(),
    };
    let receipt = Receipt {
        consent: id.clone(),
        given_at_ms: now_ms,
        country: visit.consent.country.as_ref().map(|country| country.code().to_owned()),
        regime: visit.consent.decision.regime.as_str().to_owned(),
        analytics: choice.analytics,
        support: choice.support,
        method,
        wording: wording.clone(),
        policy: policy.effective.to_string(),
    };
    if !app.studio.consents().record(receipt, &visit.client()).await? {
        return Ok(visit.go("/cookie-settings"));
    }
    // A no in one browser is the account's; said signed out, it is so once somebody is in here again.
    if !choice.analytics
        && let Some(account) = visit.owner().or(visit.leaving())
    {
        app.studio.analytics().withdraw(account).await?;
    }
    let next = fields.next.as_deref().and_then(own_address);
    let done = if choice == Choice::NONE { "withdrawn" } else { "saved" };
    let mut answer = match next {
        Some(next) => visit.go(&next),
        None => visit.go(&format!("/cookie-settings?done={done}")),
    };
    let given = Given { choice, wording, at_ms: now_ms, knowing_gpc: visit.consent.gpc };
    consent::remember(&mut answer, &visit, &id, &given);
    consent::remove_optional(&mut answer, policy, &headers, choice);
    Ok(answer)
}
