//! What an account paid for, as its owner sees it: films that were ordered and gift passes, with what was paid and what
//! came back, as long as such records are kept.

use std::cmp::Reverse;
use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::rows::{charges, orders};
use super::{OrderState, Orders, Price};
use crate::films::FilmId;
use crate::gifts::{self, GiftId, Standing};
use crate::{AccountId, Result, boxed};

/// One thing that was paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The number of the order, or of the gift.
    pub number: String,
    /// What it was.
    pub thing: Thing,
    /// When it was paid.
    pub paid_at_ms: i64,
    /// With what.
    pub paid: Paid,
    /// Whether that comes back.
    pub back: Option<Back>,
}

/// What can be paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// A film.
    Film {
        /// Slug.
        slug: String,
        /// The child's name, while it is kept.
        name: Option<String>,
        /// The second hero's name.
        second: Option<String>,
        /// The film that came of it, until it is deleted.
        made: Option<FilmId>,
    },
    /// A gift pass.
    Gift {
        /// Slug of the film; `None`: any.
        film: Option<String>,
        /// The gift.
        gift: GiftId,
    },
}

/// What was paid with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paid {
    /// Money.
    Money(Price),
    /// A gift pass.
    Pass,
    /// Nothing: it costs nothing.
    Nothing,
}

impl Paid {
    /// What an order with a price was paid with, by the till in its charge, while that is kept; a pass charges nothing.
    pub(super) fn of(till: Option<&str>, price: &Price) -> Self {
        match till {
            Some(gifts::TILL) => Self::Pass,
            _ if price.cents > 0 => Self::Money(price.clone()),
            _ => Self::Nothing,
        }
    }
}

/// What was paid, on its way back or back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Back {
    /// On its way.
    OnItsWay,
    /// Back since then.
    Since(i64),
}

impl Orders<'_> {
    /// What the account paid for, the newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn receipts(&self, account: &AccountId) -> Result<Vec<Receipt>> {
        let rows = orders::Entity::find()
            .filter(orders::Column::AccountId.eq(account.as_str()))
            .filter(orders::Column::PaidAtMs.is_not_null())
            .all(self.studio.db().read())
            .await?;
        let gifts = self.studio.gifts().list(account).await?;
        let numbers = rows.iter().map(|row| row.id.as_str()).chain(gifts.iter().map(|gift| gift.id.as_str()));
        let charges: HashMap<String, charges::Model> = charges::Entity::find()
            .filter(charges::Column::OrderId.is_in(numbers))
            .all(self.studio.db().read())
            .await?
            .into_iter()
            .map(|charge| (charge.order_id.clone(), charge))
            .collect();
        let by_pass = charges.values().filter(|charge| charge.till == gifts::TILL);
        let by_pass: Vec<&str> = by_pass.map(|charge| charge.reference.as_str()).collect();
        let revoked = gifts::revoked_among(self.studio.db().read(), &by_pass).await?;

        let mut receipts = Vec::with_capacity(rows.len() + gifts.len());
        for row in rows {
            let (Some(paid_at_ms), ended_at_ms) = (row.paid_at_ms, row.ended_at_ms) else { continue };
            let price = Price { cents: row.price_cents.unsigned_abs(), currency: row.price_currency.clone() };
            let charge = charges.get(&row.id);
            let paid = Paid::of(charge.map(|charge| charge.till.as_str()), &price);
            // A pass that was taken back does not come back.
            let is_revoked = charge.is_some_and(|charge| revoked.contains(&charge.reference));
            let order = self.view(account, row).await?;
            let back = match order.state {
                OrderState::Failed => Some(Back::OnItsWay),
                OrderState::Refunded => ended_at_ms.map(Back::Since),
                _ => None,
            };
            let second = order.second.and_then(|hero| hero.name);
            receipts.push(Receipt {
                number: order.id.to_string(),
                thing: Thing::Film { slug: order.film, name: order.name, second, made: order.made },
                paid_at_ms,
                back: back.filter(|_| paid != Paid::Nothing && !is_revoked),
                paid,
            });
        }
        receipts.extend(gifts.into_iter().filter_map(|gift| {
            let refunded = charges.get(gift.id.as_str()).and_then(|charge| charge.refunded_at_ms);
            Some(Receipt {
                number: gift.id.to_string(),
                paid_at_ms: gift.paid_at_ms?,
                paid: Paid::Money(gift.price),
                back: match gift.standing {
                    Standing::Returning => Some(Back::OnItsWay),
                    Standing::Returned => refunded.map(Back::Since),
                    _ => None,
                },
                thing: Thing::Gift { film: gift.film, gift: gift.id },
            })
        }));
        receipts.sort_by_key(|receipt| Reverse(receipt.paid_at_ms));
        Ok(receipts)
    }
}
