//! `/minitube/{film}/name`: corrects the names; only the shots that show one that changed are made again. A name whose
//! shots can no longer be drawn is not asked for.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use studio::films::FilmView;

use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::paper::fields::{Line, Wrong, summary};
use crate::visit::{App, Customer, Visit};

/// What was filled in; nothing where it was not asked for.
#[derive(Deserialize)]
pub(crate) struct Fields {
    name: Option<String>,
    /// The second hero's, where there is one.
    second: Option<String>,
}

/// GET: the names as they are.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(film): Path<String>,
) -> Result<Response, Oops> {
    let film = app.studio.films().find(&account, &super::id(&film)?).await?;
    Ok(page(&visit, &film, &Fields { name: None, second: None }, &Wrong::new(), StatusCode::OK))
}

/// POST: corrects them. The names that are there already make nothing again.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(film): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let id = super::id(&film)?;
    let film = app.studio.films().find(&account, &id).await?;
    let first = fields.name.as_deref().filter(|name| film.name != name.trim());
    let second_now = film.second.as_ref().map(|hero| hero.name.as_str());
    let second = fields.second.as_deref().filter(|name| second_now.is_some_and(|now| now != name.trim()));
    if first.is_none() && second.is_none() {
        return Ok(visit.go(&format!("/minitube/{id}")));
    }
    match app.studio.films().correct_names(&account, &id, first, second).await {
        Ok(_) => Ok(visit.go(&format!("/minitube/{id}"))),
        Err(error) if matches!(error.class(), studio::Class::Refused | studio::Class::Conflict) => {
            let takes = |name: &str| app.studio.films().takes_name(&film, name);
            let field = match error.class() {
                // It is about the film, not about what was typed.
                studio::Class::Conflict => "",
                _ if first.is_none_or(takes) && second.is_some_and(|name| !takes(name)) => "second",
                _ => "name",
            };
            let wrong = vec![(field, words_of(visit.language, &error))];
            Ok(page(&visit, &film, &fields, &wrong, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

fn page(visit: &Visit, film: &FilmView, fields: &Fields, wrong: &Wrong, status: StatusCode) -> Response {
    let name = fields.name.as_deref().unwrap_or(&film.name);
    let second_now = film.second.as_ref().map_or("", |hero| hero.name.as_str());
    let second = fields.second.as_deref().unwrap_or(second_now);
    let line = Line {
        hint: Some(visit.text("child-name-hint")),
        longest: Some(120),
        ..Line::new("name", visit.text("child-name"), name)
    };
    let second = Line {
        hint: Some(visit.text("child-name-hint")),
        longest: Some(120),
        ..Line::new("second", visit.text("film-name-second"), second)
    };
    // Without its version at hand nothing of the film is made again.
    let (told, press) = match film.streams {
        true => ("film-name-words", "film-name-button"),
        false => ("film-name-kept", "save"),
    };
    let film_url = visit.to(&format!("/minitube/{}", film.id));
    let fixed =
        |name: &str| html! { p { (visit.language.with("film-name-fixed", &[("name", name.into())])) } };
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            form.sheet.stack method="post" action={ (film_url) "/name" } data-once {
                @if film.correctable.any() { p { (visit.text(told)) } }
                @if film.correctable.first { (line.show(wrong)) } @else { (fixed(&film.name)) }
                @if let Some(hero) = &film.second {
                    @if film.correctable.second { (second.show(wrong)) } @else { (fixed(&hero.name)) }
                }
                div.row {
                    @if film.correctable.any() { button.button.big { (visit.text(press)) } }
                    a.button.big.quiet href=(film_url) { (visit.text("back")) }
                }
            }
        }
    };
    Frame::new(visit, &visit.text("film-name-change"))
        .lead(html! { (film.title) })
        .class("small-title")
        .status(status)
        .page(body)
}
