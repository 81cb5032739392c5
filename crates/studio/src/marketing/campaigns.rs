//! Campaigns: what the operator writes to all who may get it, or to a part of them. One is written, looked at, tried on
//! oneself; then it goes out at a pace, and can be held up and stopped until it is over.

use std::collections::BTreeMap;

use policy::{Ground, Mailing};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use super::engagement::is_ours;
use super::{Marketing, Segment, letters, rows, send};
use crate::clock::DAY_MS;
use crate::jobs::{self, Job};
use crate::mail::{Letter, Message};
use crate::{AccountId, Error, Result, boxed};

/// What a campaign says in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Subject line.
    pub subject: String,
    /// Text; empty lines part paragraphs.
    pub text: String,
}

/// How far a campaign is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum CampaignState {
    /// It is being written.
    Draft,
    /// It goes out.
    Sending,
    /// It is held up: nothing of it goes.
    Paused,
    /// It is over.
    Done,
    /// It was stopped: what was written and has not gone does not go.
    Stopped,
}

impl CampaignState {
    /// Its stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Sending => "sending",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Stopped => "stopped",
        }
    }
}

/// A campaign as the operator writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// News or an offer.
    pub mailing: Mailing,
    /// What it says, by language; English is always there.
    pub words: BTreeMap<String, Words>,
    /// The page of ours that its button leads to; empty: it has no button.
    pub link: String,
    /// To whom it goes, of those who may get it.
    pub segment: Segment,
    /// How many mails an hour.
    pub per_hour: u64,
}

/// What became of the mails of a campaign, as sums. What was done with them is known of those alone who agreed to such
/// mail, not of customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Handed over.
    pub sent: i64,
    /// Opened.
    pub opened: i64,
    /// Followed to our site.
    pub clicked: i64,
    /// Answered by stopping such mail.
    pub unsubscribed: i64,
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Its id.
    pub id: String,
    /// News or an offer.
    pub mailing: Mailing,
    /// What it says, by language; English is always there.
    pub words: BTreeMap<String, Words>,
    /// The page of ours that its button leads to; empty: it has no button.
    pub link: String,
    /// To whom it goes.
    pub segment: Segment,
    /// How many mails an hour.
    pub per_hour: u64,
    /// How far it is.
    pub state: CampaignState,
    /// When it was written.
    pub created_at_ms: i64,
    /// When it was begun.
    pub begun_at_ms: Option<i64>,
    /// What became of it.
    pub figures: Figures,
}

/// How many mails an hour a campaign can be sent at.
pub const PACES: [u64; 4] = [100, 500, 2_000, 10_000];
/// People who agree within so long after it was begun get it too; then it is over, once nobody waits for their turn.
const OPEN_MS: i64 = 7 * DAY_MS;
/// The most that are listed.
const LISTED: u64 = 50;
/// The longest text, in characters.
const TEXT_MAX: usize = 5_000;
/// The longest subject, and the longest link.
const LINE_MAX: usize = 200;
/// What stands for the token of its reader where a campaign is only looked at: it stops nothing.
const NOBODYS: &str = "preview";

