//! Paying: from a draft to a film that is being made.
//!
//! The till is outside, so the way is: note that it is being asked, ask it (once per key), then turn
//! the draft into a paid order with its film, shots and jobs in one transaction. Killed in between,
//! [`Orders::settle_pending`] asks the till what it did and goes on from there.
//!
//! A till with a page of its own is paid there; it comes back here with [`Orders::complete`] once the money is there.

use std::sync::Arc;

use policy::PurposeId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::heroes::has_second;
use super::rows::orders;
use super::view::{missing, owned, personal};
use super::{OrderId, OrderState, OrderView, Orders, Paid, Price};
use crate::analytics::What;
use crate::films::{self, NewFilm, Persona, PersonaHero, Show, letters};
use crate::gifts;
use crate::jobs::{self, Job};
use crate::till::{Led, Settled, Waiting};
use crate::{AccountId, Class, Error, PhotoId, Result, boxed};

/// After this long an unanswered question to the till is asked again.
const PENDING_MS: i64 = 30 * crate::clock::SECOND_MS;
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
        let price = Price { cents: row.price_cents.unsigned_abs(), currency: row.price_currency.clone() };
        if price.cents > 0
            && let Some(led) = self.studio.till().page(&(&row).into()).await?
        {
            return match led {
                Led::AtPage(url) => Ok(Settled::AtPage(url)),
                Led::Nowhere => self.stands(account, order).await,
            };
        }
        if !self.mark_paying(&row.id, Some(self.studio.now_ms())).await? {
            // It was paid with a pass at the same moment, and money is not needed.
            return self.stands(account, order).await;
        }
        if price.cents > 0
            && let Err(error) = self.studio.till().charge(pay_key, &price, means).await
        {
            if error.code() == "payment-declined" {
                self.mark_paying(&row.id, None).await?;
            }
            return Err(error);
        }
        self.complete(account, order).await?;
        Ok(Settled::Paid(Box::new(self.find(account, order).await?)))
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
            .filter(orders::Column::PayingAtMs.lt(self.studio.now_ms() - PENDING_MS))
            .filter(orders::Column::AccountId.in_subquery(crate::films::in_use()))
            .all(self.studio.db().read())
            .await?;
        let found = rows.len();
        for row in rows {
            if let Err(error) = self.settle(&row).await {
                tracing::warn!(order = row.id, %error, "it is not known yet whether an order was paid");
            }
        }
        Ok(found)
    }

    async fn settle(&self, row: &orders::Model) -> Result<()> {
        match self.studio.till().charged(&row.pay_key).await? {
            Some(_) => {
                let account = AccountId::stored(row.account_id.clone());
                self.complete(&account, &OrderId::stored(row.id.clone())).await
            }
            None => self.mark_paying(&row.id, None).await.map(|_| ()),
        }
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
        let tx = studio.db().begin().await?;
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
        let face = self.face(account, row.photo_id.as_ref()).await?;
        let second = match has_second(show, row) {
            true => {
                let face = self.face(account, row.second_photo_id.as_ref()).await?;
                Some(PersonaHero { face, name: told.second.unwrap_or_default() })
            }
            false => None,
        };
        let has_faces = (face.is_some() || !show.film().info().needs_face)
            && second.as_ref().is_none_or(|hero| hero.face.is_some());
        if !has_faces {
            return Ok(None);
        }
        let (name, language) = (told.name.unwrap_or_default(), row.language.clone());
        let persona = Persona { face, name, second, language, options: told.options };
        let ready = films::ready_shared(studio, show, &persona.language).await?;
        NewFilm::plan(studio, &key, show, &persona, account, row, &ready).map(Some)
    }

    /// The head that was cut out of a photo, while that is there.
    async fn face(&self, account: &AccountId, photo: Option<&String>) -> Result<Option<likeness::CutOut>> {
        let Some(photo) = photo else { return Ok(None) };
        match self.studio.photos().cut_out(account, &PhotoId::stored(photo.clone())).await {
            Ok(face) => Ok(Some(face)),
            // Out of reach is not deleted: the reconciler comes back to it.
            Err(error) if error.class() == Class::Unavailable => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Notes that the till is asked, or is not any more. `false`: it is no draft now.
    #[boxed]
    pub(super) async fn mark_paying(&self, order: &str, at_ms: Option<i64>) -> Result<bool> {
        let marked = orders::Entity::update_many()
            .col_expr(orders::Column::PayingAtMs, Expr::value(at_ms))
            .filter(orders::Column::Id.eq(order))
            .filter(orders::Column::State.eq(OrderState::Draft))
            .exec(self.studio.db().write())
            .await?;
        Ok(marked.rows_affected == 1)
    }
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
