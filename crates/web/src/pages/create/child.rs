//! `/create/{slug}/child`: the child's name in any script, the film's language, the film's options.

use std::collections::BTreeMap;

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use film::{FilmOption, OptionKind};
use maud::{Markup, html};
use studio::AccountId;
use studio::children::Child;
use studio::orders::{Change, HeroChange};

use super::{Draft, Hero, Instead, draft, frame};
use crate::language::Language;
use crate::oops::{Oops, status_of, words_of};
use crate::paper::fields::{Line, Wrong, choice, summary};
use crate::paper::path::Step;
use crate::visit::{App, Customer, Visit};

/// Options of a film are sent under this prefix.
const OPTION: &str = "option-";

/// GET: what is known so far.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(slug): Path<String>,
) -> Result<Response, Instead> {
    let draft = draft(&app, &visit, &account, &slug).await?;
    let children = app.studio.children().list(&account).await?;
    let mut fields = option_fields(&draft.order.options);
    fields.insert("name".into(), draft.order.name.clone().unwrap_or_default());
    fields.insert("language".into(), draft.order.language.clone());
    Ok(page(&visit, &draft, &children, &fields, &Wrong::new(), StatusCode::OK))
}

/// POST: takes it all over, or nothing of it.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(slug): Path<String>,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Result<Response, Instead> {
    let draft = draft(&app, &visit, &account, &slug).await?;
    let change = Change {
        name: Some(fields.get("name").cloned().unwrap_or_default()),
        language: fields.get("language").cloned(),
        options: options_in(&fields),
        ..Change::default()
    };
    match app.studio.orders().change(&account, &draft.order.id, change).await {
        Ok(order) => {
            if let Some(name) = &order.name {
                remember(&app, &account, (&draft, Hero::First), name).await?;
            }
            Ok(visit.go(&draft.to(if draft.asks_for_second() { "second" } else { "stills" })))
        }
        Err(error) if error.class() == studio::Class::Refused => {
            let field = match error.code() {
                "language-unknown" => "language",
                code if code.starts_with("option-") => "options",
                _ => "name",
            };
            let wrong = vec![(field, words_of(visit.language, &error))];
            let children = app.studio.children().list(&account).await?;
            Ok(page(&visit, &draft, &children, &fields, &wrong, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Keeps the child's profile, so that the next film knows the name. A full list of profiles is no
/// reason not to make a film.
pub(super) async fn remember(
    app: &App,
    account: &AccountId,
    (draft, hero): (&Draft, Hero),
    name: &str,
) -> Result<(), Oops> {
    let so_far = match hero {
        Hero::First => draft.order.child.as_ref(),
        Hero::Second => draft.order.second.as_ref().and_then(|second| second.child.as_ref()),
    };
    let Some(child) = app.studio.children().of_order(account, so_far, name).await? else { return Ok(()) };
    if let Some(photo) = draft.photo_of(hero) {
        app.studio.photos().set_child(account, &photo.id, &child.id).await?;
    }
    let change = hero.change(HeroChange { child: Some(child.id), ..HeroChange::default() });
    app.studio.orders().change(account, &draft.order.id, change).await?;
    Ok(())
}

fn page(
    visit: &Visit,
    draft: &Draft,
    children: &[Child],
    fields: &BTreeMap<String, String>,
    wrong: &Wrong,
    status: StatusCode,
) -> Response {
    let value = |key: &str| fields.get(key).map_or("", String::as_str);
    let info = draft.show.film().info();
    let languages: Vec<_> =
        info.languages.iter().map(|code| (code.clone(), Language::name_of(code).to_owned())).collect();
    let name = Line {
        hint: Some(visit.text("child-name-hint")),
        longest: Some(120),
        ..Line::new("name", visit.text("child-name"), value("name"))
    };
    let onward = visit.text(if draft.asks_for_second() { "child-go-on" } else { "child-button" });
    let (frame, path) = frame(visit, draft, Step::Child, &visit.text("child-title"));
    let body = html! {
        div.wrap.narrow.stack {
            (path)
            (summary(visit, wrong))
            form.sheet.stack method="post" action=(visit.to(&draft.to("child"))) data-once {
                (name.show(wrong))
                (known_names(visit, children, draft.name_of(Hero::Second)))
                (choice("language", &visit.text("child-language"), Some(&visit.text("child-language-hint")), &languages, value("language")))
                (options(visit, info.options.iter(), fields, wrong))
                div { button.button.big { (onward) } }
            }
        }
    };
    frame.status(status).page(body)
}

/// The names given before, but for that of the hero who plays beside the one asked about.
pub(super) fn known_names(visit: &Visit, children: &[Child], beside: Option<&str>) -> Markup {
    let known: Vec<&str> =
        children.iter().map(|child| child.name.as_str()).filter(|name| Some(*name) != beside).collect();
    html! {
        @if !known.is_empty() {
            p.hint { (visit.text("child-known")) " "
                @for (i, name) in known.iter().enumerate() { @if i > 0 { ", " } bdi { (name) } }
            }
        }
    }
}

/// What a form says of a film's options.
pub(crate) fn options_in(fields: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let option = |(key, value): (&String, &String)| {
        Some((key.strip_prefix(OPTION)?.to_owned(), value.trim().to_owned()))
    };
    fields.iter().filter_map(option).collect()
}

/// Options of a film as a form has them: id and value of each.
pub(crate) fn option_fields<'a>(
    options: impl IntoIterator<Item = (&'a String, &'a String)>,
) -> BTreeMap<String, String> {
    options.into_iter().map(|(id, value)| (format!("{OPTION}{id}"), value.clone())).collect()
}

/// The part of a form that asks for options of a film; nothing, where there are none.
pub(crate) fn options<'a>(
    visit: &Visit,
    options: impl Iterator<Item = (&'a String, &'a FilmOption)>,
    fields: &BTreeMap<String, String>,
    wrong: &Wrong,
) -> Markup {
    let mut options = options.peekable();
    if options.peek().is_none() {
        return html! {};
    }
    let value = |id: &str| fields.get(&format!("{OPTION}{id}")).map_or("", String::as_str);
    html! {
        fieldset.stack.plain id="options" {
            legend.label { (visit.text("child-options")) }
            p.hint { (visit.text("child-options-why")) }
            @for (_, words) in wrong.iter().filter(|(field, _)| *field == "options") { p.wrong-words { (words) } }
            @for (id, option) in options {
                (option_field(visit, id, &option.kind, value(id), option.required))
            }
        }
    }
}

/// What an option of a film is called: in the words of the translations when they know it.
pub(crate) fn option_label(visit: &Visit, id: &str) -> String {
    let key = format!("film-option-{id}");
    if visit.language.has(&key) { visit.text(&key) } else { id.replace('-', " ") }
}

/// One option of the film.
fn option_field(visit: &Visit, id: &str, kind: &OptionKind, value: &str, required: bool) -> Markup {
    let name = format!("{OPTION}{id}");
    let label = option_label(visit, id);
    match kind {
        OptionKind::Number { min, max } => html! {
            div.field {
                label for=(name) { (label) }
                p.hint id={ (name) "-hint" } { (visit.language.with("child-number", &[("from", (*min).into()), ("to", (*max).into())])) }
                input.input type="number" id=(name) name=(name) value=(value) min=(min) max=(max) inputmode="numeric" required[required]
                    aria-describedby={ (name) "-hint" };
            }
        },
        OptionKind::Text { max } => html! {
            div.field {
                label for=(name) { (label) }
                input.input type="text" id=(name) name=(name) value=(value) maxlength=(max) dir="auto" required[required];
            }
        },
        OptionKind::Choice(list) => {
            let options: Vec<_> = list.iter().map(|one| (one.clone(), one.clone())).collect();
            choice(&name, &label, None, &options, value)
        }
    }
}
