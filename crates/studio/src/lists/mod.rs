//! A mailing list outside: whoever agreed to advertising is put on it, whoever withdrew is taken off, and who stopped it
//! there has stopped it here.
//!
//! Nothing is told by event. What holds here is compared with what was told last ([`rows::Told`]), and the difference is
//! told: so whatever ends what somebody agreed to (a click, an objection, a restriction, the end of an account, a
//! change of the policy) reaches the list in the same way. Who may be told of is [`crate::purposes`]' to say: only who
//! agreed, never who is written to as a customer, and nobody without an account. The list learns the address, that they
//! agreed, and what they bought since. It learns no name (we have none of parents, and a child's is never told) and
//! nothing of what they open: that stays here.
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
use sea_orm::sea_query::{Condition, OnConflict, Query, SelectStatement};
use sea_orm::{QueryOrder, QuerySelect};
use vault::Place;

use crate::accounts::email_of;
use crate::accounts::rows::{State, accounts};
use crate::clock::{HOUR_MS, MINUTE_MS};
use crate::due::{self, Due};
use crate::handles::Which;
use crate::handles::rows::handles;
use crate::jobs::{self, Job};
use crate::marketing::Status;
use crate::marketing::rows::{acts, suppressions};
use crate::{AccountId, Error, Result, Studio, boxed, keys};
use rows::{Told, members, polls};

/// People looked at in one go.
const BATCH: u64 = 200;
/// So many are looked at in one run; the rest comes with the next, which is asked for at once.
const RUN_MAX: usize = 500;
/// What the list was told is compared with what holds so often, and sooner when something is known to have changed.
const COMPARE_MS: i64 = 5 * MINUTE_MS;
/// Everybody on the list is looked at so often, whatever is known to have changed.
const LOOK_MS: i64 = HOUR_MS;
/// So long after they were looked at, those are looked at again who still have to confirm.
const CONFIRM_MS: i64 = 10 * MINUTE_MS;

/// The mailing list of a studio.
#[derive(Clone, Copy)]
pub struct Lists<'a> {
    studio: &'a Studio,
}

