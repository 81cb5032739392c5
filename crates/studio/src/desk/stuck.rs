//! What was given up, or does not go on by itself, each kind with what is in the way in the operator's words; and trying
//! it again. Nothing personal is in it.

use policy::PurposeId;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, Select};

use super::Desk;
use crate::clock::MINUTE_MS;
use crate::films::rows::{films, shared_shots, shots};
use crate::films::{ShotState, again};
use crate::generated::rows::strays;
use crate::handles::rows::handles;
use crate::jobs::{self, Job, outbox};
use crate::mail;
use crate::orders::OrderId;
use crate::orders::rows::orders;
use crate::staff::{Role, Room, Worker};
use crate::till::rows::checkouts;
use crate::webhooks::rows as webhooks;
use crate::{Error, Result, boxed};

/// Lines that are shown of a kind.
const SHOWN: u64 = 50;
/// A job that was asked for is in the queue after a moment; after this long something is in the way.
const RELAY_MS: i64 = MINUTE_MS;

/// What can get stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Shots that are in every copy of a film and were given up.
    SharedShots,
    /// Shots of families that were given up; they are made again at their order.
    FamilyShots,
    /// Mails that could not be delivered.
    Mails,
    /// What processors told and could not be worked off.
    Webhooks,
    /// Deletions at processors that are late.
    Deletions,
    /// Money that is not back yet.
    Refunds,
    /// Jobs that were asked for and are not in the queue.
    Relay,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::SharedShots,
        Self::FamilyShots,
        Self::Mails,
        Self::Webhooks,
        Self::Deletions,
        Self::Refunds,
        Self::Relay,
    ];

    /// Its stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::SharedShots => "shared-shots",
            Self::FamilyShots => "family-shots",
            Self::Mails => "mails",
            Self::Webhooks => "webhooks",
            Self::Deletions => "deletions",
            Self::Refunds => "refunds",
            Self::Relay => "relay",
        }
    }

    /// Whether somebody with this role sees to it.
    pub fn is_for(self, role: Role) -> bool {
        role.may(match self {
            Self::SharedShots | Self::FamilyShots => Room::Films,
            Self::Mails | Self::Webhooks | Self::Deletions | Self::Refunds | Self::Relay => Room::Jobs,
        })
    }

    /// Whether all of it can be tried again at once. A family's film is made again one by one, with a reason.
    pub fn may_retry_all(self) -> bool {
        self != Self::FamilyShots
    }
}

/// One thing that is stuck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// By what it is tried again; nothing where it is not tried again alone.
    pub id: Option<String>,
    /// What it is, in the operator's words.
    pub what: String,
    /// Since when.
    pub since_ms: i64,
    /// How often it was tried.
    pub tries: u32,
    /// What is in the way.
    pub problem: Option<String>,
    /// The order that it is about.
    pub order: Option<OrderId>,
}

/// All that is stuck of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// Of which kind.
    pub kind: Kind,
    /// How many.
    pub count: u64,
    /// Since when the oldest is.
    pub oldest_ms: Option<i64>,
    /// Some of them, the oldest first.
    pub lines: Vec<Line>,
}

