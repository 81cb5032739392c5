//! What an account's owner wrote to us, and what became of it. Cases lead to no account but by its address, so the plan
//! does not know them; handed out are those that the owner confirmed.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, SimpleExpr};

use super::{Exports, Medium, What};
use crate::enquiries::{self, AttachmentId};
use crate::{AccountId, Result};

/// The tables of cases, each with the column that names the case.
pub(super) const TABLES: [(&str, &str); 3] =
    [("enquiries", "id"), ("enquiry_steps", "enquiry_id"), ("enquiry_attachments", "enquiry_id")];
/// What is handed out as a file of its own.
pub(super) const AS_FILE: &str = "content_sealed";

/// The condition that picks the rows of cases which an account's owner confirmed.
pub(super) fn rows_of(account: &AccountId, by: &str) -> SimpleExpr {
    Expr::col(Alias::new(by)).in_subquery(enquiries::confirmed_of(account))
}

impl Exports<'_> {
    /// What came with those cases.
    pub(super) async fn attachments(&self, account: &AccountId) -> Result<Vec<Medium>> {
        let attached = self.studio.enquiries().attached(account).await?;
        let medium = |(id, size): (AttachmentId, u64)| {
            let path = format!("attachments/{id}.bin");
            Medium { path, kind: "attachment".into(), size, what: What::Attachment(id) }
        };
        Ok(attached.into_iter().map(medium).collect())
    }
}
