//! Money that goes back: for a film that cannot be made, for an order that was paid twice, thrown away, or changed.
//!
//! It is asked for by a name made of the checkout's id and its round, so that it goes back once. A round ends in one way
//! alone: the till says that its refund failed. An answer that was never heard ends none: it is asked for again by the
//! same name. While it is under way the till is asked again, with longer and longer waits. What the till cannot give
//! back alarms.

use processors::role::{HostedTill, HostedTillError, RefundRequest, RefundState};
use sea_orm::ConnectionTrait;
use sea_orm::entity::prelude::*;

use super::checkouts::away;
use super::rows::checkouts::{self, State};
use super::{EMBEDDED, Till, embedded_error};
use crate::backup::Said;
use crate::clock::{DAY_MS, MINUTE_MS};
use crate::due;
use crate::gifts;
use crate::orders::OrderState;
use crate::orders::rows::{charges, orders};
use crate::{Error, Result, boxed};

/// Money that is not back after this long alarms.
const LATE_MS: i64 = DAY_MS;

/// What a look at money that goes back came to, short of its being back.
#[derive(Default)]
struct NotYet<'a> {
    /// The refund that is under way.
    refund: Option<&'a str>,
    /// It failed: another one is asked for.
    has_failed: bool,
    /// What was in the way.
    problem: Option<&'a str>,
    /// Seconds that the till asked us to wait.
    after_s: Option<u64>,
}

