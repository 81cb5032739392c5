//! When the last shot is there, the film is put together.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::films::rows::{films, shots};
use crate::films::standing::standing;
use crate::films::{FilmId, FilmState, ShotState};
use crate::jobs::{self, Job};
use crate::{Result, Studio, boxed};

/// Asks for the end of a film if its last shot is there. Two shots that become ready at the same
/// moment cannot both look away: the film's row is locked while looking.
#[boxed]
pub(super) async fn check(studio: &Studio, film: &str) -> Result<bool> {
    let tx = studio.db().begin().await?;
    let locked = films::Entity::update_many()
        .col_expr(films::Column::Revision, Expr::col(films::Column::Revision))
        .filter(films::Column::Id.eq(film))
        .filter(films::Column::State.eq(FilmState::Making))
        .exec(&tx)
        .await?;
    let whole = locked.rows_affected == 1
        && standing(&tx, film).await?.iter().all(|shot| shot.state == ShotState::Ready);
    if whole {
        jobs::ask(&tx, studio, Job::FinishFilm { film: FilmId::stored(film.to_owned()) }).await?;
    }
    tx.commit().await?;
    if whole {
        studio.backstage().nudge();
    }
    Ok(whole)
}

/// The films that are being made and need this shared shot.
#[boxed]
pub(super) async fn waiting_for(studio: &Studio, key: &str) -> Result<Vec<String>> {
    let rows = shots::Entity::find()
        .filter(shots::Column::ShotKey.eq(key))
        .filter(shots::Column::Shared.eq(true))
        .filter(shots::Column::FilmId.in_subquery(making()))
        .all(studio.db().read())
        .await?;
    Ok(rows.into_iter().map(|row| row.film_id).collect())
}

fn making() -> sea_orm::sea_query::SelectStatement {
    use sea_orm::{QuerySelect, QueryTrait};
    films::Entity::find()
        .select_only()
        .column(films::Column::Id)
        .filter(films::Column::State.eq(FilmState::Making))
        .into_query()
}
