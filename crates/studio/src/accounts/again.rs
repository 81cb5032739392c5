//! What a database does not know that was brought back: whose end was asked for since then, whose data are only stored,
//! and who took which of that back. Whatever was said last holds. Where several machines share a database, each knows
//! what was said there alone; so an account's row has when each of the two was said last, and only what is newer is news.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait, QuerySelect};

use super::Accounts;
use super::rows::{State, accounts};
use crate::{AccountId, Result, boxed, sessions};

/// Something that owners said of their accounts, and its opposite: each with the last time, by account.
pub(crate) struct Said {
    /// It was said.
    pub said: BTreeMap<String, i64>,
    /// It was taken back.
    pub taken_back: BTreeMap<String, i64>,
}

/// Since when something holds for an account, and when that was said.
type Known = (Option<i64>, Option<i64>);

impl Said {
    /// What was said last; what the database has, where nothing newer is known.
    fn last(&self, account: &str, known: Known) -> Known {
        // Of what was never said there is no time, and that is before any.
        let newer =
            |said: &BTreeMap<String, i64>| said.get(account).copied().filter(|at| Some(*at) > known.1);
        let (said, back) = (newer(&self.said), newer(&self.taken_back));
        if said > back {
            (said, said)
        } else if back.is_some() {
            (None, back)
        } else {
            known
        }
    }

    fn accounts(&self) -> impl Iterator<Item = &String> {
        self.said.keys().chain(self.taken_back.keys())
    }
}

impl Accounts<'_> {
    /// Makes accounts stand as their owners said last.
    #[boxed]
    pub(crate) async fn stand_again(&self, leaving: &Said, restricted: &Said) -> Result<()> {
        let studio = self.studio;
        let ids: BTreeSet<&String> = leaving.accounts().chain(restricted.accounts()).collect();
        let news = |row: &accounts::Model| {
            let stands = standing(row, leaving, restricted);
            (State::CONFIRMED.contains(&row.state) && stands != *row).then_some(stands)
        };
        for id in ids {
            let row = accounts::Entity::find_by_id(id).one(studio.db().read()).await?;
            if row.as_ref().and_then(news).is_none() {
                continue;
            }
            let tx = studio.db().begin().await?;
            let row = accounts::Entity::find_by_id(id).lock_exclusive().one(&tx).await?;
            let Some((stood, stands)) = row.and_then(|row| news(&row).map(|stands| (row, stands))) else {
                continue;
            };
            let change = accounts::ActiveModel {
                id: Set(id.clone()),
                state: Set(stands.state),
                leaving_at_ms: Set(stands.leaving_at_ms),
                restricted_at_ms: Set(stands.restricted_at_ms),
                leaving_said_at_ms: Set(stands.leaving_said_at_ms),
                restricted_said_at_ms: Set(stands.restricted_said_at_ms),
                ..Default::default()
            };
            accounts::Entity::update(change).exec(&tx).await?;
            let since = |row: &accounts::Model| (row.state, row.leaving_at_ms, row.restricted_at_ms);
            let is_otherwise = since(&stood) != since(&stands);
            let account = AccountId::stored(id.clone());
            match stands.state {
                _ if !is_otherwise => {}
                State::Active => sessions::end_all(&tx, &account).await?,
                state => self.shut(&tx, &account, state).await?,
            }
            tx.commit().await?;
            if is_otherwise {
                tracing::warn!("an account stands again as its owner said after a backup was made");
            }
        }
        Ok(())
    }
}

/// An account's row as its owner said last.
fn standing(row: &accounts::Model, leaving: &Said, restricted: &Said) -> accounts::Model {
    let (leaving_at_ms, leaving_said_at_ms) =
        leaving.last(&row.id, (row.leaving_at_ms, row.leaving_said_at_ms));
    let (restricted_at_ms, restricted_said_at_ms) =
        restricted.last(&row.id, (row.restricted_at_ms, row.restricted_said_at_ms));
    let state = match (leaving_at_ms, restricted_at_ms) {
        (Some(_), _) => State::Leaving,
        (None, Some(_)) => State::Restricted,
        (None, None) => State::Active,
    };
    accounts::Model {
        state,
        leaving_at_ms,
        restricted_at_ms,
        leaving_said_at_ms,
        restricted_said_at_ms,
        ..row.clone()
    }
}
