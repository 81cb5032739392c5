//! Paying: from a draft to a film that is being made.
//!
//! How the till is asked stands there ([`crate::till`]); it comes back here with [`Orders::complete`] once the money is
//! there, which turns the draft into a paid order with its film, shots and jobs in one transaction. Killed in between,
//! [`Orders::settle_pending`] has the till asked what it did.

use std::sync::Arc;

use policy::PurposeId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::heroes::has_second;
use super::rows::orders;
use super::view::{missing, owned, personal};
use super::{OrderId, OrderState, OrderView, Orders, Paid, Price, letters};
use crate::accounts::in_use;
use crate::analytics::What;
use crate::backup::Said;
use crate::films::persona::{Given, with_heads};
use crate::films::{self, NewFilm, Show};
use crate::gifts;
use crate::jobs::{self, Job};
use crate::till::{Led, Purchase, Settled, Waiting};
use crate::{AccountId, Class, Error, Result, boxed};

/// How often paying is tried again when the draft was changed meanwhile.
const TRIES: usize = 5;

impl Orders<'_> {
    /// Pays an order, or sends to where it is paid. Paid already, it answers as if it had just been paid.
    #[boxed]
    pub(crate) async fn pay(
        &self,
        account: &AccountId,
        order: &OrderId,
        pay_key: &str,
        means: &str,
    ) -> Result<Settled> {
        let Some(row) = self.payable(account, order, pay_key).await? else {
            return self.stands(account, order).await;
        };
        match self.studio.till().take(&(&row).into(), means).await? {
            Led::AtPage(url) => Ok(Settled::AtPage(url)),
            Led::Nowhere => self.stands(account, order).await,
        }
    }

    /// Pays an order with a pass that is good for it. Paid already, it answers as if it had just been paid.
    #[boxed]
    pub(crate) async fn pay_with_pass(
        &self,
        account: &AccountId,
        order: &OrderId,
        pay_key: &str,
        pass: &str,
    ) -> Result<OrderView> {
        if let Some(row) = self.payable(account, order, pay_key).await? {
            // Money that is on its way for days would only come to be sent back.
            if self.studio.till().waiting_for(order.as_str()).await? == Some(Waiting::Days) {
                return Err(being_paid());
            }
            // What costs nothing uses no pass up.
            let means = if row.price_cents == 0 { Means::Money } else { Means::Pass(pass) };
            self.complete_by(account, order, means).await?;
        }
        self.find(account, order).await
    }

    /// A draft that can be paid; `None` when it is paid already.
    async fn payable(
        &self,
        account: &AccountId,
        order: &OrderId,
        pay_key: &str,
    ) -> Result<Option<orders::Model>> {
        let row = owned(self.studio.db().read(), account, order).await?;
        if row.pay_key != pay_key {
            return Err(Error::conflict(
                "order-changed",
                "This payment page is out of date. Please open it again.",
            ));
        }
        if row.state != OrderState::Draft {
            return Ok(None);
        }
        if !self.view(account, row.clone()).await?.missing.is_empty() {
            return Err(Error::refused(
                "order-incomplete",
                "Something is still missing before the film can be made.",
            ));
        }
        Ok(Some(row))
    }

    /// How an order stands that leads to no page of the till.
    async fn stands(&self, account: &AccountId, order: &OrderId) -> Result<Settled> {
        let view = self.find(account, order).await?;
        Ok(match view.state {
            OrderState::Draft => Settled::Waiting(Box::new(view)),
            _ => Settled::Paid(Box::new(view)),
        })
    }

    /// Finds out what became of payments whose answer was never heard. One that fails holds up no other.
    #[boxed]
    pub(crate) async fn settle_pending(&self) -> Result<usize> {
        let rows = orders::Entity::find()
            .filter(orders::Column::State.eq(OrderState::Draft))
            .filter(orders::Column::PayingAtMs.lt(self.studio.till().unheard_before_ms()))
            .filter(orders::Column::AccountId.in_subquery(in_use()))
            .all(self.studio.db().read())
            .await?;
        let unheard: Vec<Purchase> = rows.iter().map(Purchase::from).collect();
        self.studio.till().settle_unheard(&unheard).await;
        Ok(unheard.len())
    }

    /// Turns a draft whose charge went through into a paid order with its film.
    #[boxed]
    pub(crate) async fn complete(&self, account: &AccountId, order: &OrderId) -> Result<()> {
        self.complete_by(account, order, Means::Money).await
    }

    async fn complete_by(&self, account: &AccountId, order: &OrderId, means: Means<'_>) -> Result<()> {
        for _ in 0..TRIES {
            if self.try_complete(account, order, means).await? {
                return Ok(());
            }
        }
        // The reconciler goes on with it.
        Err(Error::unavailable("order-busy", "the draft kept changing while it was paid"))
    }

    /// `false`: the draft was changed meanwhile, look again.
    async fn try_complete(&self, account: &AccountId, order: &OrderId, means: Means<'_>) -> Result<bool> {
        let studio = self.studio;
        let row = owned(studio.db().read(), account, order).await?;
        if row.state != OrderState::Draft {
            return Ok(true);
        }
        if matches!(means, Means::Pass(_)) && row.paying_at_ms.is_some() {
            return Err(being_paid());
        }
        // Paid, but not makeable, as its photo was deleted at the last moment or the film is not on offer any more: the
        // money goes back.
        let film = match studio.catalogue().show(&row.film) {
            Some(show) => self.planned(account, &row, show).await?,
            None if matches!(means, Means::Money) && row.price_cents > 0 => None,
            None => return Err(Error::not_found("film-not-found")),
        };
        let makeable = film.is_some();
        let charge = match (means, row.price_cents) {
            (Means::Pass(pass), _) => Some(gifts::charge(pass, &row.price_currency)),
            (Means::Money, 0) => None,
            (Means::Money, _) => Some(studio.till().charged(&row.pay_key).await?.ok_or_else(unpaid)?),
        };
        // With a pass nothing is owed: whoever gave it paid.
        let cents = if matches!(means, Means::Pass(_)) { 0 } else { row.price_cents };
        if charge.as_ref().is_some_and(|charge| charge.is_back) {
            self.mark_paying(&row.id, None).await?;
            return Err(Error::conflict(
                "order-refunded",
                "This payment was given back. Please begin again.",
            ));
        }

        let price = Price { cents: cents.unsigned_abs(), currency: row.price_currency.clone() };
        let film = match film {
            Some(film) => {
                let paid = Paid::of(charge.as_ref().map(|charge| charge.till.as_str()), &price);
                let letter = letters::paid(studio, account, &row, film.id(), &paid).await?;
                Some((film, letter))
            }
            None => None,
        };
        let now = studio.now_ms();
        let tx = studio.begin_for(account).await?;
        let state = if makeable { OrderState::Paid } else { OrderState::Failed };
        let version = studio
            .catalogue()
            .show(&row.film)
            .map_or(row.film_version, |show| show.film().info().version as i32);
        let mut turn = orders::Entity::update_many()
            .col_expr(orders::Column::State, Expr::value(state))
            .col_expr(orders::Column::PriceCents, Expr::value(cents))
            .col_expr(orders::Column::OpenKey, Expr::value(None::<String>))
            .col_expr(orders::Column::PayingAtMs, Expr::value(None::<i64>))
            .col_expr(orders::Column::PaidAtMs, Expr::value(Some(now)))
            .col_expr(orders::Column::FilmVersion, Expr::value(version))
            .filter(orders::Column::Id.eq(row.id.as_str()))
            .filter(orders::Column::State.eq(OrderState::Draft))
            .filter(orders::Column::Changes.eq(row.changes));
        if matches!(means, Means::Pass(_)) {
            // The till may have been asked meanwhile: then what it did comes first.
            turn = turn.filter(orders::Column::PayingAtMs.is_null());
        }
        if turn.exec(&tx).await?.rows_affected != 1 {
            tx.rollback().await?;
            return Ok(false);
        }
        if let Means::Pass(pass) = means {
            gifts::use_up(&tx, pass, order, &row.film, now).await?;
        }
        if let Some(charge) = charge {
            studio.till().enter(&tx, &(&row).into(), charge).await?;
        }
        match film {
            Some((film, letter)) => {
                film.insert(studio, &tx).await?;
                let bought = What::Purchased { film: &row.film, price: &price };
                studio.analytics().happened_by_itself(&tx, account, bought).await?;
                studio.mail().write(&tx, account, &letter).await?;
                studio.lists().changed(&tx).await?;
            }
            None => jobs::ask(&tx, studio, Job::RefundOrder { order: order.clone() }).await?,
        }
        if let Means::Pass(pass) = means {
            studio.ledger().enter_said(Said::PassUsed, pass, now)?;
        }
        tx.commit().await?;
        studio.backstage().nudge();
        tracing::info!(order = %order, film = %row.film, makeable, "order paid");
        Ok(true)
    }

    /// The film of an order that can be made.
    async fn planned(
        &self,
        account: &AccountId,
        row: &orders::Model,
        show: &Arc<Show>,
    ) -> Result<Option<NewFilm>> {
        let studio = self.studio;
        let key = studio.data_key(account, PurposeId::Films).await?;
        let told = personal(studio, &key, row)?;
        if !missing(show, row, &told).is_empty() {
            return Ok(None);
        }
        let first = Given { photo: row.photo_id.clone(), name: told.name.unwrap_or_default() };
        let second = has_second(show, row)
            .then(|| Given { photo: row.second_photo_id.clone(), name: told.second.unwrap_or_default() });
        let who = with_heads(studio, account, first, second, row.language.clone(), told.options).await;
        let persona = match who {
            Ok(persona) => persona,
            // Out of reach is not deleted: the reconciler comes back to it.
            Err(error) if error.class() == Class::Unavailable => return Err(error),
            Err(_) => return Ok(None),
        };
        let ready = films::ready_shared(studio, show, &persona.language).await?;
        NewFilm::plan(studio, &key, show, &persona, account, row, &ready).map(Some)
    }

    /// Notes that the till is asked, or is not any more. `false`: it is no draft now.
    #[boxed]
    pub(crate) async fn mark_paying(&self, order: &str, at_ms: Option<i64>) -> Result<bool> {
        let marked = orders::Entity::update_many()
            .col_expr(orders::Column::PayingAtMs, Expr::value(at_ms))
            .filter(orders::Column::Id.eq(order))
            .filter(orders::Column::State.eq(OrderState::Draft))
            .exec(self.studio.db().write())
            .await?;
        Ok(marked.rows_affected == 1)
    }
}

/// A paid order is being made as soon as somebody begins with a shot of its film.
pub(crate) async fn begun(db: &impl ConnectionTrait, order: &str) -> Result<()> {
    orders::Entity::update_many()
        .col_expr(orders::Column::State, Expr::value(OrderState::Making))
        .filter(orders::Column::Id.eq(order))
        .filter(orders::Column::State.eq(OrderState::Paid))
        .exec(db)
        .await?;
    Ok(())
}

/// What an order is paid with.
#[derive(Debug, Clone, Copy)]
enum Means<'a> {
    /// Money that the till took; nothing, where nothing is due.
    Money,
    /// A pass, by its id.
    Pass(&'a str),
}

/// Money is on its way: nothing else pays for the order meanwhile.
fn being_paid() -> Error {
    let sentence =
        "A payment for this order is under way. Nothing else was taken; please wait until it is done.";
    Error::conflict("order-being-paid", sentence)
}

/// There is no money, or it went another way since it was seen: nothing is made.
fn unpaid() -> Error {
    Error::conflict("order-unpaid", "This order is not paid yet.")
}
