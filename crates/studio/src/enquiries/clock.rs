//! The clock of the cases: a reminder to ourselves before an answer is due, and an alarm when it is late. Each once.

use sea_orm::entity::prelude::*;
use sea_orm::{PaginatorTrait, QuerySelect};

use super::rows::enquiries;
use super::{Enquiries, State};
use crate::clock::DAY_MS;
use crate::mail::{self, Message};
use crate::{Result, Studio, boxed};

/// A reminder is sent so long before an answer is due.
const REMIND_MS: i64 = 7 * DAY_MS;
/// Cases looked at in one go; the next round takes the rest.
const BATCH: u64 = 100;

impl Enquiries<'_> {
    /// How many answers are late.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn overdue(&self) -> Result<u64> {
        let late = enquiries::Entity::find()
            .filter(enquiries::Column::State.eq(State::Open))
            .filter(enquiries::Column::DueAtMs.lt(self.studio.now_ms()));
        Ok(late.count(self.studio.db().read()).await?)
    }
}

/// Reminds and alarms whoever runs this installation.
#[boxed]
pub(crate) async fn watch(studio: &Studio) -> Result<()> {
    let now = studio.now_ms();
    tell(studio, now + REMIND_MS, enquiries::Column::RemindedAtMs, false).await?;
    tell(studio, now, enquiries::Column::AlarmedAtMs, true).await
}

/// Writes of each case that is due before this time and was not written of yet in this way.
async fn tell(studio: &Studio, before_ms: i64, told: enquiries::Column, late: bool) -> Result<()> {
    let due: Vec<(String, i64)> = enquiries::Entity::find()
        .select_only()
        .column(enquiries::Column::Id)
        .column(enquiries::Column::DueAtMs)
        .filter(enquiries::Column::State.eq(State::Open))
        .filter(enquiries::Column::DueAtMs.lt(before_ms))
        .filter(told.is_null())
        .limit(BATCH)
        .into_tuple()
        .all(studio.db().read())
        .await?;
    for (id, due_at_ms) in due {
        let tx = studio.db().begin().await?;
        let marked = enquiries::Entity::update_many()
            .col_expr(told, Expr::value(Some(studio.now_ms())))
            .filter(enquiries::Column::Id.eq(id.as_str()))
            .filter(told.is_null())
            .exec(&tx)
            .await?;
        if marked.rows_affected == 1 {
            let to = studio.policy().controller.email.clone();
            let letter = letter(&id, &mail::day("en", due_at_ms)?, late);
            studio.mail().write_to_stranger(&tx, &to, "en", &letter).await?;
            if late {
                tracing::error!(enquiry = id, "an answer is overdue");
            }
        }
        tx.commit().await?;
    }
    Ok(())
}

/// To ourselves, in English: nothing of the case but its number stands in it.
fn letter(id: &str, day: &str, late: bool) -> Message {
    let (kind, subject, first) = match late {
        true => ("case-overdue", "An answer is overdue", format!("The answer to a case was due by {day}.")),
        false => ("case-due", "An answer is due soon", format!("The answer to a case is due by {day}.")),
    };
    Message {
        kind,
        subject: subject.into(),
        paragraphs: vec![first],
        button: Some(("Open the case".into(), format!("/desk/enquiries/{id}"))),
        ..Message::default()
    }
}
