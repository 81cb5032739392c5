//! Marketing: what people agreed to and took back, and the mails that follow from it. Who may get which is
//! `policy::marketing`'s to say; here it is remembered, looked up again at the moment of sending, and obeyed.

mod again;
mod at_till;
mod campaigns;
mod engagement;
mod letters;
pub(crate) mod rows;
mod segment;
mod send;
mod token;
mod turn;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use policy::marketing::{Consented, Rule, Standing, may_send};
use policy::{Country, Ground, Mailing, Offsets, PurposeId, Subject};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{PaginatorTrait, QueryOrder};

use crate::accounts::email_of;
use crate::accounts::rows::accounts;
use crate::backup::Said;
use crate::orders::rows::{charges, orders};
use crate::{AccountId, Error, Result, Studio, boxed};

pub use at_till::AtTill;
pub use campaigns::{Campaign, CampaignState, Draft, Figures, PACES, Words};
pub use engagement::Engaged;
pub use segment::Segment;
pub use token::Preferences;
pub(crate) use turn::Turn;

/// What somebody did about marketing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum Status {
    /// Ticked the box.
    Subscribed,
    /// Opened the link in the mail that asked whether it was really them.
    Confirmed,
    /// Bought a film, was told that customers hear of similar ones, and left the box alone that objects.
    Customer,
    /// Wants no such mail any more.
    Unsubscribed,
}

impl Status {
    fn consented(self) -> Consented {
        match self {
            Self::Subscribed => Consented::Ticked,
            Self::Confirmed => Consented::Confirmed,
            Self::Customer | Self::Unsubscribed => Consented::No,
        }
    }
}

/// How somebody did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum Method {
    /// The box when signing up.
    SignUp,
    /// The switch in the account.
    Settings,
    /// A box at the till.
    Checkout,
    /// A link in a mail.
    MailLink,
    /// The mail program's own button (RFC 8058).
    OneClick,
    /// Their mail provider told us that they called it unwanted (RFC 5965).
    Complaint,
    /// The mailing list outside told us that they stopped it there.
    ListService,
    /// They wrote to us, and somebody at the desk did it.
    Case,
    /// The ledger beside the database says so: a backup from before was brought back.
    Ledger,
}

/// An act, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// What was done.
    pub status: Status,
    /// How.
    pub method: Method,
    /// Which wording stood beside it.
    pub wording: String,
    /// What follows from where they were. That itself is not kept.
    pub rule: Rule,
    /// When.
    pub at_ms: i64,
}

impl Act {
    /// Whether such mail is wanted after it.
    fn is_wanted(&self) -> bool {
        self.status != Status::Unsubscribed
    }
}

/// Why somebody gets such mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// They agreed to it.
    Agreed,
    /// They are customers who were told of it and did not object: that is no agreement.
    Customer,
    /// They agreed to what it was before, which counts no more: they get none until they agree anew.
    Lapsed,
}

/// Marketing of a studio.
#[derive(Clone, Copy)]
pub struct Marketing<'a> {
    studio: &'a Studio,
}

