//! A part of the people, by what may be used for it: their language, what they bought and how long they have not been
//! here. Nothing of a child is known to it, nor where anybody lives.

use policy::Mailing;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use super::{Marketing, rows};
use crate::accounts::rows::{State, accounts};
use crate::clock::DAY_MS;
use crate::orders::rows::{charges, orders};
use crate::{AccountId, Error, Result, boxed};

/// People looked at in one go.
const BATCH: u64 = 200;
/// The longest silence that can be asked for, in days.
const QUIET_MAX: i64 = 3_650;

/// Which people; what is not given does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Segment {
    /// The language of their mails.
    pub language: Option<String>,
    /// Whether they bought a film.
    pub bought: Option<bool>,
    /// A film that they bought.
    pub film: Option<String>,
    /// They have not been here for so many days.
    pub quiet_days: Option<i64>,
}

impl Segment {
    /// That there can be somebody in it.
    pub(super) fn check(&self, marketing: &Marketing<'_>) -> Result<()> {
        let known = |film: &String| marketing.studio.catalogue().show(film).is_some();
        let holds = self.language.as_ref().is_none_or(|code| policy::LANGUAGES.contains(&code.as_str()))
            && self.film.as_ref().is_none_or(known)
            && !(self.film.is_some() && self.bought == Some(false))
            && self.quiet_days.is_none_or(|days| (1..=QUIET_MAX).contains(&days));
        let sentence = "There is nobody of that sort. Please look at the film and the days again.";
        if holds { Ok(()) } else { Err(Error::refused("campaign-segment", sentence)) }
    }

    /// Those of these accounts that are in it.
    pub(super) fn of(&self, mut whom: Select<accounts::Entity>, now_ms: i64) -> Select<accounts::Entity> {
        if let Some(language) = &self.language {
            whom = whom.filter(accounts::Column::Language.eq(language.as_str()));
        }
        whom = match (&self.film, self.bought) {
            (None, None) => whom,
            (None, Some(false)) => whom.filter(accounts::Column::Id.not_in_subquery(buyers(None))),
            (film, _) => whom.filter(accounts::Column::Id.in_subquery(buyers(film.as_deref()))),
        };
        match self.quiet_days {
            Some(days) => whom.filter(accounts::Column::SeenAtMs.lte(now_ms - days * DAY_MS)),
            None => whom,
        }
    }
}

/// Accounts that said something about such mail which still holds. Without that there is no ground, wherever they
/// are: the many who never said anything are not looked at one by one.
pub(super) fn holding() -> SelectStatement {
    Query::select()
        .column(rows::acts::Column::AccountId)
        .from(rows::acts::Entity)
        .and_where(rows::acts::Column::EndedAtMs.is_null())
        .to_owned()
}

/// Accounts that paid for a film and kept it.
fn buyers(film: Option<&str>) -> SelectStatement {
    let paid = Query::select()
        .column(charges::Column::OrderId)
        .from(charges::Entity)
        .and_where(charges::Column::Till.ne(crate::gifts::TILL))
        .and_where(charges::Column::RefundedAtMs.is_null())
        .to_owned();
    let mut buyers = Query::select()
        .column(orders::Column::AccountId)
        .from(orders::Entity)
        .and_where(orders::Column::Id.in_subquery(paid))
        .to_owned();
    if let Some(film) = film {
        buyers.and_where(orders::Column::Film.eq(film));
    }
    buyers
}

impl Marketing<'_> {
    /// How many people a campaign would reach at this moment: those in the segment who may get such a mail.
    ///
    /// # Errors
    /// `campaign-segment`; when the database is out of reach.
    #[boxed]
    pub async fn reach(&self, mailing: Mailing, segment: &Segment) -> Result<u64> {
        segment.check(self)?;
        let whom = segment
            .of(accounts::Entity::find(), self.studio.now_ms())
            .filter(accounts::Column::State.eq(State::Active))
            .filter(accounts::Column::Id.in_subquery(holding()))
            .order_by_asc(accounts::Column::Id)
            .limit(BATCH);
        let (db, mut reached, mut last) = (self.studio.db().read(), 0, String::new());
        loop {
            let batch = whom.clone().filter(accounts::Column::Id.gt(last.as_str())).all(db).await?;
            let Some(end) = batch.last() else { return Ok(reached) };
            last.clone_from(&end.id);
            for row in batch {
                let account = AccountId::stored(row.id);
                reached += u64::from(self.ground(db, &account, mailing).await?.is_some());
            }
        }
    }
}
