//! `/create/{slug}/photo`, `/create/{slug}/second/photo`: the guardian's affirmation and the photo; afterwards the
//! cut-out. A photo that cannot be taken is said so beside the field, and the draft stays as it was.

use axum::extract::{Form, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use policy::Subject;
use serde::Deserialize;
use studio::orders::{GivenPhoto, HeroChange};
use studio::photos::{GuardianAffirmation, Photo, State as PhotoState, too_large};
use studio::{AccountId, PhotoId};

use super::{Draft, Hero, Instead, back, draft_of, frame, onward, photo_form};
use crate::drawings;
use crate::oops::{Oops, status_of, words_of};
use crate::pages::films::preview;
use crate::pages::library::{numbered, photo_url};
use crate::paper::fields::{Wrong, summary, tick};
use crate::paper::path::Step;
use crate::visit::{App, Customer, Visit};

/// GET: asks for the photo, or shows the one that was cut out.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    hero: Hero,
    Path(slug): Path<String>,
) -> Result<Response, Instead> {
    let draft = draft_of(&app, &visit, &account, &slug, hero).await?;
    let shown = Shown { hero, affirmed: false, judged: false, wrong: Wrong::new(), status: StatusCode::OK };
    page(&app, &visit, &account, &draft, shown).await
}

/// POST: takes the photo in.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    hero: Hero,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Response, Instead> {
    let draft = draft_of(&app, &visit, &account, &slug, hero).await?;
    let expected = app.studio.photos().expect(&account, &visit.client()).await;
    // Its answer is heard only once the form was sent.
    let sent = photo_form::read(request, expected.is_ok()).await?;
    let expected = expected?;
    let affirmation = sent.guardian.map(|wording| GuardianAffirmation { wording });
    let affirmed = affirmation.is_some();
    let taken = if sent.is_cut {
        Err(too_large())
    } else {
        let beside = draft.photo_of(hero.other()).map(|photo| &photo.id);
        app.studio.photos().upload_beside(&expected, &sent.photo, affirmation.clone(), beside).await
    };
    let error = match taken {
        Ok(photo) => {
            let given = GivenPhoto::new(&photo.id, affirmation)?;
            return take(&app, &visit, &account, (&draft, hero), &photo, given).await;
        }
        Err(error) if error.class() == studio::Class::Refused && !visit.json => error,
        Err(error) => return Err(error.into()),
    };
    let field = if error.code() == "affirmation-required" { "guardian" } else { "photo" };
    let wrong = vec![(field, words_of(visit.language, &error))];
    let judged = preview::JUDGED.contains(&error.code());
    page(&app, &visit, &account, &draft, Shown { hero, affirmed, judged, wrong, status: status_of(&error) })
        .await
}

/// A photo that was given before.
#[derive(Deserialize)]
pub(crate) struct Known {
    photo: String,
    #[serde(rename = "guardian-known")]
    guardian: Option<String>,
}

/// POST `…/photo/known`: takes a photo from the library, once the guardian has said so for this order.
pub(crate) async fn take_known(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    hero: Hero,
    Path(slug): Path<String>,
    Form(known): Form<Known>,
) -> Result<Response, Instead> {
    let draft = draft_of(&app, &visit, &account, &slug, hero).await?;
    let id = PhotoId::parse(&known.photo).ok_or_else(Oops::not_found)?;
    let photo = app.studio.photos().get(&account, &id).await?;
    let affirmation = known.guardian.map(|wording| GuardianAffirmation { wording });
    match GivenPhoto::new(&photo.id, affirmation) {
        Ok(given) => take(&app, &visit, &account, (&draft, hero), &photo, given).await,
        Err(error) => {
            let wrong = vec![("guardian-known", words_of(visit.language, &error))];
            let shown = Shown { hero, affirmed: false, judged: false, wrong, status: status_of(&error) };
            page(&app, &visit, &account, &draft, shown).await
        }
    }
}

async fn take(
    app: &App,
    visit: &Visit,
    account: &AccountId,
    (draft, hero): (&Draft, Hero),
    photo: &Photo,
    given: GivenPhoto,
) -> Result<Response, Instead> {
    let change = hero.change(HeroChange { photo: Some(given), ..HeroChange::default() });
    app.studio.orders().change(account, &draft.order.id, change).await?;
    let next = if photo.state == PhotoState::ChooseFace { "face" } else { "photo" };
    Ok(visit.go_or_tell(&draft.of(hero, next)))
}

/// What the page shows beside the draft.
struct Shown {
    hero: Hero,
    /// The guardian's box was ticked.
    affirmed: bool,
    /// The photo was refused by what is on it.
    judged: bool,
    wrong: Wrong,
    status: StatusCode,
}