impl<'a> Lists<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Tells the list what it does not know, and hears who left there. Where there is no list any more, whoever may
    /// not be known there is still let go of.
    #[boxed]
    pub(crate) async fn carry_on(&self) -> Result<()> {
        let role = self.studio.connected().lists.clone();
        self.keep_up(role.as_deref()).await
    }

    async fn keep_up(&self, role: Option<&dyn role::Lists>) -> Result<()> {
        if let Some(role) = role {
            self.hear_when_due(role).await?;
        }
        let compares = self.is_time_to_compare().await?;
        if compares {
            self.part_with_those_who_left(role).await?;
        }
        let Some(role) = role else { return Ok(()) };
        let now = self.studio.now_ms();
        due::work_off(&Leaving { lists: *self, role }, now).await?;
        self.try_again_to_join(role, now).await?;
        if compares {
            self.join_those_who_agreed(role).await?;
            self.tell_purchases(role).await?;
        }
        Ok(())
    }

    /// Something changed that a list may have to be told: it is compared with the next run.
    pub(crate) async fn changed(&self, db: &impl ConnectionTrait) -> Result<()> {
        polls::Entity::update_many()
            .col_expr(polls::Column::CompareAtMs, Expr::value(0_i64))
            .filter(polls::Column::CompareAtMs.gt(0_i64))
            .exec(db)
            .await?;
        Ok(())
    }

    /// Whether it is time to compare, and nobody else does.
    async fn is_time_to_compare(&self) -> Result<bool> {
        let (db, now) = (self.studio.db(), self.studio.now_ms());
        let due = polls::Column::CompareAtMs.lte(now);
        if polls::Entity::find().filter(due.clone()).one(db.read()).await?.is_none() {
            return Ok(false);
        }
        let mine = polls::Entity::update_many()
            .col_expr(polls::Column::CompareAtMs, Expr::value(now.saturating_add(COMPARE_MS)))
            .filter(due)
            .exec(db.write())
            .await?;
        Ok(mine.rows_affected > 0)
    }

    /// There is more to compare than one run does: the next one goes on.
    async fn go_on_soon(&self) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        self.changed(&tx).await?;
        jobs::ask(&tx, self.studio, Job::SeeToProcessors).await?;
        Ok(tx.commit().await?)
    }

    /// Whoever is on the list and may not be any more is taken off.
    async fn part_with_those_who_left(&self, role: Option<&dyn role::Lists>) -> Result<()> {
        let (due, mut last, mut seen) = (to_look_at(self.studio.now_ms()), String::new(), 0);
        loop {
            let batch = self.members_after(&due, &last).await?;
            let Some(end) = batch.last() else { return Ok(()) };
            last.clone_from(&end.account_id);
            seen += batch.len();
            for member in batch {
                noted(self.look_at(role, &member).await);
            }
            if seen >= RUN_MAX {
                return self.go_on_soon().await;
            }
        }
    }

    /// Whoever agreed and is not on the list is put there.
    async fn join_those_who_agreed(&self, role: &dyn role::Lists) -> Result<()> {
        let (due, mut last, mut seen) = (to_join(self.studio.now_ms()), String::new(), 0);
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
            seen += batch.len();
            for id in batch {
                noted(self.join(role, &AccountId::stored(id)).await);
            }
            if seen >= RUN_MAX {
                return self.go_on_soon().await;
            }
        }
    }

    /// Those whom the list may know already are told of again. Whoever unsubscribed there meanwhile must not be put
    /// back: that is heard first.
    async fn try_again_to_join(&self, role: &dyn role::Lists, now_ms: i64) -> Result<()> {
        let begun = members::Entity::find()
            .filter(members::Column::Told.eq(Told::Begun))
            .filter(members::Column::Processor.eq(role.processor().as_str()))
            .filter(members::Column::NextAtMs.lte(now_ms));
        if begun.clone().one(self.studio.db().read()).await?.is_none() || !self.hear_now(role).await? {
            return Ok(());
        }
        due::work_off(&Begun { lists: *self, role, begun }, now_ms).await
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
    async fn look_at(&self, role: Option<&dyn role::Lists>, member: &members::Model) -> Result<()> {
        let (studio, account) = (self.studio, AccountId::stored(member.account_id.clone()));
        let unknown = |_| Error::internal("somebody is on a list that is none");
        let processor: ProcessorId = member.processor.parse().map_err(unknown)?;
        let role = role.filter(|role| role.processor() == processor);
        if !has_agreed(studio, &account).await? {
            return self.part(role, processor, &account).await;
        }
        if let Some(role) = role
            && address_of(studio, &account).await? != member.email_index
        {
            // Who stopped it there with the old address has stopped it: that is heard before it is forgotten there.
            return if self.hear(role).await? {
                self.part(Some(role), processor, &account).await
            } else {
                Ok(())
            };
        }
        self.member(&account)
            .col_expr(members::Column::LookedAtMs, Expr::value(studio.now_ms()))
            .exec(studio.db().write())
            .await?;
        Ok(())
    }

    /// Takes somebody off the list, and has it forget them. What was never told to the end may have arrived. Where the
    /// list is not connected any more, it cannot be told, and the deletion waits and alarms.
    async fn part(
        &self,
        role: Option<&dyn role::Lists>,
        processor: ProcessorId,
        account: &AccountId,
    ) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        self.member(account)
            .col_expr(members::Column::Told, Expr::value(Told::Leaving))
            .col_expr(members::Column::Tries, Expr::value(0))
            .col_expr(members::Column::NextAtMs, Expr::value(0_i64))
            .filter(members::Column::Told.is_in([Told::Begun, Told::Subscribed]))
            .exec(&tx)
            .await?;
        self.studio.handles().let_go(&tx, account, Which::At(processor)).await?;
        tx.commit().await?;
        match role {
            Some(role) => self.tell_withdrawal(role, account).await,
            None => Ok(()),
        }
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
            Err(ListsError::Withdrawn) => self.part(Some(role), role.processor(), account).await,
            Err(error) => match self.find(account).await? {
                Some(member) => self.again(role, &member, &error).await,
                None => Ok(()),
            },
        }
    }

    /// Notes that the list is about to know somebody, before anything is sent; the address, if they may be known.
    async fn begin(&self, role: &dyn role::Lists, account: &AccountId) -> Result<Option<Address>> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let tx = studio.begin_for(account).await?;
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
        let begun = known.filter(|known| known.told == Told::Begun);
        if begun.as_ref().is_some_and(|begun| begun.email_index != row.email_index) {
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
            processor: Set(role.processor().to_string()),
            told: Set(Told::Begun),
            email_index: Set(row.email_index),
            email_sealed: Set(Some(sealed)),
            // Tried again, it goes on from the first time: what they said there since then counts.
            since_ms: Set(begun.map_or(now, |begun| begun.since_ms)),
            bought_since_ms: Set(agreed.map_or(now, |act| act.at_ms)),
            looked_at_ms: Set(now),
            tries: Set(0),
            next_at_ms: Set(0),
        };
        // Tried again, it goes on counting.
        let known = OnConflict::column(members::Column::AccountId)
            .update_columns([
                members::Column::Processor,
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
            processor: Set(String::new()),
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
        self.later(member, after_s(why)).await
    }

    async fn later(&self, member: &members::Model, after_s: Option<u64>) -> Result<()> {
        let wait_ms = due::wait_ms(MINUTE_MS, member.tries, after_s);
        self.member(&AccountId::stored(member.account_id.clone()))
            .col_expr(members::Column::Tries, Expr::value(member.tries.saturating_add(1)))
            .col_expr(members::Column::NextAtMs, Expr::value(self.studio.now_ms().saturating_add(wait_ms)))
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

/// Members of whom the list does not know yet that they withdrew.
struct Leaving<'a> {
    lists: Lists<'a>,
    role: &'a dyn role::Lists,
}

impl Due for Leaving<'_> {
    type Row = members::Model;

    async fn due(&self, until_ms: i64) -> Result<Vec<members::Model>> {
        let due = members::Entity::find()
            .filter(members::Column::Told.eq(Told::Leaving))
            .filter(members::Column::Processor.eq(self.role.processor().as_str()))
            .filter(members::Column::NextAtMs.lte(until_ms))
            .order_by_asc(members::Column::NextAtMs)
            .limit(BATCH);
        Ok(due.all(self.lists.studio.db().write()).await?)
    }

    async fn see_to(&self, row: &members::Model) -> Result<()> {
        self.lists.tell_withdrawal(self.role, &AccountId::stored(row.account_id.clone())).await
    }

    async fn put_off(&self, row: &members::Model, _: &Error) -> Result<()> {
        self.lists.later(row, None).await
    }
}

