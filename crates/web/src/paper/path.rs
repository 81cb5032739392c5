//! The path of lanterns: where one stands on the way to a film.

use maud::{Markup, html};

use crate::drawings;
use crate::visit::Visit;

/// The steps of the way, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// The photo, the face in it and the cut-out.
    Photo,
    /// Name, language and options.
    Child,
    /// A look at the stills.
    Stills,
    /// The till.
    Till,
}

impl Step {
    const ALL: [Self; 4] = [Self::Photo, Self::Child, Self::Stills, Self::Till];

    /// The last part of its address.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Child => "child",
            Self::Stills => "stills",
            Self::Till => "till",
        }
    }
}

/// The path for the film `slug`: lit behind, glowing here, dark ahead. Steps already done can be gone
/// back to.
pub(crate) fn path(visit: &Visit, slug: &str, now: Step) -> Markup {
    html! {
        nav aria-label=(visit.text("path-label")) {
            ol.path {
                @for step in Step::ALL {
                    @let words = visit.text(&format!("path-{}", step.name()));
                    li.done[step < now].now[step == now] aria-current=[(step == now).then_some("step")] {
                        @if step < now {
                            a href=(visit.to(&format!("/create/{slug}/{}", step.name()))) { (drawings::lantern()) span { (words) } }
                        } @else {
                            (drawings::lantern()) span { (words) }
                        }
                    }
                }
            }
        }
    }
}
