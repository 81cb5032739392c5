//! Passes: what a code is good for, paying an order with it, and its being good again.

use std::collections::{BTreeMap, HashSet};

use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QuerySelect};

use super::rows::{gifts, passes};
use super::{Gifts, TILL, code, mail};
use crate::backup::Said;
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
/// Passes looked up at once.
const BATCH: usize = 500;

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

    /// Makes passes stand as was said last of each, which a database that was brought back does not know. Where several
    /// machines share a database, each knows what was said there alone; so a pass's row has when something was said of it
    /// last, and only what is newer is news.
    #[boxed]
    pub(crate) async fn stand_again(&self, said: &BTreeMap<String, (Said, i64)>) -> Result<()> {
        let ids: Vec<&str> = said.keys().map(String::as_str).collect();
        for batch in ids.chunks(BATCH) {
            let found = passes::Entity::find().filter(passes::Column::Id.is_in(batch.iter().copied()));
            for row in found.all(self.studio.db().read()).await? {
                let Some((what, at_ms)) = said.get(&row.id).copied() else { continue };
                if row.said_at_ms.is_none_or(|known_ms| known_ms < at_ms) {
                    self.stand(&row.id, what, at_ms).await?;
                }
            }
        }
        Ok(())
    }

    /// Makes one stand so, unless something newer was said of it meanwhile.
    async fn stand(&self, pass: &str, what: Said, at_ms: i64) -> Result<()> {
        use passes::Column as C;
        // As long as an order of this database has it, what becomes of that decides.
        let is_free = Condition::all().add(C::OrderId.is_null()).add(C::State.ne(passes::State::Revoked));
        let turn = passes::Entity::update_many()
            .col_expr(C::SaidAtMs, Expr::value(Some(at_ms)))
            .filter(C::Id.eq(pass))
            .filter(Condition::any().add(C::SaidAtMs.is_null()).add(C::SaidAtMs.lt(at_ms)));
        let turn = match what {
            Said::PassUsed => turn
                .col_expr(C::State, Expr::value(passes::State::Used))
                .col_expr(C::UsedAtMs, Expr::value(Some(at_ms)))
                .filter(is_free),
            Said::PassGood => turn
                .col_expr(C::State, Expr::value(passes::State::Good))
                .col_expr(C::UsedAtMs, Expr::value(None::<i64>))
                .filter(is_free),
            Said::PassRevoked | Said::PassGivenBack | Said::PassWithdrawn => turn
                .col_expr(C::State, Expr::value(passes::State::Revoked))
                .col_expr(C::EndedAtMs, Expr::value(Some(at_ms))),
            _ => return Ok(()),
        };
        let tx = self.studio.db().begin().await?;
        if turn.exec(&tx).await?.rows_affected != 1 {
            return Ok(());
        }
        let gift = gifts::Entity::find().filter(gifts::Column::PassId.eq(pass)).one(&tx).await?;
        match (what, gift) {
            (Said::PassGood, _) => keep_for_a_while(&tx, pass, at_ms).await?,
            (Said::PassRevoked, Some(gift)) => {
                is_gone(&tx, &gift.id, Gone::Taken, at_ms).await?;
            }
            (Said::PassGivenBack, Some(gift)) => {
                is_gone(&tx, &gift.id, Gone::GivenBack, at_ms).await?;
            }
            // The giver is to have the money; given back already, it is not given twice.
            (Said::PassWithdrawn, Some(gift)) => is_to_return(&tx, &gift.id).await?,
            _ => {}
        }
        Ok(tx.commit().await?)
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
        .col_expr(passes::Column::SaidAtMs, Expr::value(Some(now_ms)))
        .filter(passes::Column::Id.eq(pass))
        .filter(passes::Column::State.eq(passes::State::Good))
        .filter(passes::Column::ExpiresAtMs.gt(now_ms))
        .filter(Condition::any().add(passes::Column::Film.is_null()).add(passes::Column::Film.eq(film)))
        .exec(tx)
        .await?;
    if turned.rows_affected == 1 { Ok(()) } else { Err(used()) }
}