async fn page(
    app: &App,
    visit: &Visit,
    account: &AccountId,
    draft: &Draft,
    shown: Shown,
) -> Result<Response, Instead> {
    let Shown { hero, affirmed, judged, wrong, status } = shown;
    let wrong = &wrong;
    let cut_out = draft.photo_of(hero).filter(|photo| photo.state == PhotoState::Ready);
    let mut known = numbered(app.studio.photos().list(account).await?);
    known.retain(|(_, photo)| {
        photo.state == PhotoState::Ready && draft.order.photos().all(|used| used != &photo.id)
    });
    known.truncate(12);
    let guardian = visit.policy.wording(Subject::Guardian);
    let title = match cut_out {
        Some(_) => visit.text("photo-done-title"),
        None => hero.text(visit, "photo-title", "second-photo-title"),
    };
    let previews = hero == Hero::First && cut_out.is_none() && preview::runs(&draft.show);
    let (frame, path) = frame(visit, draft, hero.step(Step::Photo), &title);
    let action = visit.to(&draft.of(hero, "photo"));
    let body = html! {
        div.wrap.narrow.stack {
            (path)
            (summary(visit, wrong))
            @if let Some(photo) = cut_out {
                section.sheet.stack {
                    div.cut-out-stage { img.cut-out src=(photo_url(&photo.id, "cut-out.png")) width="768" height="768" alt=(hero.text(visit, "photo-cut-out", "second-cut-out")); }
                    p { (hero.text(visit, "photo-done-words", "second-done-words")) }
                    @for warning in &photo.warnings { p.notice { (visit.text(&format!("warning-{}", warning.code()))) } }
                    div.row {
                        (onward(visit, &draft.of(hero, "child"), &visit.text("photo-done-button")))
                        @if photo.faces.len() > 1 { a.button.big.quiet href=(visit.to(&draft.of(hero, "face"))) { (visit.text("photo-other-face")) } }
                    }
                }
                details.sheet.flat open[!wrong.is_empty()] { summary { strong { (visit.text("photo-another")) } } (upload(visit, &action, (affirmed, judged), wrong)) }
            } @else {
                div.sheet.stack {
                    @if hero == Hero::Second { p { (visit.text("second-permission")) } }
                    (upload(visit, &action, (affirmed, judged), wrong))
                }
                @if hero == Hero::First { (preview::section(visit, &draft.show, &draft.to("photo#photo"))) }
            }
            @if !known.is_empty() {
                section.sheet.flat {
                    h2 { (visit.text("photo-known")) }
                    form.stack method="post" action=(visit.to(&draft.of(hero, "photo/known"))) data-once {
                        (tick("guardian-known", guardian.in_language(visit.language.code()), &guardian.version, false, true, wrong))
                        ul.faces {
                            @for (number, photo) in &known {
                                li { button.face name="photo" value=(photo.id) {
                                    img src=(photo_url(&photo.id, "cut-out-small.png")) width="192" height="192" alt="";
                                    span { (visit.language.with("photo-known-number", &[("number", (*number).into())])) }
                                } }
                            }
                        }
                    }
                }
            }
            @if hero == Hero::Second { (back(visit, &draft.to("second"))) }
        }
    };
    let frame = frame.script("js/photo.js").preview(previews);
    Ok(frame.status(status).page(body).into_response())
}

/// The form for a photo. Scripts add a preview and a progress bar, it works without.
fn upload(visit: &Visit, action: &str, (affirmed, judged): (bool, bool), wrong: &Wrong) -> Markup {
    let guardian = visit.policy.wording(Subject::Guardian);
    let problem = wrong.iter().find(|(field, _)| *field == "photo").map(|(_, words)| words.as_str());
    html! {
        form.stack method="post" enctype="multipart/form-data" action=(action) data-photo
            data-too-large=(visit.text("error-too-large")) data-lost=(visit.text("photo-lost")) data-looking=(visit.text("photo-looking")) data-judged=(preview::JUDGED.join(" ")) {
            (tick("guardian", guardian.in_language(visit.language.code()), &guardian.version, affirmed, true, wrong))
            div.field.wrong[problem.is_some()] {
                div.drop data-drop {
                    (drawings::photo_and_scissors())
                    label for="photo" { strong { (visit.text("photo-choose")) } }
                    p.hint id="photo-hint" { (visit.text("photo-hint")) }
                    p.wrong-words id="photo-wrong" hidden[problem.is_none()] { (problem.unwrap_or_default()) }
                    p data-appeal hidden[!judged] { a href=(visit.to("/contact?about=appeal")) { (visit.text("photo-appeal")) } }
                    input type="file" id="photo" name="photo" required accept="image/jpeg,image/png,image/webp"
                        aria-describedby="photo-hint photo-wrong" aria-invalid=[problem.map(|_| "true")];
                    p.hint data-drop-words hidden { (visit.text("photo-drop")) }
                }
            }
            div data-going hidden {
                p role="status" data-going-words data-sending=(visit.text("photo-sending")) {}
                progress.progress max="100" value="0" aria-label=(visit.text("photo-sending")) {}
            }
            div { button.button.big { (visit.text("photo-button")) } }
            p.hint { (visit.text("photo-promise")) }
        }
    }
}
