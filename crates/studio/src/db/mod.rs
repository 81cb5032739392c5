//! The database: SQLite or PostgreSQL, the same queries on both.
//!
//! Types are kept to what both have: ids are text, times are milliseconds in a `BIGINT`, sealed
//! values and hashes are bytes. The tables of a module stand in that module's `rows.rs`, beside
//! the rules that use them; how they came to be stands in `/migrations`.

#[cfg(test)]
mod classified;
mod in_use;
mod migrations;
#[cfg(test)]
pub(crate) mod testing;
mod whose;

pub use in_use::{Alike, InUse};
pub(crate) use whose::rows_of;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryOrder,
    QuerySelect, TransactionOptions, TransactionTrait,
};
use sea_orm::{SqliteTransactionMode, SqlxPostgresConnector, SqlxSqliteConnector};
use sea_orm_migration::{MigrationStatus, MigratorTrait, SchemaManager, seaql_migrations};
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::{Config, Error, Result, boxed};

/// How long a writer waits for another process that writes (SQLite), or for a free connection.
const WAIT: Duration = Duration::from_secs(20);
/// When a log of changes that somebody still read is emptied again.
const EMPTY_AGAIN: Duration = Duration::from_secs(5);

/// Whether an address is that of a PostgreSQL database.
fn is_postgres(address: &str) -> bool {
    address.starts_with("postgres:") || address.starts_with("postgresql:")
}

/// Whether an address is that of an SQLite database, else of a PostgreSQL one.
fn is_sqlite(address: &str) -> Result<bool> {
    if !address.starts_with("sqlite:") && !is_postgres(address) {
        return Err(Error::refused(
            "database-address",
            "The address of the database begins neither with sqlite: nor with postgres:. Look at `database` \
             in the configuration. Nothing was made.",
        ));
    }
    Ok(!is_postgres(address))
}

fn away(error: sqlx::Error) -> Error {
    Error::unavailable("database-away", format!("the database cannot be reached: {error}"))
}