/// The film that a pass paid for is not made: it is good again, in the transaction that ends its order, unless the
/// money for it is gone. What is to be entered into the ledger directly before that is committed; `None`: it is not its
/// order's any more, and stays as it is.
pub(crate) async fn good_again(
    tx: &impl ConnectionTrait,
    pass: &str,
    order: &OrderId,
    now_ms: i64,
) -> Result<Option<Said>> {
    let turned = passes::Entity::update_many()
        .col_expr(passes::Column::State, Expr::value(passes::State::Good))
        .col_expr(passes::Column::OrderId, Expr::value(None::<String>))
        .col_expr(passes::Column::UsedAtMs, Expr::value(None::<i64>))
        .col_expr(passes::Column::SaidAtMs, Expr::value(Some(now_ms)))
        .filter(passes::Column::Id.eq(pass))
        .filter(passes::Column::OrderId.eq(order.as_str()))
        .filter(passes::Column::State.eq(passes::State::Used))
        .exec(tx)
        .await?;
    if turned.rows_affected != 1 {
        return Ok(None);
    }
    keep_for_a_while(tx, pass, now_ms).await?;
    let unpaid = gifts::Entity::find()
        .filter(gifts::Column::PassId.eq(pass))
        .filter(gifts::Column::State.ne(gifts::State::Paid))
        .one(tx)
        .await?;
    let Some(unpaid) = unpaid else { return Ok(Some(Said::PassGood)) };
    revoke(tx, pass, now_ms).await?;
    Ok(Some(if unpaid.state == gifts::State::Returned { Said::PassGivenBack } else { Said::PassRevoked }))
}

/// A pass that became good again is so for [`AGAIN_DAYS`] at least.
async fn keep_for_a_while(tx: &impl ConnectionTrait, pass: &str, since_ms: i64) -> Result<()> {
    passes::Entity::update_many()
        .col_expr(passes::Column::ExpiresAtMs, Expr::value(since_ms + AGAIN_MS))
        .filter(passes::Column::Id.eq(pass))
        .filter(passes::Column::ExpiresAtMs.lt(since_ms + AGAIN_MS))
        .exec(tx)
        .await?;
    Ok(())
}

/// Takes a pass back, unless it was used. Whether that was done: then it is entered into the ledger, directly before the
/// change is committed.
pub(super) async fn revoke(tx: &impl ConnectionTrait, pass: &str, now_ms: i64) -> Result<bool> {
    let revoked = passes::Entity::update_many()
        .col_expr(passes::Column::State, Expr::value(passes::State::Revoked))
        .col_expr(passes::Column::EndedAtMs, Expr::value(Some(now_ms)))
        .col_expr(passes::Column::SaidAtMs, Expr::value(Some(now_ms)))
        .filter(passes::Column::Id.eq(pass))
        .filter(passes::Column::State.eq(passes::State::Good))
        .exec(tx)
        .await?;
    Ok(revoked.rows_affected == 1)
}

/// Those of these passes that were taken back.
pub(crate) async fn revoked_among(db: &impl ConnectionTrait, passes: &[&str]) -> Result<HashSet<String>> {
    let revoked: Vec<String> = passes::Entity::find()
        .select_only()
        .column(passes::Column::Id)
        .filter(passes::Column::Id.is_in(passes.iter().copied()))
        .filter(passes::Column::State.eq(passes::State::Revoked))
        .into_tuple()
        .all(db)
        .await?;
    Ok(revoked.into_iter().collect())
}

/// Where the money of a payment went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// It was given back, perhaps by hand at the till.
    GivenBack,
    /// A bank took it.
    Taken,
}