impl Marketing<'_> {
    /// Writes a campaign down; nothing of it goes out. Returns its id.
    ///
    /// # Errors
    /// `campaign-empty`, `campaign-long`, `campaign-kind`, `campaign-link`, `campaign-segment`, `campaign-pace`.
    #[boxed]
    pub async fn draft(&self, draft: Draft) -> Result<String> {
        self.check(&draft)?;
        let id = self.studio.new_id();
        let row = rows::campaigns::ActiveModel {
            id: Set(id.clone()),
            mailing: Set(draft.mailing.word().into()),
            words: Set(serde_json::to_string(&draft.words).map_err(Error::internal)?),
            created_at_ms: Set(self.studio.now_ms()),
            state: Set(CampaignState::Draft),
            segment: Set(serde_json::to_string(&draft.segment).map_err(Error::internal)?),
            link: Set(draft.link),
            per_hour: Set(draft.per_hour as i64),
            begun_at_ms: Set(None),
            sent: Set(0),
            opened: Set(0),
            clicked: Set(0),
            unsubscribed: Set(0),
        };
        rows::campaigns::Entity::insert(row).exec_without_returning(self.studio.db().write()).await?;
        Ok(id)
    }

    /// Writes a campaign to everybody and begins it.
    #[cfg(test)]
    #[boxed]
    pub(crate) async fn begin(&self, mailing: Mailing, words: BTreeMap<String, Words>) -> Result<()> {
        let (link, segment, per_hour) = (String::new(), Segment::default(), PACES[0]);
        let campaign = self.draft(Draft { mailing, words, link, segment, per_hour }).await?;
        self.start(&campaign).await
    }

    /// Changes one that has not been begun.
    ///
    /// # Errors
    /// As [`Self::draft`]; `campaign-state` when it was begun.
    #[boxed]
    pub async fn rewrite(&self, campaign: &str, draft: Draft) -> Result<()> {
        self.check(&draft)?;
        let words = serde_json::to_string(&draft.words).map_err(Error::internal)?;
        let segment = serde_json::to_string(&draft.segment).map_err(Error::internal)?;
        let changed = in_state(campaign, &[CampaignState::Draft])
            .col_expr(rows::campaigns::Column::Mailing, Expr::value(draft.mailing.word()))
            .col_expr(rows::campaigns::Column::Words, Expr::value(words))
            .col_expr(rows::campaigns::Column::Segment, Expr::value(segment))
            .col_expr(rows::campaigns::Column::Link, Expr::value(draft.link))
            .col_expr(rows::campaigns::Column::PerHour, Expr::value(draft.per_hour as i64))
            .exec(self.studio.db().write())
            .await?;
        if changed.rows_affected == 1 { Ok(()) } else { Err(not_now()) }
    }

    /// Begins one: it goes out from now on.
    ///
    /// # Errors
    /// `campaign-state` when it was begun already; `campaign-no-address` when nothing says where its sender sits.
    #[boxed]
    pub async fn start(&self, campaign: &str) -> Result<()> {
        if !self.may_advertise() {
            let sentence =
                "Mail that advertises has to say where its sender sits. Please set postal_address first.";
            return Err(Error::refused("campaign-no-address", sentence));
        }
        let begun = rows::campaigns::Column::BegunAtMs;
        let now = Expr::value(Some(self.studio.now_ms()));
        let begin = in_state(campaign, &[CampaignState::Draft]).col_expr(begun, now);
        self.go(begin, CampaignState::Sending).await?;
        tracing::info!("a campaign was begun");
        Ok(())
    }

    /// Holds one up.
    ///
    /// # Errors
    /// `campaign-state` when it does not go out.
    #[boxed]
    pub async fn pause(&self, campaign: &str) -> Result<()> {
        self.go(in_state(campaign, &[CampaignState::Sending]), CampaignState::Paused).await
    }

    /// Lets one that was held up go on.
    ///
    /// # Errors
    /// `campaign-state` when it is not held up.
    #[boxed]
    pub async fn resume(&self, campaign: &str) -> Result<()> {
        self.go(in_state(campaign, &[CampaignState::Paused]), CampaignState::Sending).await
    }

    /// Stops one for good. What of it is written and has not gone is not sent. One that was never begun is thrown
    /// away in this way too.
    ///
    /// # Errors
    /// `campaign-state` when it is over.
    #[boxed]
    pub async fn call_off(&self, campaign: &str) -> Result<()> {
        let open = [CampaignState::Draft, CampaignState::Sending, CampaignState::Paused];
        self.go(in_state(campaign, &open), CampaignState::Stopped).await
    }

    /// One campaign.
    ///
    /// # Errors
    /// `campaign-not-found`.
    #[boxed]
    pub async fn campaign(&self, campaign: &str) -> Result<Campaign> {
        let row = rows::campaigns::Entity::find_by_id(campaign).one(self.studio.db().read()).await?;
        row.and_then(read).ok_or_else(|| Error::not_found("campaign-not-found"))
    }

    /// The campaigns, newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn campaigns(&self) -> Result<Vec<Campaign>> {
        let found = rows::campaigns::Entity::find()
            .order_by_desc(rows::campaigns::Column::Id)
            .limit(LISTED)
            .all(self.studio.db().read())
            .await?;
        Ok(found.into_iter().filter_map(read).collect())
    }

    /// A campaign as somebody sees it who gets it in a language.
    ///
    /// # Errors
    /// `campaign-not-found`.
    #[boxed]
    pub async fn preview(&self, campaign: &str, language: &str) -> Result<Letter> {
        let campaign = self.campaign(campaign).await?;
        Ok(self.studio.mail().laid_out(&shown(&campaign, language), "", language))
    }

    /// Sends a campaign in each of its languages to whoever works here and asks for it: to their account's address, or
    /// to the controller's. Returns the address.
    ///
    /// # Errors
    /// `campaign-not-found`, `account-not-found`.
    #[boxed]
    pub async fn try_out(&self, campaign: &str, on: Option<&AccountId>) -> Result<String> {
        let (studio, campaign) = (self.studio, self.campaign(campaign).await?);
        let to = match on {
            Some(account) => studio.accounts().get(account).await?.email,
            None => studio.policy().controller.email.clone(),
        };
        let tx = studio.db().begin().await?;
        for language in campaign.words.keys() {
            let message = shown(&campaign, language);
            // Another kind than a campaign's: it rests on no ground but that somebody wants to see it.
            let message =
                Message { kind: "campaign-test", subject: format!("[Test] {}", message.subject), ..message };
            studio.mail().write_to_stranger(&tx, &to, language, &message).await?;
        }
        tx.commit().await?;
        Ok(to)
    }

    /// Those that go out.
    #[boxed]
    pub(super) async fn going(&self) -> Result<Vec<Campaign>> {
        let found = rows::campaigns::Entity::find()
            .filter(rows::campaigns::Column::State.eq(CampaignState::Sending))
            .order_by_asc(rows::campaigns::Column::Id)
            .all(self.studio.db().read())
            .await?;
        Ok(found.into_iter().filter_map(read).collect())
    }

    /// How far a campaign is.
    pub(super) async fn state_of(
        &self,
        db: &impl ConnectionTrait,
        campaign: &str,
    ) -> Result<Option<CampaignState>> {
        Ok(rows::campaigns::Entity::find_by_id(campaign).one(db).await?.map(|row| row.state))
    }

    /// Nobody waits for their turn any more: after some days it is over.
    #[boxed]
    pub(super) async fn end_if_over(&self, campaign: &Campaign) -> Result<()> {
        let begun_at_ms = campaign.begun_at_ms.unwrap_or(campaign.created_at_ms);
        if self.studio.now_ms() - begun_at_ms <= OPEN_MS {
            return Ok(());
        }
        in_state(&campaign.id, &[CampaignState::Sending])
            .col_expr(rows::campaigns::Column::State, Expr::value(CampaignState::Done))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    async fn go(
        &self,
        change: sea_orm::UpdateMany<rows::campaigns::Entity>,
        to: CampaignState,
    ) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        let state = rows::campaigns::Column::State;
        if change.col_expr(state, Expr::value(to)).exec(&tx).await?.rows_affected != 1 {
            return Err(not_now());
        }
        if to == CampaignState::Sending {
            jobs::ask(&tx, self.studio, Job::SendMailings).await?;
        }
        Ok(tx.commit().await?)
    }

    fn check(&self, draft: &Draft) -> Result<()> {
        if !matches!(draft.mailing, Mailing::ProductUpdate | Mailing::SpecialOffer) {
            return Err(Error::refused("campaign-kind", "A campaign is news or an offer."));
        }
        let empty = |words: &Words| words.subject.trim().is_empty() || words.text.trim().is_empty();
        if draft.words.get("en").is_none_or(empty) || draft.words.values().any(empty) {
            let sentence =
                "A campaign needs a subject and a text in English; another language needs both too.";
            return Err(Error::refused("campaign-empty", sentence));
        }
        let long =
            |words: &Words| words.text.chars().count() > TEXT_MAX || words.subject.chars().count() > LINE_MAX;
        if draft.words.values().any(long) {
            return Err(Error::refused("campaign-long", "That is too long for a mail."));
        }
        if !draft.link.is_empty() && (!is_ours(&draft.link) || draft.link.len() > LINE_MAX) {
            let sentence = "A campaign leads to a page of this site: please write its path, such as /films.";
            return Err(Error::refused("campaign-link", sentence));
        }
        if !PACES.contains(&draft.per_hour) {
            return Err(Error::refused("campaign-pace", "Please choose one of the paces."));
        }
        draft.segment.check(self)
    }
}

