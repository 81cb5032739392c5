//! Who has a database in hand (PostgreSQL, which many machines share). Each process that serves or works holds locks that
//! the others see, on a connection of its own: they go with the process, however it ends, and no clock is asked. One of
//! them says that somebody is there; the others say how that machine is set where all have to be set alike. With SQLite
//! there is one process, which a lock on a file sees to.
//!
//! What the settings mean is not known here.

use std::time::Duration;

use ring::digest;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection, PgPool};

use super::{away, is_postgres};
use crate::{Config, Error, Result, boxed};

/// All our locks are of this class, or of those behind it: one for each setting.
const CLASS: i32 = 0x4d53_0000;
/// Somebody serves or works; or has the database alone.
const USED: i32 = 0;
/// Somebody brings the tables up to date.
const MIGRATES: i32 = 1;

/// The code of being kept out by who has the database alone.
const ALONE: &str = "database-alone";

const TRY_SHARED: &str = "SELECT pg_try_advisory_lock_shared($1, $2)";
const TRY_ALONE: &str = "SELECT pg_try_advisory_lock($1, $2)";

/// How often it is looked whether the connection is still there.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// A connection on which nothing is answered for so long is not there.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// How often who waits to bring the tables up to date tries to.
const TRY_EVERY: Duration = Duration::from_millis(100);
/// After so many tries it is said that it waits: every 10 seconds.
const SAY_EVERY: u32 = 100;
/// After so many it is given up: after 5 minutes.
const TRIES_MAX: u32 = 3000;

/// A setting that all machines on one database are to have alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// Its name, as the operator reads it.
    pub setting: &'static str,
    /// What it is set to, in whatever form. No more than 31 bits of its hash leave the process.
    pub value: String,
}

impl Alike {
    fn hash(&self) -> i32 {
        let hash = digest::digest(&digest::SHA256, self.value.as_bytes());
        let first = hash.as_ref().first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
        (first >> 1).cast_signed()
    }
}

/// A part in a database, or all of it, as long as this is kept.
pub struct InUse {
    options: PgConnectOptions,
    connection: PgConnection,
    alike: Vec<Alike>,
}

impl InUse {
    /// Takes part in the database, set like this: the same settings in the same order on every machine. Nothing with
    /// SQLite.
    ///
    /// # Errors
    /// `database-alone` while somebody has it alone; when it is out of reach.
    #[boxed]
    pub async fn begin(config: &Config, alike: Vec<Alike>) -> Result<Option<Self>> {
        if !is_postgres(&config.database) {
            return Ok(None);
        }
        let options: PgConnectOptions = config.database.parse().map_err(away)?;
        let connection = taken(&options, &alike).await?;
        Ok(Some(Self { options, connection, alike }))
    }

    /// Has the database alone, while no process serves or works and none can begin to. Nothing with SQLite.
    ///
    /// # Errors
    /// `database-in-use`; when it is out of reach.
    #[boxed]
    pub async fn alone(config: &Config) -> Result<Option<Self>> {
        if !is_postgres(&config.database) {
            return Ok(None);
        }
        let options: PgConnectOptions = config.database.parse().map_err(away)?;
        let mut connection = PgConnection::connect_with(&options).await.map_err(away)?;
        if !lock(&mut connection, TRY_ALONE, CLASS, USED).await? {
            return Err(Error::refused(
                "database-in-use",
                "Mini Studio runs on this database, here or on another machine. Stop it everywhere first. \
                 Nothing was changed.",
            ));
        }
        Ok(Some(Self { options, connection, alike: Vec::new() }))
    }

    /// The settings that a machine which is at it now has otherwise.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn differing(&mut self) -> Result<Vec<&'static str>> {
        let held: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT classid::bigint, objid::bigint FROM pg_locks \
             WHERE locktype = 'advisory' AND objsubid = 2 AND granted \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        .fetch_all(&mut self.connection)
        .await
        .map_err(away)?;
        let mut differing = Vec::new();
        for (class, one) in (CLASS + 1..).zip(&self.alike) {
            let (class, hash) = (i64::from(class), i64::from(one.hash()));
            if held.iter().any(|(other, value)| *other == class && *value != hash) {
                differing.push(one.setting);
            }
        }
        Ok(differing)
    }

    /// Keeps it to the end of the process, and takes it anew where the connection broke off. Should somebody have taken
    /// the database alone meanwhile, that ends it: returns `database-alone`, and the process must not go on.
    pub async fn keep(mut self) -> Error {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            match self.keep_once().await {
                Ok(()) => {}
                Err(error) if error.code() == ALONE => return error,
                Err(error) => {
                    tracing::warn!(%error, "others cannot see that this process runs; it is tried again");
                }
            }
        }
    }

    async fn keep_once(&mut self) -> Result<()> {
        if matches!(tokio::time::timeout(ANSWERS_WITHIN, self.connection.ping()).await, Ok(Ok(()))) {
            return Ok(());
        }
        let taken = tokio::time::timeout(ANSWERS_WITHIN, taken(&self.options, &self.alike)).await;
        self.connection = taken.map_err(|_| Error::unavailable("database-away", "it does not answer"))??;
        Ok(())
    }
}

/// A connection that says that somebody is there, set like this.
async fn taken(options: &PgConnectOptions, alike: &[Alike]) -> Result<PgConnection> {
    let mut connection = PgConnection::connect_with(options).await.map_err(away)?;
    if !lock(&mut connection, TRY_SHARED, CLASS, USED).await? {
        return Err(Error::refused(
            ALONE,
            "The keys of this database are being changed. Start when that is done. Nothing was changed.",
        ));
    }
    for (class, one) in (CLASS + 1..).zip(alike) {
        lock(&mut connection, TRY_SHARED, class, one.hash()).await?;
    }
    Ok(connection)
}

