//! Money back: by itself when a film cannot be made, or at the word of the desk.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::letters::{Back, given_back, refunded};
use super::rows::{charges, orders};
use super::{OrderId, OrderState, Orders};
use crate::backup::Said;
use crate::{AccountId, Result, boxed, desk, gifts};

impl Orders<'_> {
    /// Gives the money of a failed order back and writes the mail; any further time it does nothing.
    #[boxed]
    pub(crate) async fn refund(&self, order: &OrderId) -> Result<()> {
        let studio = self.studio;
        let Some(row) = orders::Entity::find_by_id(order.as_str()).one(studio.db().read()).await? else {
            return Ok(());
        };
        if row.state != OrderState::Failed {
            return Ok(());
        }
        let charge = charges::Entity::find()
            .filter(charges::Column::OrderId.eq(order.as_str()))
            .one(studio.db().read())
            .await?;
        if let Some(charge) = &charge
            && charge.refunded_at_ms.is_none()
            && !studio.till().refund(charge).await?
        {
            // It is on its way: looked at again until it is back.
            return Ok(());
        }
        let (now, account) = (studio.now_ms(), AccountId::stored(row.account_id));
        let tx = studio.begin_for(&account).await?;
        if let Some(charge) = &charge
            && !studio.till().is_back(&tx, charge).await?
        {
            // It failed at the last moment.
            return Ok(());
        }
        let turned = orders::Entity::update_many()
            .col_expr(orders::Column::State, Expr::value(OrderState::Refunded))
            .col_expr(orders::Column::EndedAtMs, Expr::value(Some(now)))
            .filter(orders::Column::Id.eq(order.as_str()))
            .filter(orders::Column::State.eq(OrderState::Failed))
            .exec(&tx)
            .await?;
        if turned.rows_affected == 1 {
            charges::Entity::update_many()
                .col_expr(charges::Column::RefundedAtMs, Expr::value(Some(now)))
                .filter(charges::Column::OrderId.eq(order.as_str()))
                .filter(charges::Column::RefundedAtMs.is_null())
                .exec(&tx)
                .await?;
            let mut said = None;
            let back = match &charge {
                Some(charge) if charge.till == gifts::TILL => {
                    said = gifts::good_again(&tx, &charge.reference, order, now).await?;
                    if said == Some(Said::PassGood) { Back::Pass } else { Back::PassGone }
                }
                Some(_) => Back::Money,
                None => Back::Nothing,
            };
            let letter = match desk::asked_for_refund(&tx, order).await? {
                true => given_back(studio, &account, &row.film, order, back).await?,
                false => refunded(studio, &account, &row.film, order, back).await?,
            };
            studio.mail().write(&tx, &account, &letter).await?;
            if let (Some(said), Some(charge)) = (said, &charge) {
                studio.ledger().enter_said(said, &charge.reference, now)?;
            }
        }
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }

    /// Failed orders whose money is not back yet.
    #[boxed]
    pub(crate) async fn refunds_due(&self) -> Result<Vec<OrderId>> {
        let rows = orders::Entity::find()
            .filter(orders::Column::State.eq(OrderState::Failed))
            .all(self.studio.db().read())
            .await?;
        Ok(rows.into_iter().map(|row| OrderId::stored(row.id)).collect())
    }
}
