//! Sign-ups that were never confirmed, and links whose time is over, are not kept.

use sea_orm::entity::prelude::*;

use super::rows::{State, accounts, links};
use crate::clock::DAY_MS;
use crate::{Result, Studio};

/// A sign-up that was not confirmed is forgotten after this long, with its mail.
pub const PENDING_MS: i64 = DAY_MS;
/// A used or expired link is forgotten after this long.
const OLD_LINK_MS: i64 = DAY_MS;

/// Deletes what was not confirmed and what has expired.
pub(crate) async fn tidy(studio: &Studio) -> Result<()> {
    let now = studio.now_ms();
    accounts::Entity::delete_many()
        .filter(accounts::Column::State.eq(State::Pending))
        .filter(accounts::Column::CreatedAtMs.lte(now - PENDING_MS))
        .exec(studio.db().write())
        .await?;
    links::Entity::delete_many()
        .filter(links::Column::ExpiresAtMs.lte(now - OLD_LINK_MS))
        .exec(studio.db().write())
        .await?;
    Ok(())
}
