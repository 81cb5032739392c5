//! `/minitube/{film}/release`: a guardian allows in writing that this film is shown, or withdraws that. Nothing is
//! filled in beforehand.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use policy::Subject;
use serde::Deserialize;
use studio::films::FilmView;
use studio::releases::{NAME_CHARS_MAX, Place, Release, Signed};

use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::pages::desk::releases::places;
use crate::paper::fields::{Line, Wrong, summary, tick};
use crate::paper::heroes;
use crate::visit::{App, Customer, Visit};

/// What was filled in.
#[derive(Deserialize, Default)]
pub(crate) struct Fields {
    #[serde(default)]
    name: String,
    #[serde(rename = "place-site")]
    site: Option<String>,
    #[serde(rename = "place-online")]
    online: Option<String>,
    #[serde(rename = "place-events")]
    events: Option<String>,
    #[serde(default)]
    until: String,
    wording: Option<String>,
    withdraw: Option<String>,
}

impl Fields {
    fn chose(&self, place: Place) -> bool {
        match place {
            Place::Site => self.site.is_some(),
            Place::Online => self.online.is_some(),
            Place::Events => self.events.is_some(),
        }
    }
}

/// GET: what was signed, and the form.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(film): Path<String>,
) -> Result<Response, Oops> {
    let film = app.studio.films().find(&account, &super::id(&film)?).await?;
    let signed = app.studio.releases().of_film(&account, &film.id).await?;
    let holds = signed.first().filter(|release| app.studio.releases().holds(release));
    Ok(page(&visit, &film, holds, &Fields::default(), &Wrong::new(), StatusCode::OK))
}

/// POST: signs, or withdraws.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(film): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let film = app.studio.films().find(&account, &super::id(&film)?).await?;
    let releases = app.studio.releases();
    let here = format!("/minitube/{}/release", film.id);
    if fields.withdraw.is_some() {
        releases.withdraw(&account, &film.id).await?;
        return Ok(visit.go(&here));
    }
    let Some(wording) = fields.wording.clone() else {
        let wrong = vec![("wording", visit.text("release-wording-missing"))];
        return Ok(page(&visit, &film, None, &fields, &wrong, StatusCode::UNPROCESSABLE_ENTITY));
    };
    let signed = Signed {
        name: fields.name.clone(),
        places: Place::ALL.into_iter().filter(|place| fields.chose(*place)).collect(),
        until_ms: end_of_day(&fields.until).unwrap_or_default(),
        wording,
        language: visit.language.code().to_owned(),
    };
    let error = match releases.sign(&account, &film.id, &signed).await {
        Ok(_) => return Ok(visit.go(&here)),
        Err(error) => error,
    };
    let field = match error.code() {
        "release-name" => "name",
        "release-places" => "place-site",
        "release-until" => "until",
        "wording-changed" => "wording",
        _ => return Err(error.into()),
    };
    let wrong = vec![(field, words_of(visit.language, &error))];
    Ok(page(&visit, &film, None, &fields, &wrong, status_of(&error)))
}

/// The end of a day as a form sends it (`2027-01-31`), in milliseconds since 1970 (UTC).
fn end_of_day(day: &str) -> Option<i64> {
    let next = day.parse::<jiff::civil::Date>().ok()?.tomorrow().ok()?;
    Some(jiff::tz::TimeZone::UTC.to_timestamp(next.at(0, 0, 0, 0)).ok()?.as_millisecond())
}

fn page(
    visit: &Visit,
    film: &FilmView,
    holds: Option<&Release>,
    fields: &Fields,
    wrong: &Wrong,
    status: StatusCode,
) -> Response {
    let here = visit.to(&format!("/minitube/{}/release", film.id));
    let named = heroes::named(visit.language, film);
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            p.lead { (visit.text("release-words")) }
            @match holds {
                Some(release) => (signed(visit, release, &here)),
                None if film.second.is_some() => { p.notice { (visit.text("error-release-two")) } }
                None => (form(visit, fields, wrong, &here)),
            }
            p { a href=(visit.to(&format!("/minitube/{}", film.id))) { (visit.language.with("minitube-film", &named)) } }
        }
    };
    Frame::new(visit, &visit.text("release-title")).class("small-title").status(status).page(body)
}

fn signed(visit: &Visit, release: &Release, here: &str) -> Markup {
    html! {
        form.sheet.stack method="post" action=(here) data-once {
            dl.facts {
                div { dt { (visit.text("release-name")) } dd { bdi { (release.name) } } }
                div { dt { (visit.text("release-date")) } dd { (visit.day(release.given_at_ms)) } }
                div { dt { (visit.text("release-places")) } dd { (places(visit, &release.places)) } }
                div { dt { (visit.text("release-until")) } dd { (visit.day(release.until_ms - 1)) } }
            }
            p { (visit.policy.wording(Subject::Promotion).in_language(visit.language.code())) }
            p { strong { (visit.text(if release.shown_at_ms.is_some() { "release-is-shown" } else { "release-not-shown" })) } }
            div { button.button name="withdraw" value="yes" { (visit.text("release-withdraw")) } }
        }
    }
}

fn form(visit: &Visit, fields: &Fields, wrong: &Wrong, here: &str) -> Markup {
    let wording = visit.policy.wording(Subject::Promotion);
    let name = Line {
        hint: Some(visit.text("release-name-hint")),
        autocomplete: "name",
        longest: Some(NAME_CHARS_MAX as u32),
        ..Line::new("name", visit.text("release-name"), &fields.name)
    };
    let until = Line { kind: "date", ..Line::new("until", visit.text("release-until"), &fields.until) };
    let misplaced = wrong.iter().find(|(field, _)| *field == "place-site").map(|(_, words)| words.as_str());
    html! {
        form.sheet.stack method="post" action=(here) data-once {
            fieldset.answers aria-describedby=[misplaced.map(|_| "place-wrong")] {
                legend { (visit.text("release-places")) }
                @if let Some(words) = misplaced { p.wrong-words id="place-wrong" { (words) } }
                @for place in Place::ALL {
                    div.tick {
                        input type="checkbox" id={ "place-" (place.word()) } name={ "place-" (place.word()) } checked[fields.chose(place)];
                        label for={ "place-" (place.word()) } { (visit.text(&format!("release-place-{}", place.word()))) }
                    }
                }
            }
            (until.show(wrong))
            (name.show(wrong))
            (tick("wording", wording.in_language(visit.language.code()), &wording.version, false, true, wrong))
            div { button.button { (visit.text("release-sign")) } }
        }
    }
}
