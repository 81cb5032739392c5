//! Passes: what a code is good for, paying an order with it, and its being good again.

use std::collections::BTreeMap;

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use super::rows::{gifts, passes};
use super::{Gifts, TILL, code, mail};
use crate::clock::{DAY_MS, MINUTE_MS};
use crate::orders::rows::charges;
use crate::orders::{OrderId, OrderView};
use crate::throttle::{self, Limit};
use crate::till::Taken;
use crate::{AccountId, Client, Error, Result, boxed};

/// Codes tried from one client in a row, none of which there is.
const CODES_PER_CLIENT: Limit = Limit { name: "gift-codes", tries_max: 20, window_ms: 15 * MINUTE_MS };
/// A pass that becomes good again is so for so many days at least.
pub const AGAIN_DAYS: i64 = 90;
const AGAIN_MS: i64 = AGAIN_DAYS * DAY_MS;

/// A pass that can be used, for whoever has its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// Slug of the film; `None`: any.
    pub film: Option<String>,
    /// Until when it is good.
    pub expires_at_ms: i64,
}

impl Gifts<'_> {
    /// What a code is good for.
    ///
    /// # Errors
    /// `pass-unknown`, `pass-used`, `pass-expired`, `pass-revoked`; `too-many-codes`.
    #[boxed]
    pub async fn look(&self, code: &str, client: &Client) -> Result<Pass> {
        let row = self.by_code(code, client).await?;
        must_be_good(&row, self.studio.now_ms())?;
        Ok(Pass { film: row.film, expires_at_ms: row.expires_at_ms })
    }

    /// Pays an order with a code, once however often it is sent. `pay_key` is the one from the order as it was shown.
    ///
    /// # Errors
    /// As [`Self::look`]; `pass-other-film`; `order-not-found`, `order-incomplete`, `order-changed`;
    /// `order-being-paid` when money for it is on its way.
    #[boxed]
    pub async fn redeem(
        &self,
        account: &AccountId,
        order: &OrderId,
        pay_key: &str,
        code: &str,
        client: &Client,
    ) -> Result<OrderView> {
        let row = self.by_code(code, client).await?;
        let view = self.studio.orders().find(account, order).await?;
        if row.state == passes::State::Used && row.order_id.as_deref() == Some(order.as_str()) {
            // Pressed twice.
            return Ok(view);
        }
        must_be_good(&row, self.studio.now_ms())?;
        if row.film.as_ref().is_some_and(|film| *film != view.film) {
            return Err(other_film());
        }
        self.studio.orders().pay_with_pass(account, order, pay_key, &row.id).await
    }

    async fn by_code(&self, code: &str, client: &Client) -> Result<passes::Model> {
        throttle::count(self.studio, &CODES_PER_CLIENT, client.0.as_bytes(), "too-many-codes").await?;
        let unknown = || {
            let sentence = "We know no such code. Please check it letter by letter.";
            Error::refused("pass-unknown", sentence)
        };
        let hash = code::hash(self.studio, code).ok_or_else(unknown)?;
        let row = passes::Entity::find()
            .filter(passes::Column::CodeHash.eq(hash))
            .one(self.studio.db().write())
            .await?;
        let row = row.ok_or_else(unknown)?;
        // Who has one may look at it as often as they like.
        throttle::forget(self.studio, &CODES_PER_CLIENT, client.0.as_bytes()).await?;
        Ok(row)
    }
}

fn must_be_good(row: &passes::Model, now_ms: i64) -> Result<()> {
    match row.state {
        passes::State::Good if now_ms < row.expires_at_ms => Ok(()),
        passes::State::Good => Err(Error::conflict(
            "pass-expired",
            "This gift pass has expired, so it pays for nothing any more.",
        )),
        passes::State::Used => Err(used()),
        passes::State::Revoked => {
            let sentence = "This gift pass was taken back. Please ask whoever gave it to you.";
            Err(Error::conflict("pass-revoked", sentence))
        }
    }
}

pub(super) fn used() -> Error {
    Error::conflict("pass-used", "This gift pass was used already: each makes one film.")
}

fn other_film() -> Error {
    Error::refused("pass-other-film", "This gift pass is for another film. Nothing was used up.")
}

/// What stands in the books of an order that a pass paid: no money.
pub(crate) fn charge(pass: &str, currency: &str) -> Taken {
    Taken {
        till: TILL.to_owned(),
        reference: pass.to_owned(),
        amount_minor: 0,
        currency: currency.to_owned(),
        is_back: false,
        checkout: None,
    }
}

/// Uses a pass up for an order, in the transaction that pays it: of several at the same moment one does.
///
/// # Errors
/// `pass-used` when it cannot be used (any more).
pub(crate) async fn use_up(
    tx: &impl ConnectionTrait,
    pass: &str,
    order: &OrderId,
    film: &str,
    now_ms: i64,
) -> Result<()> {
    let turned = passes::Entity::update_many()
        .col_expr(passes::Column::State, Expr::value(passes::State::Used))
        .col_expr(passes::Column::OrderId, Expr::value(Some(order.as_str())))
        .col_expr(passes::Column::UsedAtMs, Expr::value(Some(now_ms)))
        .filter(passes::Column::Id.eq(pass))
        .filter(passes::Column::State.eq(passes::State::Good))
        .filter(passes::Column::ExpiresAtMs.gt(now_ms))
        .filter(Condition::any().add(passes::Column::Film.is_null()).add(passes::Column::Film.eq(film)))
        .exec(tx)
        .await?;
    if turned.rows_affected == 1 { Ok(()) } else { Err(used()) }
}

