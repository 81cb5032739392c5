//! The database: SQLite or PostgreSQL, the same queries on both.
//!
//! Types are kept to what both have: ids are text, times are milliseconds in a `BIGINT`, sealed
//! values and hashes are bytes. The tables of a module stand in that module's `rows.rs`, beside
//! the rules that use them; how they came to be stands in `/migrations`.

#[cfg(test)]
mod classified;
mod migrations;
#[cfg(test)]
pub(crate) mod testing;
mod whose;

pub(crate) use whose::rows_of;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{
    DatabaseBackend, DatabaseConnection, DatabaseTransaction, TransactionOptions, TransactionTrait,
};
use sea_orm::{SqliteTransactionMode, SqlxPostgresConnector, SqlxSqliteConnector};
use sea_orm_migration::{MigrationStatus, MigratorTrait};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::{Config, Error, Result, boxed};

/// How long a writer waits for another process that writes (SQLite), or for a free connection.
const WAIT: Duration = Duration::from_secs(20);
/// When a log of changes that somebody still read is emptied again.
const EMPTY_AGAIN: Duration = Duration::from_secs(5);

/// How the tables of a database stand to those of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// There are none: no studio was begun on it.
    Absent,
    /// They are of an earlier version of the program.
    Earlier,
    /// They are those of the program.
    Current,
}

/// Connections to the database. Cheap to clone.
///
/// SQLite has one writer: everything that writes goes through [`Db::begin`] or [`Db::write`],
/// which share one connection. Never hold a transaction while awaiting something else than the
/// database.
#[derive(Clone)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    /// Whether the log of changes is about to be emptied again (SQLite).
    emptied_again: Arc<AtomicBool>,
}

impl Db {
    /// Connects and brings the tables up to date.
    ///
    /// # Errors
    /// When the database is out of reach, or newer than the program.
    #[boxed]
    pub async fn open(config: &Config) -> Result<Self> {
        let url = &config.database;
        let db = if url.starts_with("sqlite:") {
            Self::open_sqlite(url, config.connections_max).await?
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Self::open_postgres(url, config.connections_max).await?
        } else {
            return Err(Error::internal("the database's address begins with sqlite: or postgres:"));
        };
        // What a process that was killed had not emptied yet.
        db.overwrite_log().await?;
        migrations::Migrator::up(&db.write, None).await?;
        Ok(db)
    }

