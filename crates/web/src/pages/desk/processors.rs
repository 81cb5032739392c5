//! `/desk/processors`: what processors still have to delete, what they deleted, and what they told that could not be
//! worked off.

use axum::extract::{Form, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::handles::{Going, HandleId};

use crate::frame::Frame;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// What is to be done.
#[derive(Deserialize)]
pub(crate) struct Fields {
    /// A delivery that is tried again.
    again: Option<String>,
    /// A deletion that was confirmed in writing, …
    confirmed: Option<String>,
    /// … under this number.
    #[serde(default)]
    number: String,
}

/// GET: the lists.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    let going = app.studio.handles().going().await?;
    let receipts = app.studio.handles().receipts().await?;
    let dead = app.studio.webhooks().dead().await?;
    let on: Vec<_> = app.studio.switched_on().iter().collect();
    let body = html! {
        div.wrap.stack {
            section.sheet {
                h2 { (visit.text("processors-on")) }
                @if on.is_empty() { p { (visit.text("processors-none")) } }
                ul { @for (id, agreement) in &on { li { (id) " · " (agreement) } } }
            }
            section.sheet {
                h2 { (visit.text("processors-going")) }
                @if going.is_empty() { p.soft { (visit.text("desk-none")) } }
                ul.things { @for one in &going { (to_go(&visit, one)) } }
            }
            section.sheet {
                h2 { (visit.text("processors-dead")) }
                @if dead.is_empty() { p.soft { (visit.text("desk-none")) } }
                ul.things { @for one in &dead {
                    li { form.stack.tight method="post" action=(visit.to("/desk/processors")) data-once {
                        p { (one.processor) " · " (visit.day(one.received_at_ms)) " · " (one.problem) }
                        div { button.button.quiet name="again" value=(one.id) { (visit.text("desk-try-again")) } }
                    } }
                } }
            }
            section.sheet {
                h2 id="receipts" { (visit.text("processors-receipts")) }
                @if receipts.is_empty() { p.soft { (visit.text("desk-none")) } } @else {
                    div.scroller tabindex="0" role="region" aria-labelledby="receipts" { table {
                        thead { tr { th { (visit.text("privacy-head-processor")) } th { (visit.text("processors-asked")) } th { (visit.text("processors-done")) } th { (visit.text("processors-number")) } } }
                        tbody { @for one in &receipts { tr {
                            td { (one.processor) } td { (visit.day(one.asked_at_ms)) } td { (visit.day(one.done_at_ms)) } td { code { (one.receipt) } }
                        } } }
                    } }
                }
            }
        }
    };
    Ok(Frame::new(&visit, &visit.text("processors-title")).class("small-title").page(body))
}

/// POST: tries a delivery again, or notes what a processor confirmed in writing.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    match (&fields.again, &fields.confirmed) {
        (Some(delivery), _) => app.studio.webhooks().try_again(delivery).await?,
        (None, Some(handle)) => {
            let handle = HandleId::parse(handle).ok_or_else(Oops::not_found)?;
            app.studio.handles().confirmed(&handle, &fields.number).await?;
        }
        (None, None) => return Err(Oops::not_found()),
    }
    Ok(visit.go("/desk/processors"))
}

fn to_go(visit: &Visit, one: &Going) -> Markup {
    let number = format!("number-{}", one.id);
    html! {
        li {
            p {
                @if one.is_late { strong { (visit.text("processors-is-late")) " · " } }
                (one.processor) " · " (visit.day(one.since_ms)) " · " (visit.language.with("processors-tries", &[("number", u64::from(one.tries).into())]))
                @if let Some(problem) = &one.problem { " · " (problem) }
            }
            @if let Some(letter) = &one.letter {
                details { summary { (visit.text("processors-letter")) } pre.wrapped { (letter) } }
                form.stack.tight method="post" action=(visit.to("/desk/processors")) data-once {
                    label.field for=(number) { (visit.text("processors-number")) }
                    input id=(number) name="number" required maxlength="80" autocomplete="off";
                    div { button.button.quiet name="confirmed" value=(one.id) { (visit.text("processors-confirm")) } }
                }
            }
        }
    }
}
