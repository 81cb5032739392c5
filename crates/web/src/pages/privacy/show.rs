//! GET `/privacy` and `/privacy/{version}`: a version of the policy with its contents and tables.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use policy::Policy;

use super::sheets::Piece;
use super::{day, tables};
use crate::frame::Frame;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// The version in force.
pub(crate) async fn current(State(app): State<App>, visit: Visit) -> Response {
    let policy = Arc::clone(&visit.policy);
    page(&app, &visit, &policy)
}

/// Any version.
pub(crate) async fn version(
    State(app): State<App>,
    visit: Visit,
    Path(version): Path<String>,
) -> Result<Response, Oops> {
    let policy = app.studio.policies().version(&version).map(Arc::clone).ok_or_else(Oops::not_found)?;
    Ok(page(&app, &visit, &policy))
}

fn page(app: &App, visit: &Visit, policy: &Policy) -> Response {
    let sheet = app.sheets.of(visit, policy, app.studio.switched_on());
    let body = html! {
        div.wrap.policy {
            (standing(app, visit, policy))
            nav.sheet.flat aria-label=(visit.text("privacy-contents")) {
                h2 { (visit.text("privacy-contents")) }
                ol { @for (id, title) in &sheet.headings { li { a href={ "#" (id) } { (title) } } } }
            }
            article.stack {
                @for piece in &sheet.pieces {
                    @match piece {
                        Piece::Same(html) => (html),
                        Piece::Authority => (tables::authority(visit, policy)),
                    }
                }
            }
            (versions(app, visit, policy))
        }
    };
    Frame::new(visit, &visit.text("privacy-title"))
        .lead(html! { (visit.text("privacy-lead")) })
        .public(&visit.text("privacy-lead"))
        .page(body)
}

/// Whether this is the version in force.
fn standing(app: &App, visit: &Visit, policy: &Policy) -> Markup {
    let all = app.studio.policies().all();
    let dated = [("date", day(visit, policy.effective).into())];
    let in_force = visit.policy.effective;
    let follows = all.iter().find(|other| other.effective > policy.effective);
    html! {
        @if policy.effective == in_force {
            p.soft { (visit.language.with("privacy-effective", &dated)) }
        } @else if policy.effective > in_force {
            p.notice { (visit.language.with("privacy-later-notice", &dated)) " " a href=(visit.to("/privacy")) { (visit.text("privacy-to-current")) } }
        } @else {
            p.notice { (visit.text("privacy-older-notice")) " " a href=(visit.to("/privacy")) { (visit.text("privacy-to-current")) } }
            @if let Some(next) = follows {
                p.soft { (visit.language.with("privacy-effective-until", &[("from", day(visit, policy.effective).into()), ("until", day(visit, next.effective).into())])) }
            }
        }
    }
}

/// The other versions, each with a way to read and to compare it.
fn versions(app: &App, visit: &Visit, policy: &Policy) -> Markup {
    let all = app.studio.policies().all();
    html! {
        section.sheet.flat {
            h2 { (visit.text("privacy-versions")) }
            @if all.len() == 1 { p { (visit.text("privacy-versions-none")) } }
            ul {
                @for (before, other) in std::iter::once(None).chain(all.iter().map(Some)).zip(all) {
                    @if other.effective != policy.effective {
                        li { a href=(visit.to(&format!("/privacy/{}", other.effective))) { (visit.language.with("privacy-version", &[("date", day(visit, other.effective).into())])) } }
                    }
                    @if let Some(before) = before {
                        li { a href=(visit.to(&format!("/privacy/{}/changes", other.effective))) {
                            (visit.language.with("privacy-version", &[("date", day(visit, other.effective).into())])) ": "
                            (visit.language.with("privacy-compare", &[("date", day(visit, before.effective).into())]))
                        } }
                    }
                }
            }
        }
    }
}