impl<'a> Marketing<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Remembers that somebody agreed, in the settings or at the till. Where their country wants it confirmed, a
    /// mail asks for that.
    ///
    /// # Errors
    /// `wording-changed`, `account-not-found`.
    #[boxed]
    pub async fn subscribe(
        &self,
        account: &AccountId,
        method: Method,
        wording: &str,
        country: Option<Country>,
    ) -> Result<()> {
        self.check_wording(wording)?;
        let language = self.studio.accounts().get(account).await?.language;
        let rule = self.rule(country);
        let tx = self.studio.begin_for(account).await?;
        // More than that cannot be agreed to, unless the address takes no mail since.
        if self.newest(&tx, account).await?.is_some_and(|act| act.status == Status::Confirmed)
            && self.standing(&tx, account).await?.is_some_and(|(person, _)| !person.stopped)
        {
            return Ok(());
        }
        self.act(&tx, account, self.now(Status::Subscribed, method, wording, rule)).await?;
        if rule.confirm {
            let letter = letters::confirm(&language, &self.token(account));
            self.studio.mail().write(&tx, account, &letter).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Remembers that a customer was told of such mail at the till and did not object.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn told_customer(&self, account: &AccountId, country: Option<Country>) -> Result<()> {
        let wording = self.studio.policy().wording(Subject::Customer).version.clone();
        let tx = self.studio.db().begin().await?;
        // Whoever decided something already has decided it, as long as that counts.
        if self.newest(&tx, account).await?.is_none_or(|act| self.has_lapsed(&act)) {
            let rule = self.rule(country);
            self.act(&tx, account, self.now(Status::Customer, Method::Checkout, &wording, rule)).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Stops all such mail, also what is written and waits.
    ///
    /// # Errors
    /// `account-not-found`.
    #[boxed]
    pub async fn stop(&self, account: &AccountId, method: Method) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        let newest = self.newest(&tx, account).await?;
        if newest.as_ref().is_none_or(Act::is_wanted) {
            if matches!(method, Method::MailLink | Method::OneClick) {
                self.count_leaver(&tx, account).await?;
            }
            let rule = self.rule_of(newest.as_ref());
            self.act(&tx, account, self.now(Status::Unsubscribed, method, "", rule)).await?;
        }
        tx.commit().await?;
        self.studio.db().leave_no_trace().await;
        tracing::info!("somebody wants no more marketing mail");
        Ok(())
    }

    /// Stops all such mail to an address whose owner asked us to: for the account that has it, or for nobody's yet.
    ///
    /// # Errors
    /// `email-invalid`, or when the database or the ledger is out of reach.
    pub(crate) async fn stop_at(&self, email: &str, account: Option<&AccountId>) -> Result<()> {
        if let Some(account) = account {
            return self.stop(account, Method::Case).await;
        }
        let index = self.studio.accounts().index_of(email)?;
        let tx = self.studio.db().begin().await?;
        self.refuse(&tx, index).await?;
        tx.commit().await?;
        tracing::info!("an address without an account gets no marketing mail");
        Ok(())
    }

    /// What somebody did, newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn history(&self, account: &AccountId) -> Result<Vec<Act>> {
        let found = acts_of(account).all(self.studio.db().read()).await?;
        Ok(found.into_iter().map(act).collect())
    }

    /// Why such mail is wanted, as the account's page shows it; `None`: it is not.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn wish(&self, account: &AccountId) -> Result<Option<Wish>> {
        let newest = self.newest(self.studio.db().read(), account).await?;
        Ok(newest.filter(Act::is_wanted).map(|act| match act.status {
            Status::Customer => Wish::Customer,
            _ if self.has_lapsed(&act) => Wish::Lapsed,
            _ => Wish::Agreed,
        }))
    }

    /// Whether customers of a country may hear of similar films without having agreed: then the till tells them,
    /// with the box that objects.
    pub fn tells_customers(&self, country: Option<Country>) -> bool {
        let person = Standing { consent: Consented::No, customer: true, stopped: false };
        may_send(self.studio.policy(), Mailing::ProductUpdate, self.rule(country), person).is_ok()
    }

    /// Within the sign-up: the box was ticked. It counts as confirmed once the mail's link is opened.
    pub(crate) async fn ticked_at_sign_up(
        &self,
        tx: &impl ConnectionTrait,
        account: &AccountId,
        wording: &str,
        country: Option<Country>,
    ) -> Result<()> {
        // The address is not theirs yet: whoever owns it may have said no to us before.
        let ticked = self.now(Status::Subscribed, Method::SignUp, wording, self.rule(country));
        self.write(tx, account, ticked).await
    }

    /// Within the opening of the first mail's link: what was ticked is confirmed, for the mail said so.
    pub(crate) async fn confirmed_with_address(
        &self,
        tx: &impl ConnectionTrait,
        account: &AccountId,
    ) -> Result<()> {
        match self.newest(tx, account).await? {
            Some(ticked) if ticked.status == Status::Subscribed => {
                let (status, method, at_ms) = (Status::Confirmed, Method::MailLink, self.studio.now_ms());
                self.act(tx, account, Act { status, method, at_ms, ..ticked }).await
            }
            _ => Ok(()),
        }
    }

    /// On what ground a mail may be sent to an account now, or `None`.
    pub(crate) async fn ground(
        &self,
        db: &impl ConnectionTrait,
        account: &AccountId,
        mailing: Mailing,
    ) -> Result<Option<Ground>> {
        Ok(self.ground_where(db, account, mailing).await?.map(|(ground, _)| ground))
    }

    /// The same with the rule that counts.
    async fn ground_where(
        &self,
        db: &impl ConnectionTrait,
        account: &AccountId,
        mailing: Mailing,
    ) -> Result<Option<(Ground, Rule)>> {
        let Some((person, rule)) = self.standing(db, account).await? else { return Ok(None) };
        Ok(may_send(self.studio.policy(), mailing, rule, person).ok().map(|ground| (ground, rule)))
    }

    /// What is known of an account's owner, and the rule that counts: that of what they did last. `None` while there is
    /// nobody to write to.
    async fn standing(
        &self,
        db: &impl ConnectionTrait,
        account: &AccountId,
    ) -> Result<Option<(Standing, Rule)>> {
        let Some(row) = accounts::Entity::find_by_id(account.as_str()).one(db).await? else {
            return Ok(None);
        };
        if row.state != crate::accounts::rows::State::Active {
            return Ok(None);
        }
        let newest = self.newest(db, account).await?;
        // What was agreed to under words that count no more is nothing to go by, on whatever ground.
        let is_wanted = |act: &Act| act.is_wanted() && !self.has_lapsed(act);
        let counted = newest.as_ref().filter(|act| is_wanted(act));
        let consent = counted.map_or(Consented::No, |act| act.status.consented());
        let stopped = match &row.email_index {
            None => consent == Consented::No,
            Some(index) => suppressed_since(db, index).await?.is_some_and(|since_ms| {
                // What they agreed to afterwards counts for more.
                consent == Consented::No || newest.as_ref().is_some_and(|act| act.at_ms <= since_ms)
            }),
        };
        let stopped = stopped || newest.as_ref().is_some_and(|act| !is_wanted(act));
        let person = Standing { consent, customer: has_bought(db, account).await?, stopped };
        Ok(Some((person, self.rule_of(newest.as_ref()))))
    }

    /// Within a change of the address: who wants no such mail at the old one wants none at the new one.
    pub(crate) async fn moved(
        &self,
        tx: &impl ConnectionTrait,
        account: &AccountId,
        old: &[u8],
        new: Vec<u8>,
    ) -> Result<()> {
        // Who agreed is kept out only by an address where nobody takes mail; that one is left behind.
        let newest = self.newest(tx, account).await?;
        let agreed = newest.is_some_and(|act| act.status.consented() != Consented::No);
        let stays = !agreed && suppressed_since(tx, old).await?.is_some();
        if stays { self.refuse(tx, new).await } else { Ok(()) }
    }

    /// Nobody takes mail at this address: what advertises does not go there until they agree afresh.
    pub(crate) async fn bounced(&self, tx: &impl ConnectionTrait, email: &str) -> Result<()> {
        let index = self.studio.accounts().index_of(email)?;
        self.suppress(tx, index, self.studio.now_ms()).await?;
        tracing::info!("an address where nobody takes mail gets no more marketing mail");
        Ok(())
    }

    /// Whoever reads this address called a mail unwanted: that stops all that advertises there, and for the account
    /// it was written for as long as that has the address. Who has an old or a mistyped one speaks for nobody else.
    pub(crate) async fn complained(
        &self,
        tx: &impl ConnectionTrait,
        account: Option<&AccountId>,
        email: &str,
    ) -> Result<()> {
        let index = self.studio.accounts().index_of(email)?;
        self.refuse(tx, index.clone()).await?;
        let Some(account) = account else { return Ok(()) };
        let (row, key) = self.studio.open_account(tx, account, PurposeId::ServiceMessages).await?;
        if self.studio.accounts().index_of(&email_of(self.studio, &key, &row)?)? != index {
            return Ok(());
        }
        let newest = self.newest(tx, account).await?;
        if newest.as_ref().is_none_or(Act::is_wanted) {
            let rule = self.rule_of(newest.as_ref());
            self.act(tx, account, self.now(Status::Unsubscribed, Method::Complaint, "", rule)).await?;
        }
        Ok(())
    }

    /// Writes an act down; the one before it ends. Agreeing afresh lifts what kept the address out, stopping puts
    /// it there.
    async fn act(&self, tx: &impl ConnectionTrait, account: &AccountId, act: Act) -> Result<()> {
        let status = act.status;
        if status == Status::Unsubscribed {
            self.studio.ledger().enter_said(Said::NoMarketing, account.as_str(), act.at_ms)?;
        }
        self.write(tx, account, act).await?;
        let row = accounts::Entity::find_by_id(account.as_str()).one(tx).await?;
        let Some(index) = row.and_then(|row| row.email_index) else { return Ok(()) };
        match status {
            Status::Subscribed | Status::Confirmed => {
                rows::suppressions::Entity::delete_by_id(index).exec(tx).await?;
            }
            Status::Unsubscribed => {
                self.refuse(tx, index).await?;
            }
            Status::Customer => {}
        }
        Ok(())
    }

    /// Whoever reads this address wants no such mail: from now on it is not written to, whatever backup is brought
    /// back.
    async fn refuse(&self, tx: &impl ConnectionTrait, email_index: Vec<u8>) -> Result<()> {
        let (now, hash) = (self.studio.now_ms(), URL_SAFE_NO_PAD.encode(&email_index));
        self.studio.ledger().enter_said(Said::NoMarketingAt, &hash, now)?;
        self.suppress(tx, email_index, now).await
    }

    /// From then on this address is not written to.
    async fn suppress(&self, tx: &impl ConnectionTrait, email_index: Vec<u8>, since_ms: i64) -> Result<()> {
        let row = rows::suppressions::ActiveModel {
            email_index: Set(email_index),
            since_ms: Set(since_ms),
            over_at_ms: Set(Some(since_ms)),
        };
        let newest = OnConflict::column(rows::suppressions::Column::EmailIndex)
            .update_columns([rows::suppressions::Column::SinceMs, rows::suppressions::Column::OverAtMs])
            .to_owned();
        rows::suppressions::Entity::insert(row).on_conflict(newest).exec_without_returning(tx).await?;
        self.studio.lists().changed(tx).await
    }

    /// An address that an account has is kept out as long as that has it; from then on count the years for which that is
    /// known.
    #[boxed]
    pub(crate) async fn hold_refusals(&self) -> Result<()> {
        use rows::suppressions::Column::OverAtMs;
        let (db, now) = (self.studio.db().write(), self.studio.now_ms());
        let of_account = Query::select()
            .column(accounts::Column::Id)
            .from(accounts::Entity)
            .and_where(Expr::cust("accounts.email_index = suppressions.email_index"))
            .to_owned();
        rows::suppressions::Entity::update_many()
            .col_expr(OverAtMs, Expr::value(None::<i64>))
            .filter(OverAtMs.is_not_null())
            .filter(Expr::exists(of_account.clone()))
            .exec(db)
            .await?;
        rows::suppressions::Entity::update_many()
            .col_expr(OverAtMs, Expr::value(Some(now)))
            .filter(OverAtMs.is_null())
            .filter(Expr::not_exists(of_account))
            .exec(db)
            .await?;
        Ok(())
    }

    async fn write(&self, tx: &impl ConnectionTrait, account: &AccountId, act: Act) -> Result<()> {
        rows::acts::Entity::update_many()
            .col_expr(rows::acts::Column::EndedAtMs, Expr::value(Some(act.at_ms)))
            .filter(rows::acts::Column::AccountId.eq(account.as_str()))
            .filter(rows::acts::Column::EndedAtMs.is_null())
            .exec(tx)
            .await?;
        // What was agreed to is kept as it was said until nothing is wanted any more, and a no until it is taken back:
        // only then begin the years.
        let mut over = rows::acts::Entity::update_many()
            .col_expr(rows::acts::Column::OverAtMs, Expr::value(Some(act.at_ms)))
            .filter(rows::acts::Column::AccountId.eq(account.as_str()))
            .filter(rows::acts::Column::OverAtMs.is_null());
        if act.is_wanted() {
            over = over.filter(rows::acts::Column::Status.eq(Status::Unsubscribed));
        }
        over.exec(tx).await?;
        if !act.is_wanted() {
            self.forget_engagement(tx, account).await?;
        }
        let ended_at_ms = (!act.is_wanted()).then_some(act.at_ms);
        let row = rows::acts::ActiveModel {
            id: Set(self.studio.new_id()),
            account_id: Set(account.to_string()),
            status: Set(act.status),
            method: Set(act.method),
            wording: Set(act.wording),
            confirm: Set(act.rule.confirm),
            customers: Set(act.rule.customers),
            clock_least: Set(act.rule.clocks.least),
            clock_most: Set(act.rule.clocks.most),
            at_ms: Set(act.at_ms),
            ended_at_ms: Set(ended_at_ms),
            over_at_ms: Set(None),
        };
        rows::acts::Entity::insert(row).exec_without_returning(tx).await?;
        self.studio.lists().changed(tx).await
    }

    /// An act that is done now.
    fn now(&self, status: Status, method: Method, wording: &str, rule: Rule) -> Act {
        Act { status, method, wording: wording.to_owned(), rule, at_ms: self.studio.now_ms() }
    }

    /// What the law and the clocks of a country ask for today.
    fn rule(&self, country: Option<Country>) -> Rule {
        Rule::of(self.studio.policy(), country)
    }

    /// What holds for somebody who did this last.
    fn rule_of(&self, newest: Option<&Act>) -> Rule {
        newest.map_or_else(|| self.rule(None), |act| act.rule)
    }

    async fn newest(&self, db: &impl ConnectionTrait, account: &AccountId) -> Result<Option<Act>> {
        Ok(acts_of(account).one(db).await?.map(act))
    }

    /// Whether somebody agreed under a wording that does not count any more.
    fn has_lapsed(&self, act: &Act) -> bool {
        act.status.consented() != Consented::No
            && !self.studio.policy().counts(Subject::Marketing, &act.wording)
    }

    fn check_wording(&self, wording: &str) -> Result<()> {
        if self.studio.policy().is_current(Subject::Marketing, wording) {
            return Ok(());
        }
        let sentence =
            "The wording has changed since this page was loaded. Please read it again and confirm.";
        Err(Error::conflict("wording-changed", sentence))
    }
}

