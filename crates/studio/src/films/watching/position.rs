//! Where a film's owner stopped watching, so that it goes on there, on whichever of their devices. Nothing is kept in a
//! browser for it.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::view::owned;
use crate::films::rows::films;
use crate::films::{FilmId, Films};
use crate::{AccountId, Result, boxed};

/// Who stopped so near to the beginning or the end, in seconds, begins anew.
const EDGE_S: u32 = 3;

impl Films<'_> {
    /// Keeps where somebody stopped watching, in seconds from the film's beginning.
    ///
    /// # Errors
    /// `film-not-found`, the same for one that is somebody else's.
    #[boxed]
    pub async fn stopped_at(&self, account: &AccountId, film: &FilmId, seconds: u32) -> Result<()> {
        let row = owned(self.studio, account, film).await?;
        let show = self.studio.catalogue().show_of(&row.film, row.film_version);
        // Where its version is not at hand any more, nobody knows where it ends.
        let end = show.map_or(u32::MAX, |show| show.seconds() as u32);
        let is_within = (EDGE_S..end.saturating_sub(EDGE_S)).contains(&seconds);
        let at = i32::try_from(seconds).ok().filter(|_| is_within);
        if at != row.stopped_s {
            films::Entity::update_many()
                .col_expr(films::Column::StoppedS, Expr::value(at))
                .filter(films::Column::Id.eq(film.as_str()))
                .filter(films::Column::AccountId.eq(account.as_str()))
                .exec(self.studio.db().write())
                .await?;
        }
        Ok(())
    }
}