/// Members whom the list may know, and may not.
struct Begun<'a> {
    lists: Lists<'a>,
    role: &'a dyn role::Lists,
    begun: Select<members::Entity>,
}

impl Due for Begun<'_> {
    type Row = members::Model;

    async fn due(&self, _: i64) -> Result<Vec<members::Model>> {
        let due = self.begun.clone().order_by_asc(members::Column::NextAtMs).limit(BATCH);
        Ok(due.all(self.lists.studio.db().write()).await?)
    }

    async fn see_to(&self, row: &members::Model) -> Result<()> {
        let account = AccountId::stored(row.account_id.clone());
        self.lists.join(self.role, &account).await?;
        // Those who may not be told of now stay as they were: they are parted with when it is compared.
        match self.lists.find(&account).await? {
            Some(now) if now.told == Told::Begun && now.next_at_ms == row.next_at_ms => {
                self.lists.later(&now, None).await
            }
            _ => Ok(()),
        }
    }

    async fn put_off(&self, row: &members::Model, _: &Error) -> Result<()> {
        self.lists.later(row, None).await
    }
}

/// Those on the list of whom something may have changed, and everybody now and then.
fn to_look_at(now: i64) -> Select<members::Entity> {
    let with_address = Query::select()
        .column(accounts::Column::Id)
        .from(accounts::Entity)
        .and_where(Expr::cust(
            "accounts.id = list_members.account_id AND accounts.email_index = list_members.email_index",
        ))
        .and_where(accounts::Column::State.eq(State::Active))
        .to_owned();
    let said = Query::select()
        .column(acts::Column::Id)
        .from(acts::Entity)
        .and_where(Expr::cust("marketing_acts.account_id = list_members.account_id"))
        .and_where(acts::Column::EndedAtMs.is_null())
        .to_owned();
    let kept_out = Query::select()
        .column(suppressions::Column::SinceMs)
        .from(suppressions::Entity)
        .and_where(Expr::cust("suppressions.email_index = list_members.email_index"))
        .to_owned();
    let changed = Condition::any()
        .add(Expr::not_exists(with_address))
        .add(Expr::not_exists(said))
        .add(Expr::exists(kept_out))
        .add(members::Column::LookedAtMs.lte(now - LOOK_MS));
    members::Entity::find()
        .filter(members::Column::Told.is_in([Told::Begun, Told::Subscribed]))
        .filter(changed)
}

/// Those who agreed and are not on the list. Whether it counts is looked at one by one.
fn to_join(now: i64) -> Select<accounts::Entity> {
    let agreed = Query::select()
        .column(acts::Column::Id)
        .from(acts::Entity)
        .and_where(Expr::cust("marketing_acts.account_id = accounts.id"))
        .and_where(acts::Column::EndedAtMs.is_null())
        .and_where(acts::Column::Status.is_in([Status::Subscribed, Status::Confirmed]))
        .to_owned();
    accounts::Entity::find()
        .filter(accounts::Column::State.eq(State::Active))
        .filter(Expr::exists(agreed))
        .filter(Expr::not_exists(settled(now)))
}

/// The row of an account that need not be told of now. Who was told of in part is tried again by themselves.
fn settled(now: i64) -> SelectStatement {
    let settled = Condition::any()
        .add(members::Column::Told.is_in([Told::Begun, Told::Subscribed, Told::Leaving]))
        .add(members::Column::NextAtMs.gt(now));
    Query::select()
        .column(members::Column::AccountId)
        .from(members::Entity)
        .and_where(Expr::cust("list_members.account_id = accounts.id"))
        .cond_where(settled)
        .to_owned()
}

/// What the list asks us to wait.
fn after_s(why: &ListsError) -> Option<u64> {
    match why {
        ListsError::Trouble(trouble) => trouble.after_s(),
        ListsError::Withdrawn => None,
    }
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
