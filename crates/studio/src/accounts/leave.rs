//! The end of an account that its owner asked for: some days of grace in which nothing is processed and it can
//! be taken back, then erasure. How many days stands in the policy.

use policy::derive::retention::grace_ms;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryOrder, QuerySelect};

use super::rows::{State, accounts};
use super::{Accounts, language_of, letters};
use crate::backup::Said;
use crate::mail;
use crate::sessions::{self, NewSession};
use crate::{AccountId, Error, Result, Studio, boxed};

impl Accounts<'_> {
    /// Asks for the account's end: everybody is signed out, nothing is processed any more, and a mail, the last one,
    /// says until when it can be taken back. Returns when it will be erased.
    ///
    /// # Errors
    /// `account-not-found`.
    #[boxed]
    pub async fn leave(&self, account: &AccountId) -> Result<i64> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let ends_at_ms = now + grace_ms(studio.policy());
        let tx = studio.begin_for(account).await?;
        let left = self
            .change(account, &[State::Active, State::Restricted], State::Leaving)
            .col_expr(accounts::Column::LeavingAtMs, Expr::value(Some(now)))
            .exec(&tx)
            .await?;
        if left.rows_affected == 0 {
            return Err(Error::not_found("account-not-found"));
        }
        self.shut(&tx, account, State::Leaving).await?;
        let language = language_of(&tx, account).await?;
        let letter = letters::leaving(&language, &mail::day(&language, ends_at_ms)?);
        studio.mail().write(&tx, account, &letter).await?;
        studio.ledger().enter_said(Said::Leaving, account.as_str(), now)?;
        tx.commit().await?;
        tracing::info!("the end of an account was asked for");
        Ok(ends_at_ms)
    }

    /// When an account that is about to end will be erased.
    ///
    /// # Errors
    /// `account-not-found` when it is not about to end.
    #[boxed]
    pub async fn ends_at_ms(&self, account: &AccountId) -> Result<i64> {
        let row = accounts::Entity::find_by_id(account.as_str()).one(self.studio.db().read()).await?;
        let left = row.filter(|row| row.state == State::Leaving).and_then(|row| row.leaving_at_ms);
        let left = left.ok_or_else(|| Error::not_found("account-not-found"))?;
        Ok(left + grace_ms(self.studio.policy()))
    }

    /// Takes the end back: the account is as it was, and what was under way goes on. The new session is that of who
    /// signed in then.
    ///
    /// # Errors
    /// `account-not-found` when it is not about to end (any more).
    #[boxed]
    pub async fn stay(&self, account: &AccountId, signed_in_at_ms: i64) -> Result<NewSession> {
        let studio = self.studio;
        let tx = studio.db().begin().await?;
        let row = accounts::Entity::find_by_id(account.as_str()).one(&tx).await?;
        // Whose data were only stored before: they are so again.
        let restricted = row.is_some_and(|row| row.restricted_at_ms.is_some());
        let state = if restricted { State::Restricted } else { State::Active };
        let stayed = self
            .change(account, &[State::Leaving], state)
            .col_expr(accounts::Column::LeavingAtMs, Expr::value(None::<i64>))
            .exec(&tx)
            .await?;
        if stayed.rows_affected == 0 {
            return Err(Error::not_found("account-not-found"));
        }
        sessions::end_all(&tx, account).await?;
        let session = sessions::go_on(studio, &tx, Some(account), state.role(), signed_in_at_ms).await?;
        studio.ledger().enter_said(Said::Stays, account.as_str(), studio.now_ms())?;
        tx.commit().await?;
        studio.jobs().look_again().await;
        Ok(session)
    }

    /// The account with this address, for somebody of the staff who was told that a child's data are in it.
    ///
    /// # Errors
    /// `email-invalid`, `account-not-found`.
    #[boxed]
    pub async fn with_address(&self, email: &str) -> Result<AccountId> {
        let found = self.find(self.studio.db().read(), &super::Email::parse(email)?).await?;
        found.map(|row| AccountId::stored(row.id)).ok_or_else(|| Error::not_found("account-not-found"))
    }

    pub(super) fn change(
        &self,
        account: &AccountId,
        from: &[State],
        to: State,
    ) -> sea_orm::UpdateMany<accounts::Entity> {
        let is_of_the_end = to == State::Leaving || from.contains(&State::Leaving);
        let said_at = match is_of_the_end {
            true => accounts::Column::LeavingSaidAtMs,
            false => accounts::Column::RestrictedSaidAtMs,
        };
        accounts::Entity::update_many()
            .col_expr(accounts::Column::State, Expr::value(to))
            .col_expr(said_at, Expr::value(Some(self.studio.now_ms())))
            .filter(accounts::Column::Id.eq(account.as_str()))
            .filter(accounts::Column::State.is_in(from.iter().copied()))
    }
}

/// Accounts whose end was asked for at this moment or before are erased now.
pub(super) fn left_before(studio: &Studio) -> i64 {
    studio.now_ms() - grace_ms(studio.policy())
}

/// Of an account: its end was asked for, and its days of grace are over.
pub(crate) fn is_grace_over(studio: &Studio) -> Condition {
    Condition::all()
        .add(accounts::Column::State.eq(State::Leaving))
        .add(accounts::Column::LeavingAtMs.lte(left_before(studio)))
}

/// Accounts whose days of grace are over.
#[boxed]
pub(crate) async fn grace_over(studio: &Studio) -> Result<Vec<AccountId>> {
    let ids: Vec<String> = accounts::Entity::find()
        .select_only()
        .column(accounts::Column::Id)
        .filter(is_grace_over(studio))
        .order_by_asc(accounts::Column::LeavingAtMs)
        .into_tuple()
        .all(studio.db().read())
        .await?;
    Ok(ids.into_iter().map(AccountId::stored).collect())
}
