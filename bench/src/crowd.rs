//! Many accounts at once: a studio in a folder, its tables filled with plain SQL, far quicker than people come.
//!
//! Which tables there are, and which lead to an account, stands in the policy's classification; their columns, in
//! the database. So a table that is added later is filled too. An account has one row in each of them. Its number
//! is in every id, so what points to another row finds one.

use std::path::Path;
use std::str::FromStr;

use anyhow::Context;
use policy::derive::retention::{Sweep, Written, grace_ms, sweeps};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use studio::clock::DAY_MS;
use studio::films::Catalogue;
use studio::{AccountId, Config, Outside, Studio};

/// How many accounts are many; the environment may say otherwise, for a quick trial.
pub fn many() -> anyhow::Result<u64> {
    from_environment("MINISTUDIO_BENCH_ACCOUNTS", 1_000_000)
}

/// What an environment variable says, if it says anything.
pub fn from_environment<T>(variable: &str, otherwise: T) -> anyhow::Result<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    match std::env::var(variable) {
        Ok(text) => text.parse().with_context(|| format!("{variable} cannot be {text:?}")),
        Err(_) => Ok(otherwise),
    }
}

/// The studio of a folder, with nothing swept.
pub async fn open(folder: &Path) -> anyhow::Result<Studio> {
    Ok(Studio::look_into(Config::in_folder(folder), Outside::embedded(), Catalogue::default()).await?)
}

/// Lets go of its database.
pub async fn close(studio: &Studio) {
    for pool in [studio.db().read(), studio.db().write()] {
        pool.get_sqlite_connection_pool().close().await;
    }
}

/// An account of the crowd, from 1.
pub fn account(number: u64) -> anyhow::Result<AccountId> {
    AccountId::parse(&format!("{ID}{number:016}")).context("the account's id")
}

/// How every id begins; the number follows.
const ID: &str = "01J0000000";

/// What of it has been kept long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// Of each hundred accounts one, whose days of grace are over; and of each hundred rows one, of another
    /// account's, in every table that is swept.
    OnePercent,
}

/// Makes a studio with so many accounts in a folder. Nobody has it open afterwards.
pub async fn fill(folder: &Path, accounts: u64, due: Due) -> anyhow::Result<()> {
    let studio = open(folder).await?;
    // One key for all: it opens nothing, and is as long as any.
    let (_, key) = studio.vault().new_data_key("crowd").await?;
    let key: String = key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    close(&studio).await;
    let file = folder.join("studio.sqlite");
    let mut db = SqliteConnection::connect_with(&quick(&file)).await?;
    execute(&mut db, &numbers(accounts)).await?;

    let (policy, classes) = (studio.policy(), studio.policies().classification());
    let swept = match due {
        Due::Nothing => Vec::new(),
        Due::OnePercent => sweeps(policy, classes),
    };
    let filling = Filling { due, key, now_ms: studio.now_ms(), grace_ms: grace_ms(policy) };
    for (table, what) in &classes.tables {
        let sweep = swept.iter().find(|sweep| sweep.table == table);
        if what.account.is_none() && sweep.is_none() {
            continue;
        }
        let columns = columns(&mut db, table).await?;
        // A table of the other database has none here.
        if !columns.is_empty() {
            execute(&mut db, &filling.rows(table, &columns, sweep)).await?;
        }
    }
    db.close().await?;
    // On the disk now, not in the middle of what is measured.
    std::fs::File::open(&file)?.sync_all()?;
    Ok(())
}

/// Half a filling is thrown away: nothing of it needs to survive a crash.
pub fn quick(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        // Every row that is pointed to is there in the end.
        .foreign_keys(false)
        .pragma("cache_size", "-400000")
        .pragma("temp_store", "memory")
}

/// Runs statements that are put together here.
pub async fn execute(db: &mut SqliteConnection, statements: &str) -> anyhow::Result<()> {
    let done = sqlx::raw_sql(AssertSqlSafe(statements)).execute(db).await;
    done.with_context(|| statements.to_owned())?;
    Ok(())
}

