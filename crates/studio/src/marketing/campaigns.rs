//! Campaigns: what the operator writes to all who may get it.

use std::collections::BTreeMap;

use policy::Mailing;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{PaginatorTrait, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use super::{Marketing, rows, send};
use crate::clock::DAY_MS;
use crate::jobs::{self, Job};
use crate::{Error, Result};

/// What a campaign says in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Subject line.
    pub subject: String,
    /// Text; empty lines part paragraphs.
    pub text: String,
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
    /// When it was begun.
    pub created_at_ms: i64,
    /// To how many it was written.
    pub sent: u64,
}

/// People who agree within so long after it was begun get it too; then it is over.
const OPEN_MS: i64 = 7 * DAY_MS;
/// The most that are listed.
const LISTED: u64 = 50;
/// The longest text, in characters.
const TEXT_MAX: usize = 5_000;

impl Marketing<'_> {
    /// Begins a campaign: it goes to everybody who may get it.
    ///
    /// # Errors
    /// `campaign-empty`, `campaign-long`, `campaign-kind`.
    pub async fn begin(&self, mailing: Mailing, words: BTreeMap<String, Words>) -> Result<()> {
        if !matches!(mailing, Mailing::ProductUpdate | Mailing::SpecialOffer) {
            return Err(Error::refused("campaign-kind", "A campaign is news or an offer."));
        }
        let empty = |words: &Words| words.subject.trim().is_empty() || words.text.trim().is_empty();
        if words.get("en").is_none_or(empty) || words.values().any(empty) {
            let sentence =
                "A campaign needs a subject and a text in English; another language needs both too.";
            return Err(Error::refused("campaign-empty", sentence));
        }
        if words
            .values()
            .any(|words| words.text.chars().count() > TEXT_MAX || words.subject.chars().count() > 200)
        {
            return Err(Error::refused("campaign-long", "That is too long for a mail."));
        }
        let row = rows::campaigns::ActiveModel {
            id: Set(self.studio.new_id()),
            mailing: Set(mailing.word().into()),
            words: Set(serde_json::to_string(&words).map_err(Error::internal)?),
            created_at_ms: Set(self.studio.now_ms()),
        };
        let tx = self.studio.db().begin().await?;
        rows::campaigns::Entity::insert(row).exec_without_returning(&tx).await?;
        jobs::ask(&tx, self.studio, Job::SendMailings).await?;
        Ok(tx.commit().await?)
    }

    /// The campaigns, newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn campaigns(&self) -> Result<Vec<Campaign>> {
        let found = rows::campaigns::Entity::find()
            .order_by_desc(rows::campaigns::Column::Id)
            .limit(LISTED)
            .all(self.studio.db().read())
            .await?;
        let mut campaigns = Vec::with_capacity(found.len());
        for row in found {
            let sent = rows::mailings::Entity::find()
                .filter(rows::mailings::Column::About.eq(row.id.as_str()))
                .count(self.studio.db().read())
                .await?;
            campaigns.extend(campaign(row).map(|campaign| Campaign { sent, ..campaign }));
        }
        Ok(campaigns)
    }

    /// Those that still go out.
    pub(super) async fn unfinished(&self) -> Result<Vec<Campaign>> {
        let found = rows::campaigns::Entity::find()
            .filter(rows::campaigns::Column::CreatedAtMs.gt(self.studio.now_ms() - OPEN_MS))
            .order_by_asc(rows::campaigns::Column::Id)
            .all(self.studio.db().read())
            .await?;
        Ok(found.into_iter().filter_map(campaign).collect())
    }
}

fn campaign(row: rows::campaigns::Model) -> Option<Campaign> {
    Some(Campaign {
        mailing: send::mailing_of(&row.mailing)?,
        words: serde_json::from_str(&row.words).ok()?,
        id: row.id,
        created_at_ms: row.created_at_ms,
        sent: 0,
    })
}
