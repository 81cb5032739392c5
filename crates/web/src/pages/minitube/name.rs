//! `/minitube/{film}/name`: corrects the names; only the shots that show one that changed are made again.

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

/// What was filled in.
#[derive(Deserialize)]
pub(crate) struct Fields {
    #[serde(default)]
    name: String,
    /// The second hero's, where there is one.
    #[serde(default)]
    second: String,
}

/// GET: the names as they are.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(film): Path<String>,
) -> Result<Response, Oops> {
    let film = app.studio.films().find(&account, &super::id(&film)?).await?;
    let second = film.second.as_ref().map_or("", |hero| hero.name.as_str());
    Ok(page(&visit, &film, [&film.name, second], &Wrong::new(), StatusCode::OK))
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
    let first = Some(fields.name.as_str()).filter(|name| film.name != name.trim());
    let second = film.second.as_ref().filter(|hero| hero.name != fields.second.trim());
    let second = second.map(|_| fields.second.as_str());
    if first.is_none() && second.is_none() {
        return Ok(visit.go(&format!("/minitube/{id}")));
    }
    match app.studio.films().correct_names(&account, &id, first, second).await {
        Ok(_) => Ok(visit.go(&format!("/minitube/{id}"))),
        Err(error) if matches!(error.class(), studio::Class::Refused | studio::Class::Conflict) => {
            let takes = |name: &str| app.studio.films().takes_name(&film.film, name);
            let of_second = error.class() == studio::Class::Refused
                && first.is_none_or(takes)
                && second.is_some_and(|name| !takes(name));
            let field = if of_second { "second" } else { "name" };
            let wrong = vec![(field, words_of(visit.language, &error))];
            Ok(page(&visit, &film, [&fields.name, &fields.second], &wrong, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

fn page(
    visit: &Visit,
    film: &FilmView,
    [name, second]: [&str; 2],
    wrong: &Wrong,
    status: StatusCode,
) -> Response {
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
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            form.sheet.stack method="post" action=(visit.to(&format!("/minitube/{}/name", film.id))) data-once {
                p { (visit.text("film-name-words")) }
                (line.show(wrong))
                @if film.second.is_some() { (second.show(wrong)) }
                div.row {
                    button.button.big { (visit.text("film-name-button")) }
                    a.button.big.quiet href=(visit.to(&format!("/minitube/{}", film.id))) { (visit.text("back")) }
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
