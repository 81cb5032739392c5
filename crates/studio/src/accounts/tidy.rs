//! Sign-ups that were never confirmed are not kept.

use policy::RetentionId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Condition;
use sea_orm::{PaginatorTrait, QueryFilter};

use super::leave;
use super::rows::{State, accounts};
use crate::retention::Swept;
use crate::{Error, Result, Studio, boxed};

/// Deletes sign-ups that were not confirmed in time, with their mails.
#[boxed]
pub(crate) async fn forget_unconfirmed(studio: &Studio) -> Result<()> {
    accounts::Entity::delete_many()
        .filter(unconfirmed(unconfirmed_before(studio)?))
        .exec(studio.db().write())
        .await?;
    Ok(())
}

/// The accounts that the next sweep deletes: never confirmed, or at the end of their days of grace.
#[boxed]
pub(crate) async fn due(studio: &Studio) -> Result<Vec<Swept>> {
    let line = |rule: RetentionId, since: &str, before_ms, rows| Swept {
        table: "accounts".into(),
        rule: rule.as_str().into(),
        since: since.into(),
        before_ms,
        rows,
    };
    let before = unconfirmed_before(studio)?;
    let pending = accounts::Entity::find().filter(unconfirmed(before)).count(studio.db().read()).await?;
    let left = leave::grace_over(studio).await?.len() as u64;
    Ok(vec![
        line(RetentionId::SignUp, "created_at_ms", before, pending),
        line(RetentionId::Account, "leaving_at_ms", leave::left_before(studio), left),
    ])
}

fn unconfirmed(before_ms: i64) -> Condition {
    Condition::all()
        .add(accounts::Column::State.eq(State::Pending))
        .add(accounts::Column::CreatedAtMs.lte(before_ms))
}

fn unconfirmed_before(studio: &Studio) -> Result<i64> {
    let rule = studio.policy().rule(RetentionId::SignUp);
    let rule = rule.ok_or_else(|| Error::internal("the policy says nothing of sign-ups"))?;
    Ok(studio.now_ms() - rule.period.ms())
}
