//! Sending: drafts called back to mind, customers who fell silent, campaigns. Each mail is written once, by day where its
//! reader is, with the ground it rests on; whether that still holds is asked again when it goes out.

use policy::marketing::waits_until;
use policy::{Ground, Mailing};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{PaginatorTrait, QueryOrder, QuerySelect};

use super::segment::holding;
use super::{CampaignState, Marketing, letters, rows};
use crate::accounts::language_of;
use crate::accounts::rows::{State, accounts};
use crate::clock::HOUR_MS;
use crate::mail::Message;
use crate::orders::OrderState;
use crate::orders::rows::orders;
use crate::{AccountId, Result, boxed, purposes};

/// People looked at in one go.
const BATCH: u64 = 200;
/// Once for everybody: what the silence is about.
const SILENCE: &str = "silence";

/// What came of a mail that was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// It is written.
    Written,
    /// It is night there, or the last such mail was not long ago: looked at again in an hour.
    NotNow,
    /// There is no ground for it, or it was written before.
    Never,
}

impl Marketing<'_> {
    /// Writes every such mail that is due. Called every hour and after a campaign; doing it twice sends nothing
    /// twice.
    #[boxed]
    pub(crate) async fn send_due(&self) -> Result<u64> {
        if !self.may_advertise() {
            tracing::warn!("nothing that advertises is sent: `postal_address` is not set");
            return Ok(0);
        }
        Ok(self.carts().await? + self.silent().await? + self.campaigns_due().await?)
    }

    /// Whether what advertises may leave this machine: it has to say where its sender sits.
    pub(super) fn may_advertise(&self) -> bool {
        self.studio.0.outside.post.is_local() || !self.studio.config().postal_address.is_empty()
    }

    /// Drafts that were left alone.
    async fn carts(&self) -> Result<u64> {
        let (now, rules) = (self.studio.now_ms(), &self.studio.policy().marketing);
        let left = orders::Entity::find()
            .filter(orders::Column::State.eq(OrderState::Draft))
            .filter(orders::Column::PayingAtMs.is_null())
            .filter(orders::Column::ChangedAtMs.lte(now - rules.cart_left.ms()))
            .filter(orders::Column::ChangedAtMs.gt(now - rules.cart_lapsed.ms()))
            .order_by_asc(orders::Column::Id)
            .all(self.studio.db().read())
            .await?;
        let mut sent = 0;
        for order in left {
            let account = AccountId::stored(order.account_id.clone());
            let letter = |language: &str, token: &str| {
                let show = self.studio.catalogue().show(&order.film)?;
                let title = show.film().words(show.language(language)).title.clone();
                Some(letters::cart(language, &title, &order.film, token))
            };
            sent += u64::from(
                self.sent(&account, Mailing::AbandonedCart, &order.id, letter).await == Sent::Written,
            );
        }
        Ok(sent)
    }

    /// Customers who have not been here for a long time.
    async fn silent(&self) -> Result<u64> {
        let before = self.studio.now_ms() - self.studio.policy().marketing.quiet.ms();
        let quiet = accounts::Entity::find().filter(accounts::Column::SeenAtMs.lte(before));
        Ok(self.send_each(quiet, Mailing::ReEngagement, SILENCE, u64::MAX, letters::silence).await?.0)
    }

    /// Campaigns that go out, each at its pace.
    async fn campaigns_due(&self) -> Result<u64> {
        let mut sent = 0;
        for campaign in self.going().await? {
            let most = self.left_this_hour(&campaign.id, campaign.per_hour).await?;
            let whom = campaign.segment.of(accounts::Entity::find(), self.studio.now_ms());
            let letter = |language: &str, token: &str| letters::campaign(&campaign, language, token);
            let (written, waiting) =
                self.send_each(whom, campaign.mailing, &campaign.id, most, letter).await?;
            if written < most && waiting == 0 {
                self.end_if_over(&campaign).await?;
            }
            sent += written;
        }
        Ok(sent)
    }

    /// How many mails of a campaign may still be written within this hour of the clock.
    async fn left_this_hour(&self, campaign: &str, per_hour: u64) -> Result<u64> {
        let now = self.studio.now_ms();
        let written = rows::mailings::Entity::find()
            .filter(rows::mailings::Column::About.eq(campaign))
            .filter(rows::mailings::Column::AtMs.gte(now - now.rem_euclid(HOUR_MS)))
            .count(self.studio.db().read())
            .await?;
        Ok(per_hour.saturating_sub(written))
    }

    /// Sends one mail to each of these accounts who may get it and has not, and to no more than so many. Returns how
    /// many were written, and how many of those looked at wait for another hour.
    async fn send_each(
        &self,
        whom: Select<accounts::Entity>,
        mailing: Mailing,
        about: &str,
        most: u64,
        letter: impl Fn(&str, &str) -> Message,
    ) -> Result<(u64, u64)> {
        let already = Query::select()
            .column(rows::mailings::Column::AccountId)
            .from(rows::mailings::Entity)
            .and_where(Expr::cust("mailings.account_id = accounts.id"))
            .and_where(rows::mailings::Column::Mailing.eq(mailing.word()))
            .and_where(rows::mailings::Column::About.eq(about))
            .to_owned();
        let whom = whom
            .filter(accounts::Column::State.eq(State::Active))
            .filter(accounts::Column::Id.in_subquery(holding()))
            .filter(Expr::not_exists(already))
            .order_by_asc(accounts::Column::Id);
        let (mut sent, mut waiting, mut last) = (0, 0, String::new());
        loop {
            let batch = whom
                .clone()
                .filter(accounts::Column::Id.gt(last.as_str()))
                .limit(BATCH)
                .all(self.studio.db().read())
                .await?;
            let Some(end) = batch.last() else { return Ok((sent, waiting)) };
            last.clone_from(&end.id);
            for row in batch {
                if sent == most {
                    return Ok((sent, waiting));
                }
                let account = AccountId::stored(row.id);
                let one = |language: &str, token: &str| Some(letter(language, token));
                match self.sent(&account, mailing, about, one).await {
                    Sent::Written => sent += 1,
                    Sent::NotNow => waiting += 1,
                    Sent::Never => {}
                }
            }
        }
    }

    /// What came of one mail. One that fails holds up no other.
    async fn sent(
        &self,
        account: &AccountId,
        mailing: Mailing,
        about: &str,
        letter: impl Fn(&str, &str) -> Option<Message>,
    ) -> Sent {
        match self.send(account, mailing, about, letter).await {
            Ok(sent) => sent,
            Err(error) => {
                tracing::error!(%error, "a mail was not written; it is looked at again in an hour");
                Sent::NotNow
            }
        }
    }

    /// Writes one mail, if there is a ground for it, it is day there, it was not sent before and the last such mail is
    /// long enough ago; all of that in one transaction with the mail. What is not written now is looked at again in an
    /// hour.
    async fn send(
        &self,
        account: &AccountId,
        mailing: Mailing,
        about: &str,
        letter: impl Fn(&str, &str) -> Option<Message>,
    ) -> Result<Sent> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        // For most there is none: neither the database is held for them nor their key asked for.
        if let Err(sent) = self.may_go(studio.db().read(), account, mailing, about).await? {
            return Ok(sent);
        }
        let tx = studio.begin_for(account).await?;
        let ground = match self.may_go(&tx, account, mailing, about).await? {
            Ok(ground) => ground,
            Err(sent) => return Ok(sent),
        };
        let id = studio.new_id();
        let row = rows::mailings::ActiveModel {
            id: Set(id.clone()),
            account_id: Set(account.to_string()),
            mailing: Set(mailing.word().into()),
            about: Set(about.to_owned()),
            ground: Set(ground.word().into()),
            at_ms: Set(now),
            mail_id: Set(None),
        };
        let columns = [
            rows::mailings::Column::AccountId,
            rows::mailings::Column::Mailing,
            rows::mailings::Column::About,
        ];
        let once = OnConflict::columns(columns).do_nothing().to_owned();
        let written =
            rows::mailings::Entity::insert(row).on_conflict(once).exec_without_returning(&tx).await?;
        if written == 0 {
            return Ok(Sent::Never);
        }
        let language = language_of(&tx, account).await?;
        let Some(message) = letter(&language, &self.token(account)) else {
            return Ok(Sent::Never);
        };
        let message = match ground {
            Ground::Consent => self.watched(message, &id),
            Ground::Customer => message,
        };
        let message = Message { ground: Some(ground), ..message };
        let mail = studio.mail().write_for(&tx, account, purposes::of_ground(ground), &message).await?;
        rows::mailings::Entity::update_many()
            .col_expr(rows::mailings::Column::MailId, Expr::value(Some(mail.to_string())))
            .filter(rows::mailings::Column::Id.eq(id))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(Sent::Written)
    }

    /// On what ground a mail may be written now; what comes of it where it may not.
    async fn may_go(
        &self,
        db: &impl ConnectionTrait,
        account: &AccountId,
        mailing: Mailing,
        about: &str,
    ) -> Result<Result<Ground, Sent>> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let Some((ground, rule)) = self.ground_where(db, account, mailing).await? else {
            return Ok(Err(Sent::Never));
        };
        if waits_until(studio.policy(), rule, now).is_some() || !self.goes_on(db, mailing, about).await? {
            return Ok(Err(Sent::NotNow));
        }
        let lately = rows::mailings::Entity::find()
            .filter(rows::mailings::Column::AccountId.eq(account.as_str()))
            .filter(rows::mailings::Column::AtMs.gt(now - studio.policy().marketing.apart.ms()))
            .count(db)
            .await?;
        Ok(if lately > 0 { Err(Sent::NotNow) } else { Ok(ground) })
    }

    /// Whether a campaign was not held up or stopped while it goes out. The other kinds go on by themselves.
    async fn goes_on(&self, db: &impl ConnectionTrait, mailing: Mailing, about: &str) -> Result<bool> {
        match mailing {
            Mailing::ProductUpdate | Mailing::SpecialOffer => {
                Ok(self.state_of(db, about).await? == Some(CampaignState::Sending))
            }
            Mailing::AbandonedCart | Mailing::ReEngagement => Ok(true),
        }
    }
}

/// The mailing that a kind of mail is, if it advertises.
pub(super) fn mailing_of(kind: &str) -> Option<Mailing> {
    Mailing::ALL.into_iter().find(|mailing| mailing.word() == kind)
}
