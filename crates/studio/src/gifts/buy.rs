//! Buying a pass, and taking it back unused. How the till is asked stands there ([`crate::till`]); once the money is
//! there, the pass is made in one transaction. Killed in between, [`Gifts::carry_on`] goes on from there.

use policy::PurposeId;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;

use super::pass::{is_to_return, revoke};
use super::rows::{gifts, passes};
use super::{GiftId, Gifts, Standing, code, expires_at_ms, letters, place};
use crate::accounts::{in_use, language_of};
use crate::backup::Said;
use crate::orders::rows::charges;
use crate::till::{Led, Outcome, Purchase, Waiting};
use crate::{AccountId, Error, Result, boxed};

/// What came of paying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bought {
    /// Paid now or before: there is a pass.
    Paid,
    /// Declined; nothing was taken.
    Declined,
    /// Left without paying.
    Abandoned,
    /// It is paid on the till's own page, at this address.
    AtPage(String),
    /// A payment is under way.
    Waiting,
}

impl Gifts<'_> {
    /// Pays a gift, or sends to where it is paid. `pay_key` is the one from the gift as it was shown; sent twice it pays
    /// once.
    ///
    /// # Errors
    /// `gift-not-found`; `order-changed` when the key is not this gift's; `till-away` when it is not known yet whether it
    /// was paid (it is found out by itself).
    #[boxed]
    pub async fn pay(
        &self,
        account: &AccountId,
        gift: &GiftId,
        pay_key: &str,
        outcome: Outcome,
    ) -> Result<Bought> {
        let row = self.owned(account, gift).await?;
        if row.pay_key != pay_key {
            let sentence = "This payment page is out of date. Please open it again.";
            return Err(Error::conflict("order-changed", sentence));
        }
        let means = match outcome {
            Outcome::Pay => "test-paid",
            Outcome::Decline => "test-declined",
            Outcome::Abandon => return Ok(Bought::Abandoned),
        };
        if row.state != gifts::State::Unpaid {
            return Ok(Bought::Paid);
        }
        match self.studio.till().take(&(&row).into(), means).await {
            Ok(Led::AtPage(url)) => Ok(Bought::AtPage(url)),
            Ok(Led::Nowhere) => Ok(match self.owned(account, gift).await?.state {
                gifts::State::Unpaid => Bought::Waiting,
                _ => Bought::Paid,
            }),
            Err(error) if error.code() == "payment-declined" => Ok(Bought::Declined),
            Err(error) => Err(error),
        }
    }

    /// What a payment that is under way waits for.
    ///
    /// # Errors
    /// `gift-not-found`.
    #[boxed]
    pub async fn waiting(&self, account: &AccountId, gift: &GiftId) -> Result<Option<Waiting>> {
        self.owned(account, gift).await?;
        self.studio.till().waiting_for(gift.as_str()).await
    }

    /// Makes the pass of a gift whose charge went through, and tells the giver.
    #[boxed]
    pub(crate) async fn complete(&self, account: &AccountId, gift: &GiftId) -> Result<()> {
        let studio = self.studio;
        let row = self.owned(account, gift).await?;
        if row.state != gifts::State::Unpaid {
            return Ok(());
        }
        let taken = studio.till().charged(&row.pay_key).await?;
        let taken = taken.ok_or_else(|| Error::conflict("order-unpaid", "This gift is not paid yet."))?;
        if taken.is_back {
            self.mark_paying(&row.id, None).await?;
            let sentence = "This payment was given back. Please begin again.";
            return Err(Error::conflict("order-refunded", sentence));
        }
        let (owner, key) = studio.open_account(studio.db().read(), account, PurposeId::Payment).await?;
        let (code, now, pass) = (code::new(studio.random()), studio.now_ms(), studio.new_id());
        let expires_at_ms = expires_at_ms(now)?;
        let hash = code::hash(studio, &code).ok_or_else(|| Error::internal("a new code is none"))?;
        let sealed = studio.vault().seal_field(&key, &place(&row.id, "code"), code.as_bytes());
        let letter = letters::bought(studio, &owner.language, &row, &code, expires_at_ms)?;
        let tx = studio.begin_for(account).await?;
        let turned = gifts::Entity::update_many()
            .col_expr(gifts::Column::State, Expr::value(gifts::State::Paid))
            .col_expr(gifts::Column::PassId, Expr::value(Some(pass.as_str())))
            .col_expr(gifts::Column::CodeSealed, Expr::value(Some(sealed)))
            .col_expr(gifts::Column::PayingAtMs, Expr::value(None::<i64>))
            .col_expr(gifts::Column::PaidAtMs, Expr::value(Some(now)))
            .filter(gifts::Column::Id.eq(row.id.as_str()))
            .filter(gifts::Column::State.eq(gifts::State::Unpaid))
            .exec(&tx)
            .await?;
        if turned.rows_affected != 1 {
            tx.rollback().await?;
            return Ok(());
        }
        let pass = passes::ActiveModel {
            id: Set(pass),
            code_hash: Set(hash),
            state: Set(passes::State::Good),
            film: Set(row.film.clone()),
            order_id: Set(None),
            made_at_ms: Set(now),
            expires_at_ms: Set(expires_at_ms),
            used_at_ms: Set(None),
            ended_at_ms: Set(None),
            said_at_ms: Set(None),
            issued_by: Set(None),
            reason: Set(None),
        };
        passes::Entity::insert(pass).exec_without_returning(&tx).await?;
        studio.till().enter(&tx, &Purchase::from(&row), taken).await?;
        studio.mail().write(&tx, account, &letter).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        tracing::info!(gift = row.id, "a gift pass was bought");
        Ok(())
    }

    /// Takes an unused pass back: from now on its code is good for nothing, and the money goes back.
    ///
    /// # Errors
    /// `gift-not-found`; `gift-too-late` when it was used or the time for it is over; `gift-revoked` when its payment was
    /// taken back.
    #[boxed]
    pub async fn withdraw(&self, account: &AccountId, gift: &GiftId) -> Result<()> {
        let studio = self.studio;
        let row = self.owned(account, gift).await?;
        let can = self.find(account, gift).await?;
        match can.standing {
            Standing::Returning | Standing::Returned => return Ok(()),
            Standing::Revoked => {
                let sentence =
                    "The payment for this pass was taken back, so nothing is left to be given back.";
                return Err(Error::conflict("gift-revoked", sentence));
            }
            _ => {}
        }
        let pass = row.pass_id.filter(|_| can.standing == Standing::Good && can.can_withdraw);
        let pass = pass.ok_or_else(too_late)?;
        let now = studio.now_ms();
        let tx = studio.db().begin().await?;
        if !revoke(&tx, &pass, now).await? {
            // Somebody used it at the same moment.
            return Err(too_late());
        }
        is_to_return(&tx, &row.id).await?;
        studio.ledger().enter_said(Said::PassWithdrawn, &pass, now)?;
        tx.commit().await?;
        if let Err(error) = self.give_back(&row.id).await {
            tracing::warn!(gift = row.id, %error, "a gift's money is not on its way yet; it is tried again");
        }
        Ok(())
    }

    /// Finds out what became of payments whose answer was never heard, and goes on with money that goes back. One that
    /// fails holds up no other.
    #[boxed]
    pub(crate) async fn carry_on(&self) -> Result<()> {
        let studio = self.studio;
        let rows = gifts::Entity::find()
            .filter(gifts::Column::State.eq(gifts::State::Unpaid))
            .filter(gifts::Column::PayingAtMs.lt(studio.till().unheard_before_ms()))
            .filter(gifts::Column::AccountId.in_subquery(in_use()))
            .all(studio.db().read())
            .await?;
        let unheard: Vec<Purchase> = rows.iter().map(Purchase::from).collect();
        studio.till().settle_unheard(&unheard).await;
        let returning = gifts::Entity::find()
            .filter(gifts::Column::State.eq(gifts::State::Returning))
            .all(studio.db().read())
            .await?;
        for row in returning {
            if let Err(error) = self.give_back(&row.id).await {
                tracing::warn!(gift = row.id, %error, "a gift's money is not back yet; it is tried again");
            }
        }
        Ok(())
    }

    /// Gives the money of a gift back and tells the giver; any further time it does nothing.
    async fn give_back(&self, gift: &str) -> Result<()> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let row = gifts::Entity::find_by_id(gift).one(studio.db().write()).await?;
        let Some(row) = row.filter(|row| row.state == gifts::State::Returning) else { return Ok(()) };
        let charge = charges::Entity::find()
            .filter(charges::Column::OrderId.eq(gift))
            .one(studio.db().write())
            .await?
            .ok_or_else(|| Error::internal("a paid gift without its charge"))?;
        if charge.refunded_at_ms.is_none() && !studio.till().refund(&charge).await? {
            // It is on its way: looked at again until it is back.
            return Ok(());
        }
        let account = AccountId::stored(row.account_id);
        let tx = studio.begin_for(&account).await?;
        if !studio.till().is_back(&tx, &charge).await? {
            return Ok(());
        }
        let turned = gifts::Entity::update_many()
            .col_expr(gifts::Column::State, Expr::value(gifts::State::Returned))
            .col_expr(gifts::Column::EndedAtMs, Expr::value(Some(now)))
            .filter(gifts::Column::Id.eq(gift))
            .filter(gifts::Column::State.eq(gifts::State::Returning))
            .exec(&tx)
            .await?;
        if turned.rows_affected == 1 {
            charges::Entity::update_many()
                .col_expr(charges::Column::RefundedAtMs, Expr::value(Some(now)))
                .filter(charges::Column::Id.eq(charge.id.as_str()))
                .filter(charges::Column::RefundedAtMs.is_null())
                .exec(&tx)
                .await?;
            let language = language_of(&tx, &account).await?;
            studio.mail().write(&tx, &account, &letters::returned(&language, gift)).await?;
        }
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }

    /// Notes that the till is asked, or is not any more. `false`: it is not to be paid now.
    #[boxed]
    pub(crate) async fn mark_paying(&self, gift: &str, at_ms: Option<i64>) -> Result<bool> {
        let marked = gifts::Entity::update_many()
            .col_expr(gifts::Column::PayingAtMs, Expr::value(at_ms))
            .filter(gifts::Column::Id.eq(gift))
            .filter(gifts::Column::State.eq(gifts::State::Unpaid))
            .exec(self.studio.db().write())
            .await?;
        Ok(marked.rows_affected == 1)
    }
}

fn too_late() -> Error {
    let sentence = "This pass cannot be taken back any more: it was used, or the time for it is over.";
    Error::conflict("gift-too-late", sentence)
}
