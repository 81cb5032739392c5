//! `/minitube/{film}/name`: corrects the names and the film's options; only the shots that show one that changed are made
//! again. What stands in shots that can no longer be drawn is told, and not asked for.

use std::collections::BTreeMap;

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use studio::films::{Correction, FilmView, OptionView};

use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::pages::create::child::{option_fields, option_label, options, options_in};
use crate::paper::fields::{Line, Wrong, summary};
use crate::visit::{App, Customer, Visit};

/// What was filled in, by the name of its field: `name`, `second` for the second hero's, and the options. Nothing where it
/// was not asked for.
type Fields = BTreeMap<String, String>;

/// GET: the names as they are.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(film): Path<String>,
) -> Result<Response, Oops> {
    let film = app.studio.films().find(&account, &super::id(&film)?).await?;
    Ok(page(&visit, &film, &Fields::new(), &Wrong::new(), StatusCode::OK))
}

/// POST: corrects them. What is there already makes nothing again.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(film): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let id = super::id(&film)?;
    let film = app.studio.films().find(&account, &id).await?;
    let typed = |field: &str| fields.get(field).map(String::as_str);
    let first = typed("name").filter(|name| film.name != name.trim());
    let second_now = film.second.as_ref().map(|hero| hero.name.as_str());
    let second = typed("second").filter(|name| second_now.is_some_and(|now| now != name.trim()));
    let mut options = options_in(&fields);
    options.retain(|id, value| !film.options.iter().any(|one| one.id == *id && one.value == *value));
    if first.is_none() && second.is_none() && options.is_empty() {
        return Ok(visit.go(&format!("/minitube/{id}")));
    }
    match app.studio.films().correct(&account, &id, &Correction { first, second, options }).await {
        Ok(_) => Ok(visit.go(&format!("/minitube/{id}"))),
        Err(error) if matches!(error.class(), studio::Class::Refused | studio::Class::Conflict) => {
            let takes = |name: &str| app.studio.films().takes_name(&film, name);
            let field = match error.class() {
                // It is about the film, not about what was typed.
                studio::Class::Conflict => "",
                _ if error.code().starts_with("option-") => "options",
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
    let name = fields.get("name").unwrap_or(&film.name);
    let second_now = film.second.as_ref().map_or("", |hero| hero.name.as_str());
    let second = fields.get("second").map_or(second_now, String::as_str);
    let (asked, kept): (Vec<&OptionView>, Vec<&OptionView>) = film.options.iter().partition(|one| one.can);
    let mut option_values = option_fields(asked.iter().map(|one| (&one.id, &one.value)));
    option_values.extend(fields.clone());
    let asked = asked.into_iter().map(|one| (&one.id, &one.option));
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
    let said = |one: &OptionView| match (option_label(visit, &one.id), one.value.as_str()) {
        (label, "") => label,
        (label, value) => format!("{label}: {value}"),
    };
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            form.sheet.stack method="post" action={ (film_url) "/name" } data-once {
                @if film.can_be_corrected() { p { (visit.text(told)) } }
                @if film.correctable.first { (line.show(wrong)) } @else { (fixed(&film.name)) }
                @if let Some(hero) = &film.second {
                    @if film.correctable.second { (second.show(wrong)) } @else { (fixed(&hero.name)) }
                }
                (options(visit, asked, &option_values, wrong))
                @for one in kept {
                    p { (visit.language.with("film-name-fixed-option", &[("option", said(one).into())])) }
                }
                div.row {
                    @if film.can_be_corrected() { button.button.big { (visit.text(press)) } }
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
