//! `/create/{slug}/second`: a second hero, where the film takes one: whether there shall be one, and their name. Their
//! photo and face are asked for like the first one's, with the guardian's word for this child and this film.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::children::Child;
use studio::orders::{Change, HeroChange, SecondChange};
use studio::photos::State as PhotoState;

use super::{Draft, Hero, Instead, back, child, draft_of, frame, onward};
use crate::oops::{status_of, words_of};
use crate::pages::library::photo_url;
use crate::paper::action;
use crate::paper::fields::{Line, Wrong, summary};
use crate::paper::path::Step;
use crate::visit::{App, Customer, Visit};

/// GET: the question, or who plays.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(slug): Path<String>,
) -> Result<Response, Instead> {
    let draft = draft_of(&app, &visit, &account, &slug, Hero::Second).await?;
    let title = visit.text(if draft.order.second.is_some() { "second-there-title" } else { "second-title" });
    let (frame, path) = frame(&visit, &draft, Step::Child, &title);
    let body = html! {
        div.wrap.narrow.stack {
            (path)
            @if draft.order.second.is_some() { (two(&visit, &draft)) } @else { (question(&visit, &draft)) }
        }
    };
    Ok(frame.page(body))
}

/// POST `/create/{slug}/second/leave`: the film is made with the first hero alone.
pub(crate) async fn leave(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(slug): Path<String>,
) -> Result<Response, Instead> {
    let draft = draft_of(&app, &visit, &account, &slug, Hero::Second).await?;
    let change = Change { second: Some(SecondChange::Leaves), ..Change::default() };
    app.studio.orders().change(&account, &draft.order.id, change).await?;
    Ok(visit.go(&draft.to("stills")))
}

/// The name, as it was filled in.
#[derive(Deserialize)]
pub(crate) struct Fields {
    #[serde(default)]
    name: String,
}

/// GET `/create/{slug}/second/child`: the name.
pub(crate) async fn ask_name(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(slug): Path<String>,
) -> Result<Response, Instead> {
    let draft = draft_of(&app, &visit, &account, &slug, Hero::Second).await?;
    let children = app.studio.children().list(&account).await?;
    let name = draft.name_of(Hero::Second).unwrap_or_default();
    Ok(name_page(&visit, &draft, &children, name, &Wrong::new(), StatusCode::OK))
}

/// POST: takes it over.
pub(crate) async fn send_name(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(slug): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Instead> {
    let draft = draft_of(&app, &visit, &account, &slug, Hero::Second).await?;
    let change = Hero::Second.change(HeroChange { name: Some(fields.name.clone()), ..HeroChange::default() });
    match app.studio.orders().change(&account, &draft.order.id, change).await {
        Ok(order) => {
            if let Some(name) = order.second.as_ref().and_then(|hero| hero.name.as_deref()) {
                child::remember(&app, &account, (&draft, Hero::Second), name).await?;
            }
            Ok(visit.go(&draft.to("stills")))
        }
        Err(error) if error.class() == studio::Class::Refused => {
            let wrong = vec![("name", words_of(visit.language, &error))];
            let children = app.studio.children().list(&account).await?;
            Ok(name_page(&visit, &draft, &children, &fields.name, &wrong, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

fn question(visit: &Visit, draft: &Draft) -> Markup {
    let alone = match draft.name_of(Hero::First) {
        Some(name) => visit.language.with("second-alone", &[("name", name.into())]),
        None => html! { (visit.text("second-go-on")) },
    };
    html! {
        section.sheet.stack {
            p.lead { (visit.text("second-words")) }
            div.row {
                (onward(visit, &draft.of(Hero::Second, "photo"), &visit.text("second-add")))
                a.button.big.quiet href=(visit.to(&draft.to("stills"))) { span { (alone) } }
            }
        }
        (back(visit, &draft.of(Hero::First, "child")))
    }
}

fn two(visit: &Visit, draft: &Draft) -> Markup {
    let open = draft.first_open();
    let on = visit.text(if open == "stills" { "second-go-on" } else { "second-finish" });
    html! {
        section.sheet.stack {
            ul.things {
                @for hero in [Hero::First, Hero::Second] {
                    li.thing {
                        @match draft.photo_of(hero).filter(|photo| photo.state == PhotoState::Ready) {
                            Some(photo) => { img.pic src=(photo_url(&photo.id, "cut-out-small.png")) width="192" height="192" alt=""; }
                            None => { span.pic {} }
                        }
                        div {
                            @if let Some(name) = draft.name_of(hero) { h2 { bdi { (name) } } } @else { p { (visit.text("second-nameless")) } }
                            p.row {
                                a href=(visit.to(&draft.of(hero, "child"))) aria-label=(whose(visit, draft, hero, "second-name-of", "stills-change-name")) { (visit.text("stills-change-name")) }
                                a href=(visit.to(&draft.of(hero, "photo"))) aria-label=(whose(visit, draft, hero, "second-photo-of", "stills-change-photo")) { (visit.text("stills-change-photo")) }
                            }
                        }
                    }
                }
            }
            div.row { (onward(visit, &draft.to(open), &on)) }
        }
        section.sheet.flat.stack.tight {
            p.hint { (visit.text("second-leave-words")) }
            (action(visit, &draft.to("second/leave"), "button quiet small", &visit.text("second-leave")))
        }
    }
}

/// What a link changes, said with the name that it is about, as both heroes have the same links.
fn whose(visit: &Visit, draft: &Draft, hero: Hero, named: &str, nameless: &str) -> String {
    match draft.name_of(hero) {
        Some(name) => visit.language.plain(named, &[("name", name.into())]),
        None => visit.text(nameless),
    }
}

fn name_page(
    visit: &Visit,
    draft: &Draft,
    children: &[Child],
    name: &str,
    wrong: &Wrong,
    status: StatusCode,
) -> Response {
    let line = Line {
        hint: Some(visit.text("child-name-hint")),
        longest: Some(120),
        ..Line::new("name", visit.text("child-name"), name)
    };
    let (frame, path) = frame(visit, draft, Step::Child, &visit.text("second-child-title"));
    let body = html! {
        div.wrap.narrow.stack {
            (path)
            (summary(visit, wrong))
            form.sheet.stack method="post" action=(visit.to(&draft.of(Hero::Second, "child"))) data-once {
                (line.show(wrong))
                (child::known_names(visit, children, draft.name_of(Hero::First)))
                div { button.button.big { (visit.text("child-button")) } }
            }
            (back(visit, &draft.of(Hero::Second, "photo")))
        }
    };
    frame.status(status).page(body)
}
