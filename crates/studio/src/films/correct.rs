//! Correcting the child's name: only the shots that show it are made again.

use policy::PurposeId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use super::create::{place, plan};
use super::make::{object_id, persona};
use super::rows::{films, shots};
use super::view::owned;
use super::{FilmId, FilmState, Films, Persona, ShotState};
use crate::jobs::{self, Job};
use crate::orders::checked_name;
use crate::{AccountId, Error, Result};

/// What a correction led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corrected {
    /// Shots that are made again.
    pub shots_again: usize,
}

impl Films<'_> {
    /// Corrects the name in a film. The shots that do not show it stay as they are.
    ///
    /// # Errors
    /// `film-not-found`; `film-failed`; `photo-gone` when a shot to be made again shows the child and
    /// the photo was deleted; the codes of a refused name; `film-busy` when it changed meanwhile.
    pub async fn correct_name(&self, account: &AccountId, film: &FilmId, name: &str) -> Result<Corrected> {
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
        if show.film().info().version as i32 != row.film_version {
            return Err(Error::conflict(
                "film-older",
                "This film was made with an earlier version and can no longer be changed.",
            ));
        }
        let name = checked_name(&show, name)?;
        let before = persona(studio, &show, &row).await.map_err(|error| match error.code() {
            "photo-not-found" | "face-not-chosen" => Error::conflict(
                "photo-gone",
                "The photo of this film was deleted, so its shots cannot be drawn again.",
            ),
            _ => error,
        })?;
        let after = Persona { name, ..before };
        let plan = plan(&show, &after);

        let key = studio.data_key(account, PurposeId::Films).await?;
        let sealed = studio.vault().seal_field(&key, &place(film.as_str(), "name"), after.name.as_bytes());
        let now = studio.now_ms();
        let tx = studio.db().begin().await?;
        let renamed = films::Entity::update_many()
            .col_expr(films::Column::NameSealed, Expr::value(sealed))
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
        let (mut objects, mut again) = (Vec::new(), Vec::new());
        for shot in own {
            let planned = plan.iter().find(|planned| planned.place == shot.place as usize);
            let Some(planned) = planned.filter(|planned| !planned.shared && planned.key != shot.shot_key)
            else {
                continue;
            };
            shots::Entity::update_many()
                .col_expr(shots::Column::ShotKey, Expr::value(planned.key.as_str()))
                .col_expr(shots::Column::State, Expr::value(ShotState::Waiting))
                .col_expr(shots::Column::Object, Expr::value(None::<String>))
                .col_expr(shots::Column::Bytes, Expr::value(None::<i64>))
                .col_expr(shots::Column::Claim, Expr::value(None::<String>))
                .col_expr(shots::Column::Failures, Expr::value(0))
                .col_expr(shots::Column::Starts, Expr::value(0))
                .col_expr(shots::Column::NotBeforeMs, Expr::value(now))
                .filter(shots::Column::FilmId.eq(film.as_str()))
                .filter(shots::Column::Place.eq(shot.place))
                .exec(&tx)
                .await?;
            objects.extend(shot.object.as_deref().map(object_id).transpose()?);
            again.push(planned.place);
        }
        // The captions and the title in the file hold the name too: the file is put together again.
        let file = films::Entity::find_by_id(film.as_str()).one(&tx).await?.and_then(|row| row.mp4_object);
        objects.extend(file.as_deref().map(object_id).transpose()?);
        films::Entity::update_many()
            .col_expr(films::Column::State, Expr::value(FilmState::Making))
            .col_expr(films::Column::WantedShot, Expr::value(again.first().map_or(0, |place| *place as i32)))
            .col_expr(films::Column::Mp4Object, Expr::value(None::<String>))
            .col_expr(films::Column::Mp4Bytes, Expr::value(None::<i64>))
            .col_expr(films::Column::FinishAttempts, Expr::value(0))
            .filter(films::Column::Id.eq(film.as_str()))
            .exec(&tx)
            .await?;
        // What was signed was signed for the film as it was.
        crate::releases::withdraw(&tx, film, now).await?;
        // So was what was copied; it is copied anew when the film is whole again.
        crate::streams::forget(&tx, studio, film).await?;
        studio.objects().strike(&tx, account, &objects).await?;
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
