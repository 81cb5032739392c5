//! GET `/about`: what this is, what happens to a photo, who can see it.

use axum::response::Response;
use maud::{Markup, html};

use crate::frame::Frame;
use crate::visit::Visit;

/// The page.
pub(crate) async fn show(visit: Visit) -> Response {
    let words = |part: &str| visit.text(&format!("about-{part}"));
    let section = |name: &str, more: Markup| {
        html! {
            section.sheet.flat {
                h2 { (words(&format!("{name}-title"))) }
                p { (words(&format!("{name}-words"))) }
                (more)
            }
        }
    };
    let second = |name: &str| html! { p { (words(&format!("{name}-more"))) } };
    let body = html! {
        div.wrap.narrow.stack {
            (section("what", second("what")))
            (section("paper", second("paper")))
            (section("photo", html! { ol { @for step in 1..=7 { li { (words(&format!("photo-step-{step}"))) } } } }))
            (section("seen", second("seen")))
            (section("cost", second("cost")))
            (section("run", second("run")))
            (section("kept", html! { (second("kept")) p { a href=(visit.to("/promises")) { (words("kept-link")) } } }))
            (super::ask_us(&visit))
        }
    };
    Frame::new(&visit, &words("title")).lead(html! { (words("lead")) }).public(&words("lead")).page(body)
}
