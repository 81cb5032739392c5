//! The studio as a business, over the last days: orders, films, times, takings, and what people agree to. Sums of a crowd
//! alone: what fewer than [`GROUP_MIN`] did is not told, as with the usage of the site.

use policy::{PurposeId, Subject};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};

use super::Desk;
use crate::Result;
use crate::accounts::in_use;
use crate::accounts::rows::accounts;
use crate::boxed;
use crate::clock::DAY_MS;
use crate::consents::rows as consents;
use crate::films::FilmState;
use crate::films::rows::films;
use crate::gifts;
use crate::marketing::Status;
use crate::marketing::rows::acts;
use crate::orders::rows::{charges, orders};
use crate::usage::GROUP_MIN;

/// Days that are looked back at, today included.
pub const DAYS: i64 = 30;

/// A sum of a crowd; nothing where it is smaller, and not none.
pub type Crowd = Option<u64>;

/// A time, over many films, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// Half of them took no longer.
    pub median_ms: i64,
    /// Nineteen of twenty took no longer.
    pub p95_ms: i64,
}

/// What was taken in a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Takings {
    /// ISO 4217 code.
    pub currency: String,
    /// How many payments.
    pub payments: u64,
    /// How much, in the smallest unit.
    pub taken_minor: i64,
    /// How much of it went back; nothing where that were too few payments.
    pub back_minor: Option<i64>,
}

/// How many of a hundred agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Of how many.
    pub of: u64,
    /// How many of a hundred.
    pub percent: u64,
}

/// The figures of the business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Business {
    /// Orders that were paid on each day, oldest first: the day's first moment in UTC, and how many.
    pub orders: Vec<(i64, Crowd)>,
    /// Films that became whole.
    pub films: Crowd,
    /// Films that could not be made.
    pub failed: Crowd,
    /// Payments of that time that went back.
    pub refunds: Crowd,
    /// From paying to the first scene with the child in it.
    pub first_shot: Option<Spread>,
    /// From paying to the whole film.
    pub whole_film: Option<Spread>,
    /// What was taken, by currency.
    pub takings: Vec<Takings>,
    /// Of the decisions about optional tools: those that allow analytics.
    pub analytics: Option<Rate>,
    /// … and those that allow the support messenger.
    pub support: Option<Rate>,
    /// Of all accounts: those that agree to advertising.
    pub marketing: Option<Rate>,
}

