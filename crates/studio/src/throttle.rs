//! Limits on how often something may be tried: so many times in a window that begins with the
//! first try. Whom a count belongs to is kept as a keyed hash.

use policy::PurposeId;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, OnConflict, Query};

use crate::{Error, Result, Studio, boxed};

/// A limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// Names it.
    pub name: &'static str,
    /// Tries in a window.
    pub tries_max: i64,
    /// Length of a window.
    pub window_ms: i64,
}

const TABLE: &str = "throttles";

/// Counts a try of `whom`.
///
/// # Errors
/// `too-many` with `code` when there were too many in this window.
#[boxed]
pub(crate) async fn count(studio: &Studio, limit: &Limit, whom: &[u8], code: &'static str) -> Result<()> {
    count_in(studio.db().write(), studio, limit, whom, code).await
}

/// Counts a try of `whom` that weighs as much as so many.
///
/// # Errors
/// As [`count`].
#[boxed]
pub(crate) async fn count_as(
    studio: &Studio,
    limit: &Limit,
    whom: &[u8],
    tries: i64,
    code: &'static str,
) -> Result<()> {
    add(studio.db().write(), studio, limit, whom, tries, code).await
}

/// Counts a try of `whom` in a transaction: what was tried counts only if the rest of it holds.
///
/// # Errors
/// `too-many` with `code` when there were too many in this window.
pub(crate) async fn count_in(
    db: &impl ConnectionTrait,
    studio: &Studio,
    limit: &Limit,
    whom: &[u8],
    code: &'static str,
) -> Result<()> {
    add(db, studio, limit, whom, 1, code).await
}

async fn add(
    db: &impl ConnectionTrait,
    studio: &Studio,
    limit: &Limit,
    whom: &[u8],
    tries: i64,
    code: &'static str,
) -> Result<()> {
    studio.pursue(PurposeId::Security)?;
    let now = studio.now_ms();
    let ends = now + limit.window_ms;
    let over = || Expr::col((TABLE, "ends_at_ms")).lte(now);
    let next = CaseStatement::new().case(over(), tries).finally(Expr::col((TABLE, "count")).add(tries));
    let end = CaseStatement::new().case(over(), ends).finally(Expr::col((TABLE, "ends_at_ms")));
    let upsert = Query::insert()
        .into_table(TABLE)
        .columns(["bucket", "count", "ends_at_ms"])
        .values_panic([bucket(studio, limit, whom).into(), tries.into(), ends.into()])
        .on_conflict(OnConflict::column("bucket").value("count", next).value("ends_at_ms", end).to_owned())
        .returning(Query::returning().columns(["count", "ends_at_ms"]))
        .to_owned();
    let row = db.query_one(&upsert).await?;
    let row = row.ok_or_else(|| Error::internal("the count was not returned"))?;
    let (tries, ends_at_ms): (i64, i64) = (row.try_get("", "count")?, row.try_get("", "ends_at_ms")?);
    if tries > limit.tries_max {
        let wait_ms = u64::try_from(ends_at_ms - now).unwrap_or(1);
        return Err(Error::too_many(code, wait_ms.div_ceil(1000)));
    }
    Ok(())
}

/// Forgets the tries of `whom`, after one that went well.
#[boxed]
pub(crate) async fn forget(studio: &Studio, limit: &Limit, whom: &[u8]) -> Result<()> {
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("bucket").eq(bucket(studio, limit, whom)))
        .to_owned();
    studio.db().write().execute(&delete).await?;
    Ok(())
}

/// Deletes the counts whose window is over.
#[boxed]
pub(crate) async fn tidy(studio: &Studio) -> Result<()> {
    let delete =
        Query::delete().from_table(TABLE).and_where(Expr::col("ends_at_ms").lte(studio.now_ms())).to_owned();
    studio.db().write().execute(&delete).await?;
    Ok(())
}

fn bucket(studio: &Studio, limit: &Limit, whom: &[u8]) -> Vec<u8> {
    studio.0.house.index.of(limit.name, whom).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MINUTE_MS;
    use crate::db::testing::on_both;

    const TWICE: Limit = Limit { name: "test", tries_max: 2, window_ms: 10 * MINUTE_MS };

    #[test]
    fn the_third_try_waits_for_the_window_to_end() {
        on_both(async |kit| {
            let count = async |whom: &[u8]| count(&kit.studio, &TWICE, whom, "too-many-tests").await;
            count(b"a").await.unwrap();
            kit.clock.advance(4 * MINUTE_MS);
            count(b"a").await.unwrap();
            let refused = count(b"a").await.unwrap_err();
            assert_eq!((refused.code(), refused.retry_after_s()), ("too-many-tests", Some(6 * 60)));
            count(b"b").await.expect("others are not held up");
            kit.clock.advance(6 * MINUTE_MS);
            count(b"a").await.expect("a new window begins");
            forget(&kit.studio, &TWICE, b"a").await.unwrap();
            count(b"a").await.unwrap();
            count(b"a").await.unwrap();
            assert!(count(b"a").await.is_err());
            kit.clock.advance(10 * MINUTE_MS);
            tidy(&kit.studio).await.unwrap();
            assert_eq!(kit.rows("throttles").await, 0);
        });
    }

    #[test]
    fn tries_at_the_same_moment_are_all_counted() {
        on_both(async |kit| {
            let tries = (0..10).map(|_| count(&kit.studio, &TWICE, b"a", "too-many-tests"));
            let results = futures::future::join_all(tries).await;
            assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 2);
        });
    }
}
