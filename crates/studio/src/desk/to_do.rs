//! What needs somebody now, in the order in which it is due: one list over all parts of the desk, with what each may see.
//! Counts and times, nothing personal.

use policy::PurposeId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;

use super::Desk;
use super::stuck::{Kind, counted, own_given_up};
use crate::Result;
use crate::accounts::in_use;
use crate::boxed;
use crate::clock::{DAY_MS, HOUR_MS};
use crate::conversations::rows::conversations;
use crate::conversations::{State as Talk, readable};
use crate::enquiries::rows::enquiries;
use crate::enquiries::{Kind as CaseKind, State as Case};
use crate::films::rows::shots;
use crate::looks::ASKED_MS;
use crate::looks::rows::looks;
use crate::mail;
use crate::marketing::CampaignState;
use crate::marketing::rows::campaigns;
use crate::staff::{Room, Worker};
use crate::till::rows::disputes;

/// A case is listed so long before its answer is due.
const SOON_MS: i64 = 3 * DAY_MS;
/// Whoever writes in the messenger has an answer within so long.
const ANSWER_MS: i64 = 8 * HOUR_MS;
/// A dispute is answered within so long: the shortest time that banks give.
const DISPUTE_MS: i64 = 7 * DAY_MS;
/// Mails of a day that did not arrive, from which on somebody must look: so many, …
const BOUNCES_MIN: u64 = 10;
/// … and so many of a hundred.
const BOUNCES_PERCENT: u64 = 5;
/// A campaign that was written is begun or thrown away within so long.
const DRAFT_MS: i64 = 7 * DAY_MS;
/// A family's shot that was given up is looked at while it is fresh: its money has gone back by itself.
const FRESH_MS: i64 = 7 * DAY_MS;

/// What needs somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// Cases whose answer is late.
    CasesLate,
    /// Cases whose answer is due soon.
    CasesSoon,
    /// People who wait in the messenger.
    Conversations,
    /// Payments that a bank wants back.
    Disputes,
    /// Looks that wait for a second person.
    Looks,
    /// Campaigns that are written and not begun, or held up.
    Campaigns,
    /// More mails than usual that did not arrive.
    Bounces,
    /// What was given up or does not go on.
    Stuck(Kind),
}

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToDo {
    /// What.
    pub matter: Matter,
    /// How many.
    pub count: u64,
    /// Since when the oldest waits; of a case, when its answer is due.
    pub since_ms: i64,
    /// When it is due.
    pub due_ms: i64,
    /// Whether that is over.
    pub is_late: bool,
}

