//! `/create/{slug}/face`, `/create/{slug}/second/face`: several faces in the photo; one is chosen. May be changed again.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use studio::photos::Photo;

use super::{Draft, Hero, Instead, draft_of, frame};
use crate::oops::{status_of, words_of};
use crate::pages::library::photo_url;
use crate::paper::fields::{Wrong, summary};
use crate::paper::path::Step;
use crate::visit::{App, Customer, Visit};

/// The chosen face, by its place in the list.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    face: usize,
}

/// GET: the faces.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    hero: Hero,
    Path(slug): Path<String>,
) -> Result<Response, Instead> {
    let draft = draft_of(&app, &visit, &account, &slug, hero).await?;
    match draft.photo_of(hero) {
        Some(photo) if photo.faces.len() > 1 => {
            Ok(page(&visit, (&draft, hero), photo, &Wrong::new(), StatusCode::OK))
        }
        _ => Ok(visit.go(&draft.of(hero, "photo"))),
    }
}

/// POST: cuts the chosen one out.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    hero: Hero,
    Path(slug): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Instead> {
    let draft = draft_of(&app, &visit, &account, &slug, hero).await?;
    let Some(photo) = draft.photo_of(hero) else { return Ok(visit.go(&draft.of(hero, "photo"))) };
    match app.studio.photos().choose_face(&account, &photo.id, chosen.face).await {
        Ok(_) => Ok(visit.go(&draft.of(hero, "photo"))),
        Err(error) if error.class() == studio::Class::Refused => {
            let wrong = vec![("", words_of(visit.language, &error))];
            Ok(page(&visit, (&draft, hero), photo, &wrong, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

fn page(
    visit: &Visit,
    (draft, hero): (&Draft, Hero),
    photo: &Photo,
    wrong: &Wrong,
    status: StatusCode,
) -> Response {
    let title = hero.text(visit, "face-title", "second-face-title");
    let (frame, path) = frame(visit, draft, hero.step(Step::Photo), &title);
    let body = html! {
        div.wrap.narrow.stack {
            (path)
            (summary(visit, wrong))
            form.sheet.stack method="post" action=(visit.to(&draft.of(hero, "face"))) data-once {
                p { (visit.text("face-words")) }
                ul.faces {
                    @for (i, face) in photo.faces.iter().enumerate() {
                        li {
                            button.face name="face" value=(i) {
                                svg viewBox=(around(face)) aria-hidden="true" focusable="false" {
                                    image href=(photo_url(&photo.id, "photo.jpg")) width=(photo.width) height=(photo.height) {}
                                }
                                span { (visit.language.with("face-number", &[("number", (i + 1).into())])) }
                            }
                        }
                    }
                }
                p { a href=(visit.to(&draft.of(hero, "photo"))) { (visit.text("photo-another")) } }
            }
        }
    };
    frame.status(status).page(body)
}

/// A square round a face, with room for the hair.
fn around([x, y, w, h]: &[f32; 4]) -> String {
    let side = w.max(*h) * 1.7;
    format!("{:.0} {:.0} {side:.0} {side:.0}", x + w / 2.0 - side / 2.0, y + h / 2.0 - side * 0.54)
}
