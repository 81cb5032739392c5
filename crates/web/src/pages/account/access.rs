//! `/account/access`: who saw my data. Every look of somebody who works here at what is private, with its reason and
//! what was opened in it; one that is open is ended here at once. And what they did with an order, and why.

use axum::extract::{Form, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::looks::{Look, LookId, Stage, Thing};

use crate::frame::Frame;
use crate::oops::Oops;
use crate::pages::desk::orders::act_words;
use crate::pages::films;
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
            p { a href=(visit.to("/account")) { (visit.text("account-title")) } }
        }
    };
    Ok(Frame::new(&visit, &visit.text("access-title")).class("small-title").page(body))
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
