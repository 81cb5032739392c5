//! Paying at a till that has a page of its own: the parent is sent there, and what their browser says when it comes
//! back counts for nothing.
//!
//! ```text
//! opening ── the till has a page ──> open ── nobody paid ──> closed
//!                                     ├── a bank debit ──> processing ── as with open
//!                                     └── paid ──> paid ── the order is made with it ──> used
//!                                                    └── nothing can be made with it ──┴──> returning ──> returned
//! ```
//! What is done with money that is there stands in `used` and `back`.
//! A checkout is written down before the till is asked, and asked for with its own id, so that one that was lost half
//! way is found again. Where it stands is asked of the till: when it tells that something happened, and, should it
//! forget, from time to time. Each arrow is one `UPDATE … WHERE state IN …`: whoever comes second changes nothing.

use std::sync::Arc;

use policy::{Personal, PurposeId};
use processors::role::{
    Checkout, CheckoutRequest, CheckoutState, Due, HostedTill, HostedTillError, Settled as Said,
};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{QueryOrder, QuerySelect};

use super::rows::checkouts::{self, State};
use super::{Led, Purchase, Till, Waiting};
use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::orders::OrderId;
use crate::{AccountId, Error, Result, boxed, due};

/// How long a page waits for the parent. The till takes from half an hour to a day.
const PAGE_MS: i64 = HOUR_MS;
/// After this long a checkout that nobody told of is asked about.
const FIRST_LOOK_MS: i64 = 30 * SECOND_MS;
/// The longest wait between two looks at an open page.
const LOOK_MAX_MS: i64 = 10 * MINUTE_MS;
/// The same while the money takes days.
const LOOK_AT_DAYS_MS: i64 = HOUR_MS;
/// A checkout that came to nothing is remembered for what is told late.
const REMEMBERED_MS: i64 = 35 * DAY_MS;
/// Checkouts looked at in one go.
const BATCH: u64 = 100;
/// Pages begun anew in one go, should the one before have closed.
const TURNS: usize = 3;
/// Languages that the till's page is known to have.
const LOCALES: [&str; 4] = ["en", "de", "fr", "es"];

/// States in which no money was seen yet.
const UNPAID: [State; 4] = [State::Opening, State::Open, State::Processing, State::Closed];

