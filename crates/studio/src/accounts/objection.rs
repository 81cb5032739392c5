//! Objecting to support within Minitube, which rests on legitimate interest, and allowing it again.

use std::collections::BTreeMap;

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QuerySelect};

use super::Accounts;
use super::rows::accounts;
use crate::backup::Said;
use crate::{AccountId, Result, boxed, conversations};

impl Accounts<'_> {
    /// Objects to being offered support within Minitube. Objecting again keeps the first time.
    ///
    /// # Errors
    /// When the database or the ledger is out of reach.
    #[boxed]
    pub async fn object_to_support(&self, account: &AccountId) -> Result<()> {
        let now = self.studio.now_ms();
        self.studio.ledger().enter_said(Said::NoSupport, account.as_str(), now)?;
        self.objected_at(account.as_str(), now).await
    }

    /// What these accounts objected to at these times, whatever backup was brought back.
    #[boxed]
    pub(crate) async fn object_again(&self, objected: &BTreeMap<String, i64>) -> Result<()> {
        for (account, at_ms) in objected {
            self.objected_at(account, *at_ms).await?;
        }
        Ok(())
    }

    async fn objected_at(&self, account: &str, at_ms: i64) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        accounts::Entity::update_many()
            .col_expr(accounts::Column::SupportObjectedAtMs, Expr::value(at_ms))
            .filter(accounts::Column::Id.eq(account))
            .filter(accounts::Column::SupportObjectedAtMs.is_null())
            .exec(&tx)
            .await?;
        // Whoever has the messenger knows them no longer.
        conversations::let_go(self.studio, &tx, &AccountId::stored(account.to_owned())).await?;
        tx.commit().await?;
        self.studio.backstage().nudge();
        Ok(())
    }

    /// Takes the objection back.
    ///
    /// # Errors
    /// `account-not-found` among others.
    #[boxed]
    pub async fn allow_support(&self, account: &AccountId) -> Result<()> {
        let change = accounts::ActiveModel {
            id: Set(account.to_string()),
            support_objected_at_ms: Set(None),
            ..Default::default()
        };
        let tx = self.studio.db().begin().await?;
        accounts::Entity::update(change).exec(&tx).await?;
        // Should this fail, the objection stands.
        self.studio.ledger().enter_said(Said::Support, account.as_str(), self.studio.now_ms())?;
        Ok(tx.commit().await?)
    }

    /// Whether they objected.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn objected_to_support(&self, account: &AccountId) -> Result<bool> {
        let found: Option<Option<i64>> = accounts::Entity::find_by_id(account.as_str())
            .select_only()
            .column(accounts::Column::SupportObjectedAtMs)
            .into_tuple()
            .one(self.studio.db().read())
            .await?;
        Ok(found.flatten().is_some())
    }
}

#[cfg(test)]
mod tests {
    use crate::db::testing::on_both;

    #[test]
    fn an_objection_stands_until_it_is_taken_back() {
        on_both(async |kit| {
            let (anna, other) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
            let accounts = kit.studio.accounts();
            let objected = async |account| {
                let at = accounts.get(account).await.unwrap().support_objected_at_ms;
                assert_eq!(accounts.objected_to_support(account).await.unwrap(), at.is_some());
                at
            };
            assert_eq!(objected(&anna).await, None);
            let now = kit.studio.now_ms();
            accounts.object_to_support(&anna).await.unwrap();
            kit.clock.advance(5);
            accounts.object_to_support(&anna).await.unwrap();
            assert_eq!((objected(&anna).await, objected(&other).await), (Some(now), None));
            accounts.allow_support(&anna).await.unwrap();
            accounts.allow_support(&anna).await.unwrap();
            assert_eq!(objected(&anna).await, None);
        });
    }
}