fn acts_of(account: &AccountId) -> Select<rows::acts::Entity> {
    rows::acts::Entity::find()
        .filter(rows::acts::Column::AccountId.eq(account.as_str()))
        .order_by_desc(rows::acts::Column::AtMs)
        .order_by_desc(rows::acts::Column::Id)
}

async fn suppressed_since(db: &impl ConnectionTrait, index: &[u8]) -> Result<Option<i64>> {
    let row = rows::suppressions::Entity::find_by_id(index.to_vec()).one(db).await?;
    Ok(row.map(|row| row.since_ms))
}

/// Whether an account paid for a film and kept it.
async fn has_bought(db: &impl ConnectionTrait, account: &AccountId) -> Result<bool> {
    let theirs = Query::select()
        .column(orders::Column::Id)
        .from(orders::Entity)
        .and_where(orders::Column::AccountId.eq(account.as_str()))
        .to_owned();
    let paid = charges::Entity::find()
        .filter(charges::Column::OrderId.in_subquery(theirs))
        // Whoever was given a film bought none.
        .filter(charges::Column::Till.ne(crate::gifts::TILL))
        .filter(charges::Column::RefundedAtMs.is_null())
        .count(db)
        .await?;
    Ok(paid > 0)
}

fn act(row: rows::acts::Model) -> Act {
    Act {
        status: row.status,
        method: row.method,
        wording: row.wording,
        rule: Rule {
            confirm: row.confirm,
            customers: row.customers,
            clocks: Offsets { least: row.clock_least, most: row.clock_most },
        },
        at_ms: row.at_ms,
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod year;
