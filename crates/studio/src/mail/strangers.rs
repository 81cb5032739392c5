//! Mails to addresses that are not kept: each goes once it was delivered or given up, and when its time is over, whatever
//! became of it. In the embedded size nothing leaves the machine: there they are read until that time.

use sea_orm::entity::prelude::*;

use super::{Outbox, State, rows};
use crate::{Result, accounts, boxed, gifts};

/// Whether a mail of this kind goes to such an address.
pub(super) fn is_to_stranger(kind: &str) -> bool {
    kind == gifts::MAIL_KIND || accounts::is_to_new_address(kind)
}

impl Outbox<'_> {
    /// Deletes those of some kinds that are done with: one, or all that somebody who was killed left.
    #[boxed]
    pub(crate) async fn forget_done(&self, kinds: &[&str], one: Option<&str>) -> Result<()> {
        if self.studio.0.outside.post.is_local() {
            return Ok(());
        }
        let mut done = rows::Entity::delete_many()
            .filter(rows::Column::Kind.is_in(kinds.iter().copied()))
            .filter(rows::Column::State.ne(State::Waiting));
        if let Some(one) = one {
            done = done.filter(rows::Column::Id.eq(one));
        }
        done.exec(self.studio.db().write()).await?;
        Ok(())
    }

    /// Deletes those of some kinds that were written until a time.
    #[boxed]
    pub(crate) async fn forget_until(&self, kinds: &[&str], at_ms: i64) -> Result<()> {
        rows::Entity::delete_many()
            .filter(rows::Column::Kind.is_in(kinds.iter().copied()))
            .filter(rows::Column::CreatedAtMs.lte(at_ms))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }
}
