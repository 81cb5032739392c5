//! `/desk/releases`: films whose guardians allowed in writing that they are shown, and showing them on their pages.

use axum::extract::{Form, State};
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use studio::releases::{Place, ReleaseId};

use crate::frame::Frame;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// Which one is to be shown, or taken off.
#[derive(Deserialize)]
pub(crate) struct Fields {
    show: Option<String>,
    hide: Option<String>,
}

/// GET: the list.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    let releases = app.studio.releases().showable().await?;
    let body = html! {
        div.wrap.narrow.stack {
            p.lead { (visit.text("releases-words")) }
            @if releases.is_empty() { p.soft { (visit.text("desk-none")) } }
            ul.things { @for release in &releases {
                li.sheet.flat { form.stack.tight method="post" action=(visit.to("/desk/releases")) data-once {
                    h2 { (release.film) }
                    p { (places(&visit, &release.places)) " · " (visit.language.with("release-until-day", &[("date", visit.day(release.until_ms).into())])) }
                    @if release.places.contains(&Place::Site) { div {
                        @if release.shown_at_ms.is_some() {
                            button.button.quiet name="hide" value=(release.id) { (visit.text("releases-hide")) }
                        } @else {
                            button.button name="show" value=(release.id) { (visit.text("releases-show")) }
                        }
                    } }
                } }
            } }
        }
    };
    Ok(Frame::new(&visit, &visit.text("releases-title")).class("small-title").page(body))
}

/// POST: shows one, or takes it off.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let shown = fields.show.is_some();
    let release = fields.show.or(fields.hide).and_then(|id| ReleaseId::parse(&id));
    app.studio.releases().show_here(&release.ok_or_else(Oops::not_found)?, shown).await?;
    Ok(visit.go("/desk/releases"))
}

/// The places of a release, in words.
pub(in crate::pages) fn places(visit: &Visit, places: &[Place]) -> String {
    let named = places.iter().map(|place| visit.text(&format!("release-place-{}", place.word())));
    named.collect::<Vec<_>>().join(", ")
}
