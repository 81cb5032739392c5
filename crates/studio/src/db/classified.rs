//! The live schema against the policy's classification, both ways and on both databases: a column that nobody
//! classified fails, and so does a class for a column that is not there.

use std::collections::{BTreeMap, BTreeSet};

use policy::{Database, derive};
use sea_orm::{ConnectionTrait, Statement};
use sqlx::Row;

use super::testing::{Kit, on_both};

type Schema = BTreeMap<String, BTreeSet<String>>;

const SQLITE: &str = "SELECT m.name AS t, p.name AS c FROM sqlite_master m JOIN pragma_table_info(m.name) p \
                      WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";
const POSTGRES: &str = "SELECT CASE table_schema WHEN 'public' THEN table_name ELSE table_schema || '.' || table_name END AS t, \
                        column_name AS c FROM information_schema.columns WHERE table_schema IN ('public', 'apalis')";

async fn schema(kit: &Kit) -> Schema {
    let db = kit.studio.db();
    let mut found = Schema::new();
    let query = if db.is_postgres() { POSTGRES } else { SQLITE };
    let rows = db
        .read()
        .query_all_raw(Statement::from_string(db.read().get_database_backend(), query))
        .await
        .unwrap();
    for row in rows {
        let (table, column): (String, String) =
            (row.try_get("", "t").unwrap(), row.try_get("", "c").unwrap());
        found.entry(table).or_default().insert(column);
    }
    if !db.is_postgres() {
        // The queue's own file.
        let jobs = format!("sqlite://{}", kit.folder.path().join("jobs.sqlite").display());
        let pool = sqlx::SqlitePool::connect(&jobs).await.unwrap();
        for row in sqlx::query(SQLITE).fetch_all(&pool).await.unwrap() {
            found.entry(row.get("t")).or_default().insert(row.get("c"));
        }
    }
    found
}

#[test]
fn every_column_of_both_databases_is_classified_and_nothing_else_is() {
    on_both(async |kit| {
        let database = if kit.studio.db().is_postgres() { Database::Postgres } else { Database::Sqlite };
        let differences = derive::unclassified::schema(
            kit.studio.policies().classification(),
            database,
            &schema(kit).await,
        );
        assert!(differences.is_empty(), "{differences:#?}");
    });
}
