//! Correcting what is personal in a film, its names and what was filled in for its options: only the shots that show
//! what changed are made again.

use std::collections::BTreeMap;

use cinema::Effort;
use film::Slot;
use policy::PurposeId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter};
use vault::DataKey;

use super::again;
use crate::clock::DAY_MS;
use crate::films::making::plan::plan_in;
use crate::films::persona::{self, place};
use crate::films::rows::{films, shots};
use crate::films::watching::view::owned;
use crate::films::{FilmId, FilmState, FilmView, Films, Persona, PersonaHero, ShotState, Show, lost_faces};
use crate::jobs::{self, Job};
use crate::objects::id_in_row;
use crate::throttle::{self, Limit};
use crate::{AccountId, Error, Result, Studio, boxed, children, orders};

/// Corrections of an account: each has shots made anew, for nothing.
const CORRECTIONS: Limit = Limit { name: "corrections-account", tries_max: 20, window_ms: DAY_MS };

/// Which names of a film can still be corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Correctable {
    /// The child's.
    pub first: bool,
    /// The second hero's.
    pub second: bool,
}

impl Correctable {
    /// Whether one of them can.
    pub fn any(self) -> bool {
        self.first || self.second
    }

    /// Of a film in its own version; where that is not at hand any more, a name is corrected without a shot. `is_ready`:
    /// whether the shot at a place is there.
    pub(in crate::films) fn of(
        show: Option<&Show>,
        film: &films::Model,
        is_ready: &dyn Fn(usize) -> bool,
    ) -> Self {
        let is_made = film.state != FilmState::Failed;
        let can = |slot: Slot| {
            is_made && show.is_none_or(|show| lost_faces::can_change(show, film, &[slot], is_ready))
        };
        Self { first: can(Slot::Name), second: film.second_name_sealed.is_some() && can(Slot::SecondName) }
    }
}

/// What is to be corrected; what is not given stays as it is.
#[derive(Clone, Default)]
pub struct Correction<'a> {
    /// The child's name.
    pub first: Option<&'a str>,
    /// The second hero's.
    pub second: Option<&'a str>,
    /// Options of the film; an empty value takes one back that is not required.
    pub options: BTreeMap<String, String>,
}

/// What a correction led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corrected {
    /// Shots that are made again.
    pub shots_again: usize,
}

impl Films<'_> {
    /// Corrects the child's name in a film.
    ///
    /// # Errors
    /// As [`Films::correct`].
    #[boxed]
    pub async fn correct_name(&self, account: &AccountId, film: &FilmId, name: &str) -> Result<Corrected> {
        self.correct(account, film, &Correction { first: Some(name), ..Correction::default() }).await
    }

    /// Whether a name can stand in a film.
    pub fn takes_name(&self, film: &FilmView, name: &str) -> bool {
        let show = self.studio.catalogue().show_of(&film.film, film.version).map(|show| &**show);
        checked(show, name).is_ok()
    }

    /// Corrects the names in a film and what was filled in for its options; the shots that show nothing that changed
    /// stay as they are. The order says the same afterwards. Where the film's version is not at hand any more no shot
    /// is made again: the names are corrected beside it, and nothing else can be.
    ///
    /// # Errors
    /// `film-not-found`; `film-failed`; `photo-gone` when a shot to be made again shows a child whose
    /// photo was deleted; the codes of a refused name; `option-unknown`, `option-value`; `film-older` for an option of
    /// a version that is not at hand; `one-hero` when there is no second hero; `film-busy` when it changed meanwhile;
    /// `too-many-corrections`.
    #[boxed]
    pub async fn correct(
        &self,
        account: &AccountId,
        film: &FilmId,
        correction: &Correction<'_>,
    ) -> Result<Corrected> {
        let studio = self.studio;
        let row = owned(studio, account, film).await?;
        if row.state == FilmState::Failed {
            return Err(Error::conflict(
                "film-failed",
                "This film could not be made, so there is nothing to correct.",
            ));
        }
        let show = studio.catalogue().show_of(&row.film, row.film_version).map(|show| &**show);
        let first = correction.first.map(|name| checked(show, name)).transpose()?;
        let second = correction.second.map(|name| checked(show, name)).transpose()?;
        let before = match show {
            Some(show) => again::who(studio, show, &row, &lost_faces::of(show, &row)).await?,
            None => persona::of_words(studio, &row).await?,
        };
        let options = checked_options(show, &before.options, &correction.options)?;
        let changed = changed(&before, first.as_deref(), second.as_deref(), &options);
        let after = corrected(before, first, second, options)?;
        let drawn = show.map(|show| (show, plan_in(show, &after, show.own(), Effort::Fast)));

        throttle::count(studio, &CORRECTIONS, account.as_str().as_bytes(), "too-many-corrections").await?;

        let key = studio.data_key(account, PurposeId::Films).await?;
        let now = studio.now_ms();
        let tx = studio.db().begin().await?;
        enter(&tx, studio, &key, &row, &after).await?;
        let Some((show, plan)) = drawn else {
            tx.commit().await?;
            return Ok(Corrected { shots_again: 0 });
        };
        let own = shots::Entity::find().filter(shots::Column::FilmId.eq(film.as_str())).all(&tx).await?;
        let is_ready = |place: usize| {
            own.iter().any(|shot| shot.place as usize == place && shot.state == ShotState::Ready)
        };
        let can_change = lost_faces::can_change(show, &row, &changed, &is_ready);
        if !can_change {
            tx.rollback().await?;
            return Err(again::photo_gone());
        }
        let (mut objects, mut places) = (Vec::new(), Vec::new());
        for shot in own {
            let planned = plan.iter().find(|planned| planned.place == shot.place as usize);
            let Some(planned) = planned.filter(|planned| !planned.shared && planned.key != shot.shot_key)
            else {
                continue;
            };
            // Without its face a shot has another key; it stays as it is.
            if lost_faces::shows(show, &row, planned.place) {
                continue;
            }
            again::shot(&tx, film.as_str(), shot.place, &planned.key, now).await?;
            objects.extend(shot.object.as_deref().map(id_in_row).transpose()?);
            places.push(planned.place);
        }
        // The captions and the title in the file hold the name too: the file is put together again.
        let from = places.iter().min().copied().unwrap_or(0);
        again::film(&tx, studio, account, film, from, &mut objects).await?;
        for place in &places {
            jobs::ask(&tx, studio, Job::MakeShot { film: film.clone(), place: *place }).await?;
        }
        if places.is_empty() {
            jobs::ask(&tx, studio, Job::FinishFilm { film: film.clone() }).await?;
        }
        tx.commit().await?;
        studio.backstage().nudge();
        studio.objects().delete(&objects).await?;
        Ok(Corrected { shots_again: places.len() })
    }
}

