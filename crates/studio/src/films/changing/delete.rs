//! Deleting a film: rows first, in one transaction, then the bytes. Whoever is at work on it notices.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::backup::Deleted;
use crate::films::making::renditions;
use crate::films::rows::{films, shots};
use crate::films::watching::view::owned;
use crate::films::{FilmId, Films};
use crate::handles::Which;
use crate::objects::id_in_row;
use crate::orders::rows::orders;
use crate::orders::{OrderState, forget_heroes};
use crate::{AccountId, Result, boxed};

impl Films<'_> {
    /// Deletes a film and everything made for it. The order stays in the books without it, and without a word of who
    /// played in it; one whose film was still being made is done, and nothing goes back by itself.
    ///
    /// # Errors
    /// `film-not-found`, the same for one that is somebody else's.
    #[boxed]
    pub async fn delete(&self, account: &AccountId, film: &FilmId) -> Result<()> {
        let studio = self.studio;
        let order = owned(studio, account, film).await?.order_id;
        studio.ledger().enter(Deleted::Film, film.as_str())?;
        let tx = studio.db().begin().await?;
        let row = films::Entity::find_by_id(film.as_str()).one(&tx).await?;
        let own = shots::Entity::find().filter(shots::Column::FilmId.eq(film.as_str())).all(&tx).await?;
        let objects =
            own.into_iter().filter_map(|shot| shot.object).chain(row.and_then(|row| row.mp4_object));
        let mut objects = objects.map(|object| id_in_row(&object)).collect::<Result<Vec<_>>>()?;
        objects.extend(renditions::forget(&tx, film).await?);
        studio.objects().strike(&tx, account, &objects).await?;
        shots::Entity::delete_many().filter(shots::Column::FilmId.eq(film.as_str())).exec(&tx).await?;
        films::Entity::delete_by_id(film.as_str()).exec(&tx).await?;
        orders::Entity::update_many()
            .col_expr(orders::Column::State, Expr::value(OrderState::Done))
            .col_expr(orders::Column::EndedAtMs, Expr::value(Some(studio.now_ms())))
            .filter(orders::Column::Id.eq(order.as_str()))
            .filter(orders::Column::State.is_in([OrderState::Paid, OrderState::Making]))
            .exec(&tx)
            .await?;
        forget_heroes(&tx, &order).await?;
        crate::releases::withdraw(&tx, film, studio.now_ms()).await?;
        crate::shares::forget(&tx, film).await?;
        crate::streams::forget(&tx, studio, film).await?;
        studio.handles().let_go(&tx, account, Which::About(film.as_str())).await?;
        studio.generated().gone(&tx, crate::generated::On::Film(film.as_str())).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        studio.db().leave_no_trace().await;
        tracing::info!(film = %film, objects = objects.len(), "film deleted");
        studio.objects().delete(&objects).await
    }
}
