//! GET `/desk`: the studio in figures.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde::Serialize;
use studio::staff::Room;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::paper::action;
use crate::visit::{App, AtDesk, Visit};

/// The ways on from here: the part of the desk that each belongs to, its address and its words.
const ROOMS: [(Room, &str, &str); 11] = [
    (Room::Conversations, "/desk/conversations", "desk-conversations"),
    (Room::Enquiries, "/desk/enquiries", "desk-enquiries"),
    (Room::Campaigns, "/desk/campaigns", "campaign-title"),
    (Room::Rights, "/desk/restrictions", "restrict-title"),
    (Room::Rights, "/desk/erasures", "erase-title"),
    (Room::Rights, "/desk/processors", "processors-title"),
    (Room::Rights, "/desk/disputes", "disputes-title"),
    (Room::Processing, "/desk/processing", "desk-processing"),
    (Room::Looks, "/desk/looks", "look-title"),
    (Room::Releases, "/desk/releases", "releases-title"),
    (Room::Staff, "/desk/staff", "staff-title"),
];

/// The figures.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
) -> Result<Response, Oops> {
    let may = |room: Room| who.role.may(room);
    let figures = app.studio.desk().figures().await?;
    let given_up = app.studio.desk().given_up().await?;
    let overdue = app.studio.enquiries().overdue().await?;
    let late = app.studio.handles().late().await?;
    let seconds =
        |ms: Option<i64>| ms.map_or_else(|| "–".into(), |ms| format!("{:.1} s", ms as f64 / 1000.0));
    let body = html! {
        div.wrap.stack {
            @if overdue > 0 && may(Room::Rights) { div.notice.bad role="alert" { p { (visit.language.with("case-overdue", &[("number", overdue.into())])) " " a href=(visit.to("/desk/enquiries")) { (visit.text("desk-enquiries")) } } } }
            @if late > 0 && may(Room::Rights) { div.notice.bad role="alert" { p { (visit.language.with("processors-late", &[("number", late.into())])) " " a href=(visit.to("/desk/processors")) { (visit.text("processors-title")) } } } }
            section aria-labelledby="times" {
                h2 id="times" { (visit.text("desk-times")) }
                div.figures {
                    div.sheet.flat { strong { (seconds(figures.first_shot_ms_median)) } (visit.text("desk-first-shot")) }
                    div.sheet.flat { strong { (seconds(figures.whole_film_ms_median)) } (visit.text("desk-whole-film")) }
                    div.sheet.flat { strong { (figures.jobs.waiting) } (visit.text("desk-jobs-waiting")) }
                    div.sheet.flat { strong { (figures.jobs.running) } (visit.text("desk-jobs-running")) }
                }
            }
            div.two {
                (table(&visit, "desk-orders", &figures.orders))
                (table(&visit, "desk-films", &figures.films))
                (table(&visit, "desk-shared", &figures.shared_shots))
            }
            section.sheet aria-labelledby="given-up" {
                h2 id="given-up" { (visit.text("desk-given-up")) }
                @if given_up.is_empty() { p { (visit.text("desk-given-up-none")) } } @else {
                    div.scroller { table {
                        thead { tr { th { (visit.text("desk-film")) } th { (visit.text("desk-language")) } th.number { (visit.text("desk-shot")) } th.number { (visit.text("desk-failures")) } } }
                        tbody { @for shot in &given_up {
                            tr { td { (shot.film) } td { (shot.language) } td.number { (shot.place + 1) } td.number { (shot.failures) } }
                        } }
                    } }
                    @if may(Room::Films) { (action(&visit, "/desk/try-again", "button", &visit.text("desk-try-again"))) }
                }
            }
            p.row {
                @for (room, path, key) in ROOMS { @if may(room) { a.button.quiet href=(visit.to(path)) { (visit.text(key)) } } }
            }
            (action(&visit, "/sign-out", "button quiet", &visit.text("sign-out")))
        }
    };
    Ok(Frame::new(&visit, &visit.text("desk-title")).class("small-title").page(body))
}

/// Counts by state. The words of a state are `state-{state}`.
fn table<S: Serialize>(visit: &Visit, key: &str, counts: &[(S, u64)]) -> Markup {
    html! {
        section.sheet aria-label=(visit.text(key)) {
            h2 { (visit.text(key)) }
            @if counts.is_empty() { p.soft { (visit.text("desk-none")) } } @else {
                table { tbody { @for (state, count) in counts {
                    tr { th scope="row" { (state_words(visit, state)) } td.number { (count) } }
                } } }
            }
        }
    }
}

fn state_words<S: Serialize>(visit: &Visit, state: &S) -> String {
    let name = serde_json::to_value(state)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default();
    let key = format!("state-{name}");
    if visit.language.has(&key) { visit.text(&key) } else { name }
}
