//! Sending: drafts called back to mind, customers who fell silent, campaigns. Each mail is written once, with the
//! ground it rests on; whether that still holds is asked again when it goes out.

use policy::Mailing;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{PaginatorTrait, QueryOrder, QuerySelect};

use super::{Marketing, letters, rows};
use crate::accounts::rows::{State, accounts};
use crate::mail::Message;
use crate::orders::OrderState;
use crate::orders::rows::orders;
use crate::{AccountId, Result, Studio, purposes};

/// People looked at in one go.
const BATCH: u64 = 200;
/// Once for everybody: what the silence is about.
const SILENCE: &str = "silence";

impl Marketing<'_> {
    /// Writes every such mail that is due. Called every hour and after a campaign; doing it twice sends nothing
    /// twice.
    pub(crate) async fn send_due(&self) -> Result<u64> {
        Ok(self.carts().await? + self.silent().await? + self.campaigns_due().await?)
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
            sent += u64::from(self.send(&account, Mailing::AbandonedCart, &order.id, letter).await?);
        }
        Ok(sent)
    }

    /// Customers who have not been here for a long time.
    async fn silent(&self) -> Result<u64> {
        let before = self.studio.now_ms() - self.studio.policy().marketing.quiet.ms();
        let quiet = accounts::Entity::find().filter(accounts::Column::SeenAtMs.lte(before));
        self.send_each(quiet, Mailing::ReEngagement, SILENCE, letters::silence).await
    }

    async fn campaigns_due(&self) -> Result<u64> {
        let mut sent = 0;
        for campaign in self.unfinished().await? {
            let words = campaign.words.clone();
            let letter = move |language: &str, token: &str| {
                letters::campaign(&words, campaign.mailing, language, token)
            };
            sent += self.send_each(accounts::Entity::find(), campaign.mailing, &campaign.id, letter).await?;
        }
        Ok(sent)
    }

    /// Sends one mail to each of these accounts who may get it and has not.
    async fn send_each(
        &self,
        whom: Select<accounts::Entity>,
        mailing: Mailing,
        about: &str,
        letter: impl Fn(&str, &str) -> Message,
    ) -> Result<u64> {
        let already = Query::select()
            .column(rows::mailings::Column::AccountId)
            .from(rows::mailings::Entity)
            .and_where(rows::mailings::Column::Mailing.eq(mailing.word()))
            .and_where(rows::mailings::Column::About.eq(about))
            .to_owned();
        // Without an act that still holds there is no ground, whatever the country: the many who never said
        // anything are not looked at one by one.
        let said = Query::select()
            .column(rows::acts::Column::AccountId)
            .from(rows::acts::Entity)
            .and_where(rows::acts::Column::EndedAtMs.is_null())
            .to_owned();
        let whom = whom
            .filter(accounts::Column::State.eq(State::Active))
            .filter(accounts::Column::Id.in_subquery(said))
            .filter(accounts::Column::Id.not_in_subquery(already))
            .order_by_asc(accounts::Column::Id);
        let (mut sent, mut last) = (0, String::new());
        loop {
            let batch = whom
                .clone()
                .filter(accounts::Column::Id.gt(last.as_str()))
                .limit(BATCH)
                .all(self.studio.db().read())
                .await?;
            let Some(end) = batch.last() else { return Ok(sent) };
            last.clone_from(&end.id);
            for row in batch {
                let account = AccountId::stored(row.id);
                let one = |language: &str, token: &str| Some(letter(language, token));
                sent += u64::from(self.send(&account, mailing, about, one).await?);
            }
        }
    }

    /// Writes one mail, if there is a ground for it, it was not sent before and the last such mail is long enough
    /// ago; all of that in one transaction with the mail.
    async fn send(
        &self,
        account: &AccountId,
        mailing: Mailing,
        about: &str,
        letter: impl Fn(&str, &str) -> Option<Message>,
    ) -> Result<bool> {
        let studio = self.studio;
        let tx = studio.db().begin().await?;
        let Some(ground) = self.ground(&tx, account, mailing).await? else { return Ok(false) };
        let lately = rows::mailings::Entity::find()
            .filter(rows::mailings::Column::AccountId.eq(account.as_str()))
            .filter(rows::mailings::Column::AtMs.gt(studio.now_ms() - studio.policy().marketing.apart.ms()))
            .count(&tx)
            .await?;
        if lately > 0 {
            return Ok(false);
        }
        let row = rows::mailings::ActiveModel {
            id: Set(studio.new_id()),
            account_id: Set(account.to_string()),
            mailing: Set(mailing.word().into()),
            about: Set(about.to_owned()),
            ground: Set(ground.word().into()),
            at_ms: Set(studio.now_ms()),
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
            return Ok(false);
        }
        let language = accounts::Entity::find_by_id(account.as_str()).one(&tx).await?.map(|row| row.language);
        let Some(message) = letter(&language.unwrap_or_default(), &self.token(account)) else {
            return Ok(false);
        };
        studio.mail().write_for(&tx, account, purposes::of_ground(ground), &message).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// The mailing that a kind of mail is, if it advertises.
pub(super) fn mailing_of(kind: &str) -> Option<Mailing> {
    Mailing::ALL.into_iter().find(|mailing| mailing.word() == kind)
}

/// Whether a mail that waits may still go: what advertises only as long as there is a ground.
pub(crate) async fn is_still_allowed(
    studio: &Studio,
    kind: &str,
    account: Option<&AccountId>,
) -> Result<bool> {
    match (mailing_of(kind), account) {
        (None, _) => Ok(true),
        (Some(_), None) => Ok(false),
        (Some(mailing), Some(account)) => {
            Ok(studio.marketing().ground(studio.db().read(), account, mailing).await?.is_some())
        }
    }
}
