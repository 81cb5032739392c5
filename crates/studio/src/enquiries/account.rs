//! The cases of an account. They lead to it by its address alone, whether their sender had an account then or not. When
//! the account ends, those that are closed go with it; of its owner's data are those that the owner confirmed, as
//! anybody can write another's address down.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{QueryOrder, QuerySelect};

use super::rows::{attachments, enquiries};
use super::{AttachmentId, Enquiries, State, StepKind};
use crate::accounts::rows::accounts;
use crate::{AccountId, Result};

impl Enquiries<'_> {
    /// Within the end of an account: deletes its closed cases with all that belongs to them, and what came with the open
    /// ones, which are still to be answered. Returns how many cases and attachments went.
    pub(crate) async fn forget(&self, tx: &impl ConnectionTrait, account: &AccountId) -> Result<u64> {
        let open = of(account).and_where(enquiries::Column::State.eq(State::Open)).to_owned();
        let attached: Vec<(String, String)> = attachments::Entity::find()
            .select_only()
            .column(attachments::Column::Id)
            .column(attachments::Column::EnquiryId)
            .filter(attachments::Column::EnquiryId.in_subquery(open))
            .into_tuple()
            .all(tx)
            .await?;
        for (attachment, enquiry) in &attached {
            attachments::Entity::delete_by_id(attachment.as_str()).exec(tx).await?;
            self.log(tx, enquiry, StepKind::AttachmentDeleted, None, None).await?;
        }
        // Steps and attachments go with their case.
        let closed = enquiries::Entity::delete_many()
            .filter(enquiries::Column::AddressIndex.in_subquery(address_of(account)))
            .filter(enquiries::Column::State.eq(State::Closed))
            .exec(tx)
            .await?;
        Ok(attached.len() as u64 + closed.rows_affected)
    }

    /// What came with the cases that an account's owner confirmed, each with its size.
    pub(crate) async fn attached(&self, account: &AccountId) -> Result<Vec<(AttachmentId, u64)>> {
        let rows: Vec<(String, i64)> = attachments::Entity::find()
            .select_only()
            .column(attachments::Column::Id)
            .column(attachments::Column::Bytes)
            .filter(attachments::Column::EnquiryId.in_subquery(confirmed_of(account)))
            .order_by_asc(attachments::Column::Id)
            .into_tuple()
            .all(self.studio.db().read())
            .await?;
        Ok(rows.into_iter().map(|(id, bytes)| (AttachmentId::stored(id), bytes.unsigned_abs())).collect())
    }
}

/// The ids of the cases that an account's owner confirmed.
pub(crate) fn confirmed_of(account: &AccountId) -> SelectStatement {
    of(account).and_where(enquiries::Column::ConfirmedAtMs.is_not_null()).to_owned()
}

/// The ids of the cases that came by an account's address.
fn of(account: &AccountId) -> SelectStatement {
    Query::select()
        .column(enquiries::Column::Id)
        .from(enquiries::Entity)
        .and_where(enquiries::Column::AddressIndex.in_subquery(address_of(account)))
        .to_owned()
}

/// What an account's address is looked up by; nothing once it is forgotten.
fn address_of(account: &AccountId) -> SelectStatement {
    Query::select()
        .column(accounts::Column::EmailIndex)
        .from(accounts::Entity)
        .and_where(accounts::Column::Id.eq(account.as_str()))
        .to_owned()
}
