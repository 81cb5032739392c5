//! What becomes of a mail that advertises and waits, when it is its turn: whether it may go is looked up once more.

use policy::marketing::{holds, waits_until};
use policy::{Ground, Mailing};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};

use super::{CampaignState, Marketing, rows, send};
use crate::accounts::rows::accounts;
use crate::clock::MINUTE_MS;
use crate::mail::{self, rows as mails};
use crate::orders::OrderState;
use crate::orders::rows::orders;
use crate::{AccountId, Result, boxed};

/// How long a mail of a campaign that is held up waits until it is looked at again.
const HELD_UP_MS: i64 = 5 * MINUTE_MS;

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It goes.
    Goes,
    /// It waits until then.
    Waits(i64),
    /// It is not sent: its ground holds no more, or there is nothing any more that it is about.
    Falls,
}

impl Marketing<'_> {
    /// What becomes of a mail of a kind. Mail of the service always goes at once.
    #[boxed]
    pub(crate) async fn turn_of(&self, mail: &str, kind: &str, account: Option<&AccountId>) -> Result<Turn> {
        let Some(mailing) = send::mailing_of(kind) else { return Ok(Turn::Goes) };
        let Some(account) = account else { return Ok(Turn::Falls) };
        let (db, now) = (self.studio.db().read(), self.studio.now_ms());
        let Some((person, rule)) = self.standing(db, account).await? else { return Ok(Turn::Falls) };
        let by_mail = rows::mailings::Column::MailId.eq(mail);
        let Some(row) = rows::mailings::Entity::find().filter(by_mail).one(db).await? else {
            return Ok(Turn::Falls);
        };
        // The mail tells its reader what it rests on: that has to hold, not just anything.
        let stated = Ground::ALL.into_iter().find(|ground| ground.word() == row.ground);
        if !stated.is_some_and(|ground| holds(self.studio.policy(), mailing, rule, person, ground)) {
            return Ok(Turn::Falls);
        }
        let turn = self.turn_of_what(mailing, &row).await?;
        if turn != Turn::Goes {
            return Ok(turn);
        }
        if let Some(until_ms) = waits_until(self.studio.policy(), rule, now) {
            return Ok(Turn::Waits(until_ms));
        }
        // It was written long enough after the last one, which may have gone later than it was written.
        let apart_ms = self.studio.policy().marketing.apart.ms();
        Ok(match self.delivered_last(account).await? {
            Some(at_ms) if at_ms > now - apart_ms => Turn::Waits(at_ms + apart_ms),
            _ => Turn::Goes,
        })
    }

    /// Whether there still is what a mail is about.
    async fn turn_of_what(&self, mailing: Mailing, row: &rows::mailings::Model) -> Result<Turn> {
        let db = self.studio.db().read();
        let holds = match mailing {
            Mailing::AbandonedCart => {
                let order = orders::Entity::find_by_id(row.about.as_str()).one(db).await?;
                order.is_some_and(|order| order.state == OrderState::Draft && order.paying_at_ms.is_none())
            }
            Mailing::ReEngagement => {
                let account = accounts::Entity::find_by_id(row.account_id.as_str()).one(db).await?;
                account.is_some_and(|account| account.seen_at_ms <= row.at_ms)
            }
            Mailing::ProductUpdate | Mailing::SpecialOffer => match self.state_of(db, &row.about).await? {
                Some(CampaignState::Paused) => return Ok(Turn::Waits(self.studio.now_ms() + HELD_UP_MS)),
                state => matches!(state, Some(CampaignState::Sending | CampaignState::Done)),
            },
        };
        Ok(if holds { Turn::Goes } else { Turn::Falls })
    }

    /// When a mail that advertises went to an account last.
    async fn delivered_last(&self, account: &AccountId) -> Result<Option<i64>> {
        let found: Option<Option<i64>> = mails::Entity::find()
            .select_only()
            .column(mails::Column::SentAtMs)
            .filter(mails::Column::AccountId.eq(account.as_str()))
            .filter(mails::Column::Kind.is_in(Mailing::ALL.map(Mailing::word)))
            .filter(mails::Column::State.eq(mail::State::Sent))
            .order_by_desc(mails::Column::SentAtMs)
            .into_tuple()
            .one(self.studio.db().read())
            .await?;
        Ok(found.flatten())
    }
}
