//! Correcting the names in a film: only the shots that show one that changed are made again.

use cinema::Effort;
use film::Slot;
use policy::PurposeId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use super::create::{place, plan_in};
use super::make::object_id;
use super::rows::{films, shots};
use super::view::owned;
use super::{FilmId, FilmState, Films, Persona, PersonaHero, ShotState, anew, gone};
use crate::clock::DAY_MS;
use crate::jobs::{self, Job};
use crate::orders::{self, checked_name};
use crate::throttle::{self, Limit};
use crate::{AccountId, Error, Result, boxed};

/// Corrections of an account: each has shots made anew, for nothing.
const CORRECTIONS: Limit = Limit { name: "corrections-account", tries_max: 20, window_ms: DAY_MS };

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
    /// As [`Films::correct_names`].
    #[boxed]
    pub async fn correct_name(&self, account: &AccountId, film: &FilmId, name: &str) -> Result<Corrected> {
        self.correct_names(account, film, Some(name), None).await
    }

    /// Whether a name can stand in a film of the catalogue.
    pub fn takes_name(&self, film: &str, name: &str) -> bool {
        self.studio.catalogue().show(film).is_some_and(|show| checked_name(show, name).is_ok())
    }

    /// Corrects names in a film: the child's and the second hero's; one that is not given stays as it is, and so do the
    /// shots that show no name that changed. The order has the same names afterwards.
    ///
    /// # Errors
    /// `film-not-found`; `film-failed`; `photo-gone` when a shot to be made again shows a child whose
    /// photo was deleted; the codes of a refused name; `one-hero` when there is no second hero;
    /// `film-busy` when it changed meanwhile; `too-many-corrections`.
    #[boxed]
    pub async fn correct_names(
        &self,
        account: &AccountId,
        film: &FilmId,
        first: Option<&str>,
        second: Option<&str>,
    ) -> Result<Corrected> {
        let studio = self.studio;
        let row = owned(studio, account, film).await?;
        if row.state == FilmState::Failed {
            return Err(Error::conflict(
                "film-failed",
                "This film could not be made, so there is nothing to correct.",
            ));
        }
        let show = studio.catalogue().show(&row.film).cloned();
        let show = show.ok_or_else(|| Error::internal("the film is not in the catalogue"))?;
        let first = first.map(|name| checked_name(&show, name)).transpose()?;
        let second = second.map(|name| checked_name(&show, name)).transpose()?;
        let before = anew::who(studio, &show, &row, &gone::faces(&show, &row)).await?;
        let changed = changed(&before, first.as_deref(), second.as_deref());
        let after = renamed(before, first, second)?;
        let plan = plan_in(&show, &after, show.own(), Effort::Fast);

        throttle::count(studio, &CORRECTIONS, account.as_str().as_bytes(), "too-many-corrections").await?;

        let key = studio.data_key(account, PurposeId::Films).await?;
        let seal = |column: &'static str, name: &str| {
            studio.vault().seal_field(&key, &place(film.as_str(), column), name.as_bytes())
        };
        let sealed = seal("name", &after.name);
        let second_sealed = after.second.as_ref().map(|hero| seal("second_name", &hero.name));
        let now = studio.now_ms();
        let tx = studio.db().begin().await?;
        let renamed = films::Entity::update_many()
            .col_expr(films::Column::NameSealed, Expr::value(sealed))
            .col_expr(films::Column::SecondNameSealed, Expr::value(second_sealed))
            .col_expr(films::Column::Revision, Expr::col(films::Column::Revision).add(1))
            .filter(films::Column::Id.eq(film.as_str()))
            .filter(films::Column::Revision.eq(row.revision))
            .filter(films::Column::State.ne(FilmState::Failed))
            .exec(&tx)
            .await?;
        if renamed.rows_affected != 1 {
            tx.rollback().await?;
            return Err(Error::conflict(
                "film-busy",
                "The film is being changed in another window. Please reload the page.",
            ));
        }
        let own = shots::Entity::find().filter(shots::Column::FilmId.eq(film.as_str())).all(&tx).await?;
        let is_ready = |place: usize| {
            own.iter().any(|shot| shot.place as usize == place && shot.state == ShotState::Ready)
        };
        let can_change = gone::can_change(&show, &row, &changed, &is_ready);
        if !can_change {
            tx.rollback().await?;
            return Err(anew::photo_gone());
        }
        let second_name = after.second.as_ref().map(|hero| hero.name.as_str());
        orders::correct_names(&tx, studio, &key, &row.order_id, &after.name, second_name).await?;
        let (mut objects, mut again) = (Vec::new(), Vec::new());
        for shot in own {
            let planned = plan.iter().find(|planned| planned.place == shot.place as usize);
            let Some(planned) = planned.filter(|planned| !planned.shared && planned.key != shot.shot_key)
            else {
                continue;
            };
            // Without its face a shot has another key; it stays as it is.
            if gone::shows(&show, &row, planned.place) {
                continue;
            }
            anew::shot(&tx, film.as_str(), shot.place, &planned.key, now).await?;
            objects.extend(shot.object.as_deref().map(object_id).transpose()?);
            again.push(planned.place);
        }
        // The captions and the title in the file hold the name too: the file is put together again.
        let from = again.iter().min().copied().unwrap_or(0);
        anew::film(&tx, studio, account, film, from, &mut objects).await?;
        for place in &again {
            jobs::ask(&tx, studio, Job::MakeShot { film: film.clone(), place: *place }).await?;
        }
        if again.is_empty() {
            jobs::ask(&tx, studio, Job::FinishFilm { film: film.clone() }).await?;
        }
        tx.commit().await?;
        studio.backstage().nudge();
        studio.objects().delete(&objects).await?;
        Ok(Corrected { shots_again: again.len() })
    }
}

/// What of a film changes with these names.
fn changed(before: &Persona, first: Option<&str>, second: Option<&str>) -> Vec<Slot> {
    let first = first.is_some_and(|name| name != before.name);
    let second_before = before.second.as_ref().map(|hero| hero.name.as_str());
    let second = second.is_some() && second != second_before;
    first.then_some(Slot::Name).into_iter().chain(second.then_some(Slot::SecondName)).collect()
}

/// Who plays, under other names.
fn renamed(before: Persona, first: Option<String>, second: Option<String>) -> Result<Persona> {
    let second = match (before.second, second) {
        (Some(hero), Some(name)) => Some(PersonaHero { name, ..hero }),
        (None, Some(_)) => {
            return Err(Error::refused("one-hero", "In this film one child plays the hero."));
        }
        (hero, None) => hero,
    };
    Ok(Persona { name: first.unwrap_or(before.name), second, ..before })
}
