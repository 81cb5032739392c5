//! `/library/children/{child}/name`: corrects a name in its profile. Films keep the name they have; from here a way leads
//! to each that the child plays in.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use studio::children::Child;
use studio::films::FilmView;
use studio::{AccountId, ChildId};

use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::paper::fields::{Line, Wrong, summary};
use crate::paper::heroes;
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
    Path(child): Path<String>,
) -> Result<Response, Oops> {
    let child = ChildId::parse(&child).ok_or_else(Oops::not_found)?;
    let child = app.studio.children().get(&account, &child).await?;
    let films = films_of(&app, &account, &child).await?;
    Ok(page(&visit, &child, &films, &child.name, &Wrong::new(), StatusCode::OK))
}

/// POST: corrects it.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(child): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let child = ChildId::parse(&child).ok_or_else(Oops::not_found)?;
    match app.studio.children().rename(&account, &child, &fields.name).await {
        Ok(_) => Ok(visit.go("/library?done=name")),
        Err(error) if error.class() == studio::Class::Refused => {
            let known = app.studio.children().get(&account, &child).await?;
            let films = films_of(&app, &account, &known).await?;
            let wrong = vec![("name", words_of(visit.language, &error))];
            Ok(page(&visit, &known, &films, &fields.name, &wrong, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

/// The films that the child plays in under a name that can still be corrected.
async fn films_of(app: &App, account: &AccountId, child: &Child) -> Result<Vec<FilmView>, Oops> {
    let mut films = app.studio.films().list(account).await?;
    films.retain(|film| {
        let second = film.second.as_ref().and_then(|hero| hero.child.as_ref());
        let is_first = film.correctable.first && film.child.as_ref() == Some(&child.id);
        is_first || (film.correctable.second && second == Some(&child.id))
    });
    Ok(films)
}

fn page(
    visit: &Visit,
    child: &Child,
    films: &[FilmView],
    name: &str,
    wrong: &Wrong,
    status: StatusCode,
) -> Response {
    let line = Line {
        hint: Some(visit.text("library-name-hint")),
        longest: Some(120),
        ..Line::new("name", visit.text("child-name"), name)
    };
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            form.sheet.stack method="post" action=(visit.to(&format!("/library/children/{}/name", child.id))) data-once {
                (line.show(wrong))
                div.row {
                    button.button.big { (visit.text("save")) }
                    a.button.big.quiet href=(visit.to("/library")) { (visit.text("back")) }
                }
            }
            @if !films.is_empty() {
                section.stack.tight aria-labelledby="films" {
                    h2 id="films" { (visit.text("library-name-films")) }
                    ul.plain-list {
                        @for film in films {
                            li { a href=(visit.to(&format!("/minitube/{}/name", film.id))) { (visit.language.with("minitube-film", &heroes::named(visit.language, film))) } }
                        }
                    }
                }
            }
        }
    };
    Frame::new(visit, &visit.text("library-name-title")).class("small-title").status(status).page(body)
}
