//! POST `/usage`: our own counter of use, told by the page's script where consent allows it; and what is told to
//! processors of somebody who is signed in and agreed in this browser. POST `/usage/ids`: the ids that processors'
//! scripts made in such a browser, so that a deletion reaches what is kept under them. Of anybody else they are not
//! taken: without an account nothing here could name them again.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use policy::consent::Purpose;
use serde::Deserialize;
use studio::AccountId;
use studio::accounts::SignedIn;
use studio::analytics::{MadeInBrowser, What};
use studio::films::FilmId;
use studio::usage::Event;

use crate::oops::Oops;
use crate::site::template_of;
use crate::visit::{App, Visit};

/// A film that was in view for so long was watched.
const WATCHED_S: u32 = 10;
/// The most ids that one page tells.
const IDS_MAX: usize = 10;

/// What happened where.
#[derive(Deserialize)]
pub(crate) struct Told {
    path: String,
    #[serde(flatten)]
    event: Event,
}

/// Counts, if the visitor allows it: whatever a script may have thought, the decision is looked at here.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Json(told): Json<Told>,
) -> Result<StatusCode, Oops> {
    if visit.consent.decision.allowed.allows(Purpose::Analytics)
        // Which page of the site map it was, never what stands in the address.
        && let Some(place) = template_of(&told.path)
    {
        app.studio.usage().count(told.event, place, &visit.client()).await?;
        if let Some(account) = visit.account() {
            pass_on(&app, &visit, account, &told, place).await;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// An id that a script made.
#[derive(Deserialize)]
pub(crate) struct Id {
    processor: String,
    id: String,
}

/// All of a page.
#[derive(Deserialize)]
pub(crate) struct Ids {
    ids: Vec<Id>,
}

/// Notes them, if it is a customer who allows it.
pub(crate) async fn ids(
    State(app): State<App>,
    visit: Visit,
    Json(told): Json<Ids>,
) -> Result<StatusCode, Oops> {
    if let Some(agreed) = visit.consent.decision.agreed(Purpose::Analytics)
        && let Some(account) = visit.account()
    {
        let made = told.ids.into_iter().take(IDS_MAX);
        let made: Vec<_> = made.map(|Id { processor, id }| MadeInBrowser { processor, id }).collect();
        app.studio.analytics().made_in_browser(account, agreed, &made).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Tells processors what somebody did in this browser, if they allow it here. What they did is done: whatever goes wrong
/// here does not touch it.
pub(crate) async fn tell(app: &App, visit: &Visit, account: &AccountId, what: What<'_>) {
    if let Some(agreed) = visit.consent.decision.agreed(Purpose::Analytics)
        && let Err(error) = app.studio.analytics().happened(account, agreed, what).await
    {
        tracing::warn!(code = error.code(), "what was done could not be kept for analytics");
    }
}

/// Somebody is signed in in this browser, which may not allow it: then what happens without it is not told either. If
/// they said no here, perhaps signed out, that is the account's.
pub(crate) async fn stood_here(app: &App, visit: &Visit) {
    if visit.consent.decision.allowed.allows(Purpose::Analytics) {
        return;
    }
    let Some(account) = visit.owner().or(visit.leaving()) else { return };
    let analytics = app.studio.analytics();
    let noted = match refused_at_ms(visit) {
        Some(at_ms) => analytics.refused_here(account, at_ms).await,
        None => analytics.not_allowed_here(account).await,
    };
    if let Err(error) = noted {
        tracing::warn!(code = error.code(), "that analytics are not allowed here was not written down");
    }
}

/// When somebody decided in this browser, if that was a no to analytics.
fn refused_at_ms(visit: &Visit) -> Option<i64> {
    let (_, given) = visit.consent.given.as_ref()?;
    (!given.choice.analytics).then_some(given.at_ms)
}

/// Tells that an account is new, once its owner is in.
pub(crate) async fn entered(app: &App, visit: &Visit, who: &SignedIn) {
    if who.is_new {
        tell(app, visit, &who.account, What::SignedUp).await;
    }
}

async fn pass_on(app: &App, visit: &Visit, account: &AccountId, told: &Told, place: &str) {
    match told.event {
        Event::View => {
            // The names of the places, not what stood there: that may be a thing of theirs.
            let path = place.replace(['{', '}', '*'], "");
            let film = about(place, &told.path).filter(|film| app.studio.catalogue().show(film).is_some());
            tell(app, visit, account, What::PageViewed { path: &path, film }).await;
        }
        Event::Stay { seconds: WATCHED_S.. } if place == "/minitube/{film}" => {
            let id = told.path.trim_end_matches('/').rsplit('/').next().and_then(FilmId::parse);
            let Some(id) = id else { return };
            // One that is not theirs is none.
            if let Ok(film) = app.studio.films().find(account, &id).await {
                tell(app, visit, account, What::FilmWatched { film: &film.film }).await;
            }
        }
        Event::Stay { .. } => {}
    }
}

/// What stands in the place of the film's name, where the page has one.
fn about<'p>(place: &str, path: &'p str) -> Option<&'p str> {
    let from_end = place.trim_end_matches('/').rsplit('/').position(|part| part == "{slug}")?;
    path.trim_end_matches('/').rsplit('/').nth(from_end)
}

#[cfg(test)]
mod tests {
    use super::about;

    #[test]
    fn a_film_is_known_by_its_place_in_the_address() {
        assert_eq!(about("/films/{slug}", "/de/films/moon-garden/"), Some("moon-garden"));
        assert_eq!(about("/create/{slug}/till", "/create/moon-garden/till"), Some("moon-garden"));
        assert_eq!(about("/minitube/{film}", "/minitube/01ARZ3NDEKTSV4RRFFQ69G5FAV"), None);
    }
}