impl Till<'_> {
    /// The till with a page of its own, if one is connected.
    pub(super) fn hosted(&self) -> Option<Arc<dyn HostedTill>> {
        self.studio.connected().till.clone()
    }

    /// What a payment of an order waits for, if one is under way: its page is open, or the money is on its way, or it
    /// was seen and is not used yet.
    ///
    /// # Errors
    /// `order-not-found`.
    #[boxed]
    pub async fn waiting(&self, account: &AccountId, order: &OrderId) -> Result<Option<Waiting>> {
        self.studio.orders().find(account, order).await?;
        self.waiting_for(order.as_str()).await
    }

    /// The same for anything that is paid here, whosever it is.
    #[boxed]
    pub(crate) async fn waiting_for(&self, purchase: &str) -> Result<Option<Waiting>> {
        let newest = self.newest(purchase).await?;
        Ok(newest.and_then(|row| match row.state {
            State::Open | State::Paid => Some(Waiting::Moments),
            State::Processing => Some(Waiting::Days),
            State::Opening | State::Closed | State::Used | State::Returning | State::Returned => None,
        }))
    }

    /// Whether a payment of an order is under way.
    ///
    /// # Errors
    /// `order-not-found`.
    #[boxed]
    pub async fn is_waiting(&self, account: &AccountId, order: &OrderId) -> Result<bool> {
        Ok(self.waiting(account, order).await?.is_some())
    }

    /// Sends to the page where something is paid; `None` when there is no till with a page.
    #[boxed]
    pub(crate) async fn page(&self, purchase: &Purchase) -> Result<Option<Led>> {
        let Some(hosted) = self.hosted() else { return Ok(None) };
        self.studio.pursue(PurposeId::Payment)?;
        for _ in 0..TURNS {
            let row = self.current(&*hosted, purchase).await?;
            if row.state == State::Paid {
                self.put_to_use(&*hosted, &row.id).await?;
                return Ok(Some(Led::Nowhere));
            }
            let Some(checkout) = self.shown(&*hosted, &row, purchase).await? else { continue };
            self.observe(&*hosted, &row, &checkout, 0).await?;
            match (checkout.state, checkout.url) {
                (CheckoutState::Open, Some(url)) => return Ok(Some(Led::AtPage(url))),
                (CheckoutState::Open, None) => {
                    return Err(Error::unavailable("till-away", "a page without address"));
                }
                (CheckoutState::Processing | CheckoutState::Paid, _) => return Ok(Some(Led::Nowhere)),
                // The page closed: another one is begun.
                (CheckoutState::Expired | CheckoutState::Failed | CheckoutState::NothingDue, _) => {}
            }
        }
        Err(Error::unavailable("till-away", "its pages close as soon as they are begun"))
    }

    /// A checkout was paid, expired or failed, says the till. It is asked what holds.
    #[boxed]
    pub(crate) async fn heard_checkout(&self, id: &str) -> Result<()> {
        let Some(hosted) = self.hosted() else { return Ok(()) };
        let known = self.of_till(&*hosted).filter(checkouts::Column::Checkout.eq(id));
        if let Some(row) = known.one(self.studio.db().read()).await? {
            return if UNPAID.contains(&row.state) { self.ask(&*hosted, &row).await } else { Ok(()) };
        }
        // Its id was never heard, for the answer that begun it was lost; or it is none of ours.
        let Some(checkout) = hosted.find(id).await.map_err(away)? else { return Ok(()) };
        let row = match &checkout.order {
            Some(order) => {
                self.of_till(&*hosted)
                    .filter(checkouts::Column::OrderId.eq(order.as_str()))
                    .filter(checkouts::Column::Checkout.is_null())
                    .order_by_desc(checkouts::Column::Turn)
                    .one(self.studio.db().read())
                    .await?
            }
            None => None,
        };
        match row {
            Some(row) => self.observe(&*hosted, &row, &checkout, row.tries).await,
            None => {
                tracing::warn!("the till told of a checkout that is none of ours");
                Ok(())
            }
        }
    }

    /// Looks at what the till did not tell of, and goes on with what is due. One that fails holds up no other.
    #[boxed]
    pub(crate) async fn carry_on(&self) -> Result<()> {
        let Some(hosted) = self.hosted() else { return Ok(()) };
        due::work_off(&Walk { till: *self, hosted }, self.studio.now_ms()).await?;
        checkouts::Entity::delete_many()
            .filter(checkouts::Column::State.eq(State::Closed))
            // As with all that are closed; an index knows them by it.
            .filter(checkouts::Column::PaidAtMs.is_null())
            .filter(checkouts::Column::ExpiresAtMs.lt(self.studio.now_ms() - REMEMBERED_MS))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    async fn see_to(&self, hosted: &dyn HostedTill, row: &checkouts::Model) -> Result<()> {
        match row.state {
            // Nobody was ever sent there.
            State::Opening => self.close(row, None).await,
            State::Open if self.wanted(row).await?.is_some() => self.ask(hosted, row).await,
            State::Open => self.shut(hosted, row).await,
            State::Processing => self.ask(hosted, row).await,
            State::Paid => self.put_to_use(hosted, &row.id).await,
            State::Returning => self.give_back(hosted, row).await.map(|_| ()),
            State::Closed | State::Used | State::Returned => Ok(()),
        }
    }

    /// Asks the till where a checkout stands, and does what follows.
    async fn ask(&self, hosted: &dyn HostedTill, row: &checkouts::Model) -> Result<()> {
        let Some(id) = &row.checkout else { return Ok(()) };
        match hosted.find(id).await.map_err(away)? {
            Some(checkout) => self.observe(hosted, row, &checkout, row.tries.saturating_add(1)).await,
            None => self.close(row, None).await,
        }
    }

    /// Closes a page that nobody needs any more. If somebody was faster and paid, that is seen to.
    async fn shut(&self, hosted: &dyn HostedTill, row: &checkouts::Model) -> Result<()> {
        let Some(id) = &row.checkout else { return self.close(row, None).await };
        match hosted.close(id).await {
            Ok(checkout) => self.observe(hosted, row, &checkout, row.tries.saturating_add(1)).await,
            Err(HostedTillError::NotFound) => self.close(row, None).await,
            Err(error) => Err(away(error)),
        }
    }

    /// The checkout that something is to be paid with now: the one that is under way, or a new one.
    async fn current(&self, hosted: &dyn HostedTill, purchase: &Purchase) -> Result<checkouts::Model> {
        let studio = self.studio;
        let newest = self.newest(&purchase.id).await?;
        let till = hosted.processor().to_string();
        let turn = match newest {
            Some(row)
                if row.till == till
                    && matches!(
                        row.state,
                        State::Opening | State::Open | State::Processing | State::Paid
                    ) =>
            {
                return Ok(row);
            }
            Some(row) => row.turn + 1,
            None => 1,
        };
        let (owner, _) =
            studio.open_account(studio.db().read(), &purchase.account, PurposeId::Payment).await?;
        let (id, now) = (format!("{}-{turn}", purchase.pay_key), studio.now_ms());
        let row = checkouts::ActiveModel {
            id: Set(id.clone()),
            order_id: Set(purchase.id.clone()),
            pay_key: Set(purchase.pay_key.clone()),
            turn: Set(turn),
            till: Set(till),
            state: Set(State::Opening),
            checkout: Set(None),
            amount_minor: Set(purchase.price.cents.into()),
            currency: Set(purchase.price.currency.clone()),
            language: Set(owner.language),
            payment: Set(None),
            refund: Set(None),
            refund_round: Set(0),
            opened_at_ms: Set(now),
            expires_at_ms: Set(now + PAGE_MS),
            paid_at_ms: Set(None),
            returned_at_ms: Set(None),
            tries: Set(0),
            next_at_ms: Set(Some(now + PAGE_MS)),
            problem: Set(None),
        };
        // Pressed twice, it is one.
        let keep_first = OnConflict::column(checkouts::Column::Id).do_nothing().to_owned();
        checkouts::Entity::insert(row)
            .on_conflict(keep_first)
            .exec_without_returning(studio.db().write())
            .await?;
        let row = checkouts::Entity::find_by_id(id).one(studio.db().write()).await?;
        row.ok_or_else(|| Error::internal("a checkout is gone"))
    }

    /// A checkout as it stands now; its page is begun where it was not. `None`: it came to nothing.
    async fn shown(
        &self,
        hosted: &dyn HostedTill,
        row: &checkouts::Model,
        purchase: &Purchase,
    ) -> Result<Option<Checkout>> {
        if let Some(id) = &row.checkout {
            let found = hosted.find(id).await.map_err(away)?;
            if found.is_none() {
                self.close(row, None).await?;
            }
            return Ok(found);
        }
        match hosted.begin(&self.request(row, purchase).await?).await {
            Ok(checkout) => Ok(Some(checkout)),
            // It was begun long ago and its answer was lost: the till does not take it any more.
            Err(HostedTillError::KeyUsed | HostedTillError::Refused { .. })
                if row.opened_at_ms < self.studio.now_ms() - MINUTE_MS =>
            {
                self.close(row, None).await?;
                Ok(None)
            }
            Err(error) => {
                if matches!(error, HostedTillError::KeyUsed | HostedTillError::Refused { .. }) {
                    // The same would be refused again; whoever presses again gets another one.
                    self.close(row, Some(&error.to_string())).await?;
                }
                Err(away(error))
            }
        }
    }

    /// What the till is asked for: always the same for a checkout. Nothing of the child is in it, and no address: one
    /// that is not paid would keep it where nobody could delete it.
    async fn request(&self, row: &checkouts::Model, purchase: &Purchase) -> Result<CheckoutRequest> {
        let studio = self.studio;
        // Only for an account that may be used for it.
        studio.open_account(studio.db().read(), &purchase.account, PurposeId::Payment).await?;
        let site = &studio.config().address;
        let locale = LOCALES.iter().find(|known| **known == row.language).unwrap_or(&"auto");
        Ok(CheckoutRequest {
            key: row.id.clone(),
            order: Personal::new(row.order_id.clone()),
            amount_minor: row.amount_minor,
            currency: row.currency.clone(),
            locale: (*locale).to_owned(),
            success_url: format!("{site}{}", purchase.back.paid),
            cancel_url: format!("{site}{}", purchase.back.unpaid),
            expires_at_s: row.expires_at_ms / SECOND_MS,
        })
    }

    /// Takes over where the till says that a checkout stands.
    async fn observe(
        &self,
        hosted: &dyn HostedTill,
        row: &checkouts::Model,
        checkout: &Checkout,
        tries: i32,
    ) -> Result<()> {
        if let Some(customer) = &checkout.customer {
            self.note_customer(hosted, row, customer).await?;
        }
        match checkout.state {
            CheckoutState::Paid => self.paid(hosted, row, checkout).await,
            CheckoutState::Open | CheckoutState::Processing => {
                // An answer that is older than what is known takes nothing back.
                let takes_days =
                    checkout.state == CheckoutState::Processing || row.state == State::Processing;
                let (state, longest) = match takes_days {
                    true => (State::Processing, LOOK_AT_DAYS_MS),
                    false => (State::Open, LOOK_MAX_MS),
                };
                let wait = (FIRST_LOOK_MS << tries.clamp(0, 8)).min(longest);
                unpaid(row)
                    .col_expr(checkouts::Column::State, Expr::value(state))
                    .col_expr(checkouts::Column::Checkout, Expr::value(Some(checkout.id.as_str())))
                    .col_expr(checkouts::Column::Tries, Expr::value(tries))
                    .col_expr(checkouts::Column::NextAtMs, Expr::value(Some(self.studio.now_ms() + wait)))
                    .exec(self.studio.db().write())
                    .await?;
                Ok(())
            }
            CheckoutState::Expired | CheckoutState::Failed | CheckoutState::NothingDue => {
                unpaid(row)
                    .col_expr(checkouts::Column::Checkout, Expr::value(Some(checkout.id.as_str())))
                    .exec(self.studio.db().write())
                    .await?;
                self.close(row, None).await
            }
        }
    }

    /// The money is there. What pays the order makes it; what does not fit it goes back.
    async fn paid(&self, hosted: &dyn HostedTill, row: &checkouts::Model, checkout: &Checkout) -> Result<()> {
        let studio = self.studio;
        let payment = checkout.payment.as_deref();
        let payment =
            payment.ok_or_else(|| Error::unavailable("till-away", "paid, and no payment is named"))?;
        let due = Due { order: &row.order_id, amount_minor: row.amount_minor, currency: &row.currency };
        let fits = checkout.settles(due) == Said::Yes;
        let (now, state) = (studio.now_ms(), if fits { State::Paid } else { State::Returning });
        let turned = unpaid(row)
            .col_expr(checkouts::Column::State, Expr::value(state))
            .col_expr(checkouts::Column::Checkout, Expr::value(Some(checkout.id.as_str())))
            .col_expr(checkouts::Column::Payment, Expr::value(Some(payment)))
            .col_expr(checkouts::Column::PaidAtMs, Expr::value(Some(now)))
            .col_expr(checkouts::Column::Tries, Expr::value(0))
            .col_expr(checkouts::Column::NextAtMs, Expr::value(Some(now)))
            .exec(studio.db().write())
            .await?;
        if turned.rows_affected == 0 {
            return Ok(());
        }
        if fits {
            return self.put_to_use(hosted, &row.id).await;
        }
        tracing::error!(order = row.order_id, "what was paid is not what was due; the money goes back");
        match self.by_id(&row.id).await? {
            Some(row) => self.give_back(hosted, &row).await.map(|_| ()),
            None => Ok(()),
        }
    }

    async fn close(&self, row: &checkouts::Model, problem: Option<&str>) -> Result<()> {
        unpaid(row)
            .col_expr(checkouts::Column::State, Expr::value(State::Closed))
            .col_expr(checkouts::Column::NextAtMs, Expr::value(None::<i64>))
            .col_expr(checkouts::Column::Problem, Expr::value(problem))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    async fn again(&self, row: &checkouts::Model, problem: &str) -> Result<()> {
        let wait = (FIRST_LOOK_MS << row.tries.clamp(0, 8)).min(LOOK_MAX_MS);
        checkouts::Entity::update_many()
            .col_expr(checkouts::Column::Tries, Expr::value(row.tries.saturating_add(1)))
            .col_expr(checkouts::Column::NextAtMs, Expr::value(Some(self.studio.now_ms() + wait)))
            .col_expr(checkouts::Column::Problem, Expr::value(Some(problem)))
            .filter(checkouts::Column::Id.eq(row.id.as_str()))
            .filter(checkouts::Column::State.eq(row.state))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    fn of_till(&self, hosted: &dyn HostedTill) -> Select<checkouts::Entity> {
        checkouts::Entity::find().filter(checkouts::Column::Till.eq(hosted.processor().as_str()))
    }

    #[boxed]
    pub(super) async fn by_id(&self, id: &str) -> Result<Option<checkouts::Model>> {
        Ok(checkouts::Entity::find_by_id(id).one(self.studio.db().write()).await?)
    }

    async fn newest(&self, purchase: &str) -> Result<Option<checkouts::Model>> {
        let found = checkouts::Entity::find()
            .filter(checkouts::Column::OrderId.eq(purchase))
            .order_by_desc(checkouts::Column::Turn)
            .one(self.studio.db().read())
            .await?;
        Ok(found)
    }
}

/// What is due at a till.
struct Walk<'a> {
    till: Till<'a>,
    hosted: Arc<dyn HostedTill>,
}

impl due::Due for Walk<'_> {
    type Row = checkouts::Model;

    async fn due(&self, until_ms: i64) -> Result<Vec<checkouts::Model>> {
        let due = self
            .till
            .of_till(&*self.hosted)
            .filter(checkouts::Column::NextAtMs.lte(until_ms))
            .order_by_asc(checkouts::Column::NextAtMs)
            .limit(BATCH);
        Ok(due.all(self.till.studio.db().write()).await?)
    }

    async fn see_to(&self, row: &checkouts::Model) -> Result<()> {
        self.till.see_to(&*self.hosted, row).await
    }

    async fn put_off(&self, row: &checkouts::Model, why: &Error) -> Result<()> {
        if row.paid_at_ms.is_some_and(|at_ms| self.till.studio.now_ms() - at_ms > HOUR_MS) {
            tracing::error!(order = row.order_id, error = %why, "nothing could be done yet for money that is there");
        }
        self.till.again(row, &why.to_string()).await
    }
}

/// A change of a checkout without money.
fn unpaid(row: &checkouts::Model) -> sea_orm::UpdateMany<checkouts::Entity> {
    checkouts::Entity::update_many()
        .filter(checkouts::Column::Id.eq(row.id.as_str()))
        .filter(checkouts::Column::State.is_in(UNPAID))
}

/// The till did not do what it was asked; it is asked again.
pub(super) fn away(error: HostedTillError) -> Error {
    Error::unavailable("till-away", error)
}
