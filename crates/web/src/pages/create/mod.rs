//! `/create/{slug}`: the way to a film, each step at its own address and in its own file. What was
//! given lies in a draft, so every step survives reload, back button and a lost connection.

pub(crate) mod child;
pub(crate) mod face;
pub(crate) mod photo;
mod photo_form;
pub(crate) mod second;
pub(crate) mod start;
pub(crate) mod still;
pub(crate) mod stills;
pub(crate) mod till;
pub(crate) mod wait;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use studio::films::Show;
use studio::orders::{Change, HeroChange, Missing, OrderView, SecondChange};
use studio::photos::{Photo, State as PhotoState};
use studio::{AccountId, PhotoId};

use crate::frame::Frame;
use crate::oops::Oops;
use crate::paper::path::{Step, path};
use crate::visit::{App, Visit};

/// Whose photo, face or name a step asks for: its address says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hero {
    /// The child that the film is made for.
    First,
    /// Who plays beside it.
    Second,
}

impl Hero {
    /// Whose step the path is, which is without language.
    fn at(path: &str) -> Self {
        let is_second = path.split(['/', '?']).nth(3) == Some("second");
        if is_second { Self::Second } else { Self::First }
    }

    fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }

    /// Where its steps lie on the path: all of the second one's after the first one's name.
    fn step(self, step: Step) -> Step {
        if self == Self::First { step } else { Step::Child }
    }

    /// What the first is asked with one key, the second is asked with another.
    fn text(self, visit: &Visit, first: &str, second: &str) -> String {
        visit.text(if self == Self::First { first } else { second })
    }

    /// The change of a draft that changes this hero.
    fn change(self, hero: HeroChange) -> Change {
        match self {
            Self::First => {
                Change { child: hero.child, name: hero.name, photo: hero.photo, ..Change::default() }
            }
            Self::Second => Change { second: Some(SecondChange::Plays(hero)), ..Change::default() },
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Hero {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let visit = parts.extensions.get::<Visit>().ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
        Ok(Self::at(&visit.path))
    }
}

/// An open draft with what its steps need.
struct Draft {
    show: Arc<Show>,
    order: OrderView,
    /// The first hero's photo.
    photo: Option<Photo>,
    /// The second hero's.
    second: Option<Photo>,
}

impl Draft {
    /// The address of a step.
    fn to(&self, step: &str) -> String {
        format!("/create/{}/{step}", self.show.slug())
    }

    /// The address of a step that each hero has.
    fn of(&self, hero: Hero, step: &str) -> String {
        match hero {
            Hero::First => self.to(step),
            Hero::Second => self.to(&format!("second/{step}")),
        }
    }

    fn photo_of(&self, hero: Hero) -> Option<&Photo> {
        match hero {
            Hero::First => self.photo.as_ref(),
            Hero::Second => self.second.as_ref(),
        }
    }

    fn name_of(&self, hero: Hero) -> Option<&str> {
        match hero {
            Hero::First => self.order.name.as_deref(),
            Hero::Second => self.order.second.as_ref()?.name.as_deref(),
        }
    }

    fn takes_second(&self) -> bool {
        self.show.film().info().second.is_some()
    }

    /// Whether a second hero is still to be asked about: once, after the first one's name. Afterwards the preview leads there.
    fn asks_for_second(&self) -> bool {
        self.takes_second() && self.order.second.is_none() && self.order.name.is_none()
    }

    fn title(&self, visit: &Visit) -> String {
        self.show.film().words(visit.language.code()).title.clone()
    }

    /// The first step that is not done yet; the stills when nothing is missing.
    fn first_open(&self) -> &'static str {
        if self.photo.as_ref().is_some_and(|photo| photo.state == PhotoState::ChooseFace) {
            return "face";
        }
        let second_chooses = self.second.as_ref().is_some_and(|photo| photo.state == PhotoState::ChooseFace);
        match self.order.missing.first() {
            Some(Missing::Photo) => "photo",
            Some(Missing::Name | Missing::Option(_)) => "child",
            Some(Missing::SecondPhoto) => "second/photo",
            _ if second_chooses => "second/face",
            Some(Missing::SecondName) => "second/child",
            None => "stills",
        }
    }

    /// Whether all is told that the film needs of the first hero.
    fn knows_first(&self) -> bool {
        let open = self.first_open();
        open == "stills" || open.starts_with("second/")
    }
}

/// What somebody gets in place of the step that they asked for: the page that comes first, or a failure.
pub(crate) struct Instead(Response);

impl From<Oops> for Instead {
    fn from(oops: Oops) -> Self {
        Self(oops.into_response())
    }
}

impl From<studio::Error> for Instead {
    fn from(error: studio::Error) -> Self {
        Oops::from(error).into()
    }
}

impl IntoResponse for Instead {
    fn into_response(self) -> Response {
        self.0
    }
}

/// The open draft of a film. When there is none (paid meanwhile, or thrown away), the visitor is sent
/// to the film that came of it, or to begin anew.
async fn draft(app: &App, visit: &Visit, account: &AccountId, slug: &str) -> Result<Draft, Instead> {
    let show = app.studio.catalogue().show(slug).ok_or_else(Oops::not_found)?;
    let Some(order) = app.studio.orders().draft_of(account, slug).await? else {
        let orders = app.studio.orders().list(account).await?;
        let made = orders.iter().find(|order| order.film == slug).and_then(|order| order.made.as_ref());
        return Err(Instead(match made {
            Some(film) => visit.go(&format!("/minitube/{film}")),
            None => visit.go(&format!("/create/{slug}")),
        }));
    };
    let photo = photo_there(app, account, order.photo.as_ref()).await?;
    let of_second = order.second.as_ref().and_then(|hero| hero.photo.as_ref());
    let second = photo_there(app, account, of_second).await?;
    Ok(Draft { show: Arc::clone(show), order, photo, second })
}

/// The same for a step of one hero. The second one's are there where the film takes one, after the first one's.
async fn draft_of(
    app: &App,
    visit: &Visit,
    account: &AccountId,
    slug: &str,
    hero: Hero,
) -> Result<Draft, Instead> {
    let draft = draft(app, visit, account, slug).await?;
    if hero == Hero::First || (draft.takes_second() && draft.knows_first()) {
        return Ok(draft);
    }
    Err(Instead(visit.go_or_tell(&draft.to(draft.first_open()))))
}

/// A photo, unless it was deleted meanwhile.
async fn photo_there(app: &App, account: &AccountId, id: Option<&PhotoId>) -> studio::Result<Option<Photo>> {
    let Some(id) = id else { return Ok(None) };
    match app.studio.photos().get(account, id).await {
        Ok(photo) => Ok(Some(photo)),
        Err(error) if error.class() == studio::Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The frame of a step: its title, the film's title, the path of lanterns.
fn frame<'a>(visit: &'a Visit, draft: &Draft, step: Step, title: &str) -> (Frame<'a>, Markup) {
    let film = draft.title(visit);
    let lead = visit.language.with("create-film", &[("title", film.into())]);
    (Frame::new(visit, title).lead(lead).class("small-title"), path(visit, draft.show.slug(), step))
}

/// The way on.
fn onward(visit: &Visit, to: &str, words: &str) -> Markup {
    html! { a.button.big href=(visit.to(to)) { (words) } }
}

/// The way back, under a step.
fn back(visit: &Visit, to: &str) -> Markup {
    html! { p.back { a href=(visit.to(to)) { (visit.text("back")) } } }
}
