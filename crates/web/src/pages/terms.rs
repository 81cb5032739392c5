//! GET `/terms`: what both sides can expect of each other.

use axum::response::Response;
use maud::html;

use crate::frame::Frame;
use crate::visit::Visit;

/// How many clauses there are.
const CLAUSES: usize = 14;

/// The page.
pub(crate) async fn show(visit: Visit) -> Response {
    let controller = &visit.policy.controller;
    let named = [("name", controller.name.as_str().into()), ("email", controller.email.as_str().into())];
    let body = html! {
        div.wrap.narrow.stack {
            p.soft { (visit.language.with("terms-effective", &[("date", super::privacy::day(&visit, visit.policy.effective).into())])) }
            @for number in 1..=CLAUSES {
                section id={ "clause-" (number) } {
                    h2 { (number) ". " (visit.text(&format!("terms-{number}-title"))) }
                    p { (visit.language.with(&format!("terms-{number}-words"), &named)) }
                }
            }
        }
    };
    Frame::new(&visit, &visit.text("terms-title"))
        .lead(html! { (visit.text("terms-lead")) })
        .public(&visit.text("terms-lead"))
        .page(body)
}
