//! `/minitube/{film}/name`: corrects the name; only the shots that show it are made again.

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
}

/// GET: the name as it is.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(film): Path<String>,
) -> Result<Response, Oops> {
    let film = app.studio.films().find(&account, &super::id(&film)?).await?;
    Ok(page(&visit, &film, &film.name, &Wrong::new(), StatusCode::OK))
}

/// POST: corrects it. The name that is there already makes nothing again.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(film): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let id = super::id(&film)?;
    let film = app.studio.films().find(&account, &id).await?;
    if film.name == fields.name.trim() {
        return Ok(visit.go(&format!("/minitube/{id}")));
    }
    match app.studio.films().correct_name(&account, &id, &fields.name).await {
        Ok(_) => Ok(visit.go(&format!("/minitube/{id}"))),
        Err(error) if matches!(error.class(), studio::Class::Refused | studio::Class::Conflict) => {
            let wrong = vec![("name", words_of(visit.language, &error))];
            Ok(page(&visit, &film, &fields.name, &wrong, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

fn page(visit: &Visit, film: &FilmView, name: &str, wrong: &Wrong, status: StatusCode) -> Response {
    let line = Line {
        hint: Some(visit.text("child-name-hint")),
        longest: Some(120),
        ..Line::new("name", visit.text("child-name"), name)
    };
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            form.sheet.stack method="post" action=(visit.to(&format!("/minitube/{}/name", film.id))) data-once {
                p { (visit.text("film-name-words")) }
                (line.show(wrong))
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
