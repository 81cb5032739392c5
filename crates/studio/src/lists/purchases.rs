//! What members of the list bought since they agreed, each order once.

use policy::Personal;
use policy::consent::Agreed;
use processors::role::{self, Bought, ListsError};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{QueryOrder, QuerySelect};

use super::rows::{Told, members, purchases};
use super::{BATCH, Lists, RUN_MAX, StillAgreed, noted};
use crate::clock::SECOND_MS;
use crate::orders::OrderState;
use crate::orders::rows::orders;
use crate::{AccountId, Result, boxed};

impl Lists<'_> {
    #[boxed]
    pub(super) async fn tell_purchases(&self, role: &dyn role::Lists) -> Result<()> {
        let (due, mut last, mut seen) = (to_tell(self.studio.now_ms()), String::new(), 0);
        loop {
            let batch = due
                .clone()
                .filter(orders::Column::Id.gt(last.as_str()))
                .order_by_asc(orders::Column::Id)
                .limit(BATCH)
                .all(self.studio.db().read())
                .await?;
            let Some(end) = batch.last() else { return Ok(()) };
            last.clone_from(&end.id);
            seen += batch.len();
            for order in batch {
                noted(self.tell_purchase(role, &order).await);
            }
            if seen >= RUN_MAX {
                return self.go_on_soon().await;
            }
        }
    }

    async fn tell_purchase(&self, role: &dyn role::Lists, order: &orders::Model) -> Result<()> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let account = AccountId::stored(order.account_id.clone());
        // One that failed just now is not asked for more.
        let due = |member: &members::Model| member.told == Told::Subscribed && member.next_at_ms <= now;
        let Some(member) = self.find(&account).await?.filter(due) else { return Ok(()) };
        let email = self.address_told(&account, &member).await?;
        let bought = Bought {
            order: Personal::new(order.id.clone()),
            film: Personal::new(order.film.clone()),
            amount_minor: Personal::new(i64::from(order.price_cents)),
            currency: Personal::new(order.price_currency.clone()),
            at_s: order.paid_at_ms.unwrap_or(now) / SECOND_MS,
        };
        let still = StillAgreed { studio, account: &account };
        match role.bought(&email, &bought, Agreed::marketing_on_record(), &still).await {
            Ok(()) => {}
            // They are taken off the list by themselves.
            Err(ListsError::Withdrawn) => return Ok(()),
            Err(error) => return self.again(role, &member, &error).await,
        }
        let told = purchases::ActiveModel {
            order_id: Set(order.id.clone()),
            account_id: Set(account.to_string()),
            told_at_ms: Set(now),
        };
        let once = OnConflict::column(purchases::Column::OrderId).do_nothing().to_owned();
        let tx = studio.db().begin().await?;
        purchases::Entity::insert(told).on_conflict(once).exec_without_returning(&tx).await?;
        self.member(&account).col_expr(members::Column::Tries, Expr::value(0)).exec(&tx).await?;
        Ok(tx.commit().await?)
    }
}

/// Orders that were paid and kept, by members of the list since they agreed, and that it does not know.
fn to_tell(now: i64) -> Select<orders::Entity> {
    let told = Query::select()
        .column(purchases::Column::OrderId)
        .from(purchases::Entity)
        .and_where(Expr::cust("list_purchases.order_id = orders.id"))
        .to_owned();
    let theirs = Query::select()
        .column(members::Column::Tries)
        .from(members::Entity)
        .and_where(Expr::cust(
            "list_members.account_id = orders.account_id AND orders.paid_at_ms >= list_members.bought_since_ms",
        ))
        .and_where(members::Column::Told.eq(Told::Subscribed))
        .and_where(members::Column::NextAtMs.lte(now))
        .to_owned();
    orders::Entity::find()
        .filter(orders::Column::State.is_in([OrderState::Paid, OrderState::Making, OrderState::Done]))
        .filter(Expr::not_exists(told))
        .filter(Expr::exists(theirs))
}