    /// How its tables stand. They are only looked at: nothing is made, and nothing brought up to date.
    ///
    /// # Errors
    /// When the database is out of reach, or newer than the program.
    #[boxed]
    pub async fn stand(config: &Config) -> Result<Stand> {
        let url = &config.database;
        let db = if url.starts_with("sqlite:") {
            let say = |e: sqlx::Error| Error::unavailable("database-away", e);
            let options: SqliteConnectOptions = url.parse().map_err(say)?;
            if !options.get_filename().exists() {
                return Ok(Stand::Absent);
            }
            let options = options.create_if_missing(false).busy_timeout(WAIT);
            let pool =
                SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(say)?;
            SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)
        } else {
            Self::open_postgres(url, 1).await?.read
        };
        let known = migrations::Migrator::get_migration_with_status_read_only(&db).await?;
        db.close().await?;
        let made = known.iter().filter(|one| one.status() == MigrationStatus::Applied).count();
        Ok(match made {
            0 => Stand::Absent,
            made if made < known.len() => Stand::Earlier,
            _ => Stand::Current,
        })
    }

    async fn open_sqlite(url: &str, connections_max: u32) -> Result<Self> {
        let say = |e: sqlx::Error| Error::unavailable("database-away", e);
        let options: SqliteConnectOptions = url.parse().map_err(say)?;
        if let Some(folder) = options.get_filename().parent().filter(|folder| *folder != Path::new("")) {
            std::fs::create_dir_all(folder).map_err(|e| Error::unavailable("database-away", e))?;
        }
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // With WAL and FULL a committed transaction survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(WAIT)
            // What is deleted is overwritten, not left on free pages.
            .pragma("secure_delete", "on");
        let pool = |connections| SqlitePoolOptions::new().max_connections(connections).acquire_timeout(WAIT);
        // The writer first: it makes the file.
        let write = pool(1).connect_with(options.clone()).await.map_err(say)?;
        let read = pool(connections_max.max(1)).connect_with(options).await.map_err(say)?;
        Ok(Self {
            read: SqlxSqliteConnector::from_sqlx_sqlite_pool(read),
            write: SqlxSqliteConnector::from_sqlx_sqlite_pool(write),
            emptied_again: Arc::default(),
        })
    }

    async fn open_postgres(url: &str, connections_max: u32) -> Result<Self> {
        let say = |e: sqlx::Error| Error::unavailable("database-away", e);
        let options: PgConnectOptions = url.parse().map_err(say)?;
        let pool = PgPoolOptions::new().max_connections(connections_max.max(2)).acquire_timeout(WAIT);
        let pool = pool.connect_with(options).await.map_err(say)?;
        let both = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        Ok(Self { read: both.clone(), write: both, emptied_again: Arc::default() })
    }

    /// For reading only.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For a single statement that writes.
    pub fn write(&self) -> &DatabaseConnection {
        &self.write
    }

    /// A transaction that writes. Dropped without a commit, it never was.
    ///
    /// # Errors
    /// When the database is out of reach or busy for too long.
    #[boxed]
    pub async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            // Take the write lock at once: a later upgrade could fail half way.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.write.begin_with_options(options).await?)
    }

    /// Has the log of changes written into the file and emptied (SQLite): what was deleted must not live on in
    /// it. Whoever reads at this moment, as a backup does, is not waited for: it is done soon after them.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn overwrite_log(&self) -> Result<()> {
        if self.is_postgres() || self.empties_log().await? {
            return Ok(());
        }
        if !self.emptied_again.swap(true, Ordering::SeqCst) {
            tokio::spawn(self.clone().empty_log_again());
        }
        Ok(())
    }

    /// Empties the log of changes unless somebody reads. Whether it is empty.
    async fn empties_log(&self) -> Result<bool> {
        let say = |e: sqlx::Error| Error::unavailable("database-away", e);
        let mut one = self.write.get_sqlite_connection_pool().acquire().await.map_err(say)?;
        // It would not wait as long as others any more, also when this is broken off: the next one is made anew.
        one.close_on_drop();
        // As long as it waits for readers nobody can write: enough for those who are about to end, not for a backup.
        sqlx::query("PRAGMA busy_timeout = 50").execute(&mut *one).await.map_err(say)?;
        let (is_busy, _, _): (i64, i64, i64) =
            sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *one).await.map_err(say)?;
        Ok(is_busy == 0)
    }

    /// Tries until the log of changes is empty, or nobody has the database open any more.
    async fn empty_log_again(self) {
        loop {
            tokio::time::sleep(EMPTY_AGAIN).await;
            if Arc::strong_count(&self.emptied_again) == 1 {
                return;
            }
            // Before the try: what is deleted during it has a try of its own.
            self.emptied_again.store(false, Ordering::SeqCst);
            match self.empties_log().await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "the log of changes could not be emptied; it is tried again")
                }
            }
            if self.emptied_again.swap(true, Ordering::SeqCst) {
                return; // Somebody else tries by now.
            }
        }
    }

    /// Whether it is PostgreSQL (otherwise SQLite).
    pub fn is_postgres(&self) -> bool {
        self.write.get_database_backend() == DatabaseBackend::Postgres
    }

    /// The pool beneath, when it is PostgreSQL.
    pub fn postgres(&self) -> Option<&sqlx::PgPool> {
        self.is_postgres().then(|| self.write.get_postgres_connection_pool())
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, Statement};

    use super::testing::{on_both, on_sqlite_with};
    use super::*;

    #[test]
    fn how_the_tables_stand_is_seen_without_making_or_changing_any() {
        on_both(async |kit| {
            let config = kit.studio.config();
            assert_eq!(Db::stand(config).await.unwrap(), Stand::Current);
            // As an earlier version of the program left it.
            let undone =
                "DELETE FROM seaql_migrations WHERE version = (SELECT MAX(version) FROM seaql_migrations)";
            kit.studio.db().write().execute_unprepared(undone).await.unwrap();
            for _ in 0..2 {
                assert_eq!(Db::stand(config).await.unwrap(), Stand::Earlier, "it stays what it was");
            }
            let nowhere = kit.folder.path().join("nowhere");
            assert_eq!(Db::stand(&Config::in_folder(&nowhere)).await.unwrap(), Stand::Absent);
            assert!(!nowhere.exists());
        });
    }

    #[test]
    fn a_reader_is_not_waited_for_and_what_was_deleted_leaves_the_log_after_them() {
        on_sqlite_with(
            |_| (),
            async |kit| {
                let db = kit.studio.db();
                let log = kit.folder.path().join("studio.sqlite-wal");
                let reader = db.read().begin().await.unwrap();
                reader.execute_unprepared("SELECT COUNT(*) FROM accounts").await.unwrap();
                kit.account("anna@example.org").await;
                db.overwrite_log().await.unwrap();
                assert!(db.emptied_again.load(Ordering::SeqCst), "it is tried again");
                assert!(std::fs::metadata(&log).unwrap().len() > 0);
                // Others write meanwhile, and wait for each other as ever.
                kit.account("ben@example.org").await;
                let wait = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA busy_timeout");
                let wait = db.write().query_one_raw(wait).await.unwrap().unwrap();
                assert_eq!(wait.try_get_by_index::<i32>(0).unwrap(), 20_000);
                reader.rollback().await.unwrap();
                assert!(db.empties_log().await.unwrap());
                assert_eq!(std::fs::metadata(&log).unwrap().len(), 0);
            },
        );
    }
}