/// Makes sure that the database knows no migration which the program does not: it would be one of a later version.
async fn must_not_be_newer(db: &DatabaseConnection) -> Result<()> {
    // One that no studio was begun on has no such table.
    if !SchemaManager::new(db).has_table("seaql_migrations").await? {
        return Ok(());
    }
    let made: Vec<String> = seaql_migrations::Entity::find()
        .select_only()
        .column(seaql_migrations::Column::Version)
        .order_by_desc(seaql_migrations::Column::Version)
        .into_tuple()
        .all(db)
        .await?;
    let known = migrations::Migrator::get_migration_files();
    let latest = made.iter().find(|made| known.iter().all(|known| known.name() != made.as_str()));
    let Some(latest) = latest else { return Ok(()) };
    let sentence = format!(
        "A later version of this program brought the database up to date ({latest}), and this one does not know what \
         stands in it. Start that version, or bring back a backup from before. Nothing was changed."
    );
    Err(Error::refused("database-newer", sentence))
}

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
    /// `database-address`, `database-newer`, `database-rights`; when the database is out of reach.
    #[boxed]
    pub async fn open(config: &Config) -> Result<Self> {
        let url = &config.database;
        let db = match is_sqlite(url)? {
            true => Self::open_sqlite(url, config.connections_max).await?,
            false => Self::open_postgres(url, config.connections_max).await?,
        };
        // What a process that was killed had not emptied yet.
        db.overwrite_log().await?;
        db.bring_up_to_date().await?;
        Ok(db)
    }

    /// Makes and changes the tables. Of machines that start at once one does it, and the others wait.
    async fn bring_up_to_date(&self) -> Result<()> {
        let Some(pool) = self.postgres() else { return self.migrate().await };
        may_make_tables(pool).await?;
        let turn = in_use::turn_to_migrate(pool).await?;
        let done = self.migrate().await;
        turn.close().await.ok();
        done
    }

    async fn migrate(&self) -> Result<()> {
        must_not_be_newer(&self.write).await?;
        Ok(migrations::Migrator::up(&self.write, None).await?)
    }

    /// How its tables stand. They are only looked at: nothing is made, and nothing brought up to date.
    ///
    /// # Errors
    /// `database-address`, `database-newer`; when the database is out of reach.
    #[boxed]
    pub async fn stand(config: &Config) -> Result<Stand> {
        let url = &config.database;
        let db = if is_sqlite(url)? {
            let options: SqliteConnectOptions = url.parse().map_err(away)?;
            if !options.get_filename().exists() {
                return Ok(Stand::Absent);
            }
            let options = options.create_if_missing(false).busy_timeout(WAIT);
            let pool =
                SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(away)?;
            SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)
        } else {
            Self::open_postgres(url, 1).await?.read
        };
        must_not_be_newer(&db).await?;
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
        let options: SqliteConnectOptions = url.parse().map_err(away)?;
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
        let write = pool(1).connect_with(options.clone()).await.map_err(away)?;
        let read = pool(connections_max.max(1)).connect_with(options).await.map_err(away)?;
        Ok(Self {
            read: SqlxSqliteConnector::from_sqlx_sqlite_pool(read),
            write: SqlxSqliteConnector::from_sqlx_sqlite_pool(write),
            emptied_again: Arc::default(),
        })
    }

    async fn open_postgres(url: &str, connections_max: u32) -> Result<Self> {
        let options: PgConnectOptions = url.parse().map_err(away)?;
        let pool = PgPoolOptions::new().max_connections(connections_max.max(2)).acquire_timeout(WAIT);
        let pool = pool.connect_with(options).await.map_err(away)?;
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

    /// The same behind a deletion that holds already, and that need not fail for it: the next one does it again.
    pub(crate) async fn leave_no_trace(&self) {
        if let Err(error) = self.overwrite_log().await {
            tracing::warn!(%error, "the log of changes could not be emptied; the next deletion does it");
        }
    }

    /// Has PostgreSQL free what a table's deleted rows took, so that it is written over; elsewhere they were written over
    /// at once. What does not work is logged: the server does the same by itself in a while.
    pub(crate) async fn free_deleted(&self, table: &str) {
        // In no transaction: the server refuses it there.
        if self.is_postgres()
            && let Err(error) = self.write.execute_unprepared(&format!("VACUUM {table}")).await
        {
            tracing::warn!(%error, table, "deleted rows could not be freed; the server does it later");
        }
    }

    /// Empties the log of changes unless somebody reads. Whether it is empty.
    async fn empties_log(&self) -> Result<bool> {
        let mut one = self.write.get_sqlite_connection_pool().acquire().await.map_err(away)?;
        // It would not wait as long as others any more, also when this is broken off: the next one is made anew.
        one.close_on_drop();
        // As long as it waits for readers nobody can write: enough for those who are about to end, not for a backup.
        sqlx::query("PRAGMA busy_timeout = 50").execute(&mut *one).await.map_err(away)?;
        let (is_busy, _, _): (i64, i64, i64) =
            sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *one).await.map_err(away)?;
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

/// That what is missing can be made: the tables, and the queue's schema beside them (PostgreSQL).
async fn may_make_tables(pool: &sqlx::PgPool) -> Result<()> {
    let (may,): (bool,) = sqlx::query_as(
        "SELECT (to_regnamespace('apalis') IS NOT NULL \
         OR has_database_privilege(current_database(), 'CREATE')) \
         AND (to_regclass('seaql_migrations') IS NOT NULL \
         OR COALESCE(has_schema_privilege(current_schema(), 'CREATE'), FALSE))",
    )
    .fetch_one(pool)
    .await
    .map_err(away)?;
    if may {
        return Ok(());
    }
    Err(Error::refused(
        "database-rights",
        "The user of the database may not make a schema and tables in it. Make it the owner of the database, \
         or grant it CREATE on the database and on its schema `public`. Nothing was made.",
    ))
}

#[cfg(test)]
mod tests {
    use sea_orm::Statement;

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
    fn a_database_of_a_later_version_is_left_as_it_is_and_that_is_said() {
        on_both(async |kit| {
            let later = "INSERT INTO seaql_migrations (version, applied_at) \
                VALUES ('m9998_more', 1), ('m9999_last', 1)";
            kit.studio.db().write().execute_unprepared(later).await.unwrap();
            let config = kit.studio.config();
            for error in [Db::open(config).await.err().unwrap(), Db::stand(config).await.unwrap_err()] {
                assert_eq!(error.code(), "database-newer");
                assert!(error.for_operator().contains("(m9999_last)"), "{error}");
            }
        });
    }

    #[test]
    fn machines_that_start_at_once_make_the_tables_once() {
        on_both(async |kit| {
            let Some(pool) = kit.studio.db().postgres() else { return };
            sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public").execute(pool).await.unwrap();
            let config = kit.studio.config();
            let opened = tokio::join!(Db::open(config), Db::open(config), Db::open(config));
            assert!(opened.0.is_ok() && opened.1.is_ok() && opened.2.is_ok());
            assert_eq!(Db::stand(config).await.unwrap(), Stand::Current);
        });
    }

    #[tokio::test]
    async fn what_is_wrong_with_the_address_is_told_in_words_for_the_operator() {
        let folder = tempfile::tempdir().unwrap();
        let with = |database: &str| Config { database: database.into(), ..Config::in_folder(folder.path()) };
        let config = with("mysql://films@127.0.0.1/films");
        for error in [Db::open(&config).await.err().unwrap(), Db::stand(&config).await.unwrap_err()] {
            assert_eq!(error.code(), "database-address");
        }
        let away = InUse::begin(&with("postgres://films@127.0.0.1:1/films"), Vec::new()).await.err().unwrap();
        let told = away.for_operator();
        assert!(told.starts_with("the database cannot be reached") && !told.contains("try again"), "{told}");
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
