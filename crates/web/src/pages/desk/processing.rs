//! GET `/desk/processing`: the record of processing activities (GDPR, Art. 30), derived from the policy and from
//! who is switched on here; and how the site was used, as sums.

use axum::extract::State;
use axum::response::Response;
use maud::html;
use policy::derive::record::record;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// Days that the sums of use span.
const DAYS: i64 = 30;

/// The record.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    let language = visit.language.code();
    let record = record(&visit.policy, app.studio.switched_on());
    let usage = app.studio.usage().report(DAYS).await?;
    let body = html! {
        div.wrap.stack {
            p { strong { (record.controller.name) } " · " (record.controller.email) " · " (record.controller.country) }
            p { (record.measures.in_language(language)) }
            @for activity in &record.activities {
                section.sheet.flat {
                    h2 { (activity.purpose.name.in_language(language)) }
                    dl.bill {
                        dt { (visit.text("privacy-head-basis")) } dd { "Art. " (activity.purpose.basis.article()) }
                        dt { (visit.text("privacy-head-category")) } dd { @for category in &activity.categories { p { (category.name.in_language(language)) } } }
                        dt { (visit.text("privacy-head-processor")) } dd {
                            @if activity.recipients.is_empty() { (visit.text("desk-none")) }
                            @for to in &activity.recipients { p { (to.processor.name) ": " (to.agreement) ", " (to.regions.join(", ")) } }
                        }
                        dt { (visit.text("privacy-head-kept")) } dd { @for rule in &activity.retention { p { (rule.name.in_language(language)) } } }
                    }
                }
            }
            section.sheet {
                h2 { (visit.text("desk-usage")) }
                p.hint { (visit.text("desk-usage-words")) }
                @if usage.is_empty() { p.soft { (visit.text("desk-none")) } } @else {
                    table { tbody { @for sum in &usage { tr { th scope="row" { code { (sum.place) } } td { (sum.event) } td.number { (sum.count) } } } } }
                }
            }
        }
    };
    Ok(Frame::new(&visit, &visit.text("desk-processing")).class("small-title").page(body))
}