impl Desk<'_> {
    /// The figures of the business.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn business(&self) -> Result<Business> {
        self.studio.pursue(PurposeId::Improvement)?;
        let (db, now) = (self.studio.db().read(), self.studio.now_ms());
        let today = now - now.rem_euclid(DAY_MS);
        let since = today - (DAYS - 1) * DAY_MS;

        let paid: Vec<i64> = orders::Entity::find()
            .select_only()
            .column(orders::Column::PaidAtMs)
            .filter(orders::Column::PaidAtMs.gte(since))
            .into_tuple()
            .all(db)
            .await?;
        let on = |day: i64| paid.iter().filter(|at| (day..day + DAY_MS).contains(*at)).count() as u64;
        let days = (0..DAYS).map(|turn| since + turn * DAY_MS);

        let made = films::Entity::find().filter(films::Column::CreatedAtMs.gte(since)).all(db).await?;
        let first = made.iter().filter_map(|film| Some(film.first_shot_at_ms? - film.created_at_ms));
        // A film that was changed became whole a second time: that says nothing.
        let whole = made.iter().filter(|film| film.revision == 0);
        let whole = whole.filter_map(|film| Some(film.ready_at_ms? - film.created_at_ms));
        let count = |state: FilmState| made.iter().filter(|film| film.state == state).count() as u64;

        let (takings, refunds) = self.takings(since).await?;
        let (analytics, support) = self.agreed(since).await?;
        Ok(Business {
            orders: days.map(|day| (day, crowd(on(day)))).collect(),
            films: crowd(count(FilmState::Ready)),
            failed: crowd(count(FilmState::Failed)),
            refunds: crowd(refunds),
            first_shot: spread(first),
            whole_film: spread(whole),
            takings,
            analytics,
            support,
            marketing: self.want_marketing().await?,
        })
    }

    /// What was taken since a time, and how many of those payments went back.
    async fn takings(&self, since: i64) -> Result<(Vec<Takings>, u64)> {
        let taken = charges::Entity::find()
            // Whoever used a gift pass paid nothing: it was paid for before.
            .filter(charges::Column::Till.ne(gifts::TILL))
            .filter(charges::Column::ChargedAtMs.gte(since))
            .order_by_asc(charges::Column::Currency)
            .all(self.studio.db().read())
            .await?;
        let mut takings: Vec<(Takings, u64)> = Vec::new();
        for charge in &taken {
            let is_next = takings.last().is_none_or(|(sum, _)| sum.currency != charge.currency);
            if is_next {
                let currency = charge.currency.clone();
                takings.push((Takings { currency, payments: 0, taken_minor: 0, back_minor: Some(0) }, 0));
            }
            let Some((sum, back)) = takings.last_mut() else { continue };
            sum.payments += 1;
            sum.taken_minor += i64::from(charge.cents);
            if charge.refunded_at_ms.is_some() {
                *back += 1;
                sum.back_minor = sum.back_minor.map(|minor| minor + i64::from(charge.cents));
            }
        }
        let refunds = takings.iter().map(|(_, back)| back).sum();
        let told = takings.into_iter().filter(|(sum, _)| crowd(sum.payments).is_some()).map(|(sum, back)| {
            let back_minor = sum.back_minor.filter(|_| crowd(back).is_some());
            Takings { back_minor, ..sum }
        });
        Ok((told.collect(), refunds))
    }

    /// Of the decisions since a time: how many allow analytics, and how many the messenger. They lead to nobody.
    async fn agreed(&self, since: i64) -> Result<(Option<Rate>, Option<Rate>)> {
        let decided: Vec<(bool, bool, i64)> = consents::Entity::find()
            .select_only()
            .column(consents::Column::Analytics)
            .column(consents::Column::Support)
            .column_as(consents::Column::Id.count(), "count")
            .filter(consents::Column::GivenAtMs.gte(since))
            .group_by(consents::Column::Analytics)
            .group_by(consents::Column::Support)
            .into_tuple()
            .all(self.studio.db().read())
            .await?;
        let sum = |which: fn(&(bool, bool, i64)) -> bool| {
            decided.iter().filter(|row| which(row)).map(|(_, _, count)| count.unsigned_abs()).sum::<u64>()
        };
        let of = sum(|_| true);
        Ok((rate(sum(|row| row.0), of), rate(sum(|row| row.1), of)))
    }

    /// Of the accounts in use: how many agree to advertising now.
    async fn want_marketing(&self) -> Result<Option<Rate>> {
        let db = self.studio.db().read();
        let of = accounts::Entity::find()
            .filter(accounts::Column::State.eq(crate::accounts::rows::State::Active))
            .count(db)
            .await?;
        let counting = self.studio.policy().counting(Subject::Marketing);
        let counting = counting.map(|wording| wording.version.as_str());
        // What holds is what stands last; an act that ended holds no more.
        let agreed: Vec<(Status, bool, i64)> = acts::Entity::find()
            .select_only()
            .column(acts::Column::Status)
            .column(acts::Column::Confirm)
            .column_as(Expr::cust("COUNT(DISTINCT account_id)"), "count")
            .filter(acts::Column::Status.is_in([Status::Subscribed, Status::Confirmed]))
            .filter(acts::Column::EndedAtMs.is_null())
            .filter(acts::Column::Wording.is_in(counting))
            .filter(acts::Column::AccountId.in_subquery(in_use()))
            .group_by(acts::Column::Status)
            .group_by(acts::Column::Confirm)
            .into_tuple()
            .all(db)
            .await?;
        let agree = agreed.iter().filter(|(status, confirm, _)| *status == Status::Confirmed || !confirm);
        Ok(rate(agree.map(|(_, _, count)| count.unsigned_abs()).sum::<u64>().min(of), of))
    }
}

/// What of a number is told.
fn crowd(count: u64) -> Crowd {
    (count == 0 || count >= GROUP_MIN.unsigned_abs()).then_some(count)
}

fn rate(agree: u64, of: u64) -> Option<Rate> {
    (of >= GROUP_MIN.unsigned_abs()).then(|| Rate { of, percent: (agree * 100 + of / 2) / of })
}

fn spread(times: impl Iterator<Item = i64>) -> Option<Spread> {
    let mut sorted: Vec<i64> = times.collect();
    crowd(sorted.len() as u64)?;
    sorted.sort_unstable();
    let at = |hundredth: usize| sorted.get((sorted.len() * hundredth).div_ceil(100).checked_sub(1)?).copied();
    Some(Spread { median_ms: at(50)?, p95_ms: at(95)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proves_s4_4_what_few_did_is_not_told() {
        assert_eq!([0, 1, 9, 10, 11].map(crowd), [Some(0), None, None, Some(10), Some(11)]);
        assert_eq!(rate(4, 9), None);
        assert_eq!(rate(4, 10), Some(Rate { of: 10, percent: 40 }));
        assert_eq!(spread(0..9), None);
        assert_eq!(spread(0..0), None);
        assert_eq!(spread(1..=100), Some(Spread { median_ms: 50, p95_ms: 95 }));
        assert_eq!(spread([3; 10].into_iter()), Some(Spread { median_ms: 3, p95_ms: 3 }));
    }
}