/// The numbers that rows are made of, each as an id and as something like a hash.
fn numbers(accounts: u64) -> String {
    format!(
        "CREATE TEMP TABLE crowd (i INTEGER PRIMARY KEY, id TEXT, hash BLOB);
         INSERT INTO crowd
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {accounts})
         SELECT i, '{ID}' || printf('%016d', i), CAST(printf('hash%028d', i) AS BLOB) FROM n;"
    )
}

/// A column as the database has it.
struct Column {
    name: String,
    kind: String,
    required: bool,
    /// It is in a key or another index without doubles.
    unique: bool,
}

async fn columns(db: &mut SqliteConnection, table: &str) -> anyhow::Result<Vec<Column>> {
    const COLUMNS: &str = "SELECT c.name, lower(c.type), c.\"notnull\", EXISTS (
            SELECT 1 FROM pragma_index_list(?1) AS list JOIN pragma_index_info(list.name) AS part
            WHERE list.\"unique\" = 1 AND part.name = c.name
         ) FROM pragma_table_info(?1) AS c ORDER BY c.cid";
    let rows: Vec<(String, String, i64, i64)> =
        sqlx::query_as(COLUMNS).bind(table).fetch_all(db).await.with_context(|| table.to_owned())?;
    let columns = rows.into_iter().map(|(name, kind, required, unique)| Column {
        name,
        kind,
        required: required != 0,
        unique: unique != 0,
    });
    Ok(columns.collect())
}

/// What the rows are filled with.
struct Filling {
    due: Due,
    key: String,
    now_ms: i64,
    grace_ms: i64,
}

impl Filling {
    /// The statement that puts a row for each account into a table.
    fn rows(&self, table: &str, columns: &[Column], sweep: Option<&Sweep<'_>>) -> String {
        let names: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let values: Vec<String> = columns
            .iter()
            .map(|column| match sweep {
                Some(sweep) if sweep.since == column.name => self.since(sweep),
                _ => self.special(table, column).unwrap_or_else(|| self.any(column)),
            })
            .collect();
        format!("INSERT INTO \"{table}\" ({}) SELECT {} FROM crowd", names.join(", "), values.join(", "))
    }

    /// The moment a rule counts from: just now, but long ago for one of a hundred.
    fn since(&self, sweep: &Sweep<'_>) -> String {
        let old_ms = sweep.period.before(self.now_ms) - 2 * DAY_MS;
        let written = |at_ms: i64| match sweep.written {
            Written::Milliseconds => at_ms.to_string(),
            Written::Day => format!("date({at_ms} / 1000, 'unixepoch')"),
        };
        format!("CASE WHEN i % 100 = 50 THEN {} ELSE {} END", written(old_ms), written(self.now_ms))
    }

    /// Columns whose value somebody reads.
    fn special(&self, table: &str, column: &Column) -> Option<String> {
        Some(match (table, column.name.as_str(), self.due) {
            ("accounts", "key_wrapped", _) => format!("x'{}'", self.key),
            ("accounts", "state", Due::Nothing) => "'active'".into(),
            ("accounts", "state", Due::OnePercent) => {
                "CASE WHEN i % 100 = 0 THEN 'leaving' ELSE 'active' END".into()
            }
            ("accounts", "leaving_at_ms", Due::OnePercent) => {
                format!("CASE WHEN i % 100 = 0 THEN {} END", self.now_ms - self.grace_ms - DAY_MS)
            }
            ("objects", "id", _) => "printf('%032x', i)".into(),
            ("objects", "kind", _) => "'photo'".into(),
            _ => return None,
        })
    }

    /// Any other column, by its kind.
    fn any(&self, column: &Column) -> String {
        let is = |kinds: &[&str]| kinds.iter().any(|kind| column.kind.contains(kind));
        let (name, nothing) = (column.name.as_str(), !column.required && !column.unique);
        if is(&["int", "bool"]) {
            match name.ends_with("_ms") {
                _ if nothing => "NULL".into(),
                true => self.now_ms.to_string(),
                false => "1".into(),
            }
        } else if is(&["blob"]) {
            match name.ends_with("sealed") {
                false => "hash".into(),
                true if nothing => "NULL".into(),
                true => "zeroblob(120)".into(),
            }
        } else if column.unique || name.ends_with("_id") {
            "id".into()
        } else if nothing {
            "NULL".into()
        } else {
            "'x'".into()
        }
    }
}
