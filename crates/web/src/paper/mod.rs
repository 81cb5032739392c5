//! Parts that pages are put together from: fields, notices, the path of lanterns.

pub(crate) mod fields;
pub(crate) mod heroes;
pub(crate) mod path;

use maud::{Markup, html};

use crate::visit::Visit;

/// A form with a single button, for an action.
pub(crate) fn action(visit: &Visit, to: &str, class: &str, words: &str) -> Markup {
    html! {
        form method="post" action=(visit.to(to)) data-once {
            button class=(class) { (words) }
        }
    }
}
