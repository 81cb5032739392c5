//! Money that is there, put to use: the order (or the gift) is made with it, or it goes back.
//!
//! Which of the two is decided by the checkout's row alone: it is made in the transaction that turns `paid` into
//! `used`, and money is sent back by the one that turns `paid` into `returning`. So there is never both.

use processors::role::HostedTill;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, QueryOrder};

use super::rows::checkouts::{self, State};
use super::{Purchase, Taken, Till};
use crate::accounts::rows::{State as AccountState, accounts};
use crate::{Class, Error, Result, boxed};

impl Till<'_> {
    /// Makes the order with money that is there, or gives it back: when the order was paid already, was thrown away,
    /// or its account is not in use any more.
    #[boxed]
    pub(super) async fn put_to_use(&self, hosted: &dyn HostedTill, id: &str) -> Result<()> {
        let Some(row) = self.by_id(id).await?.filter(|row| row.state == State::Paid) else { return Ok(()) };
        let completed = match self.wanted(&row).await? {
            Some(purchase) => purchase.complete(self.studio).await,
            None => Ok(()),
        };
        // Whether it was this money that it was made with, or went another way meanwhile, the row says.
        let Some(row) = self.by_id(id).await?.filter(|row| row.state == State::Paid) else { return Ok(()) };
        match completed {
            Ok(()) => {}
            // The film is not on offer any more, or the order is gone.
            Err(error) if error.class() == Class::NotFound => {}
            Err(error) => return Err(error),
        }
        tracing::warn!(order = row.order_id, "money came for an order that does not need it; it goes back");
        self.send_back(hosted, &row).await.map(|_| ())
    }

    /// What a checkout is for, if that is still to be paid, by an account that is in use.
    #[boxed]
    pub(super) async fn wanted(&self, row: &checkouts::Model) -> Result<Option<Purchase>> {
        let purchase = Purchase::find(self.studio, &row.order_id).await?.filter(|purchase| purchase.is_open);
        let Some(purchase) = purchase else { return Ok(None) };
        let account =
            accounts::Entity::find_by_id(purchase.account.as_str()).one(self.studio.db().read()).await?;
        let is_active = account.is_some_and(|account| account.state == AccountState::Active);
        Ok(Some(purchase).filter(|_| is_active))
    }

    /// What was taken with a pay key, and not used yet.
    #[boxed]
    pub(super) async fn taken_at_page(&self, pay_key: &str) -> Result<Option<Taken>> {
        let row = checkouts::Entity::find()
            .filter(checkouts::Column::PayKey.eq(pay_key))
            .filter(checkouts::Column::State.eq(State::Paid))
            .order_by_asc(checkouts::Column::Turn)
            .one(self.studio.db().write())
            .await?;
        let taken = |row: checkouts::Model| {
            Some(Taken {
                till: row.till,
                reference: row.payment?,
                amount_minor: row.amount_minor,
                currency: row.currency,
                is_back: false,
                checkout: Some(row.id),
            })
        };
        Ok(row.and_then(taken))
    }

    /// The order was made with it: in the transaction that writes it into the books.
    pub(crate) async fn used(&self, tx: &impl ConnectionTrait, taken: &Taken) -> Result<()> {
        let Some(checkout) = &taken.checkout else { return Ok(()) };
        let used = checkouts::Entity::update_many()
            .col_expr(checkouts::Column::State, Expr::value(State::Used))
            .col_expr(checkouts::Column::NextAtMs, Expr::value(None::<i64>))
            .col_expr(checkouts::Column::Problem, Expr::value(None::<String>))
            .filter(checkouts::Column::Id.eq(checkout.as_str()))
            .filter(checkouts::Column::State.eq(State::Paid))
            .exec(tx)
            .await?;
        match used.rows_affected {
            1 => Ok(()),
            _ => Err(Error::unavailable("order-busy", "the money went another way while the order was made")),
        }
    }
}
