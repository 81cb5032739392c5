//! What a backup does not know that was brought back: whose end was asked for since then, whose data are only stored,
//! and who took which of that back. Whatever was said last holds.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;

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

impl Said {
    /// Since when it holds for an account; what the database has, where nothing is known.
    fn since(&self, account: &str, known: Option<i64>) -> Option<i64> {
        let (said, back) = (self.said.get(account).copied(), self.taken_back.get(account).copied());
        match (said, back) {
            (None, None) => known,
            (said, back) => said.filter(|at_ms| back.is_none_or(|back_ms| back_ms < *at_ms)),
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
        for id in ids {
            let Some(row) = accounts::Entity::find_by_id(id).one(studio.db().read()).await? else { continue };
            if !State::CONFIRMED.contains(&row.state) {
                continue;
            }
            let leaving_at_ms = leaving.since(id, row.leaving_at_ms);
            let restricted_at_ms = restricted.since(id, row.restricted_at_ms);
            let state = match (leaving_at_ms, restricted_at_ms) {
                (Some(_), _) => State::Leaving,
                (None, Some(_)) => State::Restricted,
                (None, None) => State::Active,
            };
            if (state, leaving_at_ms, restricted_at_ms)
                == (row.state, row.leaving_at_ms, row.restricted_at_ms)
            {
                continue;
            }
            let account = AccountId::stored(id.clone());
            let change = accounts::ActiveModel {
                id: Set(id.clone()),
                state: Set(state),
                leaving_at_ms: Set(leaving_at_ms),
                restricted_at_ms: Set(restricted_at_ms),
                ..Default::default()
            };
            let tx = studio.db().begin().await?;
            accounts::Entity::update(change).exec(&tx).await?;
            match state {
                State::Active => sessions::end_all(&tx, &account).await?,
                _ => self.shut(&tx, &account).await?,
            }
            tx.commit().await?;
            tracing::warn!("an account stands again as its owner said after a backup was made");
        }
        Ok(())
    }
}
