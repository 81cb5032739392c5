//! What the till knows a parent by: noted as soon as it is seen, so that it is deleted there with the account.

use processors::role::HostedTill;
use sea_orm::entity::prelude::*;

use super::rows::checkouts;
use super::{Purchase, Till};
use crate::accounts::rows::accounts;
use crate::{AccountId, Result, boxed};

impl Till<'_> {
    /// Notes a customer of the till's. One that was noted before stays as it is: it may be let go of already.
    #[boxed]
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
        let account = match Purchase::find(studio, &row.order_id).await? {
            Some(bought) => {
                accounts::Entity::find_by_id(bought.account.as_str()).one(studio.db().read()).await?
            }
            None => None,
        };
        match account {
            Some(account) => {
                let account = AccountId::stored(account.id);
                studio.handles().note(studio.db().write(), &account, hosted.processor(), None, customer).await
            }
            // Whoever it was is gone already.
            None => studio.handles().delete(studio.db().write(), hosted.processor(), customer).await,
        }
    }
}
