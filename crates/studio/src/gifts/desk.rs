//! Passes that the desk gives out: for free, with a reason, each by somebody who works here. A reason is one of a few
//! words, so that nobody's name gets into it.

use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};

use super::rows::{gifts, passes};
use super::{GiftId, Gifts, PassId, Standing, code, expires_at_ms, pass, standing};
use crate::backup::Said;
use crate::clock::DAY_MS;
use crate::orders::Price;
use crate::staff::Worker;
use crate::throttle::{self, Limit};
use crate::{Class, Error, Result, boxed};

/// For how many days a pass can be given out, beside as long as one that is bought.
pub const ISSUE_DAYS: [i64; 2] = [30, 365];
/// Passes that one person gives out in a day: each is worth a film.
const ISSUED_PER_PERSON: Limit = Limit { name: "gifts-issued", tries_max: 20, window_ms: DAY_MS };
/// Passes that the desk lists.
const LISTED: u64 = 100;

/// Why a pass is given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum Reason {
    /// Something went wrong.
    Apology,
    /// A present of the house.
    Present,
    /// To try it out.
    Trial,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Apology, Self::Present, Self::Trial];

    /// Its stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Apology => "apology",
            Self::Present => "present",
            Self::Trial => "trial",
        }
    }
}

/// A pass that was given out at the desk. Its code is told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Its id.
    pub id: PassId,
    /// Slug of the film; `None`: any.
    pub film: Option<String>,
    /// How it stands; taken back is [`Standing::Revoked`].
    pub standing: Standing,
    /// Why.
    pub reason: Option<Reason>,
    /// By whom: the id of an account, or the operator.
    pub by: String,
    /// When.
    pub made_at_ms: i64,
    /// Until when it is good.
    pub expires_at_ms: i64,
}

/// A pass that somebody paid for, as the desk sees it: neither who, nor for whom, nor its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    /// Slug of the film; `None`: any.
    pub film: Option<String>,
    /// How it stands.
    pub standing: Standing,
    /// What it cost.
    pub price: Price,
    /// When it was paid.
    pub paid_at_ms: i64,
}

/// How many passes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// That can be used.
    pub good: u64,
    /// That were used.
    pub used: u64,
    /// That expired unused.
    pub expired: u64,
    /// That were taken back.
    pub revoked: u64,
}