impl Desk<'_> {
    /// What is stuck and somebody may see to, by kind; kinds of which there is nothing are left out.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn stuck(&self, who: &Worker) -> Result<Vec<Stuck>> {
        let mut stuck = Vec::new();
        for (kind, count, oldest_ms) in self.stuck_counts(who).await? {
            stuck.push(Stuck { kind, count, oldest_ms, lines: self.lines(kind).await? });
        }
        Ok(stuck)
    }

    /// The same without the lines.
    #[boxed]
    pub(super) async fn stuck_counts(&self, who: &Worker) -> Result<Vec<(Kind, u64, Option<i64>)>> {
        self.studio.pursue(PurposeId::Improvement)?;
        let mut counts = Vec::new();
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_for(who.role)) {
            let (count, oldest_ms) = self.count(kind).await?;
            if count > 0 {
                counts.push((kind, count, oldest_ms));
            }
        }
        Ok(counts)
    }

    /// How much is stuck of a kind.
    #[boxed]
    pub(crate) async fn count(&self, kind: Kind) -> Result<(u64, Option<i64>)> {
        let db = self.studio.db().read();
        match kind {
            Kind::SharedShots => {
                let at = shared_shots::Column::NotBeforeMs;
                counted(db, shared_given_up(), shared_shots::Column::ShotKey, at).await
            }
            Kind::FamilyShots => {
                counted(db, own_given_up(), shots::Column::Place, shots::Column::NotBeforeMs).await
            }
            Kind::Mails => {
                counted(db, mails_given_up(), mail::rows::Column::Id, mail::rows::Column::CreatedAtMs).await
            }
            Kind::Webhooks => {
                counted(db, webhooks_dead(), webhooks::Column::Id, webhooks::Column::ReceivedAtMs).await
            }
            // Which of them are late is for the handles to say.
            Kind::Deletions => {
                let late = self.late_lines().await?;
                Ok((self.studio.handles().late().await?, late.first().map(|line| line.since_ms)))
            }
            Kind::Refunds => {
                counted(db, refunds_stuck(), checkouts::Column::Id, checkouts::Column::PaidAtMs).await
            }
            Kind::Relay => {
                let waiting = not_relayed(self.studio.now_ms());
                counted(db, waiting, outbox::Column::Id, outbox::Column::RunAtMs).await
            }
        }
    }

    async fn lines(&self, kind: Kind) -> Result<Vec<Line>> {
        let db = self.studio.db().read();
        Ok(match kind {
            Kind::SharedShots => {
                let find = shared_given_up().order_by_asc(shared_shots::Column::NotBeforeMs).limit(SHOWN);
                let line = |row: shared_shots::Model| Line {
                    what: shot(&row.film, &row.language, row.place),
                    since_ms: row.not_before_ms,
                    tries: row.failures.unsigned_abs(),
                    problem: None,
                    order: None,
                    id: Some(row.shot_key),
                };
                find.all(db).await?.into_iter().map(line).collect()
            }
            Kind::FamilyShots => self.family_lines().await?,
            Kind::Mails => {
                let find = mails_given_up().order_by_asc(mail::rows::Column::CreatedAtMs).limit(SHOWN);
                let line = |row: mail::rows::Model| Line {
                    what: row.kind,
                    since_ms: row.created_at_ms,
                    tries: u32::try_from(row.tries).unwrap_or_default(),
                    problem: row.problem,
                    order: None,
                    id: Some(row.id),
                };
                find.all(db).await?.into_iter().map(line).collect()
            }
            Kind::Webhooks => {
                let find = webhooks_dead().order_by_asc(webhooks::Column::ReceivedAtMs).limit(SHOWN);
                let line = |row: webhooks::Model| Line {
                    what: row.processor,
                    since_ms: row.received_at_ms,
                    tries: row.tries.unsigned_abs(),
                    problem: row.problem,
                    order: None,
                    id: Some(row.id),
                };
                find.all(db).await?.into_iter().map(line).collect()
            }
            Kind::Deletions => self.late_lines().await?,
            Kind::Refunds => self.refund_lines().await?,
            Kind::Relay => {
                let find = not_relayed(self.studio.now_ms()).order_by_asc(outbox::Column::Id).limit(SHOWN);
                let line = |row: outbox::Model| Line {
                    id: None,
                    what: kind_of(&row.job),
                    since_ms: row.run_at_ms,
                    tries: 0,
                    problem: None,
                    order: None,
                };
                find.all(db).await?.into_iter().map(line).collect()
            }
        })
    }

    async fn family_lines(&self) -> Result<Vec<Line>> {
        let db = self.studio.db().read();
        let given_up = own_given_up().order_by_asc(shots::Column::NotBeforeMs).limit(SHOWN).all(db).await?;
        let ids = given_up.iter().map(|shot| shot.film_id.as_str());
        let of = films::Entity::find().filter(films::Column::Id.is_in(ids)).all(db).await?;
        let line = |row: &shots::Model| {
            let film = of.iter().find(|film| film.id == row.film_id)?;
            Some(Line {
                id: None,
                what: shot(&film.film, &film.language, row.place),
                since_ms: row.not_before_ms,
                tries: row.failures.unsigned_abs(),
                problem: None,
                order: Some(OrderId::stored(film.order_id.clone())),
            })
        };
        Ok(given_up.iter().filter_map(line).collect())
    }

    async fn late_lines(&self) -> Result<Vec<Line>> {
        let going = self.studio.handles().going().await?;
        let line = |one: crate::handles::Going| Line {
            id: Some(one.id.to_string()),
            what: one.processor,
            since_ms: one.since_ms,
            tries: one.tries,
            problem: one.problem,
            order: None,
        };
        let stray = |late: crate::generated::strays::Late| Line {
            id: None,
            what: late.processor,
            since_ms: late.since_ms,
            tries: late.tries,
            problem: None,
            order: None,
        };
        let strays = self.studio.generated().late_strays().await?;
        let mut lines: Vec<Line> = going.into_iter().filter(|one| one.is_late).map(line).collect();
        lines.extend(strays.into_iter().take(SHOWN as usize).map(stray));
        lines.sort_by_key(|line| line.since_ms);
        Ok(lines)
    }

    async fn refund_lines(&self) -> Result<Vec<Line>> {
        let db = self.studio.db().read();
        let rows = refunds_stuck().order_by_asc(checkouts::Column::PaidAtMs).limit(SHOWN).all(db).await?;
        let ids = rows.iter().map(|row| row.order_id.as_str());
        // Not all that is paid for is an order.
        let of = orders::Entity::find().filter(orders::Column::Id.is_in(ids)).all(db).await?;
        let line = |row: checkouts::Model| Line {
            order: of
                .iter()
                .find(|order| order.id == row.order_id)
                .map(|_| OrderId::stored(row.order_id.clone())),
            // The checkout's own id is between us and the till.
            id: Some(row.order_id),
            what: row.till,
            since_ms: row.paid_at_ms.unwrap_or(row.opened_at_ms),
            tries: row.tries.unsigned_abs(),
            problem: row.problem,
        };
        Ok(rows.into_iter().map(line).collect())
    }

    /// Tries again what is stuck: one, or all of a kind. What is on its way again already is left alone. Returns how much
    /// it was.
    ///
    /// # Errors
    /// `stuck-not-found` for what somebody does not see to, or what is not tried again in this way.
    #[boxed]
    pub async fn try_again(&self, who: &Worker, kind: Kind, one: Option<&str>) -> Result<u64> {
        let not_so = || Error::not_found("stuck-not-found");
        if !kind.is_for(who.role) || (one.is_none() && !kind.may_retry_all()) {
            return Err(not_so());
        }
        let (studio, now) = (self.studio, self.studio.now_ms());
        let tx = studio.db().begin().await?;
        let again = match kind {
            Kind::SharedShots => {
                let which = match one {
                    Some(key) => shared_shots::Column::ShotKey.eq(key),
                    None => shared_shots::Column::State.eq(ShotState::Failed),
                };
                again::shared(&tx, which, now).await?
            }
            Kind::FamilyShots => return Err(not_so()),
            Kind::Mails => {
                let mut again = mail::rows::Entity::update_many()
                    .col_expr(mail::rows::Column::State, Expr::value(mail::State::Waiting))
                    .col_expr(mail::rows::Column::Tries, Expr::value(0_i64))
                    .col_expr(mail::rows::Column::DueAtMs, Expr::value(now))
                    .filter(mail::rows::Column::State.eq(mail::State::Failed));
                if let Some(id) = one {
                    again = again.filter(mail::rows::Column::Id.eq(id));
                }
                let again = again.exec(&tx).await?.rows_affected;
                jobs::ask(&tx, studio, Job::DeliverMail).await?;
                again
            }
            Kind::Webhooks => {
                let mut again = webhooks::Entity::update_many()
                    .col_expr(webhooks::Column::NextAtMs, Expr::value(Some(0_i64)))
                    .col_expr(webhooks::Column::Tries, Expr::value(0))
                    .filter(webhooks::Column::DoneAtMs.is_null())
                    .filter(webhooks::Column::NextAtMs.is_null());
                if let Some(id) = one {
                    again = again.filter(webhooks::Column::Id.eq(id));
                }
                again.exec(&tx).await?.rows_affected
            }
            Kind::Deletions => {
                let mut again = handles::Entity::update_many()
                    .col_expr(handles::Column::NextAtMs, Expr::value(now))
                    .filter(handles::Column::GoingAtMs.is_not_null());
                if let Some(id) = one {
                    again = again.filter(handles::Column::Id.eq(id));
                } else {
                    strays::Entity::update_many()
                        .col_expr(strays::Column::NextAtMs, Expr::value(now))
                        .exec(&tx)
                        .await?;
                }
                again.exec(&tx).await?.rows_affected
            }
            Kind::Refunds => {
                let mut again = checkouts::Entity::update_many()
                    .col_expr(checkouts::Column::NextAtMs, Expr::value(Some(now)))
                    .filter(checkouts::Column::State.eq(checkouts::State::Returning));
                if let Some(id) = one {
                    again = again.filter(checkouts::Column::OrderId.eq(id));
                }
                again.exec(&tx).await?.rows_affected
            }
            Kind::Relay => 0,
        };
        if matches!(kind, Kind::Webhooks | Kind::Deletions | Kind::Refunds) {
            jobs::ask(&tx, studio, Job::SeeToProcessors).await?;
        }
        tx.commit().await?;
        studio.backstage().nudge();
        match kind {
            Kind::Relay => Ok(studio.jobs().relay().await? as u64),
            Kind::SharedShots => {
                studio.jobs().derive().await?;
                Ok(again)
            }
            _ => Ok(again),
        }
    }
}

