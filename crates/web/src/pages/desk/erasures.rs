//! `/desk/erasures`: a child's data that were collected without consent go at once; and the ledger of all erasures.

use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use studio::erasure::{Entry, Reason};

use crate::frame::Frame;
use crate::oops::Oops;
use crate::pages::sign_up::email_line;
use crate::paper::fields::{Wrong, summary, tick};
use crate::visit::{App, Visit};

/// What was just done.
#[derive(Deserialize)]
pub(crate) struct Done {
    done: Option<String>,
}

/// What was filled in.
#[derive(Deserialize, Default)]
pub(crate) struct Fields {
    #[serde(default)]
    email: String,
    sure: Option<String>,
}

/// GET: the form and the ledger.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let ledger = app.studio.erasures().ledger().await?;
    let done = done.done.map(|done| if done == "begun" { "erase-begun" } else { "erase-done" });
    Ok(page(&visit, &Fields::default(), &Wrong::new(), &ledger, done, StatusCode::OK))
}

/// POST: erases the account with this address, without grace.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let ledger = app.studio.erasures().ledger().await?;
    let say = |wrong, status| Ok(page(&visit, &fields, &vec![wrong], &ledger, None, status));
    if fields.sure.is_none() {
        return say(("sure", visit.text("erase-sure-missing")), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let account = match super::account_at(&app, &visit, &fields.email, "erase-nobody").await? {
        Ok(account) => account,
        Err((words, status)) => return say(("email", words), status),
    };
    let entry = app.studio.erasures().erase(&account, Reason::Child).await?;
    // A processor may still have something.
    let done = if entry.done_at_ms.is_some() { "yes" } else { "begun" };
    Ok(visit.go(&format!("/desk/erasures?done={done}")))
}

fn page(
    visit: &Visit,
    fields: &Fields,
    wrong: &Wrong,
    ledger: &[Entry],
    done: Option<&str>,
    status: StatusCode,
) -> Response {
    let body = html! {
        div.wrap.stack {
            (summary(visit, wrong))
            @if let Some(done) = done { div.notice role="status" { p { (visit.text(done)) } } }
            form.sheet.stack method="post" action=(visit.to("/desk/erasures")) data-once {
                h2 { (visit.text("erase-child")) }
                p { (visit.text("erase-child-words")) }
                (email_line(visit, &fields.email).show(wrong))
                (tick("sure", &visit.text("erase-sure"), "yes", false, true, wrong))
                div { button.button { (visit.text("erase-button")) } }
            }
            section.sheet aria-labelledby="ledger" {
                h2 id="ledger" { (visit.text("erase-ledger")) }
                @if ledger.is_empty() { p.soft { (visit.text("desk-none")) } } @else {
                    div.scroller tabindex="0" role="region" aria-labelledby="ledger" { table {
                        thead { tr {
                            th { (visit.text("erase-asked")) } th { (visit.text("erase-why")) }
                            th { (visit.text("erase-finished")) }
                            th.number { (visit.text("erase-rows")) } th.number { (visit.text("erase-objects")) }
                        } }
                        tbody { @for entry in ledger { tr {
                            td { (visit.day(entry.asked_at_ms)) }
                            td { (visit.text(match entry.reason { Reason::Owner => "erase-reason-owner", Reason::Child => "erase-reason-child" })) }
                            td { @match entry.done_at_ms { Some(at_ms) => (visit.day(at_ms)), None => strong { (visit.text("erase-unfinished")) } } }
                            td.number { (entry.rows) } td.number { (entry.objects) }
                        } } }
                    } }
                }
            }
        }
    };
    Frame::new(visit, &visit.text("erase-title")).class("small-title").status(status).page(body)
}
