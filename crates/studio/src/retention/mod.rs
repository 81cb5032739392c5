//! The sweeper: what has been kept as long as the policy says goes. Which table follows which rule, and from
//! which moment that counts, stands in the policy's files; nothing of it is written here. Some columns go sooner than
//! their rows: those are emptied.
//!
//! Doing it twice changes nothing, and what an interrupted sweep left the next one takes.

use policy::Empty;
use policy::derive::retention::{Written, sweeps};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Query, SimpleExpr};
use serde::Serialize;

use crate::{Result, Studio, accounts, boxed, clock};

/// What a sweep deletes, or would delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// The table.
    pub table: String,
    /// The retention rule, by its id in the policy.
    pub rule: String,
    /// From what the rule counts: a column, or what happened.
    pub since: String,
    /// What is older goes.
    pub before_ms: i64,
    /// How many rows.
    pub rows: u64,
}

/// A rule of a table, as it stands now.
struct Rule {
    /// The rows that are old.
    old: SimpleExpr,
    /// What they hold from now on, column by column; `None`: they are deleted.
    emptied: Option<Vec<(Alias, SimpleExpr)>>,
    /// The line to report.
    swept: Swept,
}

/// Retention in a studio.
#[derive(Clone, Copy)]
pub struct Retention<'a> {
    studio: &'a Studio,
}

impl<'a> Retention<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// What a sweep would delete now: one line for each rule of each table, also where there is nothing.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn due(&self) -> Result<Vec<Swept>> {
        let mut due = accounts::due(self.studio).await?;
        for Rule { old, mut swept, .. } in self.rules()? {
            let count = Query::select()
                .expr_as(Func::count(Expr::val(1)), Alias::new("rows"))
                .from(Alias::new(&swept.table))
                .and_where(old)
                .to_owned();
            let row = self.studio.db().read().query_one(&count).await?;
            swept.rows = row.map_or(Ok(0), |row| row.try_get::<i64>("", "rows"))?.unsigned_abs();
            due.push(swept);
        }
        Ok(due)
    }

    /// Deletes what has been kept long enough.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn sweep(&self) -> Result<()> {
        accounts::forget_unconfirmed(self.studio).await?;
        accounts::forget_changes(self.studio).await?;
        self.studio.erasures().carry_on().await?;
        self.studio.marketing().hold_refusals().await?;
        let mut rows = 0;
        for Rule { old, emptied, swept } in self.rules()? {
            let (db, table) = (self.studio.db().write(), Alias::new(swept.table));
            let done = match emptied {
                Some(columns) => {
                    let update = Query::update().table(table).values(columns).and_where(old).to_owned();
                    db.execute(&update).await?
                }
                None => {
                    let delete = Query::delete().from_table(table).and_where(old).to_owned();
                    db.execute(&delete).await?
                }
            };
            rows += done.rows_affected();
        }
        if rows > 0 {
            tracing::info!(rows, "swept what had been kept long enough");
        }
        self.studio.db().leave_no_trace().await;
        Ok(())
    }

    /// Each rule of each table.
    fn rules(&self) -> Result<Vec<Rule>> {
        let now = self.studio.now_ms();
        let policies = self.studio.policies();
        let rules = sweeps(self.studio.policy(), policies.classification()).into_iter().map(|sweep| {
            let before_ms = sweep.period.before(now);
            let column = Expr::col(Alias::new(sweep.since));
            let old = match sweep.written {
                Written::Milliseconds => column.lte(before_ms),
                Written::Day => column.lt(clock::day(before_ms)?),
            };
            let swept = Swept {
                table: sweep.table.into(),
                rule: sweep.rule.as_str().into(),
                since: sweep.since.into(),
                before_ms,
                rows: 0,
            };
            let emptied = sweep.empty.map(|columns| {
                let others = columns.iter().map(|(column, empty)| (Alias::new(column), value(empty)));
                let since = (Alias::new(sweep.since), Expr::value(None::<i64>));
                others.chain([since]).collect()
            });
            Ok(Rule { old, emptied, swept })
        });
        rules.collect()
    }
}

/// What stands in a column that was emptied.
fn value(empty: &Empty) -> SimpleExpr {
    match empty {
        Empty::Number(number) => Expr::value(*number),
        Empty::Words(words) => Expr::value(words.as_str()),
    }
}

#[cfg(test)]
mod tests;
