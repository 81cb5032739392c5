//! A film that cannot be made: said so once, and the money goes back by itself.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::films::FilmState;
use crate::films::rows::films;
use crate::jobs::{self, Job};
use crate::orders::rows::orders;
use crate::orders::{OrderId, OrderState};
use crate::{Result, Studio, boxed};

/// Gives a film up. Any further time it does nothing.
#[boxed]
pub(super) async fn film(studio: &Studio, film: &str) -> Result<()> {
    let Some(row) = films::Entity::find_by_id(film).one(studio.db().read()).await? else { return Ok(()) };
    let tx = studio.db().begin().await?;
    let given_up = films::Entity::update_many()
        .col_expr(films::Column::State, Expr::value(FilmState::Failed))
        .filter(films::Column::Id.eq(film))
        .filter(films::Column::State.eq(FilmState::Making))
        .exec(&tx)
        .await?;
    if given_up.rows_affected == 1 {
        orders::Entity::update_many()
            .col_expr(orders::Column::State, Expr::value(OrderState::Failed))
            .filter(orders::Column::Id.eq(row.order_id.as_str()))
            .filter(orders::Column::State.is_in([OrderState::Paid, OrderState::Making, OrderState::Done]))
            .exec(&tx)
            .await?;
        jobs::ask(&tx, studio, Job::RefundOrder { order: OrderId::stored(row.order_id.clone()) }).await?;
        tracing::error!(film, "a film was given up; its order is refunded");
    }
    tx.commit().await?;
    studio.backstage().nudge();
    studio.backstage().shot_is_ready();
    Ok(())
}