/// Uses passes up that are good, each at its time: they were used since a database was made that was brought back. Within
/// the change that takes back what may have been taken back since.
pub(crate) async fn used_again(tx: &impl ConnectionTrait, used: &BTreeMap<String, i64>) -> Result<()> {
    for (pass, at_ms) in used {
        passes::Entity::update_many()
            .col_expr(passes::Column::State, Expr::value(passes::State::Used))
            .col_expr(passes::Column::UsedAtMs, Expr::value(Some(*at_ms)))
            .filter(passes::Column::Id.eq(pass.as_str()))
            .filter(passes::Column::State.eq(passes::State::Good))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// The film that a pass paid for is not made: it is good again, in the transaction that ends its order, unless the
/// money for it is gone. Whether it is good.
pub(crate) async fn good_again(
    tx: &impl ConnectionTrait,
    pass: &str,
    order: &OrderId,
    now_ms: i64,
) -> Result<bool> {
    let turned = passes::Entity::update_many()
        .col_expr(passes::Column::State, Expr::value(passes::State::Good))
        .col_expr(passes::Column::OrderId, Expr::value(None::<String>))
        .col_expr(passes::Column::UsedAtMs, Expr::value(None::<i64>))
        .filter(passes::Column::Id.eq(pass))
        .filter(passes::Column::OrderId.eq(order.as_str()))
        .filter(passes::Column::State.eq(passes::State::Used))
        .exec(tx)
        .await?;
    if turned.rows_affected == 1 {
        passes::Entity::update_many()
            .col_expr(passes::Column::ExpiresAtMs, Expr::value(now_ms + AGAIN_MS))
            .filter(passes::Column::Id.eq(pass))
            .filter(passes::Column::ExpiresAtMs.lt(now_ms + AGAIN_MS))
            .exec(tx)
            .await?;
    }
    let unpaid = gifts::Entity::find()
        .filter(gifts::Column::PassId.eq(pass))
        .filter(gifts::Column::State.is_in([gifts::State::Returning, gifts::State::Returned]))
        .one(tx)
        .await?;
    if unpaid.is_some() {
        revoke(tx, pass, now_ms).await?;
    }
    Ok(unpaid.is_none())
}

/// Takes a pass back, unless it was used. Whether that was done.
pub(super) async fn revoke(tx: &impl ConnectionTrait, pass: &str, now_ms: i64) -> Result<bool> {
    let revoked = passes::Entity::update_many()
        .col_expr(passes::Column::State, Expr::value(passes::State::Revoked))
        .col_expr(passes::Column::EndedAtMs, Expr::value(Some(now_ms)))
        .filter(passes::Column::Id.eq(pass))
        .filter(passes::Column::State.eq(passes::State::Good))
        .exec(tx)
        .await?;
    Ok(revoked.rows_affected == 1)
}

/// The money of a payment is gone, as the till says: given back by hand there, or wanted back by a bank, which takes it
/// at once. A gift that was paid with it is given back with that, its pass is good for nothing, and no mail carries it
/// any more; a film that was made with it stays, as one that was paid with money does.
pub(crate) async fn money_is_gone(tx: &impl ConnectionTrait, payment: &str, now_ms: i64) -> Result<()> {
    let charge = charges::Entity::find().filter(charges::Column::Reference.eq(payment)).one(tx).await?;
    let Some(charge) = charge else { return Ok(()) };
    let turned = gifts::Entity::update_many()
        .col_expr(gifts::Column::State, Expr::value(gifts::State::Returned))
        .col_expr(gifts::Column::EndedAtMs, Expr::value(Some(now_ms)))
        .filter(gifts::Column::Id.eq(charge.order_id.as_str()))
        .filter(gifts::Column::State.eq(gifts::State::Paid))
        .exec(tx)
        .await?;
    if turned.rows_affected != 1 {
        return Ok(());
    }
    let gift = gifts::Entity::find_by_id(charge.order_id.as_str()).one(tx).await?;
    if let Some(pass) = gift.and_then(|gift| gift.pass_id) {
        revoke(tx, &pass, now_ms).await?;
    }
    mail::let_go(tx, &charge.order_id).await
}

/// The money of a gift that was back is not: it is looked at again.
pub(crate) async fn not_back_after_all(tx: &impl ConnectionTrait, gift: &str) -> Result<()> {
    gifts::Entity::update_many()
        .col_expr(gifts::Column::State, Expr::value(gifts::State::Returning))
        .col_expr(gifts::Column::EndedAtMs, Expr::value(None::<i64>))
        .filter(gifts::Column::Id.eq(gift))
        .filter(gifts::Column::State.eq(gifts::State::Returned))
        .exec(tx)
        .await?;
    Ok(())
}
