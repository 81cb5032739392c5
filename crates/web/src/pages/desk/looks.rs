//! `/desk/looks`: asking for a look at somebody's photos and films, approving one, and looking. The owner is told.

use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use studio::PhotoId;
use studio::films::FilmId;
use studio::looks::{DeskLook, LookId, REASON_CHARS_MAX, REASON_CHARS_MIN, Stage};
use studio::staff::Room;

use crate::file::{File, while_allowed};
use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::pages::account::access::stage;
use crate::pages::sign_up::email_line;
use crate::paper::action;
use crate::paper::fields::{Wrong, summary};
use crate::visit::{App, AtDesk, Visit};

/// What was filled in.
#[derive(Deserialize, Default)]
pub(crate) struct Fields {
    #[serde(default)]
    email: String,
    #[serde(default)]
    reason: String,
}

/// GET: the looks that one has to do with, and the form for who may ask for one.
pub(crate) async fn list(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
) -> Result<Response, Oops> {
    let looks = app.studio.looks().at_desk(&who).await?;
    let asks = who.role.may(Room::Looking);
    Ok(page(&visit, &Fields::default(), &Wrong::new(), &looks, asks, StatusCode::OK))
}

/// POST: asks for one.
pub(crate) async fn ask(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let (words, status, field) = match super::account_at(&app, &visit, &fields.email, "look-nobody").await? {
        Err((words, status)) => (words, status, "email"),
        Ok(account) => match app.studio.looks().ask(&who, &account, &fields.reason).await {
            Ok(_) => return Ok(visit.go("/desk/looks")),
            Err(error) if matches!(error.code(), "reason-short" | "reason-long") => {
                (words_of(visit.language, &error), status_of(&error), "reason")
            }
            Err(error) => return Err(error.into()),
        },
    };
    let looks = app.studio.looks().at_desk(&who).await?;
    Ok(page(&visit, &fields, &vec![(field, words)], &looks, true, status))
}

/// POST `/desk/looks/{look}/approve`.
pub(crate) async fn approve(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
    Path(look): Path<String>,
) -> Result<Response, Oops> {
    app.studio.looks().approve(&who, &id(&look)?).await?;
    Ok(visit.go("/desk/looks"))
}

/// POST `/desk/looks/{look}/end`: ends it, or says no.
pub(crate) async fn end(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
    Path(look): Path<String>,
) -> Result<Response, Oops> {
    app.studio.looks().end(&who, &id(&look)?).await?;
    Ok(visit.go("/desk/looks"))
}

/// GET `/desk/looks/{look}`: what there is to open, by its day alone.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
    Path(look): Path<String>,
) -> Result<Response, Oops> {
    let look = id(&look)?;
    let things = app.studio.looks().things(&who, &look).await?;
    let body = html! {
        div.wrap.narrow.stack {
            div.notice { p { (visit.text("look-noted")) } }
            section.sheet {
                h2 { (visit.text("library-photos")) }
                @if things.photos.is_empty() { p.soft { (visit.text("desk-none")) } }
                ul { @for photo in &things.photos {
                    li { a href={ "/desk/looks/" (look) "/photos/" (photo.id) } { (visit.text("look-photo")) " · " (visit.day(photo.created_at_ms)) } }
                } }
            }
            section.sheet {
                h2 { (visit.text("desk-films")) }
                @if things.films.is_empty() { p.soft { (visit.text("desk-none")) } }
                ul { @for film in &things.films {
                    li { a href={ "/desk/looks/" (look) "/films/" (film.id) } { (film.title) } }
                } }
            }
            (action(&visit, &format!("/desk/looks/{look}/end"), "button", &visit.text("look-end")))
        }
    };
    Ok(Frame::new(&visit, &visit.text("look-title")).class("small-title").page(body))
}

/// GET `/desk/looks/{look}/photos/{photo}`: the photo.
pub(crate) async fn photo(
    State(app): State<App>,
    AtDesk(who): AtDesk,
    Path((look, photo)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let photo = PhotoId::parse(&photo).ok_or_else(Oops::not_found)?;
    let picture = app.studio.looks().photo(&who, &id(&look)?, &photo).await?;
    Ok(([(header::CONTENT_TYPE, picture.content_type)], picture.bytes).into_response())
}

/// GET `/desk/looks/{look}/films/{film}`: the film as one file, or a range of it. It breaks off when the look ends.
pub(crate) async fn film(
    State(app): State<App>,
    AtDesk(who): AtDesk,
    headers: HeaderMap,
    Path((look, film)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let (look, film) = (id(&look)?, FilmId::parse(&film).ok_or_else(Oops::not_found)?);
    let looks = app.studio.looks();
    let file = File::of_others(looks.film(&who, &look, &film, Some(0..0)).await?);
    file.answer(&headers, async |part| {
        let bytes = looks.film(&who, &look, &film, part).await?.bytes;
        let (studio, who, look) = (app.studio.clone(), who.clone(), look.clone());
        Ok(while_allowed(bytes, move || {
            let (studio, who, look) = (studio.clone(), who.clone(), look.clone());
            async move { studio.looks().goes_on(&who, &look).await }
        }))
    })
    .await
}

fn id(look: &str) -> Result<LookId, Oops> {
    LookId::parse(look).ok_or_else(Oops::not_found)
}

fn page(
    visit: &Visit,
    fields: &Fields,
    wrong: &Wrong,
    looks: &[DeskLook],
    asks: bool,
    status: StatusCode,
) -> Response {
    let problem = wrong.iter().find(|(field, _)| *field == "reason").map(|(_, words)| words.as_str());
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            @if asks { form.sheet.stack method="post" action=(visit.to("/desk/looks")) data-once {
                p { (visit.text("look-words")) }
                (email_line(visit, &fields.email).show(wrong))
                div.field.wrong[problem.is_some()] {
                    label for="reason" { (visit.text("look-reason")) }
                    @if let Some(problem) = problem { p.wrong-words id="reason-wrong" { (problem) } }
                    textarea.input id="reason" name="reason" rows="3" required dir="auto" minlength=(REASON_CHARS_MIN) maxlength=(REASON_CHARS_MAX)
                        aria-invalid=[problem.map(|_| "true")] aria-describedby=[problem.map(|_| "reason-wrong")] { (fields.reason) }
                }
                div { button.button { (visit.text("look-ask")) } }
            } }
            @if looks.is_empty() { p.soft { (visit.text("desk-none")) } }
            ul.things { @for look in looks { li.sheet.flat.stack.tight { (one(visit, look)) } } }
        }
    };
    Frame::new(visit, &visit.text("look-title")).class("small-title").status(status).page(body)
}

fn one(visit: &Visit, listed: &DeskLook) -> Markup {
    let look = &listed.look;
    let to = |part: &str| format!("/desk/looks/{}{part}", look.id);
    html! {
        h2 { (visit.text(&format!("role-{}", look.role.word()))) }
        p dir="auto" { (look.reason) }
        p.hint { (stage(visit, look)) }
        div.row {
            @if listed.is_theirs && look.stage == Stage::Open { a.button href=(visit.to(&to(""))) { (visit.text("look-go")) } }
            @if listed.may_approve { (action(visit, &to("/approve"), "button", &visit.text("look-approve"))) }
            @if look.stage != Stage::Ended { (action(visit, &to("/end"), "button quiet", &visit.text("look-end"))) }
        }
    }
}
