//! What the rows of films say is to be done: the ground truth that jobs are derived from.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::elsewhere;
use crate::accounts::in_use;
use crate::films::rows::films;
use crate::films::standing::standing;
use crate::films::{FilmState, ShotState};
use crate::{Result, Studio, boxed};

/// Something to be done for a film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ToDo {
    /// A shot is waiting, or whoever made it is no more.
    Shot {
        /// Whose.
        film: String,
        /// Position in the film, from 0.
        place: usize,
    },
    /// All shots are there, the file is not; or a shot was given up, or nobody has the film any more, and it was not given
    /// up yet.
    Finish {
        /// Which.
        film: String,
    },
}

/// Everything that is to be done now, in the order in which films were paid. What is to be done for films that are not in
/// the catalogue is found by those who have them.
#[boxed]
pub(crate) async fn to_do(studio: &Studio) -> Result<Vec<ToDo>> {
    let now = studio.now_ms();
    let making = films::Entity::find()
        .filter(films::Column::State.eq(FilmState::Making))
        .filter(films::Column::AccountId.in_subquery(in_use()))
        .order_by_asc(films::Column::Id)
        .all(studio.db().read())
        .await?;
    let mut to_do = Vec::new();
    for film in making {
        let shots = standing(studio.db().read(), &film.id).await?;
        let is_given_up = shots.iter().any(|shot| shot.state == ShotState::Failed);
        let is_here = studio.catalogue().show_of(&film.film, film.film_version).is_some();
        let is_at_end = match is_here {
            true => shots.iter().all(|shot| shot.state == ShotState::Ready),
            false => elsewhere::is_over(studio, &film, &shots),
        };
        if is_given_up || is_at_end {
            to_do.push(ToDo::Finish { film: film.id });
        } else if is_here {
            let free = shots.iter().filter(|shot| shot.claimable(now));
            to_do.extend(free.map(|shot| ToDo::Shot { film: film.id.clone(), place: shot.place }));
        }
    }
    Ok(to_do)
}
