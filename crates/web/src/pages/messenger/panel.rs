//! The messenger on a page: its button and its panel. Both stay hidden until the script is there; without
//! scripts the way to the contact page remains.

use maud::{Markup, html};
use studio::conversations::MESSAGE_CHARS_MAX;

use crate::drawings;
use crate::visit::Visit;

/// The round button at the lower right.
pub(crate) fn round_button(visit: &Visit) -> Markup {
    html! {
        button.messenger-open type="button" data-messenger-open hidden aria-haspopup="dialog" aria-expanded=[own(visit, "false")] aria-controls=[own(visit, "messenger")] {
            (drawings::bubble())
            span.hidden-words { (visit.text("messenger-open")) }
            span.messenger-new data-messenger-new hidden { span.hidden-words { (visit.text("messenger-new")) } }
        }
    }
}

/// The button where it lies among what is for grown-ups: a page for the child has nothing else to press.
pub(crate) fn plain_button(visit: &Visit) -> Markup {
    if !visit.offers_messenger() {
        return html! {};
    }
    html! {
        p { button.button.quiet type="button" data-messenger-open hidden aria-haspopup="dialog" aria-expanded=[own(visit, "false")] aria-controls=[own(visit, "messenger")] {
            (visit.text("messenger-open"))
            span.tag data-messenger-new hidden { (visit.text("messenger-new")) }
        } }
    }
}

/// What is said of the button only where it opens our own panel.
fn own(visit: &Visit, text: &'static str) -> Option<&'static str> {
    visit.messenger.is_none().then_some(text)
}

/// The panel.
pub(crate) fn panel(visit: &Visit) -> Markup {
    let where_answered = match visit.account() {
        Some(_) => "messenger-answer-account",
        None => "messenger-answer-device",
    };
    html! {
        section.messenger id="messenger" role="dialog" aria-labelledby="messenger-title" hidden
            data-at=(visit.to("/messenger")) data-person=(visit.text("messenger-you")) data-staff=(visit.text("messenger-us")) data-lost=(visit.text("messenger-lost")) {
            div.messenger-head {
                h2 id="messenger-title" { (visit.text("messenger-title")) }
                button.button.quiet.small type="button" data-messenger-close { (visit.text("messenger-close")) }
            }
            div.messenger-said role="log" aria-live="polite" tabindex="0" aria-label=(visit.text("messenger-said")) {
                p.hint { (visit.text("messenger-hello")) " " (visit.text(where_answered)) }
                ol {}
            }
            form {
                label for="messenger-words" { (visit.text("messenger-words")) }
                textarea.input id="messenger-words" rows="2" dir="auto" maxlength=(MESSAGE_CHARS_MAX) aria-describedby="messenger-wrong" {}
                p.wrong-words id="messenger-wrong" role="alert" hidden {}
                div.row.apart {
                    p.hint { (visit.text("messenger-no-photos")) }
                    button.button { (visit.text("messenger-send")) }
                }
            }
        }
    }
}
