//! GET `/terms`: what both sides can expect of each other.

use axum::response::Response;
use maud::html;
use studio::gifts::{AGAIN_DAYS, WITHDRAW_DAYS, YEARS};

use crate::frame::Frame;
use crate::visit::Visit;

/// The clauses in their order, by the word that their texts are found by.
const CLAUSES: [&str; 15] =
    ["1", "2", "3", "4", "5", "6", "7", "gift", "8", "9", "10", "11", "12", "13", "14"];

/// The page.
pub(crate) async fn show(visit: Visit) -> Response {
    let controller = &visit.policy.controller;
    let named = [
        ("name", controller.name.as_str().into()),
        ("email", controller.email.as_str().into()),
        ("years", YEARS.into()),
        ("days", WITHDRAW_DAYS.into()),
        ("again", AGAIN_DAYS.into()),
    ];
    let body = html! {
        div.wrap.narrow.stack {
            p.soft { (visit.language.with("terms-effective", &[("date", super::privacy::day(&visit, visit.policy.effective).into())])) }
            @for (i, clause) in CLAUSES.iter().enumerate() {
                section id={ "clause-" (i + 1) } {
                    h2 { (i + 1) ". " (visit.text(&format!("terms-{clause}-title"))) }
                    p { (visit.language.with(&format!("terms-{clause}-words"), &named)) }
                }
            }
        }
    };
    Frame::new(&visit, &visit.text("terms-title"))
        .lead(html! { (visit.text("terms-lead")) })
        .public(&visit.text("terms-lead"))
        .page(body)
}
