//! A mailing list outside: whoever agreed to advertising is put on it, whoever withdrew is taken off, and who stopped it
//! there has stopped it here.
//!
//! Nothing is told by event. What holds here is compared with what was told last ([`rows::Told`]), and the difference is
//! told: so whatever ends what somebody agreed to (a click, an objection, a restriction, the end of an account, a
//! change of the policy) reaches the list in the same way. Who may be told of is [`crate::purposes`]' to say: only who
//! agreed, never who is written to as a customer, and nobody without an account. The list learns the address, that they
//! agreed, and what they bought since. It learns no name (we have none of parents, and a child's is never told) and
//! nothing of what they open, for that is not watched.
//!
//! Mail that advertises is still written and sent by ourselves ([`crate::marketing`]), list or no list: one place
//! decides at the moment of sending who gets what, and nobody gets the same twice.

mod hear;
mod purchases;
pub(crate) mod rows;

use futures::FutureExt;
use futures::future::BoxFuture;
use policy::consent::Agreed;
use policy::{Personal, ProcessorId, PurposeId, purpose};
use processors::role::{self, Address, ListsError, Withdrawals, WithdrawalsError};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Condition, OnConflict, Query};
use sea_orm::{QueryOrder, QuerySelect};
use vault::Place;

use crate::accounts::email_of;
use crate::accounts::rows::{State, accounts};
use crate::clock::{HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::handles::Which;
use crate::handles::rows::handles;
use crate::marketing::Status;
use crate::marketing::rows::{acts, suppressions};
use crate::{AccountId, Error, Result, Studio, films, keys};
use rows::{Told, members};

/// People looked at in one go.
const BATCH: u64 = 200;
/// Everybody on the list is looked at so often, whatever is known to have changed.
const LOOK_MS: i64 = HOUR_MS;
/// So long after they were looked at, those are looked at again who still have to confirm.
const CONFIRM_MS: i64 = 10 * MINUTE_MS;
/// The longest wait between two tries.
const WAIT_MAX_MS: i64 = 6 * HOUR_MS;

/// The mailing list of a studio.
#[derive(Clone, Copy)]
pub struct Lists<'a> {
    studio: &'a Studio,
}

