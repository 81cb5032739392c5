//! Payments that a parent's bank wants back: noted as they are told, for somebody to answer at the till's own place. The
//! bank takes the money at once, so a gift pass that it paid is good for nothing from then on. Where it only asks it takes
//! nothing, and may go on to take it.

use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{QueryOrder, QuerySelect};

use super::Till;
use super::rows::disputes;
use crate::backup::Said;
use crate::gifts;
use crate::{Error, Result, boxed};

/// Lines that the desk shows.
const SHOWN: u64 = 100;

/// A payment that a bank wants back, or asks about. Nothing in it says whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// The till's id of it.
    pub id: String,
    /// How much, in the currency's smallest unit.
    pub amount_minor: i64,
    /// ISO 4217 code in capitals.
    pub currency: String,
    /// The bank's reason, in the till's words.
    pub reason: String,
    /// The bank only asks, and took nothing.
    pub is_inquiry: bool,
    /// When it was told.
    pub heard_at_ms: i64,
    /// When somebody said that it was answered.
    pub answered_at_ms: Option<i64>,
}

impl Till<'_> {
    /// The disputes, the newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn disputes(&self) -> Result<Vec<Dispute>> {
        let rows = disputes::Entity::find()
            .order_by_desc(disputes::Column::HeardAtMs)
            .order_by_asc(disputes::Column::Id)
            .limit(SHOWN)
            .all(self.studio.db().read())
            .await?;
        let dispute = |row: disputes::Model| Dispute {
            id: row.id,
            amount_minor: row.amount_minor,
            currency: row.currency,
            reason: row.reason,
            is_inquiry: row.is_inquiry,
            heard_at_ms: row.heard_at_ms,
            answered_at_ms: row.answered_at_ms,
        };
        Ok(rows.into_iter().map(dispute).collect())
    }

    /// Notes that a dispute was answered at the till's own place.
    ///
    /// # Errors
    /// `dispute-not-found`.
    #[boxed]
    pub async fn answered(&self, id: &str) -> Result<()> {
        let answered = disputes::Entity::update_many()
            .col_expr(disputes::Column::AnsweredAtMs, Expr::value(Some(self.studio.now_ms())))
            .filter(disputes::Column::Id.eq(id))
            .filter(disputes::Column::AnsweredAtMs.is_null())
            .exec(self.studio.db().write())
            .await?;
        if answered.rows_affected == 1 {
            return Ok(());
        }
        // Said twice, it is answered all the same.
        match disputes::Entity::find_by_id(id).one(self.studio.db().write()).await? {
            Some(_) => Ok(()),
            None => Err(Error::not_found("dispute-not-found")),
        }
    }

    /// A bank wants a payment back and has taken it, or asks about it. Told twice, it is one; a question that becomes more
    /// is to be answered anew.
    #[boxed]
    pub(crate) async fn heard_dispute(&self, dispute: Dispute, payment: Option<String>) -> Result<()> {
        let (id, is_inquiry, now) = (dispute.id.clone(), dispute.is_inquiry, self.studio.now_ms());
        let row = disputes::ActiveModel {
            id: Set(dispute.id),
            payment: Set(payment.clone()),
            amount_minor: Set(dispute.amount_minor),
            currency: Set(dispute.currency),
            reason: Set(dispute.reason),
            heard_at_ms: Set(dispute.heard_at_ms),
            answered_at_ms: Set(dispute.answered_at_ms),
            is_inquiry: Set(is_inquiry),
        };
        let once = OnConflict::column(disputes::Column::Id).do_nothing().to_owned();
        let tx = self.studio.db().begin().await?;
        disputes::Entity::insert(row).on_conflict(once).exec_without_returning(&tx).await?;
        if !is_inquiry {
            disputes::Entity::update_many()
                .col_expr(disputes::Column::IsInquiry, Expr::value(false))
                .col_expr(disputes::Column::HeardAtMs, Expr::value(now))
                .col_expr(disputes::Column::AnsweredAtMs, Expr::value(None::<i64>))
                .filter(disputes::Column::Id.eq(id))
                .filter(disputes::Column::IsInquiry.eq(true))
                .exec(&tx)
                .await?;
            if let Some(payment) = &payment
                && let Some(pass) = gifts::money_is_gone(&tx, payment, gifts::Gone::Taken, now).await?
            {
                self.studio.ledger().enter_said(Said::PassRevoked, &pass, now)?;
            }
        }
        tx.commit().await?;
        tracing::error!("a bank wants a payment back, or asks about it: somebody must answer, see the desk");
        Ok(())
    }
}
