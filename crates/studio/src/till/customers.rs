//! What the till knows a parent by: noted as soon as it is seen, so that it is deleted there with the account.

use processors::role::{EraseError, HostedTill};
use sea_orm::entity::prelude::*;

use super::Till;
use super::rows::checkouts;
use crate::accounts::rows::accounts;
use crate::clock::SECOND_MS;
use crate::orders::rows::orders;
use crate::{AccountId, Error, Result};

impl Till<'_> {
    /// Notes a customer of the till's. One that was noted before stays as it is: it may be let go of already.
    pub(super) async fn note_customer(
        &self,
        hosted: &dyn HostedTill,
        row: &checkouts::Model,
        customer: &str,
    ) -> Result<()> {
        let studio = self.studio;
        if studio.handles().owner(hosted.processor(), customer).await?.is_some() {
            return Ok(());
        }
        let order = orders::Entity::find_by_id(row.order_id.as_str()).one(studio.db().read()).await?;
        let account = match order {
            Some(order) => accounts::Entity::find_by_id(order.account_id).one(studio.db().read()).await?,
            None => None,
        };
        match account {
            Some(account) => {
                let account = AccountId::stored(account.id);
                studio.handles().note(studio.db().write(), &account, hosted.processor(), None, customer).await
            }
            // Whoever it was is gone already, and nobody would have it deleted later.
            None => self.erase_customer(hosted, customer).await,
        }
    }

    async fn erase_customer(&self, hosted: &dyn HostedTill, customer: &str) -> Result<()> {
        let studio = self.studio;
        let erases = studio.connected().erases.get(&hosted.processor()).cloned();
        let erases = erases.ok_or_else(|| Error::internal("a till that deletes no customers"))?;
        match erases.erase(customer, studio.now_ms() / SECOND_MS).await {
            Ok(_) => Ok(()),
            Err(error @ EraseError::Away { .. }) => Err(Error::unavailable("till-away", error)),
            Err(error @ EraseError::Refused(_)) => Err(Error::internal(error)),
        }
    }
}
