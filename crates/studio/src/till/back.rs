//! Money that goes back: for a film that cannot be made, for an order that was paid twice, thrown away, or changed.
//!
//! It is asked for with the checkout's own id, so it goes back once; while it is under way the till is asked again, with
//! longer and longer waits. What the till cannot give back alarms.

use processors::role::{HostedTill, HostedTillError, RefundRequest, RefundState};
use sea_orm::entity::prelude::*;

use super::rows::checkouts::{self, State};
use super::{EMBEDDED, Till, embedded_error};
use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::orders::rows::charges;
use crate::{Error, Result};

/// The longest wait between two tries.
const WAIT_MAX_MS: i64 = 6 * HOUR_MS;
/// Money that is not back after this long alarms.
const LATE_MS: i64 = DAY_MS;
/// What is noted of a refund that the till could not make.
const FAILED: &str = "the till could not give it back";

impl Till<'_> {
    /// Gives the money of a charge back, once however often it is asked. Whether it is back: it may take a while, and
    /// is then to be asked again.
    pub(crate) async fn refund(&self, charge: &charges::Model) -> Result<bool> {
        if charge.till == EMBEDDED {
            self.embedded().refund(&charge.pay_key).await.map_err(embedded_error)?;
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

    /// Money was given back, says the till: by us, or by hand there.
    pub(crate) async fn heard_refund(&self, payment: &str) -> Result<()> {
        let Some(row) = self.of_payment(payment).await? else { return Ok(()) };
        match row.state {
            State::Used => self.returned(&row, None).await,
            State::Paid | State::Returning => {
                let Some(hosted) = self.hosted() else { return Ok(()) };
                self.send_back(&*hosted, &row).await.map(|_| ())
            }
            State::Opening | State::Open | State::Closed | State::Returned => Ok(()),
        }
    }

    /// From now on the money of a checkout goes back.
    pub(super) async fn send_back(&self, hosted: &dyn HostedTill, row: &checkouts::Model) -> Result<bool> {
        checkouts::Entity::update_many()
            .col_expr(checkouts::Column::State, Expr::value(State::Returning))
            .col_expr(checkouts::Column::Tries, Expr::value(0))
            .col_expr(checkouts::Column::NextAtMs, Expr::value(Some(self.studio.now_ms())))
            .filter(checkouts::Column::Id.eq(row.id.as_str()))
            .filter(checkouts::Column::State.is_in([State::Paid, State::Used, State::Returning]))
            .exec(self.studio.db().write())
            .await?;
        match self.by_id(&row.id).await? {
            Some(row) => self.give_back(hosted, &row).await,
            None => Ok(false),
        }
    }

    /// Asks the till for the money of a checkout, if that is due. Whether it is back.
    pub(super) async fn give_back(&self, hosted: &dyn HostedTill, row: &checkouts::Model) -> Result<bool> {
        let now = self.studio.now_ms();
        match row.state {
            State::Returned => return Ok(true),
            State::Returning if row.next_at_ms.is_some_and(|at_ms| at_ms <= now) => {}
            _ => return Ok(false),
        }
        let payment = row.payment.clone().ok_or_else(|| Error::internal("money without its payment"))?;
        let has_failed = row.problem.as_deref() == Some(FAILED);
        let asked = match &row.refund {
            Some(id) if !has_failed => {
                hosted.find_refund(id).await.and_then(|found| found.ok_or(HostedTillError::NotFound))
            }
            _ => {
                // One that failed is none: another one is asked for, by another name.
                let key = if has_failed { format!("{}-{}", row.id, row.tries) } else { row.id.clone() };
                hosted.refund(&RefundRequest { key, payment, is_asked_for: false }).await
            }
        };
        match asked {
            Ok(refund) if refund.state == RefundState::Done => {
                self.returned(row, refund.id.as_deref()).await?;
                Ok(true)
            }
            Ok(refund) => {
                let failed = (refund.state == RefundState::Failed).then_some(FAILED);
                if failed.is_some() {
                    tracing::error!(
                        order = row.order_id,
                        "money could not be given back: somebody must look at the till"
                    );
                }
                self.later(row, refund.id.as_deref(), failed, None).await?;
                Ok(false)
            }
            Err(error) => {
                let why = error.to_string();
                let after_s = match error {
                    HostedTillError::Away { after_s, .. } => after_s,
                    _ => {
                        tracing::error!(order = row.order_id, problem = why, "money was not given back");
                        None
                    }
                };
                self.later(row, row.refund.as_deref(), Some(&why), after_s).await?;
                Ok(false)
            }
        }
    }

    async fn later(
        &self,
        row: &checkouts::Model,
        refund: Option<&str>,
        problem: Option<&str>,
        after_s: Option<u64>,
    ) -> Result<()> {
        let now = self.studio.now_ms();
        if row.paid_at_ms.is_some_and(|at_ms| now - at_ms > LATE_MS) {
            let problem = problem.unwrap_or("it is under way");
            tracing::error!(order = row.order_id, problem, "money is not back yet");
        }
        let tries = i64::from(row.tries) + 1;
        let after =
            after_s.and_then(|seconds| i64::try_from(seconds).ok()).map(|seconds| seconds * SECOND_MS);
        let wait = after.unwrap_or(tries * tries * MINUTE_MS).clamp(SECOND_MS, WAIT_MAX_MS);
        checkouts::Entity::update_many()
            .col_expr(checkouts::Column::Refund, Expr::value(refund))
            .col_expr(checkouts::Column::Problem, Expr::value(problem))
            .col_expr(checkouts::Column::Tries, Expr::value(row.tries.saturating_add(1)))
            .col_expr(checkouts::Column::NextAtMs, Expr::value(Some(now + wait)))
            .filter(checkouts::Column::Id.eq(row.id.as_str()))
            .filter(checkouts::Column::State.eq(State::Returning))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    /// The money is back: in the checkout's row, and in the books.
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
            .filter(checkouts::Column::State.is_in([State::Used, State::Returning]))
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