/// The name as it can stand in a film; where its version is not at hand any more, as it can be called at all.
fn checked(show: Option<&Show>, name: &str) -> Result<String> {
    match show {
        Some(show) => orders::checked_name(show, name),
        None => children::checked_name(name),
    }
}

/// A film's options with a change, each as it can stand in the film.
fn checked_options(
    show: Option<&Show>,
    before: &BTreeMap<String, String>,
    change: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    let mut options = before.clone();
    if change.is_empty() {
        return Ok(options);
    }
    let show = show.ok_or_else(again::older)?;
    orders::change_options(show, &mut options, change)?;
    let mut asked_for = show.film().info().options.iter().filter(|(_, option)| option.required);
    if asked_for.any(|(id, _)| !options.contains_key(id)) {
        return Err(orders::unfit_option());
    }
    Ok(options)
}

/// Enters who plays in the rows of a film, if it is still the one that was read, and of its order.
async fn enter(
    tx: &impl ConnectionTrait,
    studio: &Studio,
    key: &DataKey,
    film: &films::Model,
    who: &Persona,
) -> Result<()> {
    let seal =
        |column: &'static str, plain: &[u8]| studio.vault().seal_field(key, &place(&film.id, column), plain);
    let second = who.second.as_ref().map(|hero| hero.name.as_str());
    let second_sealed = second.map(|name| seal("second_name", name.as_bytes()));
    let options = serde_json::to_vec(&who.options).map_err(Error::internal)?;
    let renamed = films::Entity::update_many()
        .col_expr(films::Column::NameSealed, Expr::value(seal("name", who.name.as_bytes())))
        .col_expr(films::Column::SecondNameSealed, Expr::value(second_sealed))
        .col_expr(films::Column::OptionsSealed, Expr::value(seal("options", &options)))
        .col_expr(films::Column::Revision, Expr::col(films::Column::Revision).add(1))
        .filter(films::Column::Id.eq(film.id.as_str()))
        .filter(films::Column::Revision.eq(film.revision))
        .filter(films::Column::State.ne(FilmState::Failed))
        .exec(tx)
        .await?;
    if renamed.rows_affected != 1 {
        return Err(Error::conflict(
            "film-busy",
            "The film is being changed in another window. Please reload the page.",
        ));
    }
    orders::correct(tx, studio, key, &film.order_id, &who.name, second, &who.options).await
}

/// What of a film changes with these names and options.
fn changed(
    before: &Persona,
    first: Option<&str>,
    second: Option<&str>,
    options: &BTreeMap<String, String>,
) -> Vec<Slot> {
    let first = first.is_some_and(|name| name != before.name);
    let second_before = before.second.as_ref().map(|hero| hero.name.as_str());
    let second = second.is_some() && second != second_before;
    let names = first.then_some(Slot::Name).into_iter().chain(second.then_some(Slot::SecondName));
    let ids = before.options.keys().chain(options.keys());
    let others = ids.filter(|id| before.options.get(*id) != options.get(*id)).cloned().map(Slot::Option);
    names.chain(others).collect()
}

/// Who plays, under other names and with other options.
fn corrected(
    before: Persona,
    first: Option<String>,
    second: Option<String>,
    options: BTreeMap<String, String>,
) -> Result<Persona> {
    let second = match (before.second, second) {
        (Some(hero), Some(name)) => Some(PersonaHero { name, ..hero }),
        (None, Some(_)) => {
            return Err(Error::refused("one-hero", "In this film one child plays the hero."));
        }
        (hero, None) => hero,
    };
    Ok(Persona { name: first.unwrap_or(before.name), second, options, ..before })
}