/// A change of a campaign that is in one of these states.
fn in_state(campaign: &str, states: &[CampaignState]) -> sea_orm::UpdateMany<rows::campaigns::Entity> {
    rows::campaigns::Entity::update_many()
        .filter(rows::campaigns::Column::Id.eq(campaign))
        .filter(rows::campaigns::Column::State.is_in(states.iter().copied()))
}

fn not_now() -> Error {
    let sentence =
        "This campaign is not where it was any more. Nothing was changed; please load the page again.";
    Error::conflict("campaign-state", sentence)
}

/// A campaign for looking at, as somebody gets it who agreed.
fn shown(campaign: &Campaign, language: &str) -> Message {
    Message { ground: Some(Ground::Consent), ..letters::campaign(campaign, language, NOBODYS) }
}

fn read(row: rows::campaigns::Model) -> Option<Campaign> {
    Some(Campaign {
        mailing: send::mailing_of(&row.mailing)?,
        words: serde_json::from_str(&row.words).ok()?,
        segment: serde_json::from_str(&row.segment).ok()?,
        link: row.link,
        per_hour: row.per_hour.unsigned_abs(),
        state: row.state,
        created_at_ms: row.created_at_ms,
        begun_at_ms: row.begun_at_ms,
        figures: Figures {
            sent: row.sent,
            opened: row.opened,
            clicked: row.clicked,
            unsubscribed: row.unsubscribed,
        },
        id: row.id,
    })
}
