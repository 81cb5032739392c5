//! What is paid at the till: an order, or a pass to give away. The till knows of either its id, its pay key and its
//! price; what is done once the money is there, they know themselves.

use policy::PurposeId;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::{Taken, Till};
use crate::gifts::{self, GiftId};
use crate::orders::rows::{charges, orders};
use crate::orders::{OrderId, OrderState, Price};
use crate::{AccountId, Result, Studio, boxed};

/// Something that is paid at the till.
#[derive(Debug, Clone)]
pub(crate) struct Purchase {
    /// Its id.
    pub id: String,
    /// Who pays.
    pub account: AccountId,
    /// Names the payment at the till.
    pub pay_key: String,
    /// What it costs.
    pub price: Price,
    /// Whether it is still to be paid.
    pub is_open: bool,
    /// Where the till's own page sends back to.
    pub back: Back,
    kind: Kind,
}

/// Paths of the site that a page of the till leads back to.
#[derive(Debug, Clone)]
pub(crate) struct Back {
    /// When it was paid.
    pub paid: String,
    /// When it was not.
    pub unpaid: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Order,
    Gift,
}

impl From<&orders::Model> for Purchase {
    fn from(row: &orders::Model) -> Self {
        Self {
            id: row.id.clone(),
            account: AccountId::stored(row.account_id.clone()),
            pay_key: row.pay_key.clone(),
            price: Price { cents: row.price_cents.unsigned_abs(), currency: row.price_currency.clone() },
            is_open: row.state == OrderState::Draft,
            back: Back {
                paid: format!("/create/{}/till/wait", row.film),
                unpaid: format!("/create/{}/till", row.film),
            },
            kind: Kind::Order,
        }
    }
}

impl From<&gifts::rows::gifts::Model> for Purchase {
    fn from(row: &gifts::rows::gifts::Model) -> Self {
        let page = format!("/gift/mine/{}", row.id);
        Self {
            id: row.id.clone(),
            account: AccountId::stored(row.account_id.clone()),
            pay_key: row.pay_key.clone(),
            price: Price { cents: row.price_cents.unsigned_abs(), currency: row.price_currency.clone() },
            is_open: row.state == gifts::rows::gifts::State::Unpaid,
            back: Back { unpaid: format!("{page}/till"), paid: page },
            kind: Kind::Gift,
        }
    }
}

impl Purchase {
    /// What has an id, if it is still there.
    #[boxed]
    pub(super) async fn find(studio: &Studio, id: &str) -> Result<Option<Self>> {
        let db = studio.db().read();
        if let Some(order) = orders::Entity::find_by_id(id).one(db).await? {
            return Ok(Some((&order).into()));
        }
        let gift = gifts::rows::gifts::Entity::find_by_id(id).one(db).await?;
        Ok(gift.as_ref().map(Into::into))
    }

    /// Notes that the till is asked, or is not any more. `false`: it is not to be paid now.
    #[boxed]
    pub(super) async fn mark_paying(&self, studio: &Studio, at_ms: Option<i64>) -> Result<bool> {
        match self.kind {
            Kind::Order => studio.orders().mark_paying(&self.id, at_ms).await,
            Kind::Gift => studio.gifts().mark_paying(&self.id, at_ms).await,
        }
    }

    /// Does what was paid for; done already, it does nothing.
    #[boxed]
    pub(super) async fn complete(&self, studio: &Studio) -> Result<()> {
        match self.kind {
            Kind::Order => studio.orders().complete(&self.account, &OrderId::stored(self.id.clone())).await,
            Kind::Gift => studio.gifts().complete(&self.account, &GiftId::stored(self.id.clone())).await,
        }
    }
}

impl Till<'_> {
    /// Enters what was taken for a purchase into the books, in the transaction that does what it was taken for.
    pub(crate) async fn enter(
        &self,
        tx: &impl ConnectionTrait,
        purchase: &Purchase,
        taken: Taken,
    ) -> Result<()> {
        let studio = self.studio;
        studio.pursue(PurposeId::Law)?;
        self.used(tx, &taken).await?;
        let row = charges::ActiveModel {
            id: Set(studio.new_id()),
            order_id: Set(purchase.id.clone()),
            pay_key: Set(purchase.pay_key.clone()),
            till: Set(taken.till),
            reference: Set(taken.reference),
            cents: Set(taken.amount_minor as i32),
            currency: Set(taken.currency),
            charged_at_ms: Set(studio.now_ms()),
            refunded_at_ms: Set(None),
        };
        charges::Entity::insert(row).exec_without_returning(tx).await?;
        Ok(())
    }
}