async fn lock(connection: &mut PgConnection, how: &'static str, class: i32, what: i32) -> Result<bool> {
    let taken = sqlx::query_as(how).bind(class).bind(what).fetch_one(connection).await;
    let (taken,): (bool,) = taken.map_err(away)?;
    Ok(taken)
}

/// Waits until nobody else brings the tables up to date; nobody does then as long as this connection is there.
///
/// # Errors
/// `database-migrating` when somebody is at it for minutes; when the database is out of reach.
pub(super) async fn turn_to_migrate(pool: &PgPool) -> Result<PgConnection> {
    turn_within(pool, TRY_EVERY, TRIES_MAX).await
}

async fn turn_within(pool: &PgPool, every: Duration, tries_max: u32) -> Result<PgConnection> {
    let mut connection = pool.acquire().await.map_err(away)?.detach();
    for tries in 1..=tries_max {
        if lock(&mut connection, TRY_ALONE, CLASS, MIGRATES).await? {
            return Ok(connection);
        }
        if tries.is_multiple_of(SAY_EVERY) {
            tracing::info!("another machine brings the database up to date; this one waits for it");
        }
        tokio::time::sleep(every).await;
    }
    Err(Error::refused(
        "database-migrating",
        "Another machine has been bringing the database up to date for minutes. See what became of it, end it if it \
         hangs, and start again. Nothing was changed.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::on_both;

    /// So often it is tried whether the server has let go of something.
    const TRIES: usize = 2_000;

    fn set(address: &str, from: &str) -> Vec<Alike> {
        let alike = |setting, value: &str| Alike { setting, value: value.to_owned() };
        vec![alike("`address`", address), alike("`mail_from`", from)]
    }

    /// As its process ends.
    async fn end(mut one: InUse) {
        sqlx::query("SELECT pg_advisory_unlock_all()").execute(&mut one.connection).await.unwrap();
    }

    #[test]
    fn who_is_there_and_set_otherwise_is_seen_and_nobody_is_beside_who_has_it_alone() {
        on_both(async |kit| {
            let config = kit.studio.config();
            let begun = async |alike| InUse::begin(config, alike).await.unwrap();
            let Some(mut first) = begun(set("a", "x")).await else {
                assert!(!kit.studio.db().is_postgres());
                assert!(InUse::alone(config).await.unwrap().is_none());
                return;
            };
            assert!(first.differing().await.unwrap().is_empty());
            let mut same = begun(set("a", "x")).await.unwrap();
            assert!(same.differing().await.unwrap().is_empty());
            let mut other = begun(set("b", "x")).await.unwrap();
            assert_eq!(other.differing().await.unwrap(), ["`address`"]);
            end(first).await;
            assert_eq!(other.differing().await.unwrap(), ["`address`"]);
            end(same).await;
            assert!(other.differing().await.unwrap().is_empty());
            assert_eq!(InUse::alone(config).await.err().unwrap().code(), "database-in-use");
            end(other).await;
            let alone = InUse::alone(config).await.unwrap().unwrap();
            assert_eq!(InUse::begin(config, set("a", "x")).await.err().unwrap().code(), "database-alone");
            assert_eq!(InUse::alone(config).await.err().unwrap().code(), "database-in-use");
            end(alone).await;
            assert!(begun(set("b", "y")).await.is_some());
        });
    }

    #[test]
    fn who_lost_the_connection_takes_part_anew_and_ends_when_somebody_has_the_database_alone() {
        on_both(async |kit| {
            let config = kit.studio.config();
            let Some(mut one) = InUse::begin(config, set("a", "x")).await.unwrap() else { return };
            one.keep_once().await.unwrap();
            break_off(&mut one).await;
            one.keep_once().await.unwrap();
            assert_eq!(InUse::alone(config).await.err().unwrap().code(), "database-in-use");
            break_off(&mut one).await;
            // The server lets go of what the connection held in a moment.
            let alone = in_the_end(async || InUse::alone(config).await).await.unwrap();
            assert_eq!(one.keep_once().await.unwrap_err().code(), "database-alone");
            end(alone).await;
            one.keep_once().await.unwrap();
        });
    }

    /// Tries until it works. Each try asks the server, which has its moment by that.
    async fn in_the_end<T>(tries: impl AsyncFn() -> Result<T>) -> T {
        for _ in 0..TRIES {
            if let Ok(done) = tries().await {
                return done;
            }
            tokio::task::yield_now().await;
        }
        panic!("the server did not let go of what a connection held that has ended")
    }

    /// As the server or the network ends a connection.
    async fn break_off(one: &mut InUse) {
        let own = sqlx::query("SELECT pg_terminate_backend(pg_backend_pid())");
        assert!(own.execute(&mut one.connection).await.is_err());
    }

    #[test]
    fn who_waits_to_bring_the_tables_up_to_date_gives_up_in_the_end() {
        on_both(async |kit| {
            let Some(pool) = kit.studio.db().postgres() else { return };
            let first = turn_within(pool, Duration::ZERO, 1).await.unwrap();
            let refused = turn_within(pool, Duration::ZERO, 3).await.err().unwrap();
            assert_eq!(refused.code(), "database-migrating");
            first.close().await.unwrap();
            // The server lets go of what it held in a moment.
            in_the_end(async || turn_within(pool, Duration::ZERO, 1).await).await;
        });
    }
}
