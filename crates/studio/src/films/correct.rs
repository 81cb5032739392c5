//! Correcting the child's name: only the shots that show it are made again.

use policy::PurposeId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use super::create::{place, plan};
use super::make::object_id;
use super::rows::{films, shots};
use super::view::owned;
use super::{FilmId, FilmState, Films, Persona, anew};
use crate::jobs::{self, Job};
use crate::orders::checked_name;
use crate::{AccountId, Error, Result, boxed};

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
    #[boxed]
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
        let name = checked_name(&show, name)?;
        let before = anew::who(studio, &show, &row).await?;
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
            anew::shot(&tx, film.as_str(), shot.place, &planned.key, now).await?;
            objects.extend(shot.object.as_deref().map(object_id).transpose()?);
            again.push(planned.place);
        }
        // The captions and the title in the file hold the name too: the file is put together again.
        let from = again.first().copied().unwrap_or(0);
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
