//! GET `/minitube/{film}/progress`: how far the making is, as JSON for the player page.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use studio::films::{FilmState, FilmView, ShotState};

use crate::language::Language;
use crate::oops::Oops;
use crate::visit::{App, Customer, Visit};

/// What the page needs to know.
#[derive(Serialize)]
pub(crate) struct Progress {
    state: FilmState,
    ready: usize,
    /// By shot: `waiting`, `making`, `done` or `failed`.
    shots: Vec<&'static str>,
    /// The sentence for people.
    words: String,
}

/// How far it is.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(film): Path<String>,
) -> Result<Json<Progress>, Oops> {
    let film = app.studio.films().find(&account, &super::id(&film)?).await?;
    Ok(Json(Progress {
        state: film.state,
        ready: film.shots_ready,
        shots: film.shots.iter().map(|shot| class_of(shot.state)).collect(),
        words: words(visit.language, &film),
    }))
}

/// The class of a shot in the row of lights.
pub(super) fn class_of(state: ShotState) -> &'static str {
    match state {
        ShotState::Waiting => "waiting",
        ShotState::Making => "making",
        ShotState::Ready => "done",
        ShotState::Failed => "failed",
    }
}

/// "Shot 4 of 13 is ready."; at the end that the film is, and where it can be had.
pub(super) fn words(language: Language, film: &FilmView) -> String {
    if film.state == FilmState::Ready {
        return language.text("progress-done");
    }
    let (ready, all) = (film.shots_ready, film.shots.len());
    if ready == all && film.state == FilmState::Making {
        return language.text("progress-finishing");
    }
    let sentence = language.plain(
        "progress-shots",
        &[("ready", ready.into()), ("all", all.into()), ("minutes", ((film.remaining_s + 20) / 60).into())],
    );
    sentence.replace(['\u{2068}', '\u{2069}'], "")
}
