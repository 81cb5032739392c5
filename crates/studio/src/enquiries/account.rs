//! The cases of an account. They lead to it by its address alone, whether their sender had an account then or not. When
//! the account ends, they go with it; of its owner's data are those that the owner confirmed, as anybody can write
//! another's address down. Those stay theirs when the account gets another address.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{QueryOrder, QuerySelect};

use super::rows::{attachments, enquiries};
use super::{AttachmentId, Enquiries};
use crate::accounts::rows::accounts;
use crate::{AccountId, Result};

impl Enquiries<'_> {
    /// Within the end of an account: deletes its cases, with all that belongs to them and the mails about them. One that
    /// is still open is answered by that: nothing is left that it could be about, and nobody to answer. Returns how
    /// many cases went.
    pub(crate) async fn forget(&self, tx: &impl ConnectionTrait, account: &AccountId) -> Result<u64> {
        let gone = enquiries::Entity::delete_many()
            .filter(enquiries::Column::AddressIndex.in_subquery(address_of(account)))
            .exec(tx)
            .await?;
        Ok(gone.rows_affected)
    }

    /// Within a change of an account's address: the cases that its owner confirmed lead to it by the new one from now on. Of
    /// others that name the old address it is not known whose they are.
    pub(crate) async fn moved(&self, tx: &impl ConnectionTrait, old: &[u8], new: Vec<u8>) -> Result<()> {
        enquiries::Entity::update_many()
            .col_expr(enquiries::Column::AddressIndex, Expr::value(Some(new)))
            .filter(enquiries::Column::AddressIndex.eq(old))
            .filter(enquiries::Column::ConfirmedAtMs.is_not_null())
            .exec(tx)
            .await?;
        Ok(())
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
    Query::select()
        .column(enquiries::Column::Id)
        .from(enquiries::Entity)
        .and_where(enquiries::Column::AddressIndex.in_subquery(address_of(account)))
        .and_where(enquiries::Column::ConfirmedAtMs.is_not_null())
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
