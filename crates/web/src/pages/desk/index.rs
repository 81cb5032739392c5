//! GET `/desk`: first what needs somebody now, what is due first on top; then the ways on, and the studio in figures.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde::Serialize;
use studio::desk::{Kind, Matter, ToDo};
use studio::staff::{Role, Room};

use super::jobs;
use crate::frame::Frame;
use crate::oops::Oops;
use crate::paper::action;
use crate::visit::{App, AtDesk, Visit};

/// The ways on from here: the part of the desk that each belongs to, its address and its words.
const ROOMS: [(Room, &str, &str); 15] = [
    (Room::Orders, "/desk/orders", "orders-title"),
    (Room::Conversations, "/desk/conversations", "desk-conversations"),
    (Room::Enquiries, "/desk/enquiries", "desk-enquiries"),
    (Room::Films, "/desk/jobs", "jobs-title"),
    (Room::Campaigns, "/desk/campaigns", "campaign-title"),
    (Room::Gifts, "/desk/gifts", "gifts-title"),
    (Room::Rights, "/desk/restrictions", "restrict-title"),
    (Room::Rights, "/desk/erasures", "erase-title"),
    (Room::Rights, "/desk/processors", "processors-title"),
    (Room::Rights, "/desk/disputes", "disputes-title"),
    (Room::Processing, "/desk/processing", "desk-processing"),
    (Room::Looks, "/desk/looks", "look-title"),
    (Room::Releases, "/desk/releases", "releases-title"),
    (Room::Business, "/desk/figures", "figures-title"),
    (Room::Staff, "/desk/staff", "staff-title"),
];

/// What needs somebody, and the figures.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
) -> Result<Response, Oops> {
    let may = |room: Room| who.role.may(room);
    let to_do = app.studio.desk().to_do(&who).await?;
    let figures = app.studio.desk().figures().await?;
    let seconds =
        |ms: Option<i64>| ms.map_or_else(|| "–".into(), |ms| format!("{:.1} s", ms as f64 / 1000.0));
    let body = html! {
        div.wrap.stack {
            section.sheet aria-labelledby="to-do" {
                h2 id="to-do" { (visit.text("todo-title")) }
                @if to_do.is_empty() { p { (visit.text("todo-none")) } } @else {
                    ol.things { @for one in &to_do { li { (line(&visit, one, who.role)) } } }
                }
            }
            nav.row aria-label=(visit.text("todo-ways")) {
                @for (room, path, key) in ROOMS { @if may(room) { a.button.quiet href=(visit.to(path)) { (visit.text(key)) } } }
            }
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
            (action(&visit, "/sign-out", "button quiet", &visit.text("sign-out")))
        }
    };
    Ok(Frame::new(&visit, &visit.text("desk-title")).class("small-title").page(body))
}

/// A line of what is to be done: how much of what, since when, until when, and the way there.
fn line(visit: &Visit, to_do: &ToDo, role: Role) -> Markup {
    let number = |key: &str| visit.language.with(key, &[("number", to_do.count.into())]);
    let (path, words) = match to_do.matter {
        Matter::CasesLate => ("/desk/enquiries", number("case-overdue")),
        Matter::CasesSoon => ("/desk/enquiries", number("todo-cases-soon")),
        Matter::Conversations => ("/desk/conversations", number("todo-conversations")),
        Matter::Disputes => ("/desk/disputes", number("todo-disputes")),
        Matter::Looks => ("/desk/looks", number("todo-looks")),
        Matter::Campaigns => ("/desk/campaigns", number("todo-campaigns")),
        Matter::Bounces => ("/desk/jobs", number("todo-bounces")),
        // Whoever sees to rights finds it among the processors.
        Matter::Stuck(Kind::Deletions) if role.may(Room::Rights) => {
            ("/desk/processors", number("processors-late"))
        }
        Matter::Stuck(kind) => ("/desk/jobs", html! { (jobs::words(visit, kind)) ": " (to_do.count) }),
    };
    let is_case = matches!(to_do.matter, Matter::CasesLate | Matter::CasesSoon);
    let time = |key: &str, at_ms: i64| visit.language.with(key, &[("time", visit.moment(at_ms).into())]);
    html! {
        p { a href=(visit.to(path)) { strong { (words) } } }
        p.hint {
            @if to_do.is_late { strong { (visit.text("desk-enquiry-overdue")) } " · " }
            @if !is_case { (time("todo-since", to_do.since_ms)) }
            @if is_case || to_do.due_ms > to_do.since_ms { @if !is_case { " · " } (time("todo-due", to_do.due_ms)) }
        }
    }
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