impl Desk<'_> {
    /// What needs somebody with this role, what is due first on top.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn to_do(&self, who: &Worker) -> Result<Vec<ToDo>> {
        self.studio.pursue(PurposeId::Improvement)?;
        let now = self.studio.now_ms();
        let mut all = Vec::new();
        let mut add = |matter, (count, oldest): (u64, Option<i64>), within_ms: i64| {
            if let Some(since_ms) = oldest.filter(|_| count > 0) {
                let due_ms = since_ms + within_ms;
                all.push(ToDo { matter, count, since_ms, due_ms, is_late: due_ms < now });
            }
        };
        if who.role.may(Room::Enquiries) {
            add(Matter::CasesLate, self.cases(who, i64::MIN, now).await?, 0);
            add(Matter::CasesSoon, self.cases(who, now, now + SOON_MS).await?, 0);
        }
        if who.role.may(Room::Conversations) {
            add(Matter::Conversations, self.waiting().await?, ANSWER_MS);
        }
        if who.role.may(Room::Rights) {
            add(Matter::Disputes, self.open_disputes().await?, DISPUTE_MS);
        }
        if who.role.may(Room::Approving) {
            add(Matter::Looks, self.looks_asked(who).await?, ASKED_MS);
        }
        if who.role.may(Room::Campaigns) {
            add(Matter::Campaigns, self.campaigns_waiting().await?, DRAFT_MS);
            add(Matter::Bounces, self.bounces().await?, 0);
        }
        for (kind, count, oldest) in self.stuck_counts(who).await? {
            if kind != Kind::FamilyShots {
                add(Matter::Stuck(kind), (count, oldest), 0);
            }
        }
        if Kind::FamilyShots.is_for(who.role) {
            let fresh = self.family_shots_since(now - FRESH_MS).await?;
            add(Matter::Stuck(Kind::FamilyShots), fresh, 0);
        }
        // Late deletions concern rights, also for who tries nothing again.
        if who.role.may(Room::Rights) && !Kind::Deletions.is_for(who.role) {
            add(Matter::Stuck(Kind::Deletions), self.count(Kind::Deletions).await?, 0);
        }
        all.sort_by_key(|to_do| to_do.due_ms);
        Ok(all)
    }

    /// The open cases that somebody reads and that are due from one time until before another; with the first of them.
    async fn cases(&self, who: &Worker, from_ms: i64, until_ms: i64) -> Result<(u64, Option<i64>)> {
        use enquiries::Column::{DueAtMs, Id, Kind, State};
        let theirs = CaseKind::ALL.into_iter().filter(|kind| who.role.reads(*kind));
        let find = enquiries::Entity::find()
            .filter(State.eq(Case::Open))
            .filter(Kind.is_in(theirs))
            .filter(DueAtMs.gte(from_ms).and(DueAtMs.lt(until_ms)));
        counted(self.studio.db().read(), find, Id, DueAtMs).await
    }

    async fn waiting(&self) -> Result<(u64, Option<i64>)> {
        use conversations::Column::{Id, State, WaitingSinceMs};
        let find = conversations::Entity::find()
            .filter(State.eq(Talk::Open))
            .filter(WaitingSinceMs.is_not_null())
            .filter(readable());
        counted(self.studio.db().read(), find, Id, WaitingSinceMs).await
    }

    /// The payments that a bank wants back and nobody answered, and since when the first of them is.
    pub(crate) async fn open_disputes(&self) -> Result<(u64, Option<i64>)> {
        use disputes::Column::{AnsweredAtMs, HeardAtMs, Id};
        let find = disputes::Entity::find().filter(AnsweredAtMs.is_null());
        counted(self.studio.db().read(), find, Id, HeardAtMs).await
    }

    /// The looks that somebody may approve: neither their own, nor at what is theirs.
    async fn looks_asked(&self, who: &Worker) -> Result<(u64, Option<i64>)> {
        use looks::Column::{AccountId, AskedAtMs, ByWhom, EndsAtMs, Id};
        let find = looks::Entity::find()
            .filter(EndsAtMs.is_null())
            .filter(AskedAtMs.gt(self.studio.now_ms() - ASKED_MS))
            .filter(ByWhom.ne(who.name()))
            .filter(AccountId.ne(who.name()))
            .filter(AccountId.in_subquery(in_use()));
        counted(self.studio.db().read(), find, Id, AskedAtMs).await
    }

    async fn campaigns_waiting(&self) -> Result<(u64, Option<i64>)> {
        use campaigns::Column::{CreatedAtMs, Id, State};
        let find =
            campaigns::Entity::find().filter(State.is_in([CampaignState::Draft, CampaignState::Paused]));
        counted(self.studio.db().read(), find, Id, CreatedAtMs).await
    }

    /// Shots of families that were given up since a time.
    async fn family_shots_since(&self, since_ms: i64) -> Result<(u64, Option<i64>)> {
        use shots::Column::{NotBeforeMs, Place};
        let find = own_given_up().filter(NotBeforeMs.gte(since_ms));
        counted(self.studio.db().read(), find, Place, NotBeforeMs).await
    }

    /// The mails of the last day that did not arrive, where they are more than some always are.
    async fn bounces(&self) -> Result<(u64, Option<i64>)> {
        use mail::rows::Column::{CreatedAtMs, Id, State};
        let db = self.studio.db().read();
        let of_today = mail::rows::Entity::find().filter(CreatedAtMs.gt(self.studio.now_ms() - DAY_MS));
        let (written, _) = counted(db, of_today.clone(), Id, CreatedAtMs).await?;
        let lost = of_today.filter(State.is_in([mail::State::Undeliverable, mail::State::Failed]));
        let (lost, oldest) = counted(db, lost, Id, CreatedAtMs).await?;
        let is_surge = lost >= BOUNCES_MIN && lost * 100 >= written * BOUNCES_PERCENT;
        Ok(if is_surge { (lost, oldest) } else { (0, None) })
    }
}