impl Till<'_> {
    /// Gives the money of a charge back, once however often it is asked. Whether it is back: it may take a while, and
    /// is then to be asked again.
    #[boxed]
    pub(crate) async fn refund(&self, charge: &charges::Model) -> Result<bool> {
        if charge.till == EMBEDDED {
            self.embedded().refund(&charge.pay_key).await.map_err(embedded_error)?;
            return Ok(true);
        }
        if charge.till == gifts::TILL {
            // No money was taken: the pass becomes good again.
            return Ok(true);
        }
        let row = self.of_payment(&charge.reference).await?;
        let row = row.ok_or_else(|| Error::internal("a charge without its checkout"))?;
        if row.state == State::Returned {
            return Ok(true);
        }
        let hosted = self.hosted().filter(|hosted| hosted.processor().as_str() == row.till);
        let hosted = hosted.ok_or_else(|| {
            Error::unavailable(
                "till-away",
                "it is not connected any more: switch it on until all is given back",
            )
        })?;
        match row.state {
            State::Returning => self.give_back(&*hosted, &row).await,
            _ => self.send_back(&*hosted, &row).await,
        }
    }

    /// Whether the money of a charge is back, and stays so until the transaction ends.
    pub(crate) async fn is_back(&self, tx: &impl ConnectionTrait, charge: &charges::Model) -> Result<bool> {
        if charge.till == EMBEDDED || charge.till == gifts::TILL {
            return Ok(true);
        }
        let held = checkouts::Entity::update_many()
            .col_expr(checkouts::Column::State, Expr::value(State::Returned))
            .filter(checkouts::Column::Till.eq(charge.till.as_str()))
            .filter(checkouts::Column::Payment.eq(charge.reference.as_str()))
            .filter(checkouts::Column::State.eq(State::Returned))
            .exec(tx)
            .await?;
        Ok(held.rows_affected > 0)
    }

    /// Something became of money that was given back, says the till: by us, or by hand there; or it failed after all.
    /// What holds is asked of the till.
    #[boxed]
    pub(crate) async fn heard_refund(&self, payment: &str) -> Result<()> {
        let Some(row) = self.of_payment(payment).await? else { return Ok(()) };
        let hosted = self.hosted().filter(|hosted| hosted.processor().as_str() == row.till);
        let Some(hosted) = hosted else { return Ok(()) };
        if row.state == State::Returning {
            return self.look_again(&*hosted, &row).await;
        }
        let Some(back) = hosted.given_back(payment).await.map_err(away)? else { return Ok(()) };
        match row.state {
            State::Used if back.is_back() => self.returned(&row, back.refund.as_deref()).await,
            State::Paid if back.is_going() => self.send_back(&*hosted, &row).await.map(|_| ()),
            State::Returned if !back.is_going() => self.reopen(&row).await,
            _ => Ok(()),
        }
    }

    /// From now on the money of a checkout goes back, unless it went another way since it was looked at.
    #[boxed]
    pub(super) async fn send_back(&self, hosted: &dyn HostedTill, row: &checkouts::Model) -> Result<bool> {
        if !matches!(row.state, State::Paid | State::Used) {
            return Ok(row.state == State::Returned);
        }
        checkouts::Entity::update_many()
            .col_expr(checkouts::Column::State, Expr::value(State::Returning))
            .col_expr(checkouts::Column::Tries, Expr::value(0))
            .col_expr(checkouts::Column::NextAtMs, Expr::value(Some(self.studio.now_ms())))
            .filter(checkouts::Column::Id.eq(row.id.as_str()))
            .filter(checkouts::Column::State.eq(row.state))
            .exec(self.studio.db().write())
            .await?;
        match self.by_id(&row.id).await? {
            Some(row) => self.give_back(hosted, &row).await,
            None => Ok(false),
        }
    }

    /// Asks the till for the money of a checkout, if that is due. Whether it is back.
    #[boxed]
    pub(super) async fn give_back(&self, hosted: &dyn HostedTill, row: &checkouts::Model) -> Result<bool> {
        let now = self.studio.now_ms();
        match row.state {
            State::Returned => return Ok(true),
            State::Returning if row.next_at_ms.is_some_and(|at_ms| at_ms <= now) => {}
            _ => return Ok(false),
        }
        let payment = row.payment.clone().ok_or_else(|| Error::internal("money without its payment"))?;
        let asked = match &row.refund {
            Some(id) => hosted.find_refund(id).await.and_then(|found| found.ok_or(HostedTillError::NotFound)),
            None => {
                let key = format!("{}-{}", row.id, row.refund_round);
                hosted.refund(&RefundRequest { key, payment, is_asked_for: false }).await
            }
        };
        match asked {
            Ok(refund) => match refund.state {
                RefundState::Done => {
                    self.returned(row, refund.id.as_deref()).await?;
                    return Ok(true);
                }
                RefundState::Failed => {
                    tracing::error!(
                        order = row.order_id,
                        "money could not be given back: somebody must look at the till"
                    );
                    let problem = Some("the till could not give it back");
                    self.later(row, NotYet { has_failed: true, problem, ..NotYet::default() }).await?;
                }
                RefundState::Pending | RefundState::NeedsParent => {
                    let refund = refund.id.as_deref().or(row.refund.as_deref());
                    self.later(row, NotYet { refund, ..NotYet::default() }).await?;
                }
            },
            Err(error) => {
                let why = error.to_string();
                let after_s = match error {
                    HostedTillError::Away { after_s, .. } => after_s,
                    _ => {
                        tracing::error!(order = row.order_id, problem = why, "money was not given back");
                        None
                    }
                };
                // Whether it was done is not known: the same is asked for again.
                let refund = row.refund.as_deref();
                self.later(row, NotYet { refund, has_failed: false, problem: Some(&why), after_s }).await?;
            }
        }
        Ok(false)
    }

    /// The till told of money that is on its way back: it is looked at now.
    async fn look_again(&self, hosted: &dyn HostedTill, row: &checkouts::Model) -> Result<()> {
        checkouts::Entity::update_many()
            .col_expr(checkouts::Column::NextAtMs, Expr::value(Some(self.studio.now_ms())))
            .filter(checkouts::Column::Id.eq(row.id.as_str()))
            .filter(checkouts::Column::State.eq(State::Returning))
            .exec(self.studio.db().write())
            .await?;
        match self.by_id(&row.id).await? {
            Some(row) => self.give_back(hosted, &row).await.map(|_| ()),
            None => Ok(()),
        }
    }

    /// It is not back yet: it is looked at again. The one place, with [`Self::reopen`], where a round ends.
    async fn later(&self, row: &checkouts::Model, not_yet: NotYet<'_>) -> Result<()> {
        let now = self.studio.now_ms();
        if row.paid_at_ms.is_some_and(|at_ms| now - at_ms > LATE_MS) {
            let problem = not_yet.problem.unwrap_or("it is under way");
            tracing::error!(order = row.order_id, problem, "money is not back yet");
        }
        let round = row.refund_round + i32::from(not_yet.has_failed);
        let wait = due::wait_ms(MINUTE_MS, row.tries, not_yet.after_s);
        checkouts::Entity::update_many()
            .col_expr(checkouts::Column::Refund, Expr::value(not_yet.refund))
            .col_expr(checkouts::Column::RefundRound, Expr::value(round))
            .col_expr(checkouts::Column::Problem, Expr::value(not_yet.problem))
            .col_expr(checkouts::Column::Tries, Expr::value(row.tries.saturating_add(1)))
            .col_expr(checkouts::Column::NextAtMs, Expr::value(Some(now + wait)))
            .filter(checkouts::Column::Id.eq(row.id.as_str()))
            .filter(checkouts::Column::State.eq(State::Returning))
            .filter(checkouts::Column::RefundRound.eq(row.refund_round))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    /// The money is back: in the checkout's row, in the books, and for what was paid with it.
    async fn returned(&self, row: &checkouts::Model, refund: Option<&str>) -> Result<()> {
        let (now, refund) = (self.studio.now_ms(), refund.or(row.refund.as_deref()));
        let tx = self.studio.db().begin().await?;
        let turned = checkouts::Entity::update_many()
            .col_expr(checkouts::Column::State, Expr::value(State::Returned))
            .col_expr(checkouts::Column::Refund, Expr::value(refund))
            .col_expr(checkouts::Column::ReturnedAtMs, Expr::value(Some(now)))
            .col_expr(checkouts::Column::NextAtMs, Expr::value(None::<i64>))
            .col_expr(checkouts::Column::Problem, Expr::value(None::<String>))
            .filter(checkouts::Column::Id.eq(row.id.as_str()))
            .filter(checkouts::Column::State.eq(row.state))
            .filter(checkouts::Column::RefundRound.eq(row.refund_round))
            .exec(&tx)
            .await?;
        if turned.rows_affected == 1 {
            charges::Entity::update_many()
                .col_expr(charges::Column::RefundedAtMs, Expr::value(Some(now)))
                .filter(charges::Column::Till.eq(row.till.as_str()))
                .filter(charges::Column::Reference.eq(row.payment.as_deref().unwrap_or_default()))
                .filter(charges::Column::RefundedAtMs.is_null())
                .exec(&tx)
                .await?;
            if let Some(payment) = &row.payment
                && let Some(pass) = gifts::money_is_gone(&tx, payment, gifts::Gone::GivenBack, now).await?
            {
                self.studio.ledger().enter_said(Said::PassGivenBack, &pass, now)?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Money that was back is not: its refund failed after all. It goes back anew, and its order says so; what somebody
    /// gave back by hand, for a film that was made, is theirs to look at.
    async fn reopen(&self, row: &checkouts::Model) -> Result<()> {
        tracing::error!(
            order = row.order_id,
            "money that was given back failed to arrive: somebody must look at the till"
        );
        let tx = self.studio.db().begin().await?;
        let charge = charges::Entity::find()
            .filter(charges::Column::Till.eq(row.till.as_str()))
            .filter(charges::Column::Reference.eq(row.payment.as_deref().unwrap_or_default()))
            .one(&tx)
            .await?;
        let is_made = match &charge {
            Some(charge) => is_made(&tx, &charge.order_id).await?,
            None => false,
        };
        let state = if is_made { State::Used } else { State::Returning };
        let next_at_ms = (!is_made).then(|| self.studio.now_ms());
        let turned = checkouts::Entity::update_many()
            .col_expr(checkouts::Column::State, Expr::value(state))
            .col_expr(checkouts::Column::Refund, Expr::value(None::<String>))
            .col_expr(checkouts::Column::RefundRound, Expr::value(row.refund_round + 1))
            .col_expr(checkouts::Column::ReturnedAtMs, Expr::value(None::<i64>))
            .col_expr(checkouts::Column::Tries, Expr::value(0))
            .col_expr(checkouts::Column::NextAtMs, Expr::value(next_at_ms))
            .filter(checkouts::Column::Id.eq(row.id.as_str()))
            .filter(checkouts::Column::State.eq(State::Returned))
            .filter(checkouts::Column::RefundRound.eq(row.refund_round))
            .exec(&tx)
            .await?;
        if let Some(charge) = charge
            && turned.rows_affected == 1
        {
            charges::Entity::update_many()
                .col_expr(charges::Column::RefundedAtMs, Expr::value(None::<i64>))
                .filter(charges::Column::Id.eq(charge.id.as_str()))
                .exec(&tx)
                .await?;
            orders::Entity::update_many()
                .col_expr(orders::Column::State, Expr::value(OrderState::Failed))
                .col_expr(orders::Column::EndedAtMs, Expr::value(None::<i64>))
                .filter(orders::Column::Id.eq(charge.order_id.as_str()))
                .filter(orders::Column::State.eq(OrderState::Refunded))
                .exec(&tx)
                .await?;
            gifts::not_back_after_all(&tx, &charge.order_id, is_made).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn of_payment(&self, payment: &str) -> Result<Option<checkouts::Model>> {
        let found = checkouts::Entity::find()
            .filter(checkouts::Column::Payment.eq(payment))
            .one(self.studio.db().write())
            .await?;
        Ok(found)
    }
}

/// Whether a film is made, or will be, with what was bought: an order, or the pass of a gift.
async fn is_made(tx: &impl ConnectionTrait, purchase: &str) -> Result<bool> {
    let order = orders::Entity::find_by_id(purchase).one(tx).await?;
    match order {
        Some(order) => Ok(matches!(order.state, OrderState::Paid | OrderState::Making | OrderState::Done)),
        None => gifts::has_made_a_film(tx, purchase).await,
    }
}