impl<'a> Lists<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Tells the list what it does not know, and hears who left there. Where there is no list, nothing is done.
    pub(crate) async fn carry_on(&self) -> Result<()> {
        let Some(role) = self.studio.connected().lists.clone() else { return Ok(()) };
        let role = &*role;
        self.hear_when_due(role).await?;
        self.part_with_those_who_left(role).await?;
        self.tell_those_let_go_of(role).await?;
        self.join_those_who_agreed(role).await?;
        self.tell_purchases(role).await
    }

    /// Whoever is on the list and may not be any more is taken off.
    async fn part_with_those_who_left(&self, role: &dyn role::Lists) -> Result<()> {
        let (due, mut last) = (to_look_at(self.studio.now_ms()), String::new());
        loop {
            let batch = self.members_after(&due, &last).await?;
            let Some(end) = batch.last() else { return Ok(()) };
            last.clone_from(&end.account_id);
            for member in batch {
                noted(self.look_at(role, &member).await);
            }
        }
    }

    /// Who was let go of, and the list does not know yet that they withdrew.
    async fn tell_those_let_go_of(&self, role: &dyn role::Lists) -> Result<()> {
        let (now, mut last) = (self.studio.now_ms(), String::new());
        let due = members::Entity::find()
            .filter(members::Column::Told.eq(Told::Leaving))
            .filter(members::Column::NextAtMs.lte(now));
        loop {
            let batch = self.members_after(&due, &last).await?;
            let Some(end) = batch.last() else { return Ok(()) };
            last.clone_from(&end.account_id);
            for member in batch {
                noted(self.tell_withdrawal(role, &AccountId::stored(member.account_id)).await);
            }
        }
    }

    /// Whoever agreed and is not on the list is put there.
    async fn join_those_who_agreed(&self, role: &dyn role::Lists) -> Result<()> {
        let (due, mut last) = (to_join(self.studio.now_ms()), String::new());
        loop {
            let batch: Vec<String> = due
                .clone()
                .select_only()
                .column(accounts::Column::Id)
                .filter(accounts::Column::Id.gt(last.as_str()))
                .order_by_asc(accounts::Column::Id)
                .limit(BATCH)
                .into_tuple()
                .all(self.studio.db().read())
                .await?;
            let Some(end) = batch.last() else { return Ok(()) };
            last.clone_from(end);
            for id in batch {
                noted(self.join(role, &AccountId::stored(id)).await);
            }
        }
    }

    async fn members_after(&self, due: &Select<members::Entity>, last: &str) -> Result<Vec<members::Model>> {
        let batch = due
            .clone()
            .filter(members::Column::AccountId.gt(last))
            .order_by_asc(members::Column::AccountId)
            .limit(BATCH);
        Ok(batch.all(self.studio.db().read()).await?)
    }

    /// Whether somebody on the list stays there.
    async fn look_at(&self, role: &dyn role::Lists, member: &members::Model) -> Result<()> {
        let (studio, account) = (self.studio, AccountId::stored(member.account_id.clone()));
        if !has_agreed(studio, &account).await? {
            return self.part(role, &account).await;
        }
        if address_of(studio, &account).await? != member.email_index {
            // Who stopped it there with the old address has stopped it: that is heard before it is forgotten there.
            return if self.hear(role).await? { self.part(role, &account).await } else { Ok(()) };
        }
        self.member(&account)
            .col_expr(members::Column::LookedAtMs, Expr::value(studio.now_ms()))
            .exec(studio.db().write())
            .await?;
        Ok(())
    }

    /// Takes somebody off the list, and has it forget them. What was never told to the end may have arrived.
    async fn part(&self, role: &dyn role::Lists, account: &AccountId) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        self.member(account)
            .col_expr(members::Column::Told, Expr::value(Told::Leaving))
            .col_expr(members::Column::Tries, Expr::value(0))
            .col_expr(members::Column::NextAtMs, Expr::value(0_i64))
            .filter(members::Column::Told.is_in([Told::Begun, Told::Subscribed]))
            .exec(&tx)
            .await?;
        self.studio.handles().let_go(&tx, account, Which::At(role.processor())).await?;
        tx.commit().await?;
        self.tell_withdrawal(role, account).await
    }

    async fn tell_withdrawal(&self, role: &dyn role::Lists, account: &AccountId) -> Result<()> {
        let studio = self.studio;
        let Some(member) = self.find(account).await?.filter(|member| member.told == Told::Leaving) else {
            return Ok(());
        };
        let email = self.address_told(account, &member).await?;
        // Each is done whatever becomes of the other.
        let (unsubscribed, suppressed) = (role.unsubscribe(&email).await, role.suppress(&email).await);
        if let Err(error) = unsubscribed.and(suppressed) {
            return self.again(role, &member, &error).await;
        }
        self.member(account)
            .col_expr(members::Column::Told, Expr::value(Told::Unsubscribed))
            .col_expr(members::Column::EmailIndex, Expr::value(None::<Vec<u8>>))
            .col_expr(members::Column::EmailSealed, Expr::value(None::<Vec<u8>>))
            .col_expr(members::Column::Tries, Expr::value(0))
            .col_expr(members::Column::NextAtMs, Expr::value(0_i64))
            .filter(members::Column::Told.eq(Told::Leaving))
            .exec(studio.db().write())
            .await?;
        Ok(())
    }

    /// Puts somebody on the list, if they may be known there.
    async fn join(&self, role: &dyn role::Lists, account: &AccountId) -> Result<()> {
        let Some(email) = self.begin(role, account).await? else { return Ok(()) };
        let (still, agreed) = (StillAgreed { studio: self.studio, account }, Agreed::marketing_on_record());
        let told = match role.profile(&email, agreed, &still).await {
            Ok(()) => role.subscribe(&email, agreed, &still).await,
            Err(error) => Err(error),
        };
        match told {
            Ok(()) => {
                // Whoever was let go of meanwhile stays let go of.
                self.member(account)
                    .col_expr(members::Column::Told, Expr::value(Told::Subscribed))
                    .col_expr(members::Column::Tries, Expr::value(0))
                    .col_expr(members::Column::NextAtMs, Expr::value(0_i64))
                    .filter(members::Column::Told.eq(Told::Begun))
                    .exec(self.studio.db().write())
                    .await?;
                Ok(())
            }
            Err(ListsError::Withdrawn) => self.part(role, account).await,
            Err(error) => match self.find(account).await? {
                Some(member) => self.again(role, &member, &error).await,
                None => Ok(()),
            },
        }
    }

    /// Notes that the list is about to know somebody, before anything is sent; the address, if they may be known.
    async fn begin(&self, role: &dyn role::Lists, account: &AccountId) -> Result<Option<Address>> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let tx = studio.db().begin().await?;
        let (row, key) = match studio.open_account(&tx, account, PurposeId::Marketing).await {
            Ok(opened) => opened,
            Err(error) if says_no(&error) => {
                self.not_before(&tx, account, now + CONFIRM_MS).await?;
                tx.commit().await?;
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        if is_still_going(&tx, account, role.processor()).await? {
            // Put on the list now, they would be deleted with what was there of them before.
            self.not_before(&tx, account, now + MINUTE_MS).await?;
            tx.commit().await?;
            return Ok(None);
        }
        let known = members::Entity::find_by_id(account.as_str()).one(&tx).await?;
        if known.is_some_and(|known| known.told == Told::Begun && known.email_index != row.email_index) {
            // Their old address is let go of first.
            return Ok(None);
        }
        let email = email_of(studio, &key, &row)?;
        let agreed = acts::Entity::find()
            .filter(acts::Column::AccountId.eq(account.as_str()))
            .filter(acts::Column::EndedAtMs.is_null())
            .order_by_desc(acts::Column::AtMs)
            .one(&tx)
            .await?;
        let sealed = studio.vault().seal_field(&key, &place(account), email.as_bytes());
        let member = members::ActiveModel {
            account_id: Set(account.to_string()),
            told: Set(Told::Begun),
            email_index: Set(row.email_index),
            email_sealed: Set(Some(sealed)),
            since_ms: Set(now),
            bought_since_ms: Set(agreed.map_or(now, |act| act.at_ms)),
            looked_at_ms: Set(now),
            tries: Set(0),
            next_at_ms: Set(0),
        };
        // Tried again, it goes on counting.
        let known = OnConflict::column(members::Column::AccountId)
            .update_columns([
                members::Column::Told,
                members::Column::EmailIndex,
                members::Column::EmailSealed,
                members::Column::SinceMs,
                members::Column::BoughtSinceMs,
                members::Column::LookedAtMs,
            ])
            .to_owned();
        members::Entity::insert(member).on_conflict(known).exec_without_returning(&tx).await?;
        studio.handles().note(&tx, account, role.processor(), None, &email).await?;
        tx.commit().await?;
        Ok(Some(Personal::new(email)))
    }

    /// Somebody who is not on the list is not looked at again before a time.
    async fn not_before(&self, tx: &impl ConnectionTrait, account: &AccountId, at_ms: i64) -> Result<()> {
        let member = members::ActiveModel {
            account_id: Set(account.to_string()),
            told: Set(Told::Nothing),
            email_index: Set(None),
            email_sealed: Set(None),
            since_ms: Set(0),
            bought_since_ms: Set(0),
            looked_at_ms: Set(self.studio.now_ms()),
            tries: Set(0),
            next_at_ms: Set(at_ms),
        };
        let later = OnConflict::column(members::Column::AccountId)
            .update_column(members::Column::NextAtMs)
            .to_owned();
        members::Entity::insert(member).on_conflict(later).exec_without_returning(tx).await?;
        Ok(())
    }

    /// It did not work: when it is tried again.
    async fn again(&self, role: &dyn role::Lists, member: &members::Model, why: &ListsError) -> Result<()> {
        let (processor, problem) = (role.processor(), why.to_string());
        tracing::warn!(%processor, problem, "a mailing list could not be told something; it is told again");
        let tries = member.tries.saturating_add(1);
        let account = AccountId::stored(member.account_id.clone());
        self.member(&account)
            .col_expr(members::Column::Tries, Expr::value(tries))
            .col_expr(members::Column::NextAtMs, Expr::value(self.studio.now_ms() + wait_ms(tries, why)))
            .filter(members::Column::Told.eq(member.told))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    async fn find(&self, account: &AccountId) -> Result<Option<members::Model>> {
        Ok(members::Entity::find_by_id(account.as_str()).one(self.studio.db().read()).await?)
    }

    /// A change of somebody's row.
    fn member(&self, account: &AccountId) -> sea_orm::UpdateMany<members::Entity> {
        members::Entity::update_many().filter(members::Column::AccountId.eq(account.as_str()))
    }

    /// The address under which the list knows somebody.
    async fn address_told(&self, account: &AccountId, member: &members::Model) -> Result<Address> {
        let studio = self.studio;
        let sealed = member.email_sealed.as_deref().ok_or_else(|| Error::internal("no address was told"))?;
        let (_, key) = keys::of_account(studio.db().read(), studio.vault(), account).await?;
        let email = studio.vault().open_field(&key, &place(account), sealed)?;
        Ok(Personal::new(String::from_utf8(email).map_err(Error::internal)?))
    }
}

/// Tells a list at the moment of sending whether somebody still agrees, and still has the address.
struct StillAgreed<'a> {
    studio: &'a Studio,
    account: &'a AccountId,
}