/// How many rows there are, and the least time in a column of theirs.
pub(super) async fn counted<E: EntityTrait, C: ColumnTrait>(
    db: &impl ConnectionTrait,
    find: Select<E>,
    id: C,
    at: C,
) -> Result<(u64, Option<i64>)> {
    let found: Option<(i64, Option<i64>)> = find
        .select_only()
        .column_as(id.count(), "count")
        .column_as(at.min(), "oldest")
        .into_tuple()
        .one(db)
        .await?;
    let (count, oldest_ms) = found.unwrap_or_default();
    Ok((count.unsigned_abs(), oldest_ms))
}

fn shared_given_up() -> Select<shared_shots::Entity> {
    shared_shots::Entity::find().filter(shared_shots::Column::State.eq(ShotState::Failed))
}

pub(super) fn own_given_up() -> Select<shots::Entity> {
    shots::Entity::find()
        .filter(shots::Column::Shared.eq(false))
        .filter(shots::Column::State.eq(ShotState::Failed))
}

fn mails_given_up() -> Select<mail::rows::Entity> {
    mail::rows::Entity::find().filter(mail::rows::Column::State.eq(mail::State::Failed))
}

fn webhooks_dead() -> Select<webhooks::Entity> {
    webhooks::Entity::find()
        .filter(webhooks::Column::DoneAtMs.is_null())
        .filter(webhooks::Column::NextAtMs.is_null())
}

fn refunds_stuck() -> Select<checkouts::Entity> {
    checkouts::Entity::find()
        .filter(checkouts::Column::State.eq(checkouts::State::Returning))
        .filter(checkouts::Column::Problem.is_not_null())
}

fn not_relayed(now: i64) -> Select<outbox::Entity> {
    outbox::Entity::find().filter(outbox::Column::RunAtMs.lt(now - RELAY_MS))
}

/// A shot in the operator's words, counted from 1.
fn shot(film: &str, language: &str, place: i32) -> String {
    format!("{film} · {language} · {}", place + 1)
}

/// The kind of a job that was asked for; its ids are left out.
fn kind_of(job: &str) -> String {
    let job = serde_json::from_str::<serde_json::Value>(job).unwrap_or_default();
    job.get("kind").and_then(|kind| kind.as_str()).unwrap_or("?").to_owned()
}
