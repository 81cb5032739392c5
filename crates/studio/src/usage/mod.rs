//! How the site is used, as sums: so many views of a page on a day, so many visits of about such a
//! length. There is no visitor in it: no id, no address, no order in which things happened.
//!
//! Whether a visit may be counted at all is decided by consent before anything comes here.

pub(crate) mod rows;

use std::collections::BTreeMap;

use policy::PurposeId;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::clock::{self, DAY_MS, HOUR_MS};
use crate::throttle::{self, Limit};
use crate::{Class, Client, Result, Studio, boxed};

/// Sums below this are not shown: nobody can be told apart in a crowd of so many.
pub const GROUP_MIN: i64 = 10;
/// What is counted of one client: nobody alone makes the figures.
const PER_CLIENT: Limit = Limit { name: "usage-client", tries_max: 600, window_ms: HOUR_MS };

/// Something that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// A page was looked at.
    View,
    /// A page was left after so many seconds.
    Stay {
        /// How long it was in view.
        seconds: u32,
    },
}

impl Event {
    /// The coarse word that is kept.
    fn word(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Stay { seconds: ..10 } => "stay-under-10-s",
            Self::Stay { seconds: 10..60 } => "stay-under-1-min",
            Self::Stay { seconds: 60..300 } => "stay-under-5-min",
            Self::Stay { .. } => "stay-longer",
        }
    }
}

/// A sum over the days asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sum {
    /// What was counted.
    pub event: String,
    /// The page, as the site map names it: `/films/{slug}`.
    pub place: String,
    /// How often; never below [`GROUP_MIN`].
    pub count: i64,
}

/// The counts of a studio.
#[derive(Clone, Copy)]
pub struct Usage<'a> {
    studio: &'a Studio,
}

impl<'a> Usage<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Counts one, unless very many came from this client. `place` is a path of the site map, never what a visitor typed.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn count(&self, event: Event, place: &'static str, client: &Client) -> Result<()> {
        self.studio.pursue(PurposeId::Analytics)?;
        match throttle::count(self.studio, &PER_CLIENT, client.0.as_bytes(), "too-many-counts").await {
            Err(error) if error.class() == Class::TooMany => return Ok(()),
            counted => counted?,
        }
        let add = Expr::col(("usage_counts", "count")).add(1i64);
        let upsert = Query::insert()
            .into_table("usage_counts")
            .columns(["day", "event", "place", "count"])
            .values_panic([
                clock::day(self.studio.now_ms())?.into(),
                event.word().into(),
                place.into(),
                1i64.into(),
            ])
            .on_conflict(OnConflict::columns(["day", "event", "place"]).value("count", add).to_owned())
            .to_owned();
        self.studio.db().write().execute(&upsert).await?;
        Ok(())
    }

    /// The sums of the last `days` days, today included, largest first; small ones are left out.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn report(&self, days: i64) -> Result<Vec<Sum>> {
        let from = clock::day(self.studio.now_ms() - (std::cmp::max(days, 1) - 1) * DAY_MS)?;
        let counted =
            rows::Entity::find().filter(rows::Column::Day.gte(from)).all(self.studio.db().read()).await?;
        let mut sums = BTreeMap::<(String, String), i64>::new();
        for row in counted {
            *sums.entry((row.event, row.place)).or_default() += row.count;
        }
        let mut sums: Vec<Sum> = sums
            .into_iter()
            .filter(|(_, count)| *count >= GROUP_MIN)
            .map(|((event, place), count)| Sum { event, place, count })
            .collect();
        sums.sort_by_key(|sum| std::cmp::Reverse(sum.count));
        Ok(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::on_both;

    #[test]
    fn proves_s4_4_only_sums_of_a_crowd_are_kept_and_shown() {
        on_both(async |kit| {
            let usage = kit.studio.usage();
            for _ in 0..GROUP_MIN {
                usage.count(Event::View, "/films", &kit.client()).await.unwrap();
            }
            for seconds in [3, 40, 100, 4_000] {
                usage.count(Event::Stay { seconds }, "/films", &kit.client()).await.unwrap();
            }
            let sum = Sum { event: "view".into(), place: "/films".into(), count: GROUP_MIN };
            assert_eq!(usage.report(1).await.unwrap(), [sum], "what only a few did is not shown");
            assert_eq!(kit.rows("usage_counts").await, 5, "one row a sum, not one a visit");
            kit.clock.advance(DAY_MS);
            assert_eq!(usage.report(1).await.unwrap(), []);
            assert_eq!(usage.report(2).await.unwrap().len(), 1);
        });
    }

    #[test]
    fn visits_counted_at_the_same_moment_are_all_counted() {
        on_both(async |kit| {
            let usage = kit.studio.usage();
            let client = kit.client();
            let views = (0..30).map(|_| usage.count(Event::View, "/", &client));
            futures::future::try_join_all(views).await.unwrap();
            assert_eq!(usage.report(1).await.unwrap()[0].count, 30);
        });
    }

    #[test]
    fn nobody_alone_makes_the_figures() {
        on_both(async |kit| {
            let usage = kit.studio.usage();
            let client = Client("a".into());
            while throttle::count(&kit.studio, &PER_CLIENT, b"a", "many").await.is_ok() {}
            usage.count(Event::View, "/", &client).await.unwrap();
            assert_eq!(kit.rows("usage_counts").await, 0);
            usage.count(Event::View, "/", &kit.client()).await.unwrap();
            kit.clock.advance(HOUR_MS);
            usage.count(Event::View, "/", &client).await.unwrap();
            let counted = rows::Entity::find().one(kit.studio.db().read()).await.unwrap().unwrap();
            assert_eq!(counted.count, 2);
        });
    }
}