impl StillAgreed<'_> {
    async fn holds_for(&self, email: &Address) -> Result<bool> {
        let index = self.studio.accounts().index_of(email.for_purpose::<purpose::Marketing>())?;
        let has_it = address_of(self.studio, self.account).await? == Some(index);
        Ok(has_it && has_agreed(self.studio, self.account).await?)
    }
}

impl Withdrawals for StillAgreed<'_> {
    fn has_withdrawn<'a>(&'a self, email: &'a Address) -> BoxFuture<'a, Result<bool, WithdrawalsError>> {
        async move {
            match self.holds_for(email).await {
                Ok(holds) => Ok(!holds),
                Err(error) => Err(WithdrawalsError(error.to_string())),
            }
        }
        .boxed()
    }
}

/// Whether advertising rests on what somebody agreed to, at this moment.
async fn has_agreed(studio: &Studio, account: &AccountId) -> Result<bool> {
    match studio.data_key(account, PurposeId::Marketing).await {
        Ok(_) => Ok(true),
        Err(error) if says_no(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether an account was not opened because it may not be, rather than because something is out of reach.
fn says_no(error: &Error) -> bool {
    matches!(error.code(), "purpose-not-allowed" | "account-not-found")
}

/// The keyed hash of the address that an account has.
async fn address_of(studio: &Studio, account: &AccountId) -> Result<Option<Vec<u8>>> {
    let row = accounts::Entity::find_by_id(account.as_str()).one(studio.db().read()).await?;
    Ok(row.and_then(|row| row.email_index))
}

/// Whether something of an account is being deleted at a processor.
async fn is_still_going(
    db: &impl ConnectionTrait,
    account: &AccountId,
    processor: ProcessorId,
) -> Result<bool> {
    let going = handles::Entity::find()
        .filter(handles::Column::AccountId.eq(account.as_str()))
        .filter(handles::Column::Processor.eq(processor.as_str()))
        .filter(handles::Column::GoingAtMs.is_not_null());
    Ok(going.one(db).await?.is_some())
}

/// Those on the list of whom something may have changed, and everybody now and then.
fn to_look_at(now: i64) -> Select<members::Entity> {
    let said = Query::select()
        .column(acts::Column::AccountId)
        .from(acts::Entity)
        .and_where(acts::Column::EndedAtMs.is_null())
        .to_owned();
    let addresses = Query::select()
        .column(accounts::Column::EmailIndex)
        .from(accounts::Entity)
        .and_where(accounts::Column::EmailIndex.is_not_null())
        .to_owned();
    let kept_out =
        Query::select().column(suppressions::Column::EmailIndex).from(suppressions::Entity).to_owned();
    let changed = Condition::any()
        .add(members::Column::AccountId.not_in_subquery(films::in_use()))
        .add(members::Column::AccountId.not_in_subquery(said))
        .add(members::Column::EmailIndex.not_in_subquery(addresses))
        .add(members::Column::EmailIndex.in_subquery(kept_out))
        .add(members::Column::LookedAtMs.lte(now - LOOK_MS));
    members::Entity::find()
        .filter(members::Column::Told.is_in([Told::Begun, Told::Subscribed]))
        .filter(changed)
}

/// Those who agreed and are not on the list. Whether it counts is looked at one by one.
fn to_join(now: i64) -> Select<accounts::Entity> {
    let agreed = Query::select()
        .column(acts::Column::AccountId)
        .from(acts::Entity)
        .and_where(acts::Column::EndedAtMs.is_null())
        .and_where(acts::Column::Status.is_in([Status::Subscribed, Status::Confirmed]))
        .to_owned();
    let settled = Condition::any()
        .add(members::Column::Told.is_in([Told::Subscribed, Told::Leaving]))
        .add(members::Column::NextAtMs.gt(now));
    let settled = Query::select()
        .column(members::Column::AccountId)
        .from(members::Entity)
        .cond_where(settled)
        .to_owned();
    accounts::Entity::find()
        .filter(accounts::Column::State.eq(State::Active))
        .filter(accounts::Column::Id.in_subquery(agreed))
        .filter(accounts::Column::Id.not_in_subquery(settled))
}

fn wait_ms(tries: i32, why: &ListsError) -> i64 {
    let tries = i64::from(tries.min(100));
    let asked = match why {
        ListsError::Away { after_s: Some(seconds), .. } => i64::try_from(*seconds).ok(),
        _ => None,
    };
    let wait = asked.map_or(tries * tries * MINUTE_MS, |seconds| seconds.saturating_mul(SECOND_MS));
    wait.clamp(SECOND_MS, WAIT_MAX_MS)
}

/// What failed with one person holds up no other; what holds is looked at again.
fn noted(came: Result<()>) {
    if let Err(error) = came {
        tracing::error!(%error, "a mailing list was not told of somebody; it is looked at again");
    }
}

fn place(account: &AccountId) -> Place<'_> {
    Place { table: "list_members", row: account.as_str(), column: "email" }
}

#[cfg(test)]
mod tests;
