//! `/create/{slug}`: the way to a film, each step at its own address and in its own file. What was
//! given lies in a draft, so every step survives reload, back button and a lost connection.

pub(crate) mod child;
pub(crate) mod face;
pub(crate) mod photo;
pub(crate) mod start;
pub(crate) mod still;
pub(crate) mod stills;
pub(crate) mod till;
pub(crate) mod wait;

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use studio::AccountId;
use studio::films::Show;
use studio::orders::{Missing, OrderView};
use studio::photos::{Photo, State as PhotoState};

use crate::frame::Frame;
use crate::oops::Oops;
use crate::paper::path::{Step, path};
use crate::visit::{App, Visit};

/// An open draft with what its steps need.
struct Draft {
    show: Arc<Show>,
    order: OrderView,
    photo: Option<Photo>,
}

impl Draft {
    /// The address of a step.
    fn to(&self, step: &str) -> String {
        format!("/create/{}/{step}", self.show.slug())
    }

    fn title(&self, visit: &Visit) -> String {
        self.show.film().words(visit.language.code()).title.clone()
    }

    /// The first step that is not done yet; the stills when nothing is missing.
    fn first_open(&self) -> &'static str {
        if self.photo.as_ref().is_some_and(|photo| photo.state == PhotoState::ChooseFace) {
            return "face";
        }
        match self.order.missing.first() {
            Some(Missing::Photo) => "photo",
            Some(Missing::Name | Missing::Option(_)) => "child",
            None => "stills",
        }
    }
}

/// The open draft of a film. When there is none (paid meanwhile, or thrown away), the visitor is sent
/// to the film that came of it, or to begin anew.
async fn draft(app: &App, visit: &Visit, account: &AccountId, slug: &str) -> Result<Draft, Response> {
    let show = app.studio.catalogue().show(slug).ok_or_else(|| Oops::not_found().into_response())?;
    let failed = |error: studio::Error| Oops::from(error).into_response();
    let Some(order) = app.studio.orders().draft_of(account, slug).await.map_err(failed)? else {
        let orders = app.studio.orders().list(account).await.map_err(failed)?;
        let made = orders.iter().find(|order| order.film == slug).and_then(|order| order.made.as_ref());
        return Err(match made {
            Some(film) => visit.go(&format!("/minitube/{film}")),
            None => visit.go(&format!("/create/{slug}")),
        });
    };
    let photo = match &order.photo {
        Some(photo) => match app.studio.photos().get(account, photo).await {
            Ok(photo) => Some(photo),
            Err(error) if error.class() == studio::Class::NotFound => None,
            Err(error) => return Err(failed(error)),
        },
        None => None,
    };
    Ok(Draft { show: Arc::clone(show), order, photo })
}

/// The frame of a step: its title, the film's title, the path of lanterns.
fn frame<'a>(visit: &'a Visit, draft: &Draft, step: Step, title: &str) -> (Frame<'a>, Markup) {
    let film = draft.title(visit);
    let lead = visit.language.with("create-film", &[("title", film.into())]);
    (Frame::new(visit, title).lead(lead).class("small-title"), path(visit, draft.show.slug(), step))
}

/// The way on, and the way back.
fn onward(visit: &Visit, to: &str, words: &str) -> Markup {
    html! { a.button.big href=(visit.to(to)) { (words) } }
}
