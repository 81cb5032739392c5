//! GET `/promises`: each promise of the policy with the check that showed last that it is kept. The states come
//! from the last run of the tests (`cargo xtask prove`), never from here.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use crate::frame::Frame;
use crate::visit::{App, Visit};

/// What a run of the tests found.
#[derive(Deserialize)]
struct Proof {
    /// When, in milliseconds since 1970.
    at_ms: i64,
    promises: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    id: String,
    state: String,
    tests: Vec<String>,
}

/// The page.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Response {
    let proof = read(&app).await;
    let found: BTreeMap<&str, &Found> =
        proof.iter().flat_map(|proof| &proof.promises).map(|found| (found.id.as_str(), found)).collect();
    let promises = &visit.policy.promises;
    let proven = found.values().filter(|found| found.state == "proven").count();
    let mut sections: Vec<&str> = promises.iter().map(|promise| promise.section.as_str()).collect();
    sections.dedup();
    let body = html! {
        div.wrap.stack {
            @match &proof {
                Some(proof) => {
                    p.lead { (visit.language.with("promises-sum", &[("proven", proven.into()), ("all", promises.len().into())])) }
                    p.soft { (visit.text("promises-head-when")) ": " (visit.day(proof.at_ms)) }
                }
                None => p.notice { (visit.text("promises-none")) },
            }
            @if proof.is_some() { dl.bill {
                @for state in ["proven", "not-yet"] {
                    dt { strong { (visit.text(&format!("promises-{state}"))) } } dd { (visit.text(&format!("promises-{state}-words"))) }
                }
            } }
            p.hint { (visit.text("promises-wording")) }
            @for section in sections {
                section.sheet.flat {
                    h2 lang="en" { (section) }
                    div.scroller tabindex="0" role="group" aria-label=(section) { table.blocks role="table" {
                        thead role="rowgroup" { tr role="row" {
                            th scope="col" role="columnheader" { (visit.text("promises-head-promise")) }
                            @if proof.is_some() {
                                th scope="col" role="columnheader" { (visit.text("promises-head-state")) }
                                th scope="col" role="columnheader" { (visit.text("promises-head-tests")) }
                            }
                        } }
                        tbody role="rowgroup" { @for promise in promises.iter().filter(|promise| promise.section == section) {
                            tr role="row" id=(promise.id) {
                                th scope="row" role="rowheader" lang="en" { (promise.promise) }
                                @if proof.is_some() { (state(&visit, found.get(promise.id.as_str()).copied())) }
                            }
                        } }
                    } }
                }
            }
        }
    };
    Frame::new(&visit, &visit.text("promises-title"))
        .lead(html! { (visit.text("promises-lead")) })
        .public(&visit.text("promises-lead"))
        .page(body)
}

/// State and tests of a promise; "not yet" where no test names it or one failed.
fn state(visit: &Visit, found: Option<&Found>) -> Markup {
    let key = match found.map(|found| found.state.as_str()) {
        Some("proven") => "promises-proven",
        _ => "promises-not-yet",
    };
    html! {
        td role="cell" data-label=(visit.text("promises-head-state")) { strong { (visit.text(key)) } }
        td role="cell" data-label=(visit.text("promises-head-tests")) {
            div { @for test in found.map(|found| found.tests.as_slice()).unwrap_or_default() { p.hint { code { (test) } } } }
        }
    }
}

async fn read(app: &App) -> Option<Proof> {
    let bytes = tokio::fs::read(&app.options.proof).await.ok()?;
    serde_json::from_slice(&bytes)
        .inspect_err(|error| tracing::warn!(%error, "the results of the promises' tests cannot be read"))
        .ok()
}