/// The money of a payment is gone, as the till says: given back by hand there, or wanted back by a bank, which takes it
/// at once. The gift that was paid with it ends, its pass is good for nothing, and no mail carries it any more; a film
/// that was made with it stays, as one that was paid with money does. The pass that was taken back, for the ledger,
/// directly before the change is committed.
pub(crate) async fn money_is_gone(
    tx: &impl ConnectionTrait,
    payment: &str,
    gone: Gone,
    now_ms: i64,
) -> Result<Option<String>> {
    let charge = charges::Entity::find().filter(charges::Column::Reference.eq(payment)).one(tx).await?;
    let Some(charge) = charge else { return Ok(None) };
    if !is_gone(tx, &charge.order_id, gone, now_ms).await? {
        return Ok(None);
    }
    let gift = gifts::Entity::find_by_id(charge.order_id.as_str()).one(tx).await?;
    let Some(pass) = gift.and_then(|gift| gift.pass_id) else { return Ok(None) };
    Ok(revoke(tx, &pass, now_ms).await?.then_some(pass))
}

/// The money of a gift that is paid is gone from now on, and no mail carries it any more. Whether that is new. What was
/// thought to be taken may turn out to be given back.
async fn is_gone(tx: &impl ConnectionTrait, gift: &str, gone: Gone, now_ms: i64) -> Result<bool> {
    let state = match gone {
        Gone::GivenBack => gifts::State::Returned,
        Gone::Taken => gifts::State::Revoked,
    };
    let turned = gifts::Entity::update_many()
        .col_expr(gifts::Column::State, Expr::value(state))
        .col_expr(gifts::Column::EndedAtMs, Expr::value(Some(now_ms)))
        .filter(gifts::Column::Id.eq(gift))
        .filter(gifts::Column::State.is_in([gifts::State::Paid, gifts::State::Revoked]))
        .filter(gifts::Column::State.ne(state))
        .exec(tx)
        .await?;
    if turned.rows_affected == 1 {
        mail::let_go(tx, gift).await?;
    }
    Ok(turned.rows_affected == 1)
}

/// The money of a gift that is paid is to go back to its giver, and no mail carries it any more.
pub(super) async fn is_to_return(tx: &impl ConnectionTrait, gift: &str) -> Result<()> {
    let turned = gifts::Entity::update_many()
        .col_expr(gifts::Column::State, Expr::value(gifts::State::Returning))
        .filter(gifts::Column::Id.eq(gift))
        .filter(gifts::Column::State.eq(gifts::State::Paid))
        .exec(tx)
        .await?;
    if turned.rows_affected == 1 {
        mail::let_go(tx, gift).await?;
    }
    Ok(())
}

/// Whether the pass of a gift was used for a film.
pub(crate) async fn has_made_a_film(tx: &impl ConnectionTrait, gift: &str) -> Result<bool> {
    let gift = gifts::Entity::find_by_id(gift).one(tx).await?;
    let Some(pass) = gift.and_then(|gift| gift.pass_id) else { return Ok(false) };
    let pass = passes::Entity::find_by_id(pass).one(tx).await?;
    Ok(pass.is_some_and(|pass| pass.state == passes::State::Used))
}

/// The money of a gift that was back is not: it is looked at again. One whose pass made a film is as it was when it was
/// paid: what somebody gave back by hand is theirs to look at.
pub(crate) async fn not_back_after_all(tx: &impl ConnectionTrait, gift: &str, is_made: bool) -> Result<()> {
    let state = if is_made { gifts::State::Paid } else { gifts::State::Returning };
    gifts::Entity::update_many()
        .col_expr(gifts::Column::State, Expr::value(state))
        .col_expr(gifts::Column::EndedAtMs, Expr::value(None::<i64>))
        .filter(gifts::Column::Id.eq(gift))
        .filter(gifts::Column::State.eq(gifts::State::Returned))
        .exec(tx)
        .await?;
    Ok(())
}
