//! GET `/create/{slug}/stills`: a look at the film with the child in it, before anything is paid.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};

use super::{Draft, Hero, Instead, draft, frame, onward};
use crate::paper::heroes;
use crate::paper::path::Step;
use crate::visit::{App, Customer, Visit};

/// The stills. Who has a step left to do is sent there.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(slug): Path<String>,
) -> Result<Response, Instead> {
    let draft = draft(&app, &visit, &account, &slug).await?;
    let open = draft.first_open();
    if open != "stills" {
        return Ok(visit.go(&draft.to(open)));
    }
    let names = heroes::of_order(visit.language, &draft.order).unwrap_or_default();
    let (frame, path) = frame(&visit, &draft, Step::Stills, &visit.text("stills-title"));
    let frame = frame.shown_title(visit.language.with("stills-title-named", &[("name", names.into())]));
    let body = html! {
        div.wrap.stack {
            (path)
            div.stills {
                @for number in 0..app.studio.orders().stills(&slug) {
                    span.mount.tilt[number % 2 == 0].tilt-2[number % 2 == 1] {
                        img src=(draft.to(&format!("stills/{number}.jpg"))) width="960" height="540"
                            alt=(visit.language.plain("stills-picture", &[("number", (number + 1).into())]));
                    }
                }
            }
            p { (visit.text("stills-words")) }
            div.row {
                (onward(&visit, &draft.to("till"), &visit.text("stills-button")))
                (changes(&visit, &draft))
                @if draft.takes_second() {
                    a.button.big.quiet href=(visit.to(&draft.to("second"))) {
                        (visit.text(if draft.order.second.is_some() { "stills-second" } else { "second-add" }))
                    }
                }
            }
        }
    };
    Ok(frame.page(body))
}

/// What can be changed of whoever plays. Where two play, each is named.
fn changes(visit: &Visit, draft: &Draft) -> Markup {
    let has_two = draft.order.second.is_some();
    let heroes: &[Hero] = if has_two { &[Hero::First, Hero::Second] } else { &[Hero::First] };
    let words = |hero: Hero, named: &str, nameless: &str| match draft.name_of(hero).filter(|_| has_two) {
        Some(name) => visit.language.with(named, &[("name", name.into())]),
        None => html! { (visit.text(nameless)) },
    };
    html! {
        @for &hero in heroes {
            a.button.big.quiet href=(visit.to(&draft.of(hero, "child"))) { span { (words(hero, "second-name-of", "stills-change-name")) } }
            a.button.big.quiet href=(visit.to(&draft.of(hero, "photo"))) { span { (words(hero, "second-photo-of", "stills-change-photo")) } }
        }
    }
}