impl Gifts<'_> {
    /// Gives a pass out. Returns its code, which is told this once. `days`: one of [`ISSUE_DAYS`]; `None`: as long as one
    /// that is bought.
    ///
    /// # Errors
    /// `gift-film`; `gift-days`; `too-many-passes` for somebody who gave out many within a day.
    #[boxed]
    pub async fn issue(
        &self,
        by: &Worker,
        film: Option<&str>,
        reason: Reason,
        days: Option<i64>,
    ) -> Result<String> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        if film.is_some_and(|film| studio.catalogue().show(film).is_none()) {
            return Err(Error::refused("gift-film", "Please choose one of the films that are offered."));
        }
        let expires_at_ms = match days {
            Some(days) if ISSUE_DAYS.contains(&days) => now + days * DAY_MS,
            Some(_) => {
                return Err(Error::refused("gift-days", "Please choose one of the spans that are offered."));
            }
            None => expires_at_ms(now)?,
        };
        let counted = throttle::count(studio, &ISSUED_PER_PERSON, by.name().as_bytes(), "too-many-passes");
        if let Err(error) = counted.await {
            if error.class() == Class::TooMany {
                tracing::warn!(role = by.role.word(), "somebody at the desk gives out many gift passes");
            }
            return Err(error);
        }
        let code = code::new(studio.random());
        let hash = code::hash(studio, &code).ok_or_else(|| Error::internal("a new code is none"))?;
        let row = passes::ActiveModel {
            id: Set(studio.new_id()),
            code_hash: Set(hash),
            state: Set(passes::State::Good),
            film: Set(film.map(str::to_owned)),
            order_id: Set(None),
            made_at_ms: Set(now),
            expires_at_ms: Set(expires_at_ms),
            used_at_ms: Set(None),
            ended_at_ms: Set(None),
            said_at_ms: Set(None),
            issued_by: Set(Some(by.name().to_owned())),
            reason: Set(Some(reason)),
        };
        passes::Entity::insert(row).exec_without_returning(studio.db().write()).await?;
        tracing::info!("a gift pass was given out at the desk");
        Ok(code)
    }

    /// The passes that were given out, the newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn issued(&self) -> Result<Vec<Issued>> {
        let now = self.studio.now_ms();
        let rows = passes::Entity::find()
            .filter(passes::Column::IssuedBy.is_not_null())
            .order_by_desc(passes::Column::Id)
            .limit(LISTED)
            .all(self.studio.db().read())
            .await?;
        let issued = |row: passes::Model| Issued {
            standing: match row.state {
                passes::State::Good if now < row.expires_at_ms => Standing::Good,
                passes::State::Good => Standing::Expired,
                passes::State::Used => Standing::Used,
                passes::State::Revoked => Standing::Revoked,
            },
            id: PassId::stored(row.id),
            film: row.film,
            reason: row.reason,
            by: row.issued_by.unwrap_or_default(),
            made_at_ms: row.made_at_ms,
            expires_at_ms: row.expires_at_ms,
        };
        Ok(rows.into_iter().map(issued).collect())
    }

    /// The pass that was paid for with a number.
    #[boxed]
    pub(crate) async fn sold(&self, gift: &GiftId) -> Result<Option<Sold>> {
        let db = self.studio.db().read();
        let Some(row) = gifts::Entity::find_by_id(gift.as_str()).one(db).await? else { return Ok(None) };
        let Some(paid_at_ms) = row.paid_at_ms else { return Ok(None) };
        let pass = match &row.pass_id {
            Some(pass) => passes::Entity::find_by_id(pass.as_str()).one(db).await?,
            None => None,
        };
        Ok(Some(Sold {
            standing: standing(&row, pass.as_ref(), self.studio.now_ms()),
            price: Price { cents: row.price_cents.unsigned_abs(), currency: row.price_currency },
            film: row.film,
            paid_at_ms,
        }))
    }

    /// Takes a pass back that was given out and not used. One that somebody paid for is theirs.
    ///
    /// # Errors
    /// `pass-not-found`; `pass-used`.
    #[boxed]
    pub async fn revoke(&self, id: &PassId) -> Result<()> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let tx = studio.db().begin().await?;
        let row = passes::Entity::find_by_id(id.as_str())
            .filter(passes::Column::IssuedBy.is_not_null())
            .lock_exclusive()
            .one(&tx)
            .await?;
        let row = row.ok_or_else(|| Error::not_found("pass-not-found"))?;
        if pass::revoke(&tx, id.as_str(), now).await? {
            studio.ledger().enter_said(Said::PassRevoked, id.as_str(), now)?;
            return Ok(tx.commit().await?);
        }
        match row.state {
            passes::State::Revoked => Ok(()),
            _ => Err(pass::used()),
        }
    }

    /// How many passes there are, bought and given out.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn counts(&self) -> Result<Counts> {
        let (db, now) = (self.studio.db().read(), self.studio.now_ms());
        let of = |state: passes::State| passes::Entity::find().filter(passes::Column::State.eq(state));
        let good = of(passes::State::Good).filter(passes::Column::ExpiresAtMs.gt(now));
        let expired = of(passes::State::Good).filter(passes::Column::ExpiresAtMs.lte(now));
        Ok(Counts {
            good: good.count(db).await?,
            used: of(passes::State::Used).count(db).await?,
            expired: expired.count(db).await?,
            revoked: of(passes::State::Revoked).count(db).await?,
        })
    }
}
