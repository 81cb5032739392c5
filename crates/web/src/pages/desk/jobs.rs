//! `/desk/jobs`: what was given up or does not go on by itself, with what is in the way; and trying it again.

use axum::extract::{Form, Query, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::desk::{Kind, Line, Stuck};
use studio::staff::Room;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::visit::{App, AtDesk, Visit};

/// What was just done.
#[derive(Deserialize)]
pub(crate) struct Done {
    again: Option<u64>,
}

/// What is tried again.
#[derive(Deserialize, Default)]
pub(crate) struct Fields {
    #[serde(default)]
    kind: String,
    /// Which one; nothing is all of its kind.
    one: Option<String>,
}

/// GET: each kind of which there is something.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let stuck = app.studio.desk().stuck(&who).await?;
    let sees_orders = who.role.may(Room::Orders);
    let body = html! {
        div.wrap.stack {
            @if let Some(number) = done.again { div.notice role="status" { p { (visit.language.with("jobs-again", &[("number", number.into())])) } } }
            @if stuck.is_empty() { p { (visit.text("desk-given-up-none")) } }
            @for one in &stuck { (kind(&visit, one, sees_orders)) }
            p { a href=(visit.to("/desk")) { (visit.text("desk-title")) } }
        }
    };
    Ok(Frame::new(&visit, &visit.text("jobs-title")).class("small-title").page(body))
}

/// POST: tries one again, or all of a kind.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == fields.kind).ok_or_else(Oops::not_found)?;
    let again = app.studio.desk().try_again(&who, kind, fields.one.as_deref()).await?;
    Ok(visit.go(&format!("/desk/jobs?again={again}")))
}

/// The words for a kind.
pub(super) fn words(visit: &Visit, kind: Kind) -> String {
    visit.text(match kind {
        Kind::SharedShots => "jobs-shared-shots",
        Kind::FamilyShots => "jobs-family-shots",
        Kind::Mails => "jobs-mails",
        Kind::Webhooks => "jobs-webhooks",
        Kind::Deletions => "jobs-deletions",
        Kind::Refunds => "jobs-refunds",
        Kind::Relay => "jobs-relay",
    })
}

fn kind(visit: &Visit, stuck: &Stuck, sees_orders: bool) -> Markup {
    let (kind, title) = (stuck.kind, words(visit, stuck.kind));
    let heading = format!("kind-{}", kind.word());
    html! {
        section.sheet.stack aria-labelledby=(heading) {
            h2 id=(heading) { (title) ": " (stuck.count) }
            @if let Some(oldest) = stuck.oldest_ms { p.hint { (visit.language.with("jobs-oldest", &[("time", visit.moment(oldest).into())])) } }
            ul.things { @for line in &stuck.lines { li.stack.tight { (one(visit, kind, line, sees_orders)) } } }
            @if kind.may_retry_all() {
                form method="post" action=(visit.to("/desk/jobs")) data-once {
                    button.button name="kind" value=(kind.word()) aria-describedby=(heading) { (visit.text("desk-try-again")) }
                }
            }
        }
    }
}

fn one(visit: &Visit, kind: Kind, line: &Line, sees_orders: bool) -> Markup {
    html! {
        p {
            (line.what) " · " (visit.moment(line.since_ms))
            @if line.tries > 0 { " · " (visit.language.with("processors-tries", &[("number", u64::from(line.tries).into())])) }
            @if let Some(problem) = &line.problem { " · " bdi { (problem) } }
        }
        @if let Some(order) = line.order.as_ref().filter(|_| sees_orders) {
            p { a href=(visit.to(&format!("/desk/orders/{order}"))) { (visit.text("jobs-order")) } }
        }
        @if let Some(id) = &line.id {
            form method="post" action=(visit.to("/desk/jobs")) data-once {
                input type="hidden" name="kind" value=(kind.word());
                button.button.quiet name="one" value=(id) { (visit.text("jobs-try-one")) }
            }
        }
    }
}
