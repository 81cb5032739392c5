//! `/account/access`: who saw my data. Every look of somebody who works here at what is private, with its reason and
//! what was opened in it; one that is open is ended here at once. And what they did with an order, and why. And whom the
//! owner lets see their films: by links, and under what they signed.

use axum::extract::{Form, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::looks::{Look, LookId, Stage, Thing};
use studio::releases::Release;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::pages::desk::orders::act_words;
use crate::pages::desk::releases::places;
use crate::pages::films;
use crate::pages::minitube::share::views;
use crate::visit::{App, Owner, Visit};

/// Which look is to end.
#[derive(Deserialize)]
pub(crate) struct Fields {
    look: String,
}

/// GET: the list.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
) -> Result<Response, Oops> {
    let looks = app.studio.looks().of_owner(&account).await?;
    let acts = app.studio.desk().of_owner(&account).await?;
    let shared = app.studio.shares().of_account(&account).await?;
    let released = app.studio.releases().of_account(&account).await?;
    let body = html! {
        div.wrap.narrow.stack {
            p.lead { (visit.text("access-words")) }
            @if looks.is_empty() { div.sheet { p { (visit.text("access-none")) } } }
            ul.things { @for look in &looks { li.sheet.flat.stack.tight { (one(&visit, look)) } } }
            @if !acts.is_empty() {
                section.stack.tight aria-labelledby="orders" {
                    h2 id="orders" { (visit.text("access-orders")) }
                    ul.things { @for act in &acts { li.sheet.flat.stack.tight {
                        h3 { (act_words(&visit, act.done.act)) }
                        p { (films::title_of(&app, &visit, &act.film)) " · " (visit.moment(act.done.at_ms)) }
                        @if let Some(reason) = &act.done.reason { p dir="auto" { (reason) } }
                        p.hint { (visit.text(&format!("role-{}", act.done.role.word()))) }
                    } } }
                }
            }
            @if !shared.is_empty() {
                section.stack.tight aria-labelledby="shared" {
                    h2 id="shared" { (visit.text("access-shared")) }
                    ul.things { @for (film, share) in &shared { li.sheet.flat.stack.tight {
                        h3 { (films::title_of(&app, &visit, film)) }
                        ul.plain-list {
                            li { (at(&visit, "share-made-at", share.created_at_ms)) }
                            li { @if share.is_open {
                                (at(&visit, "share-until", share.ends_at_ms))
                            } @else {
                                (at(&visit, "share-ended", share.ended_at_ms.unwrap_or(share.ends_at_ms)))
                            } }
                            (views(&visit, share))
                        }
                    } } }
                }
            }
            @if !released.is_empty() {
                section.stack.tight aria-labelledby="released" {
                    h2 id="released" { (visit.text("access-released")) }
                    ul.things { @for (film, release) in &released { li.sheet.flat.stack.tight {
                        h3 { @match film { Some(film) => (films::title_of(&app, &visit, film)), None => (visit.text("access-film-gone")) } }
                        (signed(&app, &visit, release))
                    } } }
                }
            }
            p { a href=(visit.to("/account")) { (visit.text("account-title")) } }
        }
    };
    Ok(Frame::new(&visit, &visit.text("access-title")).class("small-title").page(body))
}

fn at(visit: &Visit, key: &str, at_ms: i64) -> Markup {
    visit.language.with(key, &[("moment", visit.moment(at_ms).into())])
}

/// What was signed for a film, and whether it is shown.
fn signed(app: &App, visit: &Visit, release: &Release) -> Markup {
    let holds = app.studio.releases().holds(release);
    html! {
        ul.plain-list {
            li { (visit.text("release-date")) " " (visit.day(release.given_at_ms)) }
            li { (places(visit, &release.places)) }
            li { @match release.withdrawn_at_ms {
                Some(at_ms) => (at(visit, "share-ended", at_ms)),
                None => (visit.language.with("release-until-day", &[("date", visit.day(release.until_ms - 1).into())])),
            } }
            li { (visit.text(if holds && release.shown_at_ms.is_some() { "release-is-shown" } else { "release-not-shown" })) }
        }
    }
}

fn one(visit: &Visit, look: &Look) -> Markup {
    html! {
        h2 { (visit.text(&format!("role-{}", look.role.word()))) }
        p dir="auto" { (look.reason) }
        p.hint { (stage(visit, look)) }
        @if look.opened.is_empty() { p { (visit.text("access-nothing-opened")) } } @else {
            ul { @for (thing, at_ms) in &look.opened {
                li { (visit.text(match thing { Thing::Photo => "access-photo", Thing::Film => "access-film" })) " · " (visit.moment(*at_ms)) }
            } }
        }
        @if look.stage != Stage::Ended {
            form method="post" action=(visit.to("/account/access")) data-once {
                button.button.quiet name="look" value=(look.id) { (visit.text("access-end")) }
            }
        }
    }
}

/// Where a look stands, with its times.
pub(in crate::pages) fn stage(visit: &Visit, look: &Look) -> Markup {
    let (key, at_ms) = match (look.stage, look.ends_at_ms) {
        (Stage::Asked, _) => ("look-asked", look.asked_at_ms),
        (Stage::Open, Some(ends)) => ("look-open", ends),
        (_, ends) => ("look-ended", ends.unwrap_or(look.asked_at_ms)),
    };
    visit.language.with(key, &[("time", visit.moment(at_ms).into())])
}

/// POST: ends one. What has ended already stays so.
pub(crate) async fn end(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let look = LookId::parse(&fields.look).ok_or_else(Oops::not_found)?;
    app.studio.looks().end_by_owner(&account, &look).await?;
    Ok(visit.go("/account/access"))
}
